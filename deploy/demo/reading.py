"""Reading back what the day left: in Kafka, in the databases, among mails and text messages. Nothing here writes."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from contracts.envelope import Envelope, MalformedEvent, decode
from contracts.events import AgentPublished, PartnerRequestSent
from contracts.topics import TOPICS
from deploy.local.broker import Administration
from deploy.local.migrate import service_database
from deploy.local.stack import Stack

SECONDS = 20.0
PARTNERS = PartnerRequestSent.topic
SERVICES_TOPICS = tuple(name for name in TOPICS if name != PARTNERS)
FIRST = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """An event as it lies in Kafka. `at` is when it was written there."""

    topic: str
    at: datetime
    envelope: Envelope


@dataclass(frozen=True)
class Dossier:
    """A dossier as cases keeps it."""

    case_id: UUID
    request_id: UUID | None
    status: str


@dataclass(frozen=True)
class Delivery:
    """A message as notifications keeps it; `subject` is the request or the dossier it is about."""

    delivery_id: UUID
    rule: str
    event_id: UUID
    subject: UUID
    state: str
    reason: str | None
    channel: str = "email"


@dataclass(frozen=True)
class Letter:
    """An event of a partner that intake set aside, and what became of it."""

    dead_letter_id: UUID
    key: str
    offset: int
    event_id: UUID | None
    reason: str
    state: str
    decided_at: datetime | None
    decision_reason: str | None


def agents(administration: Administration) -> dict[str, UUID]:
    """The agents in function that the directory has told of, by the name of their account."""
    told = [one.envelope for one in events(administration, FIRST, [AgentPublished.topic])]
    known = {one.subject: one.data for one in told if one.type == AgentPublished.__name__}
    return {data["subject"]: UUID(agent_id) for agent_id, data in known.items() if not data["retired"]}


def events(administration: Administration, since: datetime, topics: Sequence[str] = SERVICES_TOPICS) -> list[Told]:
    """All that was told since then, in the order of writing; order per key is that of its partition."""
    consumer = _consumer(administration)
    try:
        ends = {(one.topic, one.partition): one.offset for one in _starts(consumer, topics, since)}
        return sorted(_until_the_end(consumer, ends), key=lambda told: told.at)
    finally:
        consumer.close()


def _consumer(administration: Administration) -> Consumer:
    settings: dict[str, Any] = {
        "bootstrap.servers": administration.bootstrap,
        "group.id": "demo-report",
        "enable.auto.commit": False,
        "auto.offset.reset": "error",
        # What is read is there already: the waits meant for what is yet to come would take seconds.
        "fetch.wait.max.ms": 20,
        "fetch.queue.backoff.ms": 10,
    }
    if administration.username is not None:
        settings |= {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": administration.username,
            "sasl.password": administration.password,
        }
    return Consumer(settings)


def _starts(consumer: Consumer, topics: Sequence[str], since: datetime) -> list[TopicPartition]:
    moment = int(since.timestamp() * 1000)
    known = consumer.list_topics(timeout=SECONDS).topics
    partitions = [
        TopicPartition(topic, partition, moment)
        for topic in topics
        if topic in known
        for partition in known[topic].partitions
    ]
    return consumer.offsets_for_times(partitions, timeout=SECONDS)


def _until_the_end(consumer: Consumer, starts: dict[tuple[str, int], int]) -> Iterator[Told]:
    """Each partition from its start to what is its end now; a start of -1 means that nothing came since."""
    wanted = {place: offset for place, offset in starts.items() if offset >= 0}
    consumer.assign([TopicPartition(topic, partition, offset) for (topic, partition), offset in wanted.items()])
    left = {place: _end(consumer, place) for place, offset in wanted.items()}
    while left:
        message = consumer.poll(SECONDS)
        if message is None:
            raise KafkaException("the end of a partition was not reached")
        yield from _told(message)
        place = (str(message.topic()), int(message.partition() or 0))
        if int(message.offset() or 0) + 1 >= left.get(place, 0):
            left.pop(place, None)


def _end(consumer: Consumer, place: tuple[str, int]) -> int:
    _, end = consumer.get_watermark_offsets(TopicPartition(*place), timeout=SECONDS)
    return int(end)


def _told(message: Message) -> Iterator[Told]:
    try:
        envelope = decode(message.value() or b"")
    except MalformedEvent:
        return
    _, milliseconds = message.timestamp()
    yield Told(str(message.topic()), datetime.fromtimestamp(milliseconds / 1000, UTC), envelope)


def dossiers(installation: Stack, request_ids: Sequence[UUID]) -> list[Dossier]:
    """The dossiers of these requests."""
    query = "SELECT case_id, request_id, status FROM cases WHERE request_id = ANY($1::uuid[])"
    return [Dossier(**row) for row in rows(installation, "cases", query, list(request_ids))]


def deliveries(installation: Stack, since: datetime) -> list[Delivery]:
    """The messages that events since then have caused."""
    query = """SELECT delivery_id, rule, event_id, subject, state, reason, channel FROM deliveries
               WHERE event_time >= $1 ORDER BY place"""
    return [Delivery(**row) for row in rows(installation, "notifications", query, since)]


def letters(installation: Stack, since: datetime) -> list[Letter]:
    """What intake has set aside of the partners' requests since then, in the order it came."""
    query = """SELECT dead_letter_id, key, record_offset AS offset, event_id, reason, state, decided_at, decision_reason
               FROM dead_letters WHERE topic = $1 AND received_at >= $2 ORDER BY partition, record_offset"""
    return [Letter(**row) for row in rows(installation, "intake", query, PARTNERS, since)]


def known_places(installation: Stack) -> tuple[set[str], set[UUID]]:
    """The territories and the organisations that intake has heard of."""
    territories = rows(installation, "intake", "SELECT territory_id FROM territories")
    organisations = rows(installation, "intake", "SELECT organisation_id FROM organisations")
    return {row["territory_id"] for row in territories}, {row["organisation_id"] for row in organisations}


def known_communes(installation: Stack, prefix: str) -> set[str]:
    """The codes intake knows that begin so, those added by hand included."""
    found = rows(installation, "intake", "SELECT code FROM communes WHERE starts_with(code, $1)", prefix)
    return {row["code"] for row in found}


def rows(installation: Stack, service: str, query: str, *arguments: object) -> list[asyncpg.Record]:
    """What `query` finds in the database of `service`; it cannot write there."""
    return asyncio.run(_fetch(service_database(installation, service).admin_url, query, arguments))


async def _fetch(url: str, query: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
    """As the administrator, who reads across row-level security: a report sees what nobody else may."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(readonly=True):
            found: list[asyncpg.Record] = await connection.fetch(query, *arguments)
            return found
    finally:
        await connection.close()


def timeline(installation: Stack, reference: str) -> list[str]:
    """What happened in the dossier of that reference, in order: the kind of each entry."""
    query = "SELECT kind FROM timeline JOIN cases USING (case_id) WHERE reference = $1 ORDER BY at, position"
    return [row["kind"] for row in rows(installation, "cases", query, reference)]


def mails(folder: Path, since: datetime) -> dict[UUID, list[datetime]]:
    """When each delivery's mails were kept, by the delivery's id, which their Message-ID holds."""
    kept: dict[UUID, list[datetime]] = {}
    for at, file in _kept(folder, since):
        identity = BytesHeaderParser(policy=policy.default).parsebytes(file.read_bytes())["Message-ID"]
        kept.setdefault(UUID(str(identity).strip("<>").partition("@")[0]), []).append(at)
    return kept


def mail_of(folder: Path, delivery_id: UUID, since: datetime) -> Path | None:
    """The file of a delivery's first mail."""
    marked = f"<{delivery_id}@".encode()
    return next((file for _, file in _kept(folder, since) if marked in file.read_bytes()), None)


def texts(folder: Path, since: datetime) -> dict[UUID, list[datetime]]:
    """When the gateway kept each delivery's text message, by the delivery's id: each once."""
    kept = ((UUID(file.stem), datetime.fromtimestamp(file.stat().st_mtime, UTC)) for file in folder.glob("*.json"))
    return {delivery_id: [at] for delivery_id, at in kept if at >= since}


def mails_to(folder: Path, address: str, since: datetime) -> list[str]:
    """The texts of the mails kept since then for that address, in the order they came."""
    found = (message_from_bytes(file.read_bytes(), policy=policy.default) for _, file in _kept(folder, since))
    bodies = (mail.get_body(("plain",)) for mail in found if mail["To"] == address)
    return [str(body.get_content()) for body in bodies if body is not None]


def _kept(folder: Path, since: datetime) -> Iterator[tuple[datetime, Path]]:
    """When each mail was kept, and where."""
    for file in sorted(folder.glob("*.eml")):
        at = datetime.fromtimestamp(int(file.name.partition("-")[0]) / 1e9, UTC)
        if at >= since:
            yield at, file
