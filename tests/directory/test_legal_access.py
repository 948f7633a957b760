"""Free legal advice: found by who gives it and on what, with its next dates, on a page and on paper."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import ServiceDatabaseFactory
from tests.directory.conftest import OPERATOR, Directory, directory_on, offer, organisation, site, territory
from tests.directory.test_pages import page

LAWYER = {"profession": "lawyer", "subjects": ["family", "work"], "booking": True}
ANYTHING = {"profession": "conciliator"}


@pytest.fixture(scope="module")
async def places(module_database: ServiceDatabaseFactory) -> AsyncIterator[Directory]:
    """A lawyer on odd weeks in somebody else's premises, a conciliator on anything, and an offer that is no advice."""
    async for directory in directory_on(await module_database("directory")):
        await directory.post("/directory/territories", territory())
        made = (await directory.post("/directory/organisations", organisation())).json()["organisation_id"]
        at = (await directory.post("/directory/sites", site(postal_code="22000"))).json()["site_id"]
        for told in (
            {
                "name": "Permanence d'avocats",
                "legal_access": LAWYER,
                "places": [{"site_id": at, "hours": "week 01-53/2 We 13:30-17:00; PH off", "note": "Porte B"}],
            },
            {
                "name": "Conciliateur de justice",
                "legal_access": ANYTHING,
                "places": [{"site_id": at, "hours": "Tu 09:00-12:00"}],
            },
            {"name": "Aide aux devoirs", "themes": ["famille"]},
        ):
            answer = await directory.post("/directory/offers", offer(made, **told))
            assert answer.status_code == 201, answer.text
        yield directory


async def listed(directory: Directory, **asked: Any) -> list[dict[str, Any]]:
    answer = await directory.ask("GET", "/directory/public/offers", None, params=asked)
    assert answer.status_code == 200, answer.text
    offers: list[dict[str, Any]] = answer.json()["offers"]
    return offers


async def found(directory: Directory, **asked: Any) -> list[str]:
    return [one["name"] for one in await listed(directory, **asked)]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"legal": True}, ["Conciliateur de justice", "Permanence d'avocats"]),
        ({"profession": "lawyer"}, ["Permanence d'avocats"]),
        (
            {"profession": ["lawyer", "conciliator"], "subject": "family"},
            ["Conciliateur de justice", "Permanence d'avocats"],
        ),
        ({"subject": "housing"}, ["Conciliateur de justice"]),
        ({"profession": "'"}, []),
        ({"theme": "\\"}, []),
    ],
    ids=str,
)
async def test_advice_is_found_by_who_gives_it_and_on_what(
    places: Directory, asked: dict[str, Any], names: list[str]
) -> None:
    assert sorted(await found(places, **asked)) == names


async def test_what_it_is_about_counts_as_said(places: Directory) -> None:
    assert (await found(places, q="licenciement"))[0] == "Permanence d'avocats"


async def test_subjects_are_those_of_the_list(places: Directory) -> None:
    refused = await places.post(
        "/directory/offers", offer(str(UUID(int=1)), legal_access=LAWYER | {"subjects": ["magie"]})
    )
    assert refused.status_code == 422
    assert "sujets de la liste" in refused.text


PAGE = "/annuaire/acces-au-droit"


async def test_residents_read_who_when_and_how_to_get_there(places: Directory) -> None:
    answer, outline = await page(places, PAGE, params={"profession": "lawyer"})
    text = answer.text.replace("\u00a0", " ")
    for said in ("Avocat", "Couple, séparation, enfants", "à prendre avant de venir", "Porte B", "22000 Saint-Brieuc"):
        assert said in text
    assert re.search(r"<li>mercredi \d+\w* \w+ de 13 h 30 à 17 h</li>", text)
    assert "Conciliateur de justice</a>" not in text
    assert outline.fields <= outline.labelled
    assert len(set(outline.ids)) == len(outline.ids)
    assert outline.headings[0] == "h1"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"subject": "housing"}, "venez sans rendez-vous"),
        ({"territory": "saint-brieuc"}, "Conciliateur de justice</a>"),
        ({"commune": "Plérin"}, "Conciliateur de justice</a>"),
        ({"commune": "Nulle-Part-les-Bains"}, "Cette commune n&#39;existe pas."),
        ({"profession": "notary"}, "Rien ne correspond à cette recherche"),
    ],
    ids=str,
)
async def test_the_page_is_asked_as_the_search_is(places: Directory, asked: dict[str, str], said: str) -> None:
    answer, _ = await page(places, PAGE, params=asked)
    assert said in answer.text
    assert "Aide aux devoirs" not in answer.text


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        (f"{PAGE}.pdf", {"territory": "saint-brieuc"}, 200),
        ("/annuaire.pdf", {"territory": "saint-brieuc"}, 200),
        ("/annuaire.pdf", {"territory": "saint-brieuc", "theme": "family"}, 200),
        ("/annuaire.pdf", {"territory": "nulle-part"}, 404),
        ("/annuaire.pdf", {"territory": "saint-brieuc", "theme": "magie"}, 404),
        (f"{PAGE}.pdf", {}, 422),
    ],
    ids=str,
)
async def test_an_annuaire_is_printed_for_anybody(
    places: Directory, path: str, asked: dict[str, str], status: int
) -> None:
    answer = await places.ask("GET", path, None, params=asked)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert (answer.headers["content-type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
        kept = await places.ask("GET", path, None, params=asked, headers={"If-None-Match": answer.headers["etag"]})
        assert (kept.status_code, kept.content) == (304, b"")


async def test_a_steward_says_who_advises_on_what_in_the_form(places: Directory) -> None:
    [offer_id] = [one["offer_id"] for one in await listed(places, profession="conciliator")]
    answer, outline = await page(places, f"/directory/offer-form?offer_id={offer_id}", OPERATOR)
    assert 'value="housing"' in answer.text
    assert outline.fields <= outline.labelled
    state = (await places.ask("GET", f"/directory/offers/{offer_id}")).json()
    sent = {
        "csrf_token": "", "version": "1", "offer_id": offer_id, "organisation_id": state["organisation_id"],
        "name": state["name"], "themes": state["themes"], "territory_ids": state["territory_ids"],
        "profession": "conciliator", "subjects": ["housing", "neighbours"], "booking": "yes",
    }  # fmt: skip
    done = await places.ask("POST", "/directory/offer-form", data=sent, headers={"Idempotency-Key": str(uuid4())})
    assert done.status_code == 303, done.text
    assert (await places.ask("GET", f"/directory/offers/{offer_id}")).json()["legal_access"] == {
        "profession": "conciliator", "subjects": ["housing", "neighbours"], "booking": True,
    }  # fmt: skip
    assert "Conciliateur de justice" in await found(places, subject="neighbours")
    assert "Conciliateur de justice" not in await found(places, subject="family")
