"""What a stranger may write to a topic: it is set aside at once, and nobody else waits for it."""

import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from chassis import agents, dead_letters
from chassis.breaker import Breaker, BreakerPolicy
from chassis.consumer import UNREADABLE, ConsumePolicy, Consumer
from chassis.database import Transaction
from chassis.handlers import Handlers, Received, Unproved
from chassis.kafka import client_options
from contracts.envelope import Envelope, encode, event, headers
from contracts.events import AgentPublished, PartnerRequestSent
from contracts.sealed import Sealed
from tests.chassis.conftest import Side, SideFactory, running, until

TOPIC = "partner-requests"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BODY = "a.b.c.d.e"

Sent = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
"""Key, value and headers of a record."""


def asked(reference: str = "2026-0042") -> Envelope:
    data = PartnerRequestSent.model_construct(organisation_id=uuid4(), reference=reference, body=BODY)
    return event(data, id=uuid4(), source="/partners/exemple", sequence=1, time=NOW)


def record(envelope: Envelope) -> Sent:
    return envelope.subject.encode(), encode(envelope), list(headers(envelope))


def altered(**attributes: Any) -> Sent:
    """A partner's request whose envelope says something else."""
    envelope = asked()
    value = orjson.dumps(orjson.loads(encode(envelope)) | attributes)
    return envelope.subject.encode(), value, [("type", b"PartnerRequestSent")]


def agent() -> AgentPublished:
    agent_id = uuid4()
    block = Sealed(key_subject=f"person:{agent_id}", event_id=uuid4(), field="name", data="A" * 40)
    return AgentPublished.model_validate(
        {
            "agent_id": agent_id,
            "subject": "exploitation",
            "organisation_id": uuid4(),
            "name": block,
            "email": block,
            "grants": [{"role": "operator", "territory_id": "*"}],
        }
    )


class Heard:
    """What the service took in."""

    def __init__(self) -> None:
        self.references: list[str] = []
        self.handlers = Handlers()
        self.handlers.include(agents.replica_handlers())
        self.handlers.on(PartnerRequestSent)(self._take)

    async def _take(self, tx: Transaction, received: Sequence[Received[PartnerRequestSent]]) -> None:
        self.references.extend(one.data.reference for one in received)


async def send(side: Side, *records: Sent) -> list[int]:
    """Write to one partition, in order; returns the offsets."""
    producer = AIOKafkaProducer(**client_options(side.settings))
    await producer.start()
    try:
        return [
            (
                await producer.send_and_wait(
                    side.settings.topic_prefix + TOPIC, value, key=key, headers=named, partition=0
                )
            ).offset
            for key, value, named in records
        ]
    finally:
        await producer.stop()


async def send_unreadable(side: Side) -> None:
    """A record one of whose headers has a name that is no UTF-8: no library writes it, so its bytes are changed."""
    producer = AIOKafkaProducer(**client_options(side.settings))
    await producer.start()
    try:
        batch = producer.create_batch()
        batch.append(key=b"k", value=b"{}", timestamp=None, headers=[("illisible", b"1")])
        built = bytearray(batch._build().replace(b"illisible", b"\xff" * 9))
        struct.pack_into(">I", built, 17, calc_crc32c(built[21:]))  # the checksum of all that follows it
        batch._buffer = built
        await (await producer.send_batch(batch, side.settings.topic_prefix + TOPIC, partition=0))
    finally:
        await producer.stop()


async def letters(side: Side, offsets: Sequence[int]) -> dict[int, dead_letters.DeadLetter]:
    async with side.worker.transaction() as tx:
        listed = await dead_letters.listed(tx, limit=1000)
    return {letter.record_offset: letter for letter in listed if letter.record_offset in offsets}


async def settle(
    side: Side, admin: Side, heard: Heard, *bad: Sent, already: Sequence[int] = ()
) -> dict[int, dead_letters.DeadLetter]:
    """Send what is bad and then a request; wait until that is taken in. What was set aside of these, by offset."""
    last = f"derniere-{uuid4()}"
    offsets = [*already, *await send(admin, *bad, record(asked(last)))]
    breaker = Breaker(BreakerPolicy(rest=3600))
    consumer = Consumer(
        "intake", side.settings, side.worker, heard.handlers, policy=ConsumePolicy(batch=8), breaker=lambda: breaker
    )

    async def taken() -> bool:
        return last in heard.references

    async with running(consumer.run):
        await until(taken)
    assert not breaker.open
    return await letters(side, offsets)


@pytest.fixture
async def intake(side: SideFactory) -> Side:
    return await side("intake")


@pytest.fixture
async def outsider(side: SideFactory, kafka: Any) -> Side:
    """Somebody who may write to the topic."""
    made = await side("intake")
    settings = made.settings.model_validate(
        made.settings.model_dump() | {"topic_prefix": made.settings.topic_prefix, **kafka.settings("admin")}
    )
    return Side(settings, made.worker, made.app, made.admin_url)


async def test_an_event_counts_only_on_its_own_topic(intake: Side, outsider: Side) -> None:
    grant = event(agent(), id=uuid4(), source="/maillage/directory", sequence=9, time=NOW)
    [letter] = (await settle(intake, outsider, Heard(), record(grant))).values()
    assert letter.reason == "MalformedEvent: AgentPublished does not belong on partner-requests"
    async with intake.worker.transaction() as tx:
        assert await agents.actor_of(tx, "exploitation") is None


async def test_replaying_it_does_not_make_it_count(intake: Side, outsider: Side) -> None:
    heard, grant = Heard(), event(agent(), id=uuid4(), source="/maillage/directory", sequence=9, time=NOW)
    [letter] = (await settle(intake, outsider, heard, record(grant))).values()
    with pytest.raises(Exception, match="does not belong"):
        await dead_letters.replay(intake.worker, heard.handlers, TOPIC, letter.key, by="test", reason="tried")
    async with intake.worker.transaction() as tx:
        assert await agents.actor_of(tx, "exploitation") is None


LONG = "".join(str(uuid4()) for _ in range(200))
POISONS: dict[str, Sent] = {
    "NUL in the key": (b"a\x00b", b"{not json", []),
    "a key too long for an index": (LONG.encode(), b"{not json", []),
    "bytes that are no text in the key": (b"\xff\xfe", b"{not json", []),
    "no key": (None, b"{not json", []),
    "NUL in the subject": altered(subject="a\x00b"),
    "NUL in the type": altered(type="PartnerRequestSent\x00"),
    "a subject too long for an index": altered(subject=LONG),
    "NUL in the reference": record(asked("a\x00b")),
    "NUL in a header": (b"k", b"{not json", [("note", b"a\x00b")]),
    "NUL in a header's name": (b"k", b"{not json", [("no\x00te", b"a")]),
    "a header without a value": (b"k", b"{not json", [("type", None)]),
    "a header that is no text": (b"k", b"{not json", [("note", b"\xff")]),
}


async def test_nothing_is_too_poisonous_to_be_set_aside(intake: Side, outsider: Side) -> None:
    aside = await settle(intake, outsider, Heard(), *POISONS.values())
    first = min(aside)
    missing = [name for number, name in enumerate(POISONS) if first + number not in aside]
    assert missing == []


async def test_a_record_nobody_can_read_costs_only_itself(intake: Side, outsider: Side) -> None:
    heard = Heard()
    first = await send(outsider, *(record(asked(f"avant-{number}")) for number in range(3)))
    await send_unreadable(outsider)
    aside = await settle(intake, outsider, heard, record(asked("après")), already=[first[-1] + 1])
    assert [one for one in heard.references if one.startswith(("avant", "après"))] == [
        "avant-0",
        "avant-1",
        "avant-2",
        "après",
    ]
    assert [letter.reason for letter in aside.values()] == [UNREADABLE]


async def test_a_version_a_partner_made_up_makes_nobody_wait(intake: Side, outsider: Side) -> None:
    made_up = altered(dataschema="urn:maillage:PartnerRequestSent:2")
    [letter] = (await settle(intake, outsider, Heard(), made_up)).values()
    assert letter.reason == "version inconnue : PartnerRequestSent, version 2"


async def test_malformed_events_do_not_stop_the_topic(intake: Side, outsider: Side) -> None:
    aside = await settle(intake, outsider, Heard(), *(altered(data={"n": number}) for number in range(25)))
    assert len(aside) == 25


async def test_nobody_holds_back_another_by_naming_its_key(intake: Side, outsider: Side) -> None:
    class Doubting(Heard):
        async def _take(self, tx: Transaction, received: Sequence[Received[PartnerRequestSent]]) -> None:
            if any(one.data.body == "forged" for one in received):
                raise Unproved("signature d'un autre")
            await super()._take(tx, received)

    heard, real = Doubting(), asked("la vraie")
    forged = record(replace(real, id=uuid4(), data=real.data | {"body": "forged"}))
    malformed: Sent = (real.subject.encode(), b"{not json", [])
    aside = await settle(intake, outsider, heard, forged, malformed, record(real))
    assert "la vraie" in heard.references
    assert {letter.key for letter in aside.values()}.isdisjoint({real.subject})


async def test_a_number_beyond_64_bits_is_the_event_s_own_fault(intake: Side, outsider: Side) -> None:
    class Counting(Heard):
        async def _take(self, tx: Transaction, received: Sequence[Received[PartnerRequestSent]]) -> None:
            if any(one.data.reference == "trop" for one in received):
                await tx.execute("SELECT $1::bigint", 2**70)
            await super()._take(tx, received)

    heard = Counting()
    [letter] = (await settle(intake, outsider, heard, record(asked("trop")))).values()
    assert letter.reason == "DataError"


def test_a_partner_s_reference_is_printable() -> None:
    with pytest.raises(ValueError, match="unprintable"):
        PartnerRequestSent(organisation_id=UUID(int=7), reference="a\nb", body=BODY)
    assert PartnerRequestSent(organisation_id=UUID(int=7), reference="Été 2026/42", body=BODY).reference
