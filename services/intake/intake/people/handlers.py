"""People met in a case become people of intake, their data still sealed."""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.erasures import erased
from chassis.handlers import Handlers, Received
from contracts.events import PersonIntroduced
from intake.people import store


def people_handlers() -> Handlers:
    """The subscription to people introduced by cases."""
    handlers = Handlers()

    @handlers.on(PersonIntroduced)
    async def persons_introduced(tx: Transaction, received: Sequence[Received[PersonIntroduced]]) -> None:
        gone = await erased(tx, [one.data.person_id for one in received])
        await store.adopt(tx, [_adopted(one) for one in received if one.data.person_id not in gone])

    return handlers


def _adopted(one: Received[PersonIntroduced]) -> dict[str, object]:
    state = one.data.model_dump(mode="json")
    return {
        "person_id": state["person_id"],
        "sequence": one.envelope.sequence,
        "language": state["language"],
        "sealed": {name: state[name] for name in ("name", "birth_date", "needs")},
        "recorded_at": one.envelope.time,
        "contact_points": state["contact_points"],
    }
