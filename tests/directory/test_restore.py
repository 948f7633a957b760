"""After a restore: the directory hears what it had told since its backup."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from chassis import agents
from chassis.consumer import Consumer
from chassis.relay import Relay
from contracts.events import AgentPublished, TerritoryPublished
from contracts.sealed import Sealed
from deploy.local.testing import Broker
from directory.aggregates import Versioned
from directory.territories import store as territories
from tests.chassis.conftest import running, until
from tests.conftest import ServiceDatabaseFactory
from tests.directory.conftest import (
    Directory,
    agent,
    broker_settings,
    directory_on,
    offer,
    organisation,
    site,
    territory,
)


@pytest.fixture
async def restored(service_database: ServiceDatabaseFactory, kafka: Broker, topics: str) -> AsyncIterator[Directory]:
    """The same directory on the emptiest backup there can be: everything was written after it."""
    async for one in directory_on(await service_database("directory"), **broker_settings(kafka, topics, "directory")):
        yield one


async def test_a_restored_directory_hears_what_it_had_told_and_goes_on_from_there(
    connected: Directory, restored: Directory
) -> None:
    await connected.post("/directory/territories", territory())
    await connected.post("/directory/territories", territory("brest", ["29019"]))
    await connected.delete("/directory/territories/brest", version=1)
    home = (await connected.post("/directory/organisations", organisation())).json()["organisation_id"]
    await connected.put(f"/directory/organisations/{home}", organisation(name="Nouveau nom"), version=1)
    hall = (await connected.post("/directory/sites", site())).headers["location"]
    held = [{"site_id": hall.rpartition("/")[2], "hours": "We 13:30-17:00"}]
    made = (await connected.post("/directory/offers", offer(home, places=held))).headers["location"]
    someone = (await connected.post("/directory/agents", agent(home))).headers["location"]
    places = ("/directory/territories", f"/directory/organisations/{home}", "/directory/offers", hall, made, someone)

    async def heard() -> bool:
        for place in places:
            before, after = await connected.ask("GET", place), await restored.ask("GET", place)
            if (before.text, before.headers.get("etag")) != (after.text, after.headers.get("etag")):
                return False
        return True

    service = restored.service
    consumer = Consumer("directory", service.parts.settings, service.parts.worker, service.all_handlers)
    async with running(Relay(connected.service.parts.settings).run, consumer.run):
        await until(heard)
    edited = await restored.put(f"/directory/organisations/{home}", organisation(), version=2)
    assert edited.headers["etag"] == '"3"'
    assert (await restored.post("/directory/territories", territory("argoat", ["22278"]))).status_code == 409
    assert (await restored.post("/directory/territories", territory("rade", ["29019"]))).status_code == 201


async def test_a_commune_that_changed_hands_may_be_heard_of_in_any_order(restored: Directory) -> None:
    told = [
        Versioned(TerritoryPublished.model_validate(territory(name, communes)), version)
        for name, communes, version in (("argoat", ["22278"], 1), ("rade", ["22278", "29019"], 1), ("argoat", [], 2))
    ]
    for one in told:
        async with restored.service.parts.worker.transaction() as tx:
            await territories.adopt(tx, [one])

    assert (await restored.post("/directory/territories", territory("brest", ["29019"]))).status_code == 409


async def test_an_account_that_changed_hands_may_be_heard_of_in_any_order(restored: Directory) -> None:
    home = uuid4()

    def told(agent_id: UUID, **more: object) -> AgentPublished:
        block = Sealed(key_subject=f"person:{agent_id}", event_id=uuid4(), field="name", data="A" * 40)
        state = {"agent_id": agent_id, "subject": "accueil", "organisation_id": home, "name": block, "email": block}
        return AgentPublished.model_validate(state | {"grants": []} | more)

    left, came = uuid4(), uuid4()
    for state, sequence in ((told(left), 1), (told(came), 1), (told(left, retired=True), 2)):
        async with restored.service.parts.worker.transaction() as tx:
            await agents.store(tx, [(state, sequence)])

    async with restored.service.parts.worker.transaction() as tx:
        actor = await agents.actor_of(tx, "accueil")
    assert actor is not None
    assert actor.agent_id == came
    await restored.post("/directory/territories", territory())
    place = (await restored.post("/directory/organisations", organisation())).json()["organisation_id"]
    assert (await restored.post("/directory/agents", agent(place))).status_code == 409, "the account is held"
