"""States kept by the thousand: each version counts a change, and nothing unpublished is lost."""

from datetime import UTC, datetime
from uuid import UUID

from chassis.actor import PUBLIC
from contracts.events import OfferPublished
from directory import contacts
from directory.aggregates import Versioned, publish_all, saying
from directory.contacts import Contact
from directory.offers import store
from tests.directory.conftest import Directory, offer, organisation, territory

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def sample(number: int) -> OfferPublished:
    return OfferPublished(offer_id=UUID(int=number), organisation_id=UUID(int=2), name=f"Offre {number}", area=("22",))


async def test_only_what_differs_gets_a_new_version_and_is_told(directory: Directory) -> None:
    states = [sample(number) for number in range(1, 6)]
    async with directory.service.parts.worker.transaction() as tx:
        assert [one.version for one in await store.keep(tx, states)] == [1] * 5
    changed = [*states[:4], saying(capacity={"left": 2, "on": "2026-03-02"})(states[4]), sample(6)]
    async with directory.service.parts.worker.transaction() as tx:
        known = await store.those(tx, [one.offer_id for one in changed], changing=True)
        written = await store.keep(tx, changed)
        await publish_all(tx, written, at=NOW)
    assert len(known) == 5
    assert {one.state.name: one.version for one in written} == {"Offre 5": 2, "Offre 6": 1}
    assert await directory.told("OfferPublished") == [("OfferPublished", 2), ("OfferPublished", 1)]
    async with directory.service.parts.worker.transaction() as tx:
        assert await store.find(tx, UUID(int=5)) == Versioned(changed[4], 2)


async def test_contacts_are_for_agents_alone_and_outlast_what_is_heard(directory: Directory) -> None:
    await directory.post("/directory/territories", territory())
    home = (await directory.post("/directory/organisations", organisation())).json()["organisation_id"]
    path = (await directory.post("/directory/offers", offer(home))).headers["location"]
    given = [{"name": "Dominique Exemple", "phone": "02 96 00 00 00"}]
    assert (await directory.ask("PUT", f"{path}/contacts", json=given)).status_code == 204
    heard = OfferPublished.model_validate((await directory.ask("GET", path)).json()).model_copy(update={"name": "Neuf"})
    async with directory.service.parts.worker.transaction() as tx:
        assert await store.adopt(tx, [Versioned(heard, 7)]) == {heard.offer_id}
    await directory.grant("accueil", ("reception", "saint-brieuc"))
    assert (await directory.ask("GET", f"{path}/contacts", "accueil")).json() == [
        {"name": "Dominique Exemple", "phone": "+33296000000"}
    ]
    assert (await directory.ask("PUT", f"{path}/contacts", "accueil", json=[])).status_code == 403
    assert (await directory.ask("GET", f"{path}/contacts", by=None)).status_code == 401
    async with directory.service.parts.app.transaction(PUBLIC) as tx:
        assert await contacts.of(tx, heard.offer_id) == []
    for text in [(await directory.ask("GET", path)).text, *(str(one) for one in await directory.outbox())]:
        assert "Dominique" not in text


async def test_contacts_are_kept_by_the_thousand(directory: Directory) -> None:
    given = {UUID(int=number): [Contact(name="Dominique Exemple")] for number in range(1, 4)}
    async with directory.service.parts.worker.transaction() as tx:
        await contacts.keep(tx, given)
        await contacts.keep(tx, {UUID(int=2): []})
        assert [len(await contacts.of(tx, one)) for one in given] == [1, 0, 1]
