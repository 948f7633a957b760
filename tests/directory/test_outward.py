"""The directory as maps and spreadsheets read it."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from re import findall
from shutil import which
from subprocess import run
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from starlette.requests import ClientDisconnect

from chassis.web.spreadsheets import as_csv, inert
from contracts.events import OfferPublished, SitePublished
from contracts.events.partners import OfferPlace
from directory.outward import geojson, workbook
from directory.outward.desk import AT_ONCE, EACH, OF_ONE, Busy, Desk, Download
from directory.outward.spreadsheet import HEADERS
from directory.outward.whole import Shown
from tests.bench import needs
from tests.conftest import ServiceDatabaseFactory
from tests.directory.conftest import Directory, directory_on, offer, organisation, site, territory

SIGNS = "=+-@\t\r\n"
CELLS = st.text(st.sampled_from(SIGNS + " \u00a0;\"'a1é") | st.characters(codec="utf-8"), max_size=20)
PATH = "/directory/public/offers"
HERE, NOWHERE = UUID(int=1), UUID(int=2)


@pytest.fixture(scope="module")
async def directory(module_database: ServiceDatabaseFactory) -> AsyncIterator[Directory]:
    """The sample offers, whose premises are known by their commune, and one whose own point is known."""
    async for one in directory_on(await module_database("directory")):
        async with one.service.parts.worker.transaction() as tx:
            await needs.fill(tx)
        await one.post("/directory/territories", territory())
        whose = (await one.post("/directory/organisations", organisation())).json()["organisation_id"]
        where = (await one.post("/directory/sites", site(latitude=48.5141, longitude=-2.7603))).json()["site_id"]
        made = offer(whose, name="=Épicerie du Légué", places=[{"site_id": where}], area=["22278"], age_from=18)
        assert (await one.post("/directory/offers", made)).status_code == 201
        yield one


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many downloads as there are tests."""
    monkeypatch.setattr("chassis.web.rates.Limiter.take", lambda *_: 0)


def shown(*places: UUID, **said: Any) -> Shown:
    """An offer at these places, two of which are known."""
    sites = {
        HERE: SitePublished(site_id=HERE, latitude=48.51, longitude=-2.76),
        NOWHERE: SitePublished(site_id=NOWHERE, commune="22278"),
    }
    held = tuple(OfferPlace(site_id=one) for one in places)
    told = {"offer_id": UUID(int=3), "organisation_id": HERE, "name": "Épicerie"} | said
    return Shown(OfferPublished(places=held, **told), "CCAS", held[0] if held else None, sites)


async def in_parts(*parts: Sequence[Shown]) -> AsyncIterator[Sequence[Shown]]:
    for part in parts:
        yield part


async def joined(parts: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in parts])


@given(st.lists(CELLS, min_size=len(HEADERS), max_size=len(HEADERS)))
def test_no_cell_read_back_begins_a_formula(cells: list[str]) -> None:
    [back] = csv.reader(io.StringIO(as_csv([cells]), newline=""), delimiter=";")
    assert [cell for cell in back if cell.startswith(tuple(SIGNS)) or cell.lstrip().startswith(tuple("=+-@"))] == []
    assert [cell.removeprefix("'") for cell in back] == [cell.removeprefix("'") for cell in cells]


@pytest.mark.parametrize("text", ["", "02 96 00 00 00", "Épicerie = solidaire", "a@example.org", "l'atelier"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(st.sampled_from(SIGNS + "a1é{}") | st.characters(codec="utf-8"), min_size=1), max_size=4))
def test_text_in_a_workbook_is_text_whatever_it_begins_with(names: list[str]) -> None:
    book = asyncio.run(joined(workbook.written(in_parts([shown(name=name) for name in names]))))
    sheet = load_workbook(io.BytesIO(book)).active
    assert sheet is not None
    header, *rows = sheet.iter_rows()
    assert tuple(cell.value for cell in header) == HEADERS
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} <= {"s"}
    assert len(rows) == len(names)


async def test_a_workbook_opens_in_a_spreadsheet_with_days_as_days() -> None:
    one = shown(HERE, name="=1+1", age_from=18, updated_on=date(2026, 11, 22), description="\x01")
    book = await joined(workbook.written(in_parts([one], [shown(name="https://exemple.fr")])))
    opened = load_workbook(io.BytesIO(book))
    assert opened.properties.created is not None
    assert opened.properties.created.year == 1980, "the same answers make the same bytes, whenever"
    sheet = opened.active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[1] for row in rows] == ["=1+1", "https://exemple.fr"]
    assert (rows[0][5], rows[0][14]) == (18, datetime.combine(date(2026, 11, 22), time()))
    assert all(cell.hyperlink is None for row in sheet.iter_rows() for cell in row)


@pytest.mark.matrix  # LibreOffice takes ten seconds to begin
@pytest.mark.skipif(which("soffice") is None, reason="no LibreOffice here")
def test_libreoffice_computes_nothing_of_it(tmp_path: Path) -> None:
    names = ["=1+1", "https://exemple.fr", "@SUM(1+1)", "1e3"]
    path = tmp_path / "offres.xlsx"
    path.write_bytes(asyncio.run(joined(workbook.written(in_parts([shown(HERE, name=name) for name in names])))))
    utf_8 = "csv:Text - txt - csv (StarCalc):44,34,76"
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/home", "--headless", "--convert-to", utf_8]
    run([*command, "--outdir", str(tmp_path), str(path)], check=True, capture_output=True, timeout=120)
    assert [row[1] for row in csv.reader(path.with_suffix(".csv").read_text("utf-8").splitlines())][1:] == names


async def test_a_spreadsheet_holds_the_whole_of_what_the_search_answers_in_its_order(directory: Directory) -> None:
    asked = {"q": "loyer", "commune": "22278"}
    listed = (await directory.ask("GET", PATH, None, params=asked | {"limit": 50})).json()
    assert listed["next"] is None
    answer = await directory.ask("GET", f"{PATH}.csv", None, params=asked | {"limit": 2})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert tuple(header) == HEADERS
    assert [row[0] for row in rows] == [one["offer_id"] for one in listed["offers"]]
    book = load_workbook(io.BytesIO((await directory.ask("GET", f"{PATH}.xlsx", None, params=asked)).content)).active
    assert book is not None
    assert [row[0].value for row in book.iter_rows(min_row=2)] == [row[0] for row in rows]


async def test_every_offer_is_there_where_nothing_is_asked(directory: Directory) -> None:
    async with directory.service.parts.worker.transaction() as tx:
        count = await tx.fetchval("SELECT count(*) FROM offers WHERE NOT retired")
    answer = await directory.ask("GET", f"{PATH}.csv", None)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))[1:]
    assert len({row[0] for row in rows}) == len(rows) == count
    assert "'=Épicerie du Légué" in {row[1] for row in rows}


async def test_a_map_shows_an_offer_at_the_point_of_its_premises(directory: Directory) -> None:
    """RFC 7946: longitude first, WGS 84, no other reference system named."""
    answer = await directory.ask("GET", f"{PATH}.geojson", None)
    assert answer.headers["content-type"] == "application/geo+json"
    told = answer.json()
    [feature] = told["features"]
    assert told.keys() == {"type", "features", "without_point"}
    assert feature.keys() == {"type", "id", "geometry", "properties"}
    assert feature["geometry"] == {"type": "Point", "coordinates": [-2.7603, 48.5141]}
    assert feature["properties"]["name"] == "=Épicerie du Légué"
    assert "told" not in feature["properties"]
    listed = (await directory.ask("GET", PATH, None, params={"commune": "22278"})).json()
    near = (await directory.ask("GET", f"{PATH}.geojson", None, params={"commune": "22278"})).json()
    assert near["without_point"] + len(near["features"]) == listed["count"]


async def test_a_place_stands_at_its_longitude_then_latitude_never_at_its_commune() -> None:
    told = json.loads(
        await joined(geojson.written(in_parts([shown(HERE, NOWHERE), shown(NOWHERE)], [], [shown(), shown(HERE)])))
    )
    assert [feature["geometry"]["coordinates"] for feature in told["features"]] == [[-2.76, 48.51]] * 2
    assert told["without_point"] == 2
    assert json.loads(await joined(geojson.written(in_parts()))) == {
        "type": "FeatureCollection", "features": [], "without_point": 0,
    }  # fmt: skip


@pytest.mark.parametrize("page", ["/annuaire", "/directory/search", "/annuaire/carte"])
async def test_what_a_page_shows_is_downloaded_from_it(directory: Directory, page: str) -> None:
    shown = await directory.ask("GET", f"{page}?q=loyer&commune=22278&territory=")
    links = [unescape(link) for link in findall(r'href="([^"]*)" download', shown.text)]
    assert [link.partition("?")[0] for link in links] == [f"{PATH}.{form}" for form in ("xlsx", "csv", "geojson")]
    listed = (await directory.ask("GET", PATH, None, params={"q": "loyer", "commune": "22278"})).json()
    rows = (await directory.ask("GET", links[1], None)).text.splitlines()
    assert len(rows) == listed["count"] + 1
    nothing = await directory.ask("GET", f"{page}?q=introuvablissime")
    assert "download" not in nothing.text


async def test_what_did_not_change_is_not_given_again(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await directory.ask("GET", f"{PATH}.csv", None, params={"q": "loyer"})
    held = {"If-None-Match": first.headers["etag"]}
    for form in ("csv", "xlsx", "geojson"):
        again = await directory.ask("GET", f"{PATH}.{form}", None, params={"q": "loyer"}, headers=held)
        assert (again.status_code, again.content) == (304, b"")
    assert (await directory.ask("GET", f"{PATH}.csv", None, headers=held)).status_code == 200
    later = datetime.now(UTC) + timedelta(minutes=2)
    monkeypatch.setattr(directory.service.parts, "now", lambda: later)
    dated = (await directory.ask("GET", f"{PATH}.csv", None)).headers["last-modified"]
    again = await directory.ask("GET", f"{PATH}.csv", None, headers={"If-Modified-Since": dated})
    assert again.status_code == 304
    opened = await directory.ask("GET", f"{PATH}.csv", None, params={"open_now": True})
    assert "last-modified" not in opened.headers
    ahead = (later + timedelta(hours=1)).isoformat()
    since = await directory.ask("GET", f"{PATH}.csv", None, params={"modified_after": ahead})
    assert len(since.text.splitlines()) == 1


async def test_more_than_a_file_holds_is_refused(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("directory.outward.whole.MOST", 3)
    answer = await directory.ask("GET", f"{PATH}.csv", None)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("too-many-offers")


def test_few_are_served_at_a_time_and_fewer_to_one() -> None:
    desk, waiting = Desk(), ExitStack()
    for _ in range(OF_ONE):
        waiting.enter_context(desk.turn(b"one"))
    with pytest.raises(Busy), desk.turn(b"one"):
        pass
    for number in range(AT_ONCE - OF_ONE):
        waiting.enter_context(desk.turn(bytes([number])))
    with pytest.raises(Busy), desk.turn(b"another"):
        pass
    waiting.close()
    with desk.turn(b"one"):
        pass


async def test_who_goes_away_gives_their_turn_back() -> None:
    """However often, and even before anything was given to them."""
    desk = Desk()

    async def parts() -> AsyncIterator[bytes]:
        yield b"part"

    async def gone(*_: Any) -> Any:
        raise OSError

    scope = {"type": "http", "asgi": {"spec_version": "2.4"}, "headers": [], "client": ("192.0.2.1", 1)}

    for _ in range(AT_ONCE + 1):
        with pytest.raises(ClientDisconnect):
            await Download(desk, parts(), "text/csv", {})(scope, gone, gone)
    with desk.turn(b"another"):
        pass


async def test_a_stranger_is_given_some_at_once_then_one_after_the_other(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    seen = [
        (await directory.ask("GET", f"{PATH}.csv", None, params={"q": "loyer"})).status_code
        for _ in range(int(EACH.burst) + 1)
    ]
    assert seen[-1] == 429
