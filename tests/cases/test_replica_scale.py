"""A replica of partners made again from nothing, at the size of the country's largest départements."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer

from cases.partners.handlers import handlers as partner_handlers
from chassis import freshness
from chassis.consumer import Consumer
from chassis.database import Database
from contracts.envelope import Envelope, encode, event, headers, new_id
from contracts.events import OfferPublished, OrganisationPublished, PartnersRetold
from deploy.local.testing import Broker
from tests.bench.ground import kafka_options
from tests.cases.conftest import settings_for
from tests.chassis.conftest import running, until
from tests.conftest import ServiceDatabaseFactory

OFFERS, ORGANISATIONS = 100_000, 10_000
KAFKA = ("kafka_bootstrap", "kafka_username", "kafka_password")
LIMIT = 60.0
"""Seconds, on a machine that does nothing else: by the processor, since others work beside a test."""
NIGHT = datetime(2026, 3, 2, 2, tzinfo=UTC)


def told() -> Iterator[Envelope]:
    for number in range(ORGANISATIONS):
        state = OrganisationPublished(organisation_id=UUID(int=number), name=f"Structure {number}", kind="association")
        yield event(state, id=new_id(), source="/maillage/directory", sequence=1, time=NIGHT)
    for number in range(OFFERS):
        offer = OfferPublished.model_validate(
            {
                "offer_id": UUID(int=number), "organisation_id": UUID(int=number % ORGANISATIONS),
                "name": f"Permanence {number}", "themes": ["famille", "sante--sante-mentale"], "area": ["22"],
                "territory_ids": ["saint-brieuc"], "description": "Écoute et accompagnement des familles. " * 10,
                "places": [{"site_id": UUID(int=number), "hours": "Mo-Fr 09:00-12:00,14:00-17:00; PH off"}],
                "told": {name: {"source": "exemple", "on": "2026-03-01"} for name in ("name", "themes", "area")},
                "address": "1 place de l’Exemple, 22000 Saint-Brieuc", "capacity": {"left": 3, "on": "2026-03-01"},
            }
        )  # fmt: skip
        yield event(offer, id=new_id(), source="/maillage/directory", sequence=1, time=NIGHT)
    last = PartnersRetold(teller="directory", told_at=NIGHT, states=OFFERS + ORGANISATIONS)
    yield event(last, id=new_id(), source="/maillage/directory", sequence=1, time=NIGHT)


@pytest.mark.scale  # a hundred thousand offers take half a minute to write and to read
async def test_a_replica_of_a_hundred_thousand_offers_is_made_again_within_a_minute(
    service_database: ServiceDatabaseFactory, kafka: Broker, topics: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reaching = kafka_options(*(kafka.settings("directory").get(name) for name in KAFKA))  # type: ignore[arg-type]
    producer = AIOKafkaProducer(**reaching, linger_ms=50, compression_type="lz4")
    await producer.start()
    for one in told():
        await producer.send(f"{topics}directory-partners", encode(one), key=one.subject.encode(), headers=headers(one))
    await producer.stop()
    database = await service_database("cases")
    worker = Database(database.worker_url)
    await worker.open()
    settings = settings_for(database, topic_prefix=topics, session_timeout_seconds=30, **kafka.settings("cases"))
    heard = partner_handlers()
    heard.include(freshness.handlers())

    async def whole() -> bool:
        async with worker.transaction() as tx:
            fresh = (await freshness.of(tx)).get(freshness.PARTNERS)
            if fresh is None or fresh.whole_at != NIGHT:
                return False
            count: int = await tx.fetchval("SELECT count(*) FROM offers")
        return count == OFFERS

    began, worked = time.monotonic(), time.process_time()
    async with running(Consumer("cases", settings, worker, heard).run):
        await until(whole, LIMIT * 3)
    took, worked = time.monotonic() - began, time.process_time() - worked
    await worker.close()
    with capsys.disabled():
        print(f" {OFFERS} offers and {ORGANISATIONS} organisations in {took:.1f} s, {worked:.1f} s of them of Python")
    assert worked < LIMIT
