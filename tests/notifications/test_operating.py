"""What those who run the platform read of deliveries: how many, never whose."""

from notifications.messages import operating
from tests.notifications.conftest import Desk
from tests.notifications.samples import SamplePerson, request


async def test_deliveries_are_told_by_state_and_by_nothing_else(desk: Desk) -> None:
    await desk.hear(request(SamplePerson("personne.exemple@exemple.test").id))
    await desk.drain()
    assert await desk.states() == [("waiting", "unknown_recipient")]
    async with desk.service.parts.worker.transaction() as tx:
        assert await operating.deliveries(tx) == [("Messages", "En attente", 1)]
        plan = "\n".join(row[0] for row in await tx.fetch(f"EXPLAIN {operating.BY_STATE}", ["waiting", "sent"]))
        await tx.execute("SET LOCAL enable_seqscan = off")
        by_index = "\n".join(row[0] for row in await tx.fetch(f"EXPLAIN {operating.BY_STATE}", ["waiting", "sent"]))
    assert "Limit" in plan  # no count goes further than the page says
    assert "deliveries_" in by_index
