"""How fresh a replica is said to be: never fresher than its least fresh partition."""

from datetime import UTC, datetime

import pytest

from chassis import freshness
from chassis.database import Database
from chassis.freshness import Freshness
from chassis.handlers import Received
from chassis.inbox import Move, admit, handle, positions
from contracts.envelope import event, new_id
from contracts.events import PartnersRetold
from tests.conftest import ServiceDatabaseFactory

NIGHT, MORNING = datetime(2026, 3, 2, 2, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC)
EARLIER = datetime(2026, 3, 1, 9, tzinfo=UTC)
TOPIC = "directory-partners"


def retold(at: datetime) -> Received[PartnersRetold]:
    data = PartnersRetold(teller="directory", told_at=at, states=3)
    return Received(event(data, id=new_id(), source="/maillage/directory", sequence=1, time=at), data)


@pytest.mark.parametrize(
    ("heard", "told_again", "known"),
    [
        ([], None, Freshness(None, None)),
        ([EARLIER], None, Freshness(EARLIER, None)),
        ([NIGHT, EARLIER], NIGHT, Freshness(NIGHT, None)),  # the other partition has not got there yet
        ([NIGHT, NIGHT], NIGHT, Freshness(NIGHT, NIGHT)),
        ([MORNING, NIGHT], NIGHT, Freshness(MORNING, NIGHT)),
        ([MORNING, EARLIER, MORNING], None, Freshness(MORNING, None)),
    ],
)
async def test_what_is_known_of_a_replica(
    service_database: ServiceDatabaseFactory, heard: list[datetime], told_again: datetime | None, known: Freshness
) -> None:
    database = Database((await service_database("notifications")).worker_url)
    await database.open()
    async with database.transaction() as tx:
        await positions(tx, [(TOPIC, 0), (TOPIC, 1)])
    async with database.transaction() as tx:
        for number, at in enumerate(heard):
            await admit(tx, [Move(TOPIC, number % 2, number // 2, number // 2 + 1, at)], [], set())
        if told_again:
            await handle(tx, freshness.handlers(), [retold(told_again)], set())
        assert (await freshness.of(tx))[TOPIC] == known
    await database.close()
