"""Events of the past, read again from their topic: without a group, so that nobody's place in it moves."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.kafka import client_options
from chassis.settings import Settings
from contracts.envelope import Envelope, decode
from contracts.events import EVENTS

_STOPS_WITHIN = 5.0


async def events(settings: Settings, event: str, since: datetime) -> AsyncIterator[Envelope]:
    """Events of a type since a moment, as far back as their topic keeps them."""
    topic = settings.topic_prefix + EVENTS[event, 1].topic
    consumer = AIOKafkaConsumer(topic, **client_options(settings), group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        ends = await _placed(consumer, since)
        while ends:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    envelope = decode(record.value)
                    if envelope.type == event:
                        yield envelope
            ends = {place: end for place, end in ends.items() if await consumer.position(place) < end}
    finally:
        # It is known to hang now and then; nothing of it is worth waiting for.
        await asyncio.wait([asyncio.ensure_future(consumer.stop())], timeout=_STOPS_WITHIN)


async def _placed(consumer: Any, since: datetime) -> dict[TopicPartition, int]:
    """Put the consumer at that moment; returns where each partition with something later ends."""
    partitions = sorted(consumer.assignment())  # without a group, every partition of the topic
    starts = await consumer.offsets_for_times(dict.fromkeys(partitions, int(since.timestamp() * 1000)))
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    known = {place: at.offset for place, at in starts.items() if at is not None}
    for place in partitions:
        consumer.seek(place, known.get(place, ends[place]))
    return {place: ends[place] for place, start in known.items() if start < ends[place]}
