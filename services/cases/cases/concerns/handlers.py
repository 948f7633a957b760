"""A worry about a child comes in: kept unopened, and its time begins to run."""

from collections.abc import Sequence

from cases.concerns import deadlines, store
from cases.concerns.model import EVALUATION_MONTHS
from cases.concerns.work import programme
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from chassis.service import Parts
from contracts.durations import add_months
from contracts.events import ConcernRaised


def handlers(parts: Parts) -> Handlers:
    """What the cell listens to."""
    handlers = Handlers()
    zone = parts.settings.zone

    @handlers.on(ConcernRaised)
    async def concerns_raised(tx: Transaction, received: Sequence[Received[ConcernRaised]]) -> None:
        await store.receive(tx, received)
        for one in received:
            longest = add_months(one.data.received_on, EVALUATION_MONTHS)
            await deadlines.begin(tx, one.data.case_id, longest, programme(parts), zone)

    return handlers
