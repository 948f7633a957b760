"""What lies on the topics, read by a bare consumer that shares no code with the services."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import TOPICS
from deploy.local.broker import ADMIN
from tests.system.platform import Platform


@dataclass(frozen=True, slots=True)
class Written:
    """One record, its event not checked: what is no event has empty attributes."""

    topic: str
    partition: int
    offset: int
    key: str
    event: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.event.get("id", ""))

    @property
    def type(self) -> str:
        return str(self.event.get("type", ""))

    @property
    def aggregate(self) -> tuple[str, str]:
        return str(self.event.get("source", "")), str(self.event.get("subject", ""))

    @property
    def sequence(self) -> int:
        return int(self.event.get("sequence", 0))


def admin_client(platform: Platform) -> dict[str, Any]:
    """Keyword arguments of an aiokafka client that may read and write every topic."""
    broker = platform.servers.broker
    return {
        "bootstrap_servers": broker.bootstrap,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": ADMIN,
        "sasl_plain_password": broker.administration.password,
    }


async def read_all(platform: Platform, *names: str) -> list[Written]:
    """Every record now on these topics (on all of them when none is named), each partition in its order."""
    async with AIOKafkaConsumer(**admin_client(platform), auto_offset_reset="earliest") as consumer:
        ends = await _ends(consumer, platform.prefix, names or tuple(TOPICS))
        for partition in ends:
            consumer.seek(partition, 0)
        found: list[Written] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500, max_records=5000)).values():
                found += [_written(platform.prefix, record) for record in records]
    return found


async def end_offsets(platform: Platform, *names: str) -> dict[str, dict[int, int]]:
    """Topic → partition → the offset after its last record."""
    async with AIOKafkaConsumer(**admin_client(platform)) as consumer:
        ends = await _ends(consumer, platform.prefix, names or tuple(TOPICS))
    by_topic: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for partition, end in ends.items():
        by_topic[partition.topic.removeprefix(platform.prefix)][partition.partition] = end
    return dict(by_topic)


async def _ends(consumer: AIOKafkaConsumer, prefix: str, names: Sequence[str]) -> dict[TopicPartition, int]:
    partitions = [TopicPartition(prefix + name, number) for name in names for number in range(TOPICS[name].partitions)]
    # Assigned first: aiokafka would otherwise learn of the topics one by one, with a pause after each.
    consumer.assign(partitions)
    found: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    return found


def _written(prefix: str, record: Any) -> Written:
    try:
        event = orjson.loads(record.value or b"null")
    except orjson.JSONDecodeError:
        event = None
    key = (record.key or b"").decode(errors="replace")
    return Written(
        record.topic.removeprefix(prefix),
        record.partition,
        record.offset,
        key,
        event if isinstance(event, dict) else {},
    )
