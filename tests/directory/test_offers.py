"""Offers over HTTP, on PostgreSQL: written within one's territories, searched by everybody."""

from typing import Any

import pytest

from tests.directory.conftest import Directory, offer, organisation, territory

PATH = "/directory/offers"


@pytest.fixture
async def places(directory: Directory) -> Directory:
    for name, communes in (("saint-brieuc", ["22278"]), ("arcachon", ["33009"])):
        await directory.post("/directory/territories", territory(name, communes))
    await directory.grant("responsable", ("manager", "saint-brieuc"))
    return directory


async def association(directory: Directory, **more: Any) -> str:
    answer = await directory.post("/directory/organisations", organisation(**{"territory_ids": ["*"]} | more))
    return str(answer.json()["organisation_id"])


async def test_an_offer_is_created_read_edited_and_retired(places: Directory) -> None:
    identity = await association(places)
    made = await places.post(PATH, offer(identity, age_from=11, age_to=25))
    assert made.status_code == 201, made.text
    place = made.headers["location"]
    body = offer(identity, name="Permanence jeunes")
    del body["organisation_id"]
    edited = await places.put(place, body, version=1)
    assert (edited.status_code, edited.json()["name"], edited.json()["organisation_id"]) == (
        200,
        "Permanence jeunes",
        identity,
    )
    assert "age_from" not in edited.json()
    assert (await places.delete(place, version=2)).json()["retired"]
    assert (await places.ask("GET", place)).json()["retired"]
    assert (await places.put(place, body, version=3)).status_code == 409
    assert await places.told("OfferPublished") == [("OfferPublished", n) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"territory_ids": ["nowhere"]}, 422),
        ({"organisation_id": "00000000-0000-4000-8000-000000000000"}, 422),
        ({"organisation_id": "none"}, 422),
        ({"themes": ["housing"]}, 422),
        ({"name": None}, 422),
    ],
)
async def test_what_is_wrong_is_refused_and_not_stored(places: Directory, change: dict[str, Any], status: int) -> None:
    assert (await places.post(PATH, offer(await association(places)) | change)).status_code == status
    assert await places.told("OfferPublished") == []


async def test_a_manager_writes_offers_of_the_own_territories(places: Directory) -> None:
    identity = await association(places)
    made = await places.post(PATH, offer(identity), by="responsable")
    assert made.status_code == 201
    assert (await places.post(PATH, offer(identity, territory_ids=["*"]), by="responsable")).status_code == 403
    theirs = await places.post(PATH, offer(identity, territory_ids=["arcachon"]))
    assert (await places.delete(theirs.headers["location"], 1, by="responsable")).status_code == 403
    body = offer(identity, territory_ids=["saint-brieuc", "arcachon"])
    del body["organisation_id"]
    assert (await places.put(made.headers["location"], body, 1, by="responsable")).status_code == 403
    assert (await places.delete(made.headers["location"], 1, by="responsable")).status_code == 200


HELP: list[dict[str, Any]] = [
    {"name": "Permanence logement", "themes": ["logement-hebergement"], "audience": "Locataires menacés d'expulsion"},
    {"name": "Point budget", "themes": ["difficultes-financieres"], "audience": "Personnes endettées"},
    {"name": "Épicerie solidaire", "themes": ["equipement-et-alimentation--alimentation"], "territory_ids": ["*"]},
    {"name": "Maison des adolescents", "themes": ["sante--sante-mentale", "famille"], "age_from": 11, "age_to": 25},
    {"name": "Café des aidants", "themes": ["famille--soutien-aidants"], "territory_ids": ["arcachon"]},
]


EVERYTHING = ["Café des aidants", "Épicerie solidaire", "Maison des adolescents", "Permanence logement", "Point budget"]


@pytest.fixture
async def annuaire(places: Directory) -> Directory:
    association_id, city = (
        await association(places),
        await association(places, name="CCAS de Saint-Brieuc", kind="ccas"),
    )
    for index, one in enumerate(HELP):
        await places.post(PATH, offer(city if index == 1 else association_id, **one))
    return places


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, EVERYTHING),
        ({"territory": "arcachon"}, ["Café des aidants", "Épicerie solidaire"]),
        ({"territory": "elsewhere"}, ["Épicerie solidaire"]),
        ({"theme": "housing"}, ["Permanence logement"]),
        ({"theme": "budget"}, ["Épicerie solidaire", "Point budget"]),
        ({"theme": "famille"}, ["Café des aidants", "Maison des adolescents"]),
        ({"theme": ["housing", "food"]}, ["Épicerie solidaire", "Permanence logement"]),
        ({"theme": "disability"}, ["Café des aidants", "Maison des adolescents"]),
        ({"theme": "famille", "territory": "saint-brieuc"}, ["Maison des adolescents"]),
        ({"q": "épiceries"}, ["Épicerie solidaire"]),
        ({"q": "EPICERIE"}, ["Épicerie solidaire"]),
        ({"q": "dettes"}, ["Épicerie solidaire", "Point budget"]),
        ({"q": "expulsé"}, ["Permanence logement"]),
        ({"q": "CCAS"}, ["Point budget"]),
        ({"q": "le la de"}, EVERYTHING),
        ({"q": "plongée"}, []),
        ({"q": "l'expulsion & | ! <-> :*('"}, ["Permanence logement"]),
        ({"q": "adolescents", "territory": "arcachon"}, []),  # a « café des parents » it is not
    ],
)  # fmt: skip
async def test_offers_are_found(annuaire: Directory, asked: dict[str, Any], names: list[str]) -> None:
    found = (await annuaire.ask("GET", PATH, params=asked)).json()
    assert sorted(one["name"] for one in found["offers"]) == sorted(names)
    if not asked.get("q"):
        assert [one["name"] for one in found["offers"]] == names
    assert found["next"] is None


@pytest.mark.parametrize(
    ("need", "best"),
    [
        ("des dettes, des difficultés financières", "Point budget"),
        ("mon adolescent ne va pas bien, santé mentale", "Maison des adolescents"),
        ("je risque l'expulsion de mon logement", "Permanence logement"),
        ("j'aide ma mère, soutien aux aidants", "Café des aidants"),
    ],
)
async def test_what_answers_more_of_the_words_comes_first(annuaire: Directory, need: str, best: str) -> None:
    found = (await annuaire.ask("GET", PATH, params={"q": need})).json()["offers"]
    assert found[0]["name"] == best


async def test_a_renamed_organisation_is_found_by_its_new_name(annuaire: Directory) -> None:
    by_name = {
        one["name"]: one for one in (await annuaire.ask("GET", "/directory/organisations")).json()["organisations"]
    }
    city = by_name["CCAS de Saint-Brieuc"]
    body = organisation(name="Maison de la solidarité", kind="ccas", territory_ids=["*"])
    await annuaire.put(f"/directory/organisations/{city['organisation_id']}", body, version=1)
    found = (await annuaire.ask("GET", PATH, params={"q": "solidarité"})).json()["offers"]
    assert "Point budget" in [one["name"] for one in found]


async def test_pages_of_a_search_follow_one_another_without_gap_or_repeat(places: Directory) -> None:
    identity = await association(places)
    for number in range(60):
        await places.post(PATH, offer(identity, name=f"Atelier {number:02}" + (" logement" if number % 3 else "")))
    for asked in ({}, {"q": "logement atelier"}):
        first = (await places.ask("GET", PATH, params=asked)).json()
        second = (await places.ask("GET", PATH, params=asked | {"after": first["next"]})).json()
        seen = [one["offer_id"] for one in first["offers"] + second["offers"]]
        assert (len(first["offers"]), len(seen), len(set(seen)), second["next"]) == (50, 60, 60, None)
    assert (await places.ask("GET", PATH, params={"after": "nonsense"})).status_code == 400


async def test_strangers_search_too_and_learn_nothing_that_is_not_public(annuaire: Directory) -> None:
    answer = await annuaire.ask("GET", "/directory/public/offers", by=None, params={"q": "épicerie"})
    assert answer.status_code == 200
    assert [one["name"] for one in answer.json()["offers"]] == ["Épicerie solidaire"]
    assert (await annuaire.ask("GET", PATH, by=None)).status_code == 401


async def test_strangers_do_not_learn_which_agent_said_what(annuaire: Directory) -> None:
    offers = (await annuaire.ask("GET", "/directory/public/offers", None)).json()["offers"]
    assert offers
    assert all("told" not in one and "by" not in one.get("assured", {}) for one in offers)
