"""What is done with a batch while the database is busy with the one before."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, cast
from uuid import uuid4

from aiokafka import ConsumerRecord

from chassis.consumer import Consumer
from chassis.database import Database, Transaction
from chassis.handlers import Handlers, Received
from contracts.envelope import encode, event
from contracts.events import RequestWithdrawn
from tests.chassis.web.sample import sample_settings

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NO_DATABASE = cast("Transaction", None)


def withdrawn() -> bytes:
    data = RequestWithdrawn(request_id=uuid4())
    return encode(event(data, id=uuid4(), source="/maillage/intake", sequence=1, time=NOW))


class Making:
    """A handler in two parts, and what each has done."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.stored: list[str] = []
        self.handlers = Handlers()
        self.handlers.made_ahead(RequestWithdrawn, self.make)(self.store)

    def make(self, received: Received[RequestWithdrawn]) -> str:
        self.made.append(received.envelope.subject)
        return f"made of {received.envelope.subject}"

    async def store(self, tx: Transaction, made: Sequence[str]) -> None:
        self.stored.extend(made)

    def read(self) -> Received[Any]:
        received = self.handlers.read("intake-events", withdrawn())
        assert received is not None
        return received

    async def handle(self, received: Received[Any]) -> None:
        await self.handlers.subscription(received.envelope).handler(NO_DATABASE, [received])


async def test_what_a_handler_stores_is_made_once_where_the_event_is_read() -> None:
    making = Making()
    received = making.read()
    subject = received.envelope.subject
    assert making.made == [subject]
    await making.handle(received)
    assert (making.made, making.stored) == ([subject], [f"made of {subject}"])


async def test_what_was_not_made_ahead_is_made_at_its_turn() -> None:
    making = Making()
    received = making.read()
    await making.handle(Received(received.envelope, received.data))
    assert making.stored == [f"made of {received.envelope.subject}"]


async def test_the_batch_in_hand_goes_on_while_the_next_is_read() -> None:
    making, turns = Making(), []

    async def in_hand() -> None:
        while True:
            turns.append(len(making.made))
            await asyncio.sleep(0)

    consumer = Consumer("cases", sample_settings(), Database("postgresql://unused"), making.handlers)
    records = [ConsumerRecord("intake-events", 0, at, 0, 0, b"", withdrawn(), None, 0, 0, ()) for at in range(100)]
    goes_on = asyncio.create_task(in_hand())
    await consumer._read_ahead(records)
    goes_on.cancel()
    assert len(making.made) == 100
    assert max(after - before for before, after in pairwise(turns)) <= 10
