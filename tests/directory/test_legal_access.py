"""Free legal advice: found by who gives it and on what, with its next dates, on a page and on paper."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import ServiceDatabaseFactory
from tests.directory.conftest import Directory, directory_on, offer, organisation, site, territory

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


async def found(directory: Directory, **asked: Any) -> list[str]:
    answer = await directory.ask("GET", "/directory/public/offers", None, params=asked)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["offers"]]


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
