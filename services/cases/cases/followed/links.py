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
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate
from contracts.envelope import derived_id
from contracts.events.cases import PlanLink
from contracts.references import draw

PLAN_LINKS: Final = "plan_links"
"""Kind of the due dates."""
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
    links = tuple([await _issue(work, conference, one, event_id) for one in readers(conference, work.case)])
    if links:
        await due_dates.schedule(work.tx, [_end(work, event_id)])
    return links


def _end(work: Work, event_id: UUID) -> DueDate:
    """When the links that leave with that event are dropped. Of the dossier, not of its conference: nothing of the plan
    waits for it."""
    zone, at = work.parts.settings.zone, work.now + LASTS
    return DueDate(
        derived_id(event_id, PLAN_LINKS), "due", PLAN_LINKS, work.case_id, at.astimezone(zone).date(), zone.key, at
    )


async def on_due(tx: Transaction, due: DueDate) -> None:
    """Links of the dossier that have ended lie there no longer."""
    await store.drop_ended_links(tx, due.subject, due.fires_at)


async def _issue(work: Work, conference: Conference, person_id: UUID, event_id: UUID) -> PlanLink:
    secret, expires_at = draw(_SYSTEM, _SECRET_LENGTH), work.now + LASTS
    hashed = link_hash(work.parts.settings.master_key, secret)
    held = Held(hashed, work.case.case_id, conference.conference_id, person_id, expires_at)
    await store.keep_link(work.tx, held)
    # Who has no link may not be safe: only those who judged it read who has one.
    await work.enter("plan_link", readers=SAFETY_READERS, details={"person_id": str(person_id)}, about=person_id)
    sealed = await work.seal(secret, event_id, f"link:{person_id}")
    return PlanLink(person_id=person_id, link=sealed, expires_at=expires_at)
