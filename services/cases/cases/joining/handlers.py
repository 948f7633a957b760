"""What intake finds to be the same, and what it finds not to be after all.

A dossier that can't be joined stays as it is: whoever works on both sees each from the other (`store.of_one_person`).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from cases.dossiers import store as dossiers
from cases.dossiers.model import EVERYONE
from cases.dossiers.work import Work, by_event
from cases.joining import store
from cases.joining.model import may_join
from cases.measures import acts as measures
from cases.measures import store as measure_store
from cases.steps import deadlines as step_deadlines
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from chassis.service import Parts
from contracts.events import (
    CaseClosed,
    CaseReopened,
    PersonsMerged,
    PersonsSeparated,
    RequestMerged,
    RequestSeparated,
)
from contracts.events.cases import case_id_of

MERGED = "merged"
"""Why a dossier closed that goes on in another."""


def handlers(parts: Parts) -> Handlers:
    """What is told of people and requests that were two."""
    handlers = Handlers()

    @handlers.on(PersonsMerged, replica=True)
    async def persons_merged(tx: Transaction, received: Sequence[Received[PersonsMerged]]) -> None:
        await store.keep_people(tx, [(one.data.person_id, one.data.into, one.envelope.sequence) for one in received])
        for one in received:
            await _count_anew(tx, parts, one, one.data.person_id, one.data.into)

    @handlers.on(PersonsSeparated, replica=True)
    async def persons_separated(tx: Transaction, received: Sequence[Received[PersonsSeparated]]) -> None:
        await store.keep_people(tx, [(one.data.person_id, None, one.envelope.sequence) for one in received])
        for one in received:
            await _count_anew(tx, parts, one, one.data.person_id, one.data.out_of)

    @handlers.on(RequestMerged)
    async def requests_merged(tx: Transaction, received: Sequence[Received[RequestMerged]]) -> None:
        for one in received:
            await _join(tx, parts, one)

    @handlers.on(RequestSeparated)
    async def requests_separated(tx: Transaction, received: Sequence[Received[RequestSeparated]]) -> None:
        for one in received:
            await _separate(tx, parts, one)

    return handlers


async def _count_anew(tx: Transaction, parts: Parts, received: Received[Any], *person_ids: UUID) -> None:
    """The four years of a measure are the person's, whatever number of people they were taken for."""
    for case_id in await measure_store.of_people(tx, person_ids):
        work = await by_event(tx, parts, received, case_id)
        if work is not None:
            await measures.count_anew(work)


async def _join(tx: Transaction, parts: Parts, received: Received[RequestMerged]) -> None:
    one, into = case_id_of(received.data.request_id), case_id_of(received.data.into)
    works = await _both(tx, parts, received, one, into)
    if len(works) < 2 or not await _joinable(tx, works[one], works[into]):
        return
    await store.join(tx, one, into)
    await step_deadlines.cancel_all(works[one])
    await dossiers.close(tx, one, works[one].today, MERGED)
    await works[one].tell(CaseClosed(case_id=one, closed_on=works[one].today, reason=MERGED))
    await works[one].enter("case_closed", readers=EVERYONE, details={"reason": MERGED})
    await works[into].enter("case_joined", details={"joined": works[one].case.reference}, about=one)


async def _joinable(tx: Transaction, one: Work, into: Work) -> bool:
    agents = await _assigned(tx, one, into)
    under_way = await store.under_way(tx, one.case.case_id)
    return agents is not None and may_join(one.case, into.case, agents, under_way=under_way)


async def _assigned(tx: Transaction, *works: Work) -> list[Actor] | None:
    """Agents in charge of any of these dossiers; None when one of them is not known here."""
    ids = {agent_id for work in works for agent_id in (*work.case.referent_ids, work.case.coordinator_id) if agent_id}
    found = [await dossiers.agent(tx, agent_id) for agent_id in sorted(ids)]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


async def _separate(tx: Transaction, parts: Parts, received: Received[RequestSeparated]) -> None:
    one, out_of = case_id_of(received.data.request_id), case_id_of(received.data.out_of)
    works = await _both(tx, parts, received, one, out_of)
    if len(works) < 2 or not await store.separate(tx, one, out_of):
        return
    await dossiers.reopen(tx, one)
    await step_deadlines.again(works[one])
    await works[one].tell(CaseReopened(case_id=one, reopened_on=works[one].today))
    await works[one].enter("case_reopened", readers=EVERYONE)
    await works[out_of].enter("case_separated", details={"joined": works[one].case.reference}, about=one)


async def _both(tx: Transaction, parts: Parts, received: Received[RequestMerged] | Received[RequestSeparated],
                *case_ids: UUID) -> Mapping[UUID, Work]:  # fmt: skip
    """Both dossiers, taken in one order, so that nobody waits for who waits for them."""
    taken = {case_id: await by_event(tx, parts, received, case_id) for case_id in sorted(case_ids)}
    return {case_id: work for case_id, work in taken.items() if work is not None}
