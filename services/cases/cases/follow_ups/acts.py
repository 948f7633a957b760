"""What the coordinator records of a follow-up, and what becomes of the plan after it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from cases.conferences import life
from cases.conferences import store as conferences
from cases.conferences.acts import conference_of
from cases.conferences.model import FOLLOW_UP, Conference, Phase
from cases.dossiers.model import WORKERS, Refused, must_be_writable
from cases.dossiers.work import Work
from cases.follow_ups import deadlines, model, store
from cases.follow_ups.model import Contact, FollowUp
from cases.followed import links
from chassis.web.translations import translate as _
from contracts.envelope import new_id
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
    await deadlines.keep_actions(work, conference, follow_up)
    if follow_up.recorded_on is None:
        await work.enter("follow_up_contacts", details={"contacted": len(follow_up.contacted)})
    else:
        finished = life.finish(conference)
        await conferences.save(work.tx, finished)
        await deadlines.cancel(work.tx, conference.conference_id, (FOLLOW_UP,))
        await _tell(work, finished, follow_up)
    return follow_up


async def _tell(work: Work, conference: Conference, follow_up: FollowUp) -> None:
    event_id = new_id()
    told = FollowUpRecorded(
        case_id=work.case.case_id,
        conference_id=follow_up.conference_id,
        recorded_on=work.today,
        contacted=len(follow_up.contacted),
        outcome=follow_up.outcome,
        links=await links.issue(work, conference, event_id) if follow_up.shared else (),
    )
    await work.tell(told, id=event_id)
    await work.enter("follow_up_recorded", details={"outcome": follow_up.outcome})


async def settle(work: Work, action_id: UUID, outcome: KnownFollowUpOutcome) -> FollowUp:
    """What became, after the follow-up, of an action it left unfinished."""
    conference, known = await _agreed(work)
    follow_up = model.settle(known, action_id, outcome)
    await store.save(work.tx, follow_up)
    await deadlines.keep_actions(work, conference, follow_up)
    await work.enter("plan_action_settled", details={"outcome": outcome})
    return follow_up


async def move(work: Work, action_id: UUID, by_when: date, agreed: Collection[UUID]) -> FollowUp:
    """The plan is amended: another day for an action that is not done yet, agreed with whom it binds."""
    conference, follow_up = await _agreed(work)
    if by_when < work.today:
        raise Refused(_("Convenez d'une date à venir."))
    if action_id not in follow_up.unfinished:
        raise Refused(_("Cette action n'est pas, ou n'est plus, à réaliser."))
    changed = life.move_action(conference, action_id, by_when, agreed)
    await conferences.save(work.tx, changed)
    await deadlines.keep_actions(work, changed, follow_up)
    await work.enter(
        "plan_action_moved", details={"by_when": by_when.isoformat(), "agreed": [str(one) for one in agreed]}
    )
    return follow_up


async def _agreed(work: Work) -> tuple[Conference, FollowUp]:
    """The plan that was ratified, and its follow-up. After it anybody who works here may look after what is left."""
    must_be_writable(work.case)
    conference = await conference_of(work, *WORKERS)
    if conference.phase is not Phase.FOLLOWED_UP:
        work.require("coordinator")
    follow_up = await store.find(work.tx, conference.conference_id)
    if follow_up is None or conference.phase not in life.AGREED:
        raise Refused(life.phase_sentence(conference))
    return conference, follow_up
