"""A relay as one would write it by hand: lock a thousand rows, send them pipelined, delete them."""

import asyncio
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer

BATCH = 1000
PAUSE_SECONDS = 0.005

TABLES = """
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL
)
"""


async def run(database_url: str, kafka: dict[str, Any], prefix: str) -> None:
    """Runs until cancelled."""
    connection = await asyncpg.connect(database_url)
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
    )
    producer = AIOKafkaProducer(
        **kafka, acks="all", enable_idempotence=True, compression_type="lz4", max_batch_size=128 * 1024
    )
    await producer.start()
    try:
        while True:
            if await relay_batch(connection, producer, prefix) == 0:
                await asyncio.sleep(PAUSE_SECONDS)
    finally:
        await producer.stop()
        await connection.close()


async def relay_batch(connection: asyncpg.Connection, producer: AIOKafkaProducer, prefix: str) -> int:
    async with connection.transaction():
        rows = await connection.fetch(
            "SELECT position, topic, key, headers, value FROM outbox ORDER BY position LIMIT $1 FOR UPDATE", BATCH
        )
        sent = [
            await producer.send(
                prefix + row["topic"],
                row["value"],
                key=row["key"].encode(),
                headers=[(name, text.encode()) for name, text in row["headers"].items()],
            )
            for row in rows
        ]
        await asyncio.gather(*sent)
        await connection.execute("DELETE FROM outbox WHERE position = ANY($1)", [row["position"] for row in rows])
    return len(rows)
