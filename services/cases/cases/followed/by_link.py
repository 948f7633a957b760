"""What a member of the family group reads by the link they were sent: the plan, and what the group shares of what came
of it.

Whatever stands in the way (no such link, violence, consent withdrawn, a conference that stopped), the answer is the
same: whoever reads may be whom somebody is protected from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cases.conferences import store as conferences
from cases.conferences.model import Conference
from cases.dossiers import store as dossiers
from cases.follow_ups import store as follow_ups
from cases.followed import plan, store
from cases.followed.group import readers
from cases.followed.links import link_hash
from cases.followed.plan import Expected
from cases.people import store as people
from chassis.database import Transaction
from chassis.sealing import Opened
from chassis.service import Parts


class NothingToRead(Exception):
    """No such link, or nothing that may be read by it, any more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a link shows. `discreet`: its holder asked that nothing show, so nothing does here either."""

    actions: Sequence[Expected] = ()
    shared: Opened | None = None
    """What the group shares of what came of the plan, once that is recorded."""
    discreet: bool = False


async def look(parts: Parts, secret: str) -> Seen:
    """Raises NothingToRead."""
    async with parts.worker.transaction() as tx:
        link = await store.held(tx, link_hash(parts.settings.master_key, secret), parts.now())
        conference = await conferences.find(tx, link.conference_id) if link else None
        case = await dossiers.find(tx, link.case_id) if link else None
        if link is None or conference is None or case is None or link.person_id not in readers(conference, case):
            raise NothingToRead
        if await people.has_withdrawn_consent(tx, case.case_id, case.programme):
            raise NothingToRead
        reached = await people.contact_points_of(tx, [link.person_id])
        if any(point.neutral for point in reached.get(link.person_id, ())):
            return Seen(discreet=True)
        actions = await plan.told(tx, parts, conference, link.person_id)
        return Seen(actions, await _shared(tx, parts, conference))


async def _shared(tx: Transaction, parts: Parts, conference: Conference) -> Opened | None:
    follow_up = await follow_ups.find(tx, conference.conference_id)
    if follow_up is None or follow_up.recorded_on is None:
        return None
    [shared] = await parts.keyring.open(tx, [follow_up.shared])
    return shared
