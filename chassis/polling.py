"""Polling Kafka so that a record aiokafka cannot read costs only itself.

Such a record (a header whose name is no UTF-8: brokers do not look, and partners' software writes here) raises in the
middle of a poll. aiokafka then forgets what it had already taken out for that poll, of every partition, and goes on
behind it; and the record comes again at each poll.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

Polled = dict[TopicPartition, list[ConsumerRecord]]
_AT_MOST = 500
_FETCH_MS = 1000
"""Patience for records that were already fetched once."""


class Reader(Protocol):
    """Who is given the records."""

    @property
    def coming(self) -> Mapping[TopicPartition, int]:
        """Where each partition stands: the offset behind the last record given."""

    async def step_over(self, tp: TopicPartition, offset: int) -> None:
        """Set aside what lies there, unread, if everything before it is handled: `coming` says."""


class CarefulConsumer(AIOKafkaConsumer):  # type: ignore[misc] # aiokafka has no types
    """Gives every record that can be read, in order, and its reader's word for the others."""

    reader: Reader

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Polled:
        try:
            return await self._poll(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        except UnicodeDecodeError:
            self._go_back()
            return await self._before_the_unreadable(max_records or _AT_MOST)
        except Exception:
            self._go_back()
            raise

    async def _poll(self, *partitions: TopicPartition, timeout_ms: int, max_records: int | None) -> Polled:
        polled: Polled = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        return polled

    def _go_back(self) -> None:
        for tp in self.assignment() & self.reader.coming.keys():
            self.seek(tp, self.reader.coming[tp])

    async def _before_the_unreadable(self, most: int) -> Polled:
        for tp in sorted(self.assignment() - self.paused()):
            if self.reader.coming.get(tp) == self.highwater(tp):
                continue
            if good := await self._readable(tp, most):
                return {tp: good}
        return {}

    async def _readable(self, tp: TopicPartition, most: int) -> list[ConsumerRecord]:
        """One record after the other: those before the first that cannot be read, which is stepped over when there
        are none."""
        good: list[ConsumerRecord] = []
        try:
            while len(good) < most and (found := await self._poll(tp, timeout_ms=_FETCH_MS, max_records=1)):
                good += found[tp]
        except UnicodeDecodeError:
            if not good:
                await self.reader.step_over(tp, await self.position(tp))
                self._go_back()
        return good


def careful(builder: Callable[..., AIOKafkaConsumer], reader: Reader) -> Callable[..., AIOKafkaConsumer]:
    """Makes consumers as FastStream's `builder` does, but careful ones."""
    assert isinstance(builder, partial), "FastStream makes its consumers in another way"
    settings = builder.keywords

    def make(**options: Any) -> AIOKafkaConsumer:
        consumer = CarefulConsumer(**{**settings, **options})
        consumer.reader = reader
        return consumer

    return make
