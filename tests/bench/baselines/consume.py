"""A consumer as one would write it by hand: a batch of records, one transaction of three inserts."""

from datetime import date, datetime
from time import monotonic
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer

BATCH = 500
COMMIT_SECONDS = 1.0
"""Kafka's offsets are brought up to date this often: the inbox forgives what is read twice."""

TABLES = """
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE dossier (
    case_id uuid PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    request_id uuid NOT NULL,
    reference text NOT NULL,
    programme text NOT NULL,
    programme_version integer NOT NULL,
    territory_id text,
    commune text NOT NULL,
    channel text NOT NULL,
    themes text[] NOT NULL,
    urgency text NOT NULL,
    minor boolean NOT NULL,
    promised_on date NOT NULL,
    opened_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'open',
    people jsonb NOT NULL,
    summary jsonb
);
CREATE INDEX dossier_worklist ON dossier (territory_id, status, opened_at, case_id);
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
)
"""

_INBOX = "INSERT INTO inbox (event_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id"
_DOSSIER = """
INSERT INTO dossier (case_id, request_id, reference, programme, programme_version, territory_id, commune, channel,
    themes, urgency, minor, promised_on, opened_at, people, summary)
SELECT case_id, request_id, reference, programme, programme_version, territory_id, commune, channel,
    ARRAY(SELECT jsonb_array_elements_text(themes)), urgency, minor, promised_on, opened_at, people, summary
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[],
    $9::jsonb[], $10::text[], $11::bool[], $12::date[], $13::timestamptz[], $14::jsonb[], $15::jsonb[])
AS row (case_id, request_id, reference, programme, programme_version, territory_id, commune, channel,
    themes, urgency, minor, promised_on, opened_at, people, summary)
"""
_OUTBOX = """
INSERT INTO outbox (event_id, topic, key, headers, value)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::bytea[])
"""


async def run(database_url: str, kafka: dict[str, Any], topic: str, group: str) -> None:
    """Runs until cancelled."""
    connection = await asyncpg.connect(database_url)
    consumer = AIOKafkaConsumer(
        topic, **kafka, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest", max_poll_records=BATCH
    )
    await consumer.start()
    committed = monotonic()
    try:
        while True:
            batches = await consumer.getmany(timeout_ms=200, max_records=BATCH)
            events = [orjson.loads(record.value) for records in batches.values() for record in records]
            if events:
                await handle(connection, [event for event in events if event["type"] == "RequestSubmitted"])
            if monotonic() - committed > COMMIT_SECONDS:
                await consumer.commit()
                committed = monotonic()
    finally:
        await consumer.stop()
        await connection.close()


async def handle(connection: asyncpg.Connection, events: list[dict[str, Any]]) -> None:
    async with connection.transaction():
        rows = await connection.fetch(_INBOX, [event["id"] for event in events])
        fresh = {str(row["event_id"]) for row in rows}
        events = [event for event in events if event["id"] in fresh]
        cases = [uuid5(UUID(event["data"]["request_id"]), "case") for event in events]
        await connection.execute(_DOSSIER, *dossiers(cases, [event["data"] for event in events], events))
        await connection.execute(_OUTBOX, *told(cases, events))


def dossiers(cases: list[UUID], data: list[dict[str, Any]], events: list[dict[str, Any]]) -> tuple[list[Any], ...]:
    return (
        cases,
        [one["request_id"] for one in data],
        [one["reference"] for one in data],
        [one["programme"] for one in data],
        [one["programme_version"] for one in data],
        [one.get("territory_id") for one in data],
        [one["commune"] for one in data],
        [one["channel"] for one in data],
        [_json(one["themes"]) for one in data],
        [one["urgency"] for one in data],
        [one["concerned"]["minor"] for one in data],
        [date.fromisoformat(one["promised_on"]) for one in data],
        [datetime.fromisoformat(event["time"]) for event in events],
        [_json(people(one)) for one in data],
        [_json(one["summary"]) if "summary" in one else None for one in data],
    )


def people(data: dict[str, Any]) -> list[dict[str, Any]]:
    roles = (("requester", data["requester"]), ("concerned", data["concerned"]))
    return [{"person_id": who["person_id"], "role": role} for role, who in roles if "person_id" in who]


def told(cases: list[UUID], events: list[dict[str, Any]]) -> tuple[list[Any], ...]:
    ids = [uuid5(UUID(event["id"]), "case-opened") for event in events]
    opened = [case_opened(*one) for one in zip(ids, cases, events, strict=True)]
    return (
        ids,
        ["cases-events"] * len(ids),
        [event["subject"] for event in opened],
        [_json(headers(event)) for event in opened],
        [orjson.dumps(event) for event in opened],
    )


def case_opened(event_id: UUID, case_id: UUID, cause: dict[str, Any]) -> dict[str, Any]:
    data = cause["data"]
    opened = {
        "case_id": str(case_id),
        "request_id": data["request_id"],
        "programme": data["programme"],
        "programme_version": data["programme_version"],
        "territory_id": data.get("territory_id"),
        "opened_on": cause["time"][:10],
        "people": people(data),
    }
    return {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "/maillage/cases",
        "type": "CaseOpened",
        "subject": str(case_id),
        "time": cause["time"],
        "datacontenttype": "application/json",
        "dataschema": "urn:maillage:CaseOpened:1",
        "sequence": "0000000001",
        "correlationid": cause["correlationid"],
        "causationid": cause["id"],
        "data": opened,
    }


def headers(event: dict[str, Any]) -> dict[str, str]:
    return {
        "content-type": "application/cloudevents+json; charset=UTF-8",
        "id": event["id"],
        "type": event["type"],
        "version": "1",
        "subject": event["subject"],
        "correlationid": event["correlationid"],
    }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
