"""A transfer that was decided is carried out: the dossier is on its new territory, and only there."""

from uuid import UUID

from cases.dossiers import store as dossiers
from cases.dossiers.model import EVERYONE
from cases.dossiers.work import by_clock
from cases.shares import store
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.events import CaseTransferred


def on_due(parts: Parts) -> OnDue:
    """Moves a dossier and tells it."""

    async def move(tx: Transaction, due: DueDate) -> None:
        territory_id = due.details["territory_id"]
        case = await dossiers.take_due(tx, UUID(due.details["case_id"]))
        assert case is not None, "a transfer belongs to a dossier"
        work = by_clock(tx, parts, case, due)
        await store.take_over(tx, case.case_id, territory_id, due.subject, due.fires_at)
        told = CaseTransferred(
            case_id=case.case_id,
            territory_id=territory_id,
            organisation_id=UUID(due.details["organisation_id"]),
            transferred_on=due.due_on,
        )
        await work.tell(told, id=due.event_id)
        await work.enter("case_transferred", readers=EVERYONE, details={"territory_id": territory_id})

    return move
