"""The directory as maps and spreadsheets read it."""

import csv
from collections.abc import AsyncIterator
from io import StringIO
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import OfferPublished, SitePublished
from contracts.events.partners import OfferPlace
from directory.outward.geojson import collection
from directory.outward.spreadsheet import HEADERS, as_csv, inert
from directory.search.model import Cursor, Found
from tests.bench import needs
from tests.conftest import ServiceDatabaseFactory
from tests.directory.conftest import Directory, directory_on

SIGNS = "=+-@\t\r\n"
CELLS = st.text(st.sampled_from(SIGNS + " \u00a0;\"'a1é") | st.characters(codec="utf-8"), max_size=20)


@pytest.fixture(scope="module")
async def directory(module_database: ServiceDatabaseFactory) -> AsyncIterator[Directory]:
    async for one in directory_on(await module_database("directory")):
        async with one.service.parts.worker.transaction() as tx:
            await needs.fill(tx)
        yield one


@given(st.lists(CELLS, min_size=len(HEADERS), max_size=len(HEADERS)))
def test_no_cell_read_back_begins_a_formula(cells: list[str]) -> None:
    text = as_csv([cells])
    _, back = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert [cell for cell in back if cell.startswith(tuple(SIGNS)) or cell.lstrip().startswith(tuple("=+-@"))] == []
    assert [cell.removeprefix("'") for cell in back] == [cell.removeprefix("'") for cell in cells]


@pytest.mark.parametrize("text", ["", "02 96 00 00 00", "Épicerie = solidaire", "a@example.org", "l'atelier"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


async def test_a_spreadsheet_holds_what_the_search_answers_page_after_page(directory: Directory) -> None:
    asked = {"q": "loyer", "limit": 2}
    listed = (await directory.ask("GET", "/directory/public/offers", None, params=asked)).json()["offers"]
    answer = await directory.ask("GET", "/directory/public/offers.csv", None, params=asked)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert tuple(header) == HEADERS
    assert [row[0] for row in rows] == [one["offer_id"] for one in listed]
    following = await directory.ask("GET", answer.links["next"]["url"], None)
    assert following.status_code == 200
    assert rows[0][0] not in following.text


async def test_a_map_holds_every_place_with_a_point_and_counts_the_others(directory: Directory) -> None:
    answer = await directory.ask("GET", "/directory/public/offers.geojson", None)
    assert answer.headers["content-type"] == "application/geo+json"
    told = answer.json()
    shown = {feature["properties"]["offer_id"] for feature in told["features"]}
    listed = (await directory.ask("GET", "/directory/public/offers", None)).json()["offers"]
    assert told["without_point"] + len(shown) == len(listed)
    assert all("told" not in feature["properties"] for feature in told["features"])


def test_a_place_stands_at_its_longitude_then_latitude_never_at_its_commune() -> None:
    here, nowhere, offer_id = UUID(int=1), UUID(int=2), UUID(int=3)
    sites = {
        here: SitePublished(site_id=here, latitude=48.51, longitude=-2.76),
        nowhere: SitePublished(site_id=nowhere, commune="22278"),
    }

    def found(*places: UUID) -> Found:
        held = tuple(OfferPlace(site_id=one) for one in places)
        offer = OfferPublished(offer_id=offer_id, organisation_id=here, name="Épicerie", places=held)
        return Found(offer, 1, "CCAS", (), Cursor(0, "", offer_id))

    told = collection([found(here, nowhere), found(nowhere), found()], sites, None)
    assert [feature["geometry"]["coordinates"] for feature in told["features"]] == [[-2.76, 48.51]]
    assert told["without_point"] == 2
