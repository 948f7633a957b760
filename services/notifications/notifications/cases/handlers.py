"""A case opens under a programme, which says what messages it sends."""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import CaseOpened
from notifications.cases.store import Situation, remember


def handlers() -> Handlers:
    """A case without a request is not quiet; for the others the request says so."""
    made = Handlers()

    @made.on(CaseOpened)
    async def opened(tx: Transaction, received: Sequence[Received[CaseOpened]]) -> None:
        await remember(tx, [_situation(one.data) for one in received])

    return made


def _situation(case: CaseOpened) -> Situation:
    quiet = None if case.request_id else False
    return Situation(case.case_id, case.territory_id, case.programme, case.programme_version, quiet)
