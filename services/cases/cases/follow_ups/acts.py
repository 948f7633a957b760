"""What the coordinator records of a follow-up."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from cases.conferences import life
from cases.conferences import store as conferences
from cases.conferences.acts import conference_of
from cases.conferences.model import Phase
from cases.dossiers.model import Refused
from cases.dossiers.work import Work
from cases.follow_ups import deadlines, model, store
from cases.follow_ups.model import Contact, FollowUp
from contracts.events import FollowUpRecorded
from contracts.events.cases import KnownFollowUpOutcome


async def record(work: Work, contacts: Sequence[Contact], outcomes: Mapping[UUID, KnownFollowUpOutcome]) -> FollowUp:
    """Record contacts and outcomes. Enough of them close the follow-up; otherwise it says what is missing."""
    conference = await conference_of(work, "coordinator")
    known = await store.find(work.tx, conference.conference_id)
    if conference.phase is not Phase.RATIFIED or known is None:
        raise Refused(life.phase_sentence(conference))
    follow_up = model.record(known, contacts, outcomes, work.today)
    await store.save(work.tx, follow_up)
    if follow_up.recorded_on is None:
        await work.enter("follow_up_contacts", details={"contacted": len(follow_up.contacted)})
    else:
        await conferences.save(work.tx, life.finish(conference))
        await deadlines.cancel(work.tx, conference.conference_id)
        await _tell(work, follow_up)
    return follow_up


async def _tell(work: Work, follow_up: FollowUp) -> None:
    told = FollowUpRecorded(
        case_id=work.case.case_id,
        conference_id=follow_up.conference_id,
        recorded_on=work.today,
        contacted=len(follow_up.contacted),
        outcome=follow_up.outcome,
    )
    await work.tell(told)
    await work.enter("follow_up_recorded", details={"outcome": follow_up.outcome})
