"""Events that cannot be handled, for a while or ever."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer

from chassis.relay import partition_of
from contracts.envelope import encode, event
from contracts.events import RequestWithdrawn
from contracts.topics import TOPICS
from tests.faults.scenes import FEW, MANY, published, rest, some_dossiers, unprocessed
from tests.system.checker import judge
from tests.system.platform import Platform
from tests.system.topics import admin_client

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

READERS = ("cases", "notifications")


async def poison(platform: Platform, request_ids: Sequence[UUID]) -> None:
    """After the event of each of these requests: one nobody can read, then a good one of the same key."""
    async with AIOKafkaProducer(**admin_client(platform), acks="all") as producer:
        for request_id in request_ids:
            withdrawn = event(
                RequestWithdrawn(request_id=request_id),
                id=uuid4(),
                source="/maillage/intake",
                sequence=2,
                time=datetime.now(UTC),
            )
            for event_type, value in (
                ("RequestSubmitted", b"no event at all"),
                ("RequestWithdrawn", encode(withdrawn)),
            ):
                await producer.send_and_wait(
                    platform.prefix + "intake-events",
                    value,
                    key=str(request_id).encode(),
                    partition=partition_of(str(request_id), TOPICS["intake-events"].partitions),
                    headers=[("type", event_type.encode())],
                )


async def letters(platform: Platform, service: str) -> list[dict[str, str]]:
    output = await platform.command(service, "dead-letters", "list")
    return [json.loads(line) for line in output.splitlines()]


async def test_poison_costs_its_own_key_and_nothing_else(platform: Platform) -> None:
    desk = await published(platform)
    poisoned = [one.request_id for one in desk.acknowledged[:: MANY // 3] if not one.withdrawn]
    await poison(platform, poisoned)
    await desk.submit(FEW)
    await unprocessed(platform, desk)

    await rest(platform)
    (await judge(platform, desk.acknowledged, set_aside=dict.fromkeys(READERS, poisoned))).clean()

    for service in READERS:
        for letter in await letters(platform, service):
            if letter["reason"].startswith("Malformed"):
                await platform.command(
                    service, "dead-letters", "discard", letter["dead_letter_id"], "--reason", "illisible"
                )
        for letter in await letters(platform, service):
            await platform.command(service, "dead-letters", "replay", letter["dead_letter_id"], "--reason", "la suite")
    (await judge(platform, desk.acknowledged)).clean()


async def test_a_third_of_the_events_fail_for_a_while(platform: Platform) -> None:
    desk = await published(platform)
    await platform.execute("cases", FAIL_A_THIRD)
    await unprocessed(platform, desk)
    cases = await platform.start("cases", "consume+relay")

    async def struck() -> bool:
        return any("partition_waits" in complaint for complaint in platform.complaints())

    await platform.until(struck, "a failure")
    await platform.execute("cases", "DROP TRIGGER failing ON cases")

    await some_dossiers(platform, MANY)
    await rest(platform)
    (await judge(platform, desk.acknowledged)).clean()
    assert await cases.metric("maillage_dead_letters_total") == 0


FAIL_A_THIRD = """
CREATE FUNCTION fail_a_third() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF get_byte(uuid_send(NEW.case_id), 15) % 3 = 0 THEN
        RAISE EXCEPTION 'not now' USING ERRCODE = 'lock_not_available';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER failing BEFORE INSERT ON cases FOR EACH ROW EXECUTE FUNCTION fail_a_third();
"""
