"""Requests become dossiers."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from cases.dossiers import store
from cases.dossiers.model import case_id_of, people_of
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import CaseOpened, RequestSubmitted

SOURCE = "/maillage/cases"


def handlers(zone: ZoneInfo) -> Handlers:
    """What dossiers listen to; days are those of `zone`."""
    handlers = Handlers()

    @handlers.on(RequestSubmitted)
    async def requests_submitted(tx: Transaction, received: Sequence[Received[RequestSubmitted]]) -> None:
        first = {one.data.request_id: one for one in reversed(received)}
        await store.open_all(tx, [opening(one, zone) for one in first.values()])

    return handlers


def opening(received: Received[RequestSubmitted], zone: ZoneInfo) -> store.Opening:
    """The dossier a request opens."""
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
    return store.Opening(opened.case_id, received, people, told)
