"""Requests become dossiers, and what becomes of requests is told in them."""

from collections.abc import Sequence
from functools import partial
from zoneinfo import ZoneInfo

from cases.dossiers import closing, store
from cases.dossiers.model import people_of
from cases.dossiers.work import by_event
from cases.steps import deadlines as step_deadlines
from cases.telling import SOURCE
from cases.territorial import counting
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from chassis.service import Parts
from contracts.events import CaseOpened, PromiseMissed, RequestAnswered, RequestSubmitted, RequestWithdrawn
from contracts.events.cases import case_id_of


def handlers(parts: Parts) -> Handlers:
    """What dossiers listen to."""
    handlers = Handlers()
    zone = parts.settings.zone

    @handlers.made_ahead(RequestSubmitted, partial(opening, zone=zone))
    async def requests_submitted(tx: Transaction, openings: Sequence[store.Opening]) -> None:
        first = {one.case_id: one for one in reversed(openings)}
        await step_deadlines.begin(tx, parts, await store.open_all(tx, list(reversed(first.values()))))

    @handlers.on(RequestWithdrawn)
    async def requests_withdrawn(tx: Transaction, received: Sequence[Received[RequestWithdrawn]]) -> None:
        for one in received:
            work = await by_event(tx, parts, one, case_id_of(one.data.request_id))
            if work is not None:
                await closing.withdraw(work)

    @handlers.on(RequestAnswered)
    async def requests_answered(tx: Transaction, received: Sequence[Received[RequestAnswered]]) -> None:
        for one in received:
            work = await by_event(tx, parts, one, case_id_of(one.data.request_id))
            if work is not None:
                late = one.data.answered_at.astimezone(zone).date() > one.data.promised_on
                await work.enter("request_answered", details={"working_days": one.data.working_days, "late": late})
        await counting.answered(tx, [(one.data.request_id, one.data.working_days) for one in received])

    @handlers.on(PromiseMissed)
    async def promises_missed(tx: Transaction, received: Sequence[Received[PromiseMissed]]) -> None:
        for one in received:
            work = await by_event(tx, parts, one, case_id_of(one.data.request_id))
            if work is not None:
                await work.enter("promise_missed", details={"promised_on": one.data.promised_on.isoformat()})
        await counting.missed(tx, [one.data.request_id for one in received])

    return handlers


def opening(received: Received[RequestSubmitted], zone: ZoneInfo) -> store.Opening:
    """The dossier a request opens; its day is that of `zone`."""
    request, people = received.data, people_of(received.data)
    opened = CaseOpened(
        case_id=case_id_of(request.request_id),
        request_id=request.request_id,
        programme=request.programme,
        programme_version=request.programme_version,
        territory_id=request.territory_id,
        opened_on=received.envelope.time.astimezone(zone).date(),
        people=people,
    )
    told = received.answer(opened, label="case-opened", source=SOURCE, sequence=1)
    return store.Opening(opened.case_id, received, people, told, opened.opened_on)
