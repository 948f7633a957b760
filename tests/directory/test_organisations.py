"""Organisations over HTTP, on PostgreSQL."""

from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.directory.conftest import Directory, agent, offer, organisation, territory

PATH = "/directory/organisations"
KEYS = {"keys": [ECKey.generate_key("P-256", {"kid": "exemple-1"}).as_dict(private=False)]}


@pytest.fixture
async def places(directory: Directory) -> Directory:
    for name, communes in (("saint-brieuc", ["22278"]), ("arcachon", ["33009"])):
        await directory.post("/directory/territories", territory(name, communes))
    await directory.grant("responsable", ("manager", "saint-brieuc"))
    return directory


async def make(directory: Directory, **more: Any) -> str:
    answer = await directory.post(PATH, organisation(**more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["organisation_id"])


async def test_an_organisation_is_created_read_edited_and_retired(places: Directory) -> None:
    identity = await make(places, siret="00000000000000", themes=["famille"], request_keys=KEYS)
    seen = await places.ask("GET", f"{PATH}/{identity}")
    assert seen.json()["request_keys"] == KEYS
    edited = await places.put(f"{PATH}/{identity}", organisation(name="Nouveau nom", request_keys=None), version=1)
    assert (edited.status_code, edited.json()["name"], edited.headers["etag"]) == (200, "Nouveau nom", '"2"')
    assert "request_keys" not in edited.json()
    assert (await places.put(f"{PATH}/{identity}", organisation(), version=1)).status_code == 412

    await places.post("/directory/offers", offer(identity))
    assert (await places.delete(f"{PATH}/{identity}", version=2)).status_code == 200
    told = await places.told("OrganisationPublished", "OfferPublished")
    assert told == [
        ("OrganisationPublished", 1), ("OrganisationPublished", 2), ("OfferPublished", 1),
        ("OrganisationPublished", 3), ("OfferPublished", 2),
    ]  # fmt: skip
    assert all(event.data["retired"] for event in (await places.outbox())[-2:])
    assert (await places.ask("GET", "/directory/offers")).json()["offers"] == []
    assert (await places.ask("GET", PATH)).json()["organisations"] == []


async def test_an_organisation_with_agents_stays(places: Directory) -> None:
    identity = await make(places)
    made = await places.post("/directory/agents", agent(identity))
    assert (await places.delete(f"{PATH}/{identity}", version=1)).json()["type"].endswith("organisation-has-agents")
    await places.delete(made.headers["location"], version=1)
    assert (await places.delete(f"{PATH}/{identity}", version=1)).status_code == 200


async def test_a_list_goes_on_where_its_page_ended(places: Directory) -> None:
    names = [f"Structure {number:03}" for number in range(60)]
    for name in reversed(names):
        await make(places, name=name)
    await make(places, name="À part", territory_ids=["arcachon"])
    first = (await places.ask("GET", PATH, params={"territory": "saint-brieuc"})).json()
    second = (await places.ask("GET", PATH, params={"territory": "saint-brieuc", "after": first["next"]})).json()
    assert [one["name"] for one in first["organisations"] + second["organisations"]] == names
    assert second["next"] is None
    assert (await places.ask("GET", PATH)).json()["organisations"][0]["name"] == "À part"  # as people read, not by code


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 201),
        ({"territory_ids": ["arcachon"]}, 403),
        ({"territory_ids": ["saint-brieuc", "arcachon"]}, 403),
        ({"territory_ids": ["*"]}, 403),
        ({"request_keys": KEYS}, 403),
    ],
)
async def test_a_manager_writes_within_the_own_territories(
    places: Directory, change: dict[str, Any], status: int
) -> None:
    answer = await places.post(PATH, organisation(**change), by="responsable")
    assert answer.status_code == status
    assert len(await places.told("OrganisationPublished")) == (status == 201)


async def test_a_manager_edits_but_does_not_retire(places: Directory) -> None:
    ours, theirs = await make(places, request_keys=KEYS), await make(places, territory_ids=["arcachon"])
    kept = organisation(name="Corrigé", request_keys=KEYS)
    assert (await places.put(f"{PATH}/{ours}", kept, version=1, by="responsable")).status_code == 200
    unkeyed = organisation(request_keys=None)
    assert (await places.put(f"{PATH}/{ours}", unkeyed, version=2, by="responsable")).status_code == 403
    assert (await places.put(f"{PATH}/{theirs}", organisation(), version=1, by="responsable")).status_code == 403
    assert (await places.delete(f"{PATH}/{ours}", version=2, by="responsable")).status_code == 403


@pytest.mark.parametrize("editor", ["responsable", "exploitation"])
async def test_keys_that_are_not_spoken_of_stay(places: Directory, editor: str) -> None:
    identity = await make(places, request_keys=KEYS)
    edited = await places.put(f"{PATH}/{identity}", organisation(name="Corrigé"), version=1, by=editor)
    assert (edited.status_code, edited.json().get("request_keys")) == (200, KEYS)
    assert (await places.ask("GET", f"{PATH}/{identity}")).json()["request_keys"] == KEYS
    assert (await places.outbox())[-1].data["request_keys"] == KEYS


async def test_an_unknown_territory_is_refused(places: Directory) -> None:
    answer = await places.post(PATH, organisation(territory_ids=["nowhere"]))
    assert answer.status_code == 422
    assert await places.told("OrganisationPublished") == []
