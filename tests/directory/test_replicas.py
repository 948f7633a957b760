"""What the directory tells over the real Kafka, and what another service's replica makes of it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from chassis import agents
from chassis.consumer import Consumer
from chassis.database import Database, Transaction
from chassis.handlers import Handlers, Received
from chassis.relay import Relay
from chassis.sealing import Keyring, MasterKey
from contracts.events import OfferPublished, OrganisationPublished, TerritoryPublished
from deploy.local.testing import Broker
from directory.republication import republish
from tests.chassis.conftest import running, until
from tests.conftest import ServiceDatabaseFactory
from tests.directory.conftest import Directory, agent, broker_settings, offer, organisation, settings_for, territory

KEEP = """
INSERT INTO partners VALUES ($1, $2, $3, 1) ON CONFLICT (subject) DO UPDATE SET heard = partners.heard + 1,
    state = CASE WHEN excluded.sequence > partners.sequence THEN excluded.state ELSE partners.state END,
    sequence = greatest(excluded.sequence, partners.sequence)
"""


class Replica:
    """Another service: it keeps the newest state of each partner, and counts how often it heard of it."""

    def __init__(self, consumer: Consumer, worker: Database, keyring: Keyring) -> None:
        self.consumer = consumer
        self.worker = worker
        self.keyring = keyring

    async def rows(self) -> dict[str, tuple[int, dict[str, Any]]]:
        async with self.worker.transaction() as tx:
            rows = await tx.fetch("SELECT subject, sequence, state FROM partners")
        return {row["subject"]: (row["sequence"], row["state"]) for row in rows}

    async def heard(self, subject: str) -> int:
        async with self.worker.transaction() as tx:
            return int(await tx.fetchval("SELECT coalesce(max(heard), 0) FROM partners WHERE subject = $1", subject))

    async def agent(self, agent_id: str) -> tuple[int, str] | None:
        """The sequence and the opened name."""
        async with self.worker.transaction() as tx:
            sequence = await tx.fetchval("SELECT sequence FROM agents WHERE agent_id = $1 AND NOT retired", agent_id)
            known = (await agents.contacts(tx, [UUID(agent_id)])).get(UUID(agent_id))
            return (sequence, str((await self.keyring.open(tx, [known.name]))[0])) if known else None


async def keep(tx: Transaction, received: Sequence[Received[Any]]) -> None:
    rows = [(one.envelope.subject, one.envelope.sequence, one.envelope.data) for one in received]
    await tx.executemany(KEEP, rows)


def listening() -> Handlers:
    handlers = Handlers()
    handlers.include(agents.replica_handlers())
    for event in (TerritoryPublished, OrganisationPublished, OfferPublished):
        handlers.on(event, replica=True)(keep)
    return handlers


@pytest.fixture
async def replicas(
    service_database: ServiceDatabaseFactory, kafka: Broker, topics: str
) -> AsyncIterator[list[Replica]]:
    """Two of them, so that one can begin from nothing later."""
    made = []
    for user in ("cases", "notifications"):
        database = await service_database("directory")
        connection = await asyncpg.connect(database.admin_url)
        await connection.execute(
            """CREATE TABLE partners (subject text PRIMARY KEY, sequence bigint, state jsonb, heard int);
               GRANT SELECT, INSERT, UPDATE ON partners TO maillage_worker"""
        )
        await connection.close()
        settings = settings_for(database, **broker_settings(kafka, topics, user))
        worker = Database(database.worker_url)
        await worker.open()
        keyring = Keyring(MasterKey(settings.master_key, settings.master_key_id))
        made.append(Replica(Consumer(user, settings, worker, listening()), worker, keyring))
    yield made
    for replica in made:
        await replica.worker.close()


async def test_a_replica_follows_the_directory_and_can_be_made_again_from_nothing(
    connected: Directory, replicas: list[Replica]
) -> None:
    first, second = replicas
    directory, service = connected, connected.service
    own = Consumer("directory", service.parts.settings, service.parts.worker, service.all_handlers)
    async with running(Relay(service.parts.settings).run, own.run, first.consumer.run):
        await directory.post("/directory/territories", territory())
        home = (await directory.post("/directory/organisations", organisation())).json()["organisation_id"]
        made = await directory.post("/directory/offers", offer(home))
        someone = (await directory.post("/directory/agents", agent(home))).json()["agent_id"]
        await directory.put(f"/directory/organisations/{home}", organisation(name="Nouveau nom"), version=1)
        await directory.delete(made.headers["location"], version=1)
        retired = made.json()["offer_id"]

        async def caught_up() -> bool:
            rows = await first.rows()
            told = {subject: sequence for subject, (sequence, _) in rows.items()}
            return told == {"saint-brieuc": 1, home: 2, retired: 2} and await first.agent(someone) == (
                1,
                "Camille Exemple",
            )

        await until(caught_up)
        known = await first.rows()
        assert known[home][1]["name"] == "Nouveau nom"
        assert known[retired][1]["retired"]

        # Told again: heard again, and nothing changes, here or in the directory itself.
        before = [await first.heard(subject) for subject in known]
        await republish(service, [])

        async def heard_again() -> bool:
            return [await first.heard(subject) for subject in known] == [count + 1 for count in before]

        await until(heard_again)
        assert await first.rows() == known
        assert await first.agent(someone) == (1, "Camille Exemple")
        seen = await directory.ask("GET", f"/directory/agents/{someone}")
        assert (seen.headers["etag"], seen.json()["name"]) == ('"1"', "Camille Exemple")

        async with running(second.consumer.run):

            async def as_much_as_the_first() -> bool:
                return await second.rows() == known and await second.agent(someone) == await first.agent(someone)

            await until(as_much_as_the_first)


async def test_an_agent_who_left_may_do_nothing_elsewhere_either(connected: Directory, replicas: list[Replica]) -> None:
    directory, first = connected, replicas[0]
    async with running(Relay(directory.service.parts.settings).run, first.consumer.run):
        await directory.post("/directory/territories", territory("arcachon", ["33009"]))
        home = (await directory.post("/directory/organisations", organisation(territory_ids=["*"]))).json()[
            "organisation_id"
        ]
        grants = [{"role": "reception", "territory_id": "arcachon"}]
        made = await directory.post("/directory/agents", agent(home, subject="depart", grants=grants))

        async def roles() -> set[str]:
            async with first.worker.transaction() as tx:
                actor = await agents.actor_of(tx, "depart")
            return set(actor.roles) if actor else set()

        async def received() -> bool:
            return await roles() == {"reception"}

        await until(received)
        await directory.delete(made.headers["location"], version=1)

        async def gone() -> bool:
            return await roles() == set()

        await until(gone)
