"""Sites over HTTP, and offers made there: written within one's territories, told with their places."""

from typing import Any

import pytest

from chassis.handlers import Received
from chassis.inbox import handle
from contracts.envelope import parse
from directory.hearing import handlers
from tests.directory.conftest import Directory, offer, organisation, site, territory

PATH = "/directory/sites"


@pytest.fixture
async def places(directory: Directory) -> Directory:
    for name, communes in (("saint-brieuc", ["22278"]), ("arcachon", ["33009"])):
        await directory.post("/directory/territories", territory(name, communes))
    await directory.grant("responsable", ("manager", "saint-brieuc"))
    return directory


async def made(directory: Directory, path: str, body: dict[str, Any], by: str = "exploitation") -> str:
    answer = await directory.post(path, body, by)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"].rpartition("/")[2])


async def home(directory: Directory) -> str:
    return await made(directory, "/directory/organisations", organisation())


async def test_a_site_is_created_read_edited_and_retired(places: Directory) -> None:
    identity = await made(
        places, PATH, site(hours="Mo-Fr 09:00-17:00", accessibility=["lift", "wheelchair"]), "responsable"
    )
    seen = (await places.ask("GET", f"{PATH}/{identity}", "responsable")).json()
    assert (seen["locality"], seen["hours"], seen["accessibility"]) == (
        "Saint-Brieuc", "Mo-Fr 09:00-17:00", ["lift", "wheelchair"],
    )  # fmt: skip
    edited = await places.put(f"{PATH}/{identity}", site(latitude=48.51, longitude=-2.76), 1, "responsable")
    assert (edited.status_code, edited.json()["latitude"], edited.headers["etag"]) == (200, 48.51, '"2"')
    assert "hours" not in edited.json()
    assert (await places.ask("GET", PATH)).json()["sites"][0]["site_id"] == identity
    assert (await places.delete(f"{PATH}/{identity}", 2, "responsable")).json()["retired"]
    assert await places.told("SitePublished") == [("SitePublished", n) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"hours": "Mo-Fr 9h-12h"}, "#/hours"),
        ({"commune": "00000"}, "#/commune"),
        ({"latitude": 91}, "#/latitude"),
        ({"closures": [{"first": "2026-08-02", "last": "2026-08-01"}]}, "#/closures/0/last"),
        ({"accessibility": ["stairs"]}, "#/accessibility/0"),
        ({"organisation_id": "00000000-0000-4000-8000-000000000000"}, "#/organisation_id"),
    ],
)
async def test_what_is_wrong_is_refused_at_its_field(places: Directory, change: dict[str, Any], place: str) -> None:
    answer = await places.post(PATH, site(**change))
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, [place])
    assert await places.told("SitePublished") == []


async def test_premises_are_stewarded_by_the_territory_of_their_commune(places: Directory) -> None:
    theirs = await made(places, PATH, site(commune="33009"))
    assert (await places.post(PATH, site(commune="33009"), "responsable")).status_code == 403
    assert (await places.post(PATH, site(commune="75056"), "responsable")).status_code == 403  # in none of ours
    assert (await places.put(f"{PATH}/{theirs}", site(), 1, "responsable")).status_code == 403  # nor moved to ours
    assert (await places.put(f"{PATH}/{theirs}", site(), 1)).status_code == 200


async def test_an_offer_is_made_at_somebody_elses_premises_with_hours_of_its_own(places: Directory) -> None:
    host, guest = await home(places), await home(places)
    hall = await made(places, PATH, site(organisation_id=host, hours="Mo-Fr 09:00-17:00", postal_code="22000"))
    held = [{"site_id": hall, "hours": "week 01-53/2 We 13:30-17:00", "note": "2e étage"}]
    identity = await made(
        places, "/directory/offers",
        offer(guest, places=held, area=["22278", "22", "france"], languages=["ar", "lsf"], publics=["jeunes"],
              capacity={"left": 3}, closures=[{"first": "2026-08-01", "last": "2026-08-31", "message": "été"}]),
    )  # fmt: skip
    seen = (await places.ask("GET", f"/directory/offers/{identity}")).json()
    assert seen["address"] == "Maison de l’Exemple, 1 place de l’Exemple, 22000 Saint-Brieuc"
    assert seen["opening_hours"] == "week 01-53/2 We 13:30-17:00"
    assert (seen["area"], seen["capacity"]["left"]) == (["22278", "22", "france"], 3)
    told = next(one for one in await places.outbox() if one.type == "OfferPublished")
    assert told.data["places"][0]["site_id"] == hall
    assert told.data["closures"][0]["message"] == "été"
    assert (await places.delete(f"{PATH}/{hall}", 1)).json()["type"].endswith("site-in-use")


async def test_an_offer_is_not_made_where_nothing_is(places: Directory) -> None:
    nowhere = [{"site_id": "00000000-0000-4000-8000-000000000000"}]
    answer = await places.post("/directory/offers", offer(await home(places), places=nowhere))
    assert [one["pointer"] for one in answer.json()["errors"]] == ["#/places/0/site_id"]


async def hear(directory: Directory, *types: str) -> None:
    for one in [one for one in await directory.outbox() if one.type in types]:
        async with directory.service.parts.worker.transaction() as tx:
            await handle(tx, handlers, [Received(one, parse(one))], set())


async def test_offers_take_the_new_address_and_hours_of_their_site(places: Directory) -> None:
    hall = await made(places, PATH, site())
    identity = await made(places, "/directory/offers", offer(await home(places), places=[{"site_id": hall}]))
    await places.put(f"{PATH}/{hall}", site(name="Espace neuf", hours="Sa 09:00-12:00"), 1)
    for _ in range(2):  # heard twice, told once
        await hear(places, "SitePublished")
    seen = (await places.ask("GET", f"/directory/offers/{identity}")).json()
    assert (seen["address"], seen["opening_hours"]) == (
        "Espace neuf, 1 place de l’Exemple, Saint-Brieuc", "Sa 09:00-12:00",
    )  # fmt: skip
    assert await places.told("OfferPublished") == [("OfferPublished", 1), ("OfferPublished", 2)]
