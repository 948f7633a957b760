"""Links of the family group to its plan: what is kept of them, and how they are issued with an event.

A link's secret leaves sealed, for who writes the message; here lies a keyed hash.
"""

import hashlib
from datetime import timedelta
from random import SystemRandom
from typing import Final
from uuid import UUID

from cases.conferences.model import SAFETY_READERS, Conference
from cases.dossiers.work import Work
from cases.followed import store
from cases.followed.group import Held, readers
from contracts.events.cases import PlanLink
from contracts.references import draw

LASTS: Final = timedelta(days=120)
"""While a plan is carried out: the three months of its follow-up, and one more."""
_SECRET_LENGTH: Final = 26
"""Characters of a link's secret: 125 bits."""
_SYSTEM: Final = SystemRandom()


def link_hash(key: bytes, secret: str) -> bytes:
    """What the database keeps instead of a link's secret (32 bytes, keyed)."""
    return hashlib.blake2b(secret.encode(), digest_size=32, key=key, person=b"maillage-plan").digest()


async def issue(work: Work, conference: Conference, event_id: UUID) -> tuple[PlanLink, ...]:
    """A link for each who may read the plan, to leave with that event, and noted in the dossier. Those before it go on
    until they end."""
    return tuple([await _issue(work, conference, person_id, event_id) for person_id in readers(conference, work.case)])


async def _issue(work: Work, conference: Conference, person_id: UUID, event_id: UUID) -> PlanLink:
    secret, expires_at = draw(_SYSTEM, _SECRET_LENGTH), work.now + LASTS
    hashed = link_hash(work.parts.settings.master_key, secret)
    held = Held(hashed, work.case.case_id, conference.conference_id, person_id, expires_at)
    await store.keep_link(work.tx, held)
    # Who has no link may not be safe: only those who judged it read who has one.
    await work.enter("plan_link", readers=SAFETY_READERS, details={"person_id": str(person_id)}, about=person_id)
    sealed = await work.seal(secret, event_id, f"link:{person_id}")
    return PlanLink(person_id=person_id, link=sealed, expires_at=expires_at)
