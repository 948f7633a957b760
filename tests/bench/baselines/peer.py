"""faststream-outbox relaying to Kafka, at the settings that proved fastest here.

Its own advice, followed: many workers and wide fetches, deletes in batches, a short fetch interval, no logging, no
type conversion, bytes passed on undecoded. Sends wait for Kafka's acknowledgement (`acks=all`, idempotent), as ours
do. With more than one worker it does not keep the order of a key; with one it is slower still.
"""

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer
from faststream_outbox import OutboxBroker, OutboxMessage, make_outbox_table
from faststream_outbox.autovacuum import outbox_autovacuum_ddl
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

QUEUE = "events"
WORKERS = 50
FETCH = 1000
FLUSH = 100

_metadata = MetaData()
_table = make_outbox_table(_metadata, table_name="outbox")


def tables() -> str:
    """Its table and indexes, tuned as it says; rows written in SQL wake it as its own `publish` would."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    statements: list[DDLElement] = [CreateTable(_table), *map(CreateIndex, _table.indexes)]
    made = [str(statement.compile(dialect=dialect)) for statement in statements]
    return ";\n".join([*made, outbox_autovacuum_ddl("outbox"), _WAKE])


_WAKE = f"""
CREATE FUNCTION wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox_outbox', '{QUEUE}');
    RETURN NULL;
END $$;
CREATE TRIGGER wake AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION wake()
"""


async def _undecoded(message: OutboxMessage) -> OutboxMessage:
    return message


async def run(database_url: str, kafka: dict[str, Any], topic: str) -> None:
    """Runs until cancelled."""
    engine = create_async_engine(
        database_url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=WORKERS + 2, max_overflow=0
    )
    producer = AIOKafkaProducer(
        **kafka, acks="all", enable_idempotence=True, compression_type="lz4", max_batch_size=128 * 1024
    )
    broker = OutboxBroker(engine, outbox_table=_table, logger=None, apply_types=False, graceful_timeout=1)

    @broker.subscriber(
        QUEUE,
        max_workers=WORKERS,
        fetch_batch_size=FETCH,
        terminal_flush_batch_size=FLUSH,
        min_fetch_interval=0.01,
        max_fetch_interval=0.01,
        decoder=_undecoded,
    )
    async def send(message: OutboxMessage) -> None:
        headers = [(name, text.encode()) for name, text in message.headers.items()]
        await producer.send_and_wait(topic, message.body, key=message.headers["subject"].encode(), headers=headers)

    await producer.start()
    try:
        await broker.start()
        await asyncio.Event().wait()
    finally:
        await broker.stop()
        await producer.stop()
        await engine.dispose()
