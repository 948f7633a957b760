"""What is done to calls and projects: each in the transaction of who does it, on the row taken for change."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from contracts.communes import find
from contracts.envelope import new_id
from contracts.events import GrantDecided
from directory import scope
from directory.aggregates import NotKept, Versioned, publish
from directory.calls import award, deadlines, store
from directory.calls.model import (
    Call,
    Document,
    Project,
    Reading,
    State,
    check_call,
    check_covers,
    check_deposit,
    check_grant,
    check_judge,
    check_payments,
    check_project,
    check_reading,
    check_report,
    check_room,
    check_undecided,
    left,
    with_document,
)
from directory.calls.said import (
    CallSaid,
    DecisionSaid,
    NewProjectSaid,
    PaymentsSaid,
    ProjectSaid,
    ReadingSaid,
    ReportSaid,
)
from directory.calls.store import CALLS, PROJECTS
from directory.files import acts as files
from directory.files.model import address
from directory.rows import as_seen
from directory.territories import store as territories
from directory.work import Work


def runs(actor: Actor, call: Call) -> bool:
    """Whether the agent decides in this call."""
    return all(actor.has("operator", "manager", territory_id=one) for one in call.territory_ids)


def reads(actor: Actor, call: Call) -> bool:
    """Whether the agent reads all its projects, and what is said of them."""
    return runs(actor, call) or actor.organisation_id == call.organisation_id


async def write(work: Work, said: CallSaid) -> Call:
    """A new call of the agent's organisation. Raises OutOfScope, UnknownTerritory and Refused."""
    people = await _people(work.tx, said.territory_ids)
    call = Call(new_id(), organisation_id=work.organisation_id, people=people, **said.written)
    await _check(work, call)
    await CALLS.add(work.tx, call)
    return call


async def rewrite(work: Work, call_id: UUID, said: CallSaid, expected: int) -> Call:
    """The call as it is from now on. Raises what `write` does, and Refused below what is granted already."""
    known = await _taken(work, call_id)
    as_seen(known, expected)
    people = await _people(work.tx, said.territory_ids)
    call = replace(known, people=people, **said.written)
    await _check(work, call)
    check_covers(call, await store.granted(work.tx, call_id))
    return await CALLS.change(work.tx, call)


async def retire(work: Work, call_id: UUID, expected: int) -> Call:
    """It receives nothing more; its projects stay and may still be decided."""
    known = as_seen(await _taken(work, call_id), expected)
    return await CALLS.change(work.tx, replace(known, retired=True))


async def _check(work: Work, call: Call) -> None:
    scope.check(work.actor, call.territory_ids)
    await territories.check_known(work.tx, call.territory_ids)
    check_call(call)


async def _taken(work: Work, call_id: UUID) -> Call:
    """The call, for change: who does not run it finds that out before the database does."""
    call = await CALLS.find(work.tx, call_id)
    scope.check(work.actor, call.territory_ids)
    return await CALLS.find(work.tx, call_id, changing=True)


async def _people(tx: Transaction, territory_ids: Collection[str]) -> dict[str, int]:
    """Inhabitants of each territory: a district of Paris, Lyon or Marseille counts where its commune does not."""
    found = {}
    for one in territory_ids:
        known = await territories.find(tx, one)
        codes = set(known.state.communes) if known else set()
        communes = [commune for code in codes if (commune := find(code)) and commune.part_of not in codes]
        found[one] = sum(commune.population for commune in communes)
    return found


async def deposit(work: Work, call_id: UUID, said: NewProjectSaid) -> Project:
    """A project of the agent's organisation; of another one, when the agent runs the call.

    Raises Refused, NotKept for a call or an organisation nobody knows, and OutOfScope.
    """
    call = await CALLS.find(work.tx, call_id)
    organisation_id = said.organisation_id or work.organisation_id
    if organisation_id != work.organisation_id:
        scope.check(work.actor, call.territory_ids)
        if not await work.tx.fetchval(
            "SELECT EXISTS (SELECT FROM organisations WHERE organisation_id = $1 AND NOT retired)", organisation_id
        ):
            raise NotKept
    check_deposit(call, work.today, runs=runs(work.actor, call))
    project = Project(
        project_id=new_id(),
        call_id=call_id,
        organisation_id=organisation_id,
        deposited_by=work.agent_id,
        deposited_at=work.now,
        **{name: value for name, value in said.written.items() if name != "organisation_id"},
    )
    check_project(call, project)
    await PROJECTS.add(work.tx, project)
    return project


async def change(work: Work, project_id: UUID, said: ProjectSaid, expected: int) -> Project:
    """What is asked, written anew while deposits are open. Raises Refused."""
    known, call = await _asked(work, project_id, expected)
    check_deposit(call, work.today, runs=runs(work.actor, call))
    project = replace(known, **said.written)
    check_project(call, project)
    return await _tidied(work, await PROJECTS.change(work.tx, project))


async def attach(work: Work, project_id: UUID, title: str, put: files.Put, expected: int) -> Project:
    """A document of the project, kept here; whoever runs the call may add one to what is decided. Raises Refused."""
    project = await _documented(work, project_id, expected)
    await files.write(work.tx, put, files.About(project_id=project_id), work.agent_id, work.now)
    return await PROJECTS.change(work.tx, with_document(project, Document(title, put.address)))


@asynccontextmanager
async def documenting(parts: Parts, actor: Actor, project_id: UUID, expected: int) -> AsyncIterator[Work]:
    """The work of who may add a document to a project. Raises Refused, NotKept, OutOfScope and Outdated."""
    async with parts.app.transaction(actor) as tx:
        work = Work(tx, parts, actor)
        await _documented(work, project_id, expected)
        yield work


async def _documented(work: Work, project_id: UUID, expected: int) -> Project:
    known = as_seen(await PROJECTS.find(work.tx, project_id), expected)
    call = await CALLS.find(work.tx, known.call_id)
    if not runs(work.actor, call):
        await _asked(work, project_id, expected)
    check_room(known)
    return known


async def detach(work: Work, project_id: UUID, file_id: UUID, expected: int) -> Project:
    """A document kept here is with the project no more. Raises Refused once it is decided."""
    known, _ = await _asked(work, project_id, expected)
    kept = tuple(one for one in known.documents if one.link != address(file_id))
    return await _tidied(work, await PROJECTS.change(work.tx, replace(known, documents=kept)))


async def _tidied(work: Work, project: Project) -> Project:
    links = [one.link for one in project.documents]
    await files.keep_only(work.tx, project.project_id, links, work.now, work.parts.settings.zone)
    return project


async def withdraw(work: Work, project_id: UUID, expected: int) -> Project:
    """The organisation asks for nothing any more. Raises Refused once it is decided."""
    known, _ = await _asked(work, project_id, expected)
    return await PROJECTS.change(work.tx, replace(known, state=State.WITHDRAWN))


async def _asked(work: Work, project_id: UUID, expected: int) -> tuple[Project, Call]:
    known = as_seen(await PROJECTS.find(work.tx, project_id), expected)
    call = await CALLS.find(work.tx, known.call_id)
    if known.organisation_id != work.organisation_id:
        scope.check(work.actor, call.territory_ids)
    check_undecided(known)
    return known, call


async def read(work: Work, project_id: UUID, said: ReadingSaid) -> Project:
    """What the agent says of a project; saying it again replaces it until it is decided. Raises Refused, OutOfScope."""
    project = await PROJECTS.find(work.tx, project_id)
    call = await CALLS.find(work.tx, project.call_id)
    if not reads(work.actor, call):
        raise scope.OutOfScope
    check_judge(project, work.organisation_id)
    check_undecided(project)
    reading = Reading(work.agent_id, said.scores, said.opinion, said.comment, work.now)
    check_reading(call, reading)
    await store.keep_reading(work.tx, project, reading)
    return project


async def decide(work: Work, project_id: UUID, said: DecisionSaid, expected: int) -> Project:
    """Grant or refuse. The call's row is held meanwhile: two who grant at once never grant more than is left."""
    seen = await PROJECTS.find(work.tx, project_id)
    call = await _taken(work, seen.call_id)
    project = as_seen(await PROJECTS.find(work.tx, project_id, changing=True), expected)
    check_judge(project, work.organisation_id)
    check_undecided(project)
    decided = replace(project, decided_on=said.decided_on, decided_by=work.agent_id)
    if said.outcome == "refused":
        return await _tell(
            work, await PROJECTS.change(work.tx, replace(decided, state=State.REFUSED, reason=said.reason))
        )
    return await _tell(work, await _grant(work, call, decided, said))


async def _grant(work: Work, call: Call, project: Project, said: DecisionSaid) -> Project:
    assert said.granted_cents is not None, "a grant says how much"
    payments = tuple(one.payment for one in said.payments)
    check_grant(project, left(call, await store.granted(work.tx, call.call_id)), said.granted_cents, payments)
    granted = replace(
        project,
        state=State.GRANTED,
        granted_cents=said.granted_cents,
        payments=payments,
        report_due_on=said.report_due_on or call.report_due_on,
    )
    await deadlines.schedule(work.tx, work.parts, granted)
    agreement_id = await award.draft(work, call, granted)
    return await PROJECTS.change(work.tx, replace(granted, agreement_id=agreement_id))


async def pay(work: Work, project_id: UUID, said: PaymentsSaid, expected: int) -> Project:
    """The payments of a grant as they now stand. Raises Refused unless they add up to it."""
    project = await _decided(work, project_id, expected)
    payments = tuple(one.payment for one in said.payments)
    check_payments(project, payments)
    return await PROJECTS.change(work.tx, replace(project, payments=payments))


async def receive_report(work: Work, project_id: UUID, said: ReportSaid, expected: int) -> Project:
    """The organisation said what it did with the grant: nothing is due any more."""
    project = await _decided(work, project_id, expected)
    check_report(project, said.received_on, work.today)
    await deadlines.cancel(work.tx, project)
    received = replace(project, report_received_on=said.received_on, report_received_by=work.agent_id)
    return await PROJECTS.change(work.tx, received)


async def _decided(work: Work, project_id: UUID, expected: int) -> Project:
    project = await PROJECTS.find(work.tx, project_id)
    await _taken(work, project.call_id)
    return as_seen(await PROJECTS.find(work.tx, project_id, changing=True), expected)


async def _tell(work: Work, project: Project) -> Project:
    assert project.decided_on is not None, "what is told is decided"
    decided = GrantDecided(
        project_id=project.project_id,
        call_id=project.call_id,
        organisation_id=project.organisation_id,
        territory_id=project.territory_id,
        outcome=project.state,
        asked_cents=project.asked_cents,
        granted_cents=project.granted_cents or 0,
        decided_on=project.decided_on,
        report_due_on=project.report_due_on,
        agreement_id=project.agreement_id,
    )
    await publish(work.tx, Versioned(decided, project.version), id=new_id(), at=work.now)
    return project
