"""The directory as the Human Services Data Specification has it."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from chassis.actor import PUBLIC
from directory.outward.freshness import LAST_CHANGE
from directory.outward.hsds import shapes, taxonomies
from tests.conftest import ServiceDatabaseFactory
from tests.directory.conftest import Directory, directory_on, offer, organisation, site, territory
from tests.directory.hsds import SHAPES, check

PATH = "/directory/hsds"
TEENAGERS = "week 01-53/2 We,Fr 13:30-17:00"


@pytest.fixture(scope="module")
async def directory(module_database: ServiceDatabaseFactory) -> AsyncIterator[Directory]:
    """A teenagers' house in somebody else's premises on odd weeks, and four offers of a CCAS."""
    async for one in directory_on(await module_database("directory")):
        await one.post("/directory/territories", territory())
        whose = (await one.post("/directory/organisations", organisation(siret="26220001900012"))).json()
        where = (
            await one.post(
                "/directory/sites",
                site(
                    organisation_id=whose["organisation_id"], latitude=48.5141, longitude=-2.7603, postal_code="22000"
                ),
            )
        ).json()
        held = offer(
            whose["organisation_id"], name="Maison des adolescents", themes=["sante"], age_from=11, age_to=25,
            fees="gratuit", languages=["lsf"], area=["22278", "22"], publics=["jeunes"],
            places=[{"site_id": where["site_id"], "hours": TEENAGERS, "note": "Au fond de la cour"}],
        )  # fmt: skip
        assert (await one.post("/directory/offers", held)).status_code == 201
        for number in range(4):
            await one.post("/directory/offers", offer(whose["organisation_id"], name=f"Aide {number}"))
        yield one


async def listed(directory: Directory, name: str, **asked: Any) -> dict[str, Any]:
    answer = await directory.ask("GET", f"{PATH}/{name}", None, params=asked)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    for one in page["contents"]:
        check(name, one)
    return page


@pytest.mark.parametrize("name", SHAPES)
async def test_every_list_and_entry_is_as_the_standard_has_it(directory: Directory, name: str) -> None:
    page = await listed(directory, name, full=True, per_page=100)
    TypeAdapter(shapes.Page[Any]).validate_python(page)
    assert page["size"] == len(page["contents"]) == min(page["total_items"], 100) > 0
    assert page["last_page"] is (page["total_items"] <= 100)
    answer = await directory.ask("GET", f"{PATH}/{name}/{page['contents'][0]['id']}", None)
    assert answer.json() == page["contents"][0]
    missing = await directory.ask("GET", f"{PATH}/{name}/00000000-0000-0000-0000-000000000000", None)
    assert missing.status_code == 404


async def test_what_the_api_is(directory: Directory) -> None:
    for path in (PATH, f"{PATH}/"):
        about = (await directory.ask("GET", path, None)).json()
        assert about["version"] == "3.1"
    described = await directory.ask("GET", about["openapi_url"].removeprefix("http://localhost"), None)
    assert f"{PATH}/services/{{entry_id}}" in described.json()["paths"]


async def test_pages_by_number_and_by_link_are_the_same(directory: Directory) -> None:
    whole = [one["id"] for one in (await listed(directory, "services"))["contents"]]
    assert whole == sorted(whole)
    by_number = [await listed(directory, "services", per_page=2, page=number) for number in (1, 2, 3, 4)]
    assert [one["id"] for page in by_number for one in page["contents"]] == whole
    assert [(page["first_page"], page["last_page"], page["empty"]) for page in by_number] == [
        (True, False, False), (False, False, False), (False, True, False), (False, True, True),
    ]  # fmt: skip
    answer, followed = await directory.ask("GET", f"{PATH}/services?per_page=2", None), list[str]()
    while answer.json()["contents"]:
        followed += [one["id"] for one in answer.json()["contents"]]
        if "next" not in answer.links:
            break
        answer = await directory.ask("GET", answer.links["next"]["url"], None)
    assert followed == whole
    assert answer.json()["page_number"] == 3


async def test_everything_at_once_is_a_line_an_entry(directory: Directory) -> None:
    answer = await directory.ask("GET", f"{PATH}/services?format=ndjson&full=true", None)
    assert [json.loads(line) for line in answer.text.splitlines()] == (await listed(directory, "services", full=True))[
        "contents"
    ]


async def test_a_harvest_of_nothing_new_is_told_so_and_a_change_is_told_alone(directory: Directory) -> None:
    first = await directory.ask("GET", f"{PATH}/services?full=true", None)
    kept = {"If-None-Match": first.headers["etag"]}
    again = await directory.ask("GET", f"{PATH}/services?full=true", None, headers=kept)
    assert (again.status_code, again.content) == (304, b"")
    whose = (await listed(directory, "organizations"))["contents"][0]["id"]
    made = (await directory.post("/directory/offers", offer(whose, name="Passagère"))).json()
    assert (await directory.ask("GET", f"{PATH}/services?full=true", None, headers=kept)).status_code == 200
    await directory.delete(f"/directory/offers/{made['offer_id']}", 1)
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await listed(directory, "services", modified_after=ahead))["empty"]
    changed = (await listed(directory, "services", modified_after="2026-01-01"))["contents"]
    [gone] = [one for one in changed if one["id"] == made["offer_id"]]
    assert gone.keys() == {"id", "name", "status", "last_modified"}
    assert gone["status"] == "defunct"
    assert made["offer_id"] not in {one["id"] for one in (await listed(directory, "services"))["contents"]}


async def test_an_offer_out_of_its_days_is_told_as_inactive_and_as_a_change_of_that_day(directory: Directory) -> None:
    """Though nobody wrote anything on the day it ended."""
    now = datetime.now(UTC)
    whose = (await listed(directory, "organizations"))["contents"][0]["id"]
    over = offer(whose, name="Terminée", ends_on=(now - timedelta(days=1)).date().isoformat())
    made = (await directory.post("/directory/offers", over)).json()["offer_id"]
    assert (await directory.ask("GET", f"{PATH}/services/{made}", None)).json()["status"] == "inactive"
    changed = await listed(directory, "services", modified_after=(now + timedelta(minutes=5)).isoformat())
    assert [one["id"] for one in changed["contents"]] == [made]
    await directory.delete(f"/directory/offers/{made}", 1)


async def test_what_stood_still_for_a_minute_is_dated(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{PATH}/services"
    assert "last-modified" not in (await directory.ask("GET", path, None)).headers
    later = datetime.now(UTC) + timedelta(minutes=2)
    monkeypatch.setattr(directory.service.parts, "now", lambda: later)
    dated = (await directory.ask("GET", path, None)).headers["last-modified"]
    for asked in (path, f"{path}?format=ndjson", f"{PATH}/organizations"):
        again = await directory.ask("GET", asked, None, headers={"If-Modified-Since": dated})
        assert again.status_code == 304


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"postcode": "22000"}, True),
        ({"postcode": "22278", "proximity": 2000}, True),
        ({"latitude": 48.51, "longitude": -2.76, "proximity": 3000}, True),
        ({"latitude": 45.76, "longitude": 4.83}, False),
        ({"search": "adolescents"}, True),
        ({"search": "déménagement"}, False),
        ({"taxonomy_id": str(taxonomies.GROUPS.id)}, True),
        ({"taxonomy_term_id": str(taxonomies.Term(taxonomies.GROUPS, "jeunes").id)}, True),
        ({"taxonomy_term_id": str(taxonomies.Term(taxonomies.GROUPS, "seniors").id)}, False),
        ({"taxonomy_term_id": str(taxonomies.Term(taxonomies.THEMES, "sante").id), "postcode": "35238"}, False),
        ({"taxonomy_id": str(taxonomies.LAW.id)}, False),
    ],
)
async def test_filters_narrow_together(directory: Directory, asked: dict[str, Any], found: bool) -> None:
    for name in ("services", "service_at_locations"):
        page = await listed(directory, name, **asked)
        names = {one["name"] if name == "services" else one["service"]["name"] for one in page["contents"]}
        assert ("Maison des adolescents" in names) is found
        assert page["total_items"] == len(page["contents"])


@pytest.mark.parametrize(
    "asked",
    [{"taxonomy_id": "00000000-0000-0000-0000-000000000000"}, {"postcode": "nulle part"}, {"page": 0}, {"after": "x"}],
)
async def test_what_cannot_be_asked_is_refused(directory: Directory, asked: dict[str, Any]) -> None:
    assert (await directory.ask("GET", f"{PATH}/services", None, params=asked)).status_code in {400, 422}


async def test_minimal_is_ids_and_dates(directory: Directory) -> None:
    answer = await directory.ask("GET", f"{PATH}/services?minimal=true&per_page=10000", None)
    TypeAdapter(shapes.Page[shapes.Modified]).validate_python(answer.json())


async def test_that_nothing_changed_is_read_from_the_ends_of_indexes(directory: Directory) -> None:
    """Under the rights of a stranger, and however many offers there are."""
    async with directory.service.parts.app.transaction(PUBLIC) as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        rows = await tx.fetch(f"EXPLAIN {LAST_CHANGE}", date(2026, 11, 22), "Europe/Paris")
    plan = "\n".join(row[0] for row in rows)
    assert plan.count("Limit") == 6, plan
    assert "Seq Scan" not in plan, plan
    assert "findable_begins" in plan, plan


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"minimum_age": 11}, 1), ({"minimum_age": 12}, 0), ({"maximum_age": 25}, 1), ({"maximum_age": 24}, 0),
        ({"minimum_age": 5, "maximum_age": 30}, 1),
        ({"day": "WE"}, 1), ({"day": "TU"}, 0), ({"start_time": "13:30"}, 1), ({"start_time": "13:31"}, 0),
        ({"end_time": "17:00"}, 1), ({"end_time": "16:59"}, 0),
        ({"day": "FR", "start_time": "09:00", "end_time": "18:00", "search": "adolescents"}, 1),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("name", ["services", "service_at_locations"])
async def test_what_the_uk_profile_asks_by(directory: Directory, name: str, asked: dict[str, Any], found: int) -> None:
    """The teenagers' house, from 11 to 25, open on Wednesdays and Fridays of odd weeks."""
    assert (await listed(directory, name, **asked))["total_items"] == found


async def test_pages_of_anybody_may_read_it(directory: Directory) -> None:
    for path in ("", "/services", "/organizations", "/taxonomies", "/service_at_locations?format=ndjson"):
        answer = await directory.ask("GET", f"{PATH}{path}", None)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
