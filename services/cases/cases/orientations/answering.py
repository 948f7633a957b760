"""The organisation that is asked answers: an agent of its own in the workspace, or whoever holds the link."""

from dataclasses import dataclass
from uuid import UUID

from cases.dossiers import store as dossiers
from cases.dossiers.work import Outdated, Work
from cases.orientations import deadlines, model, store
from cases.orientations.acts import called_now
from cases.orientations.model import AnswerState, Orientation, State
from cases.people import store as people
from cases.programmes import programme_of
from chassis import due_dates
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.observability.traces import current_traceparent
from chassis.service import Parts
from contracts.envelope import new_id
from contracts.events import OrientationAnswered
from contracts.events.cases import KnownOrientationRefusal


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and the version of the orientation it answers."""

    state: AnswerState
    reason: KnownOrientationRefusal | None
    version: int


async def from_outside(tx: Transaction, parts: Parts, actor: Actor, case_id: UUID) -> Work:
    """Take a dossier for somebody who may not see it.

    `tx` is the service's own: who answers was let in before, by row-level security or by a code.
    """
    case = await dossiers.take(tx, case_id)
    assert case is not None, "an orientation belongs to a dossier"
    return Work(tx, parts, case, actor, parts.now(), lambda _: new_id(), traceparent=current_traceparent())


async def answer(work: Work, orientation_id: UUID, given: Given) -> Orientation:
    """Record an answer, and tell it. Raises Outdated for one to an older version, or Refused."""
    orientation = await store.find(work.tx, orientation_id)
    assert orientation is not None, "who answers has seen it"
    if orientation.version != given.version:
        raise Outdated
    answered = await _wait_again(work, model.answer(orientation, given.state, given.reason, work.now))
    await store.save(work.tx, answered)
    await _tell(work, answered)
    return answered


async def _wait_again(work: Work, answered: Orientation) -> Orientation:
    """An answer ends the deadlines; while it is under study, the last one is waited for as long as the first was."""
    await deadlines.cancel(work.tx, answered)
    if answered.state is not State.UNDER_STUDY:
        return answered
    programme = programme_of(work.case, work.parts.settings.programmes)
    zone = work.parts.settings.zone
    due = deadlines.stages(answered.orientation_id, answered.case_id, programme, work.now, answered.state, zone)
    await due_dates.schedule(work.tx, due)
    return model.postpone(answered, due[0].due_on)


async def _tell(work: Work, answered: Orientation) -> None:
    # A minor is not written to, and about a minor nobody is without an agent deciding it.
    person_id = None if work.case.minor else await people.concerned_by(work.tx, work.case.case_id)
    told = OrientationAnswered(**answered.ids, answer=answered.state, reason=answered.reason, person_id=person_id)
    await work.tell(told)
    details = dict(await called_now(work, answered))
    await work.enter(
        f"orientation_{answered.state}",
        details=details | ({"refusal": answered.reason} if answered.reason else {}),
    )
