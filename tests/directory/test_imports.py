"""Published files come in and go out again: what they change, on PostgreSQL; what was typed here stays."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deploy.local.addresses import ServiceDatabase
from directory.imports import exporting, model, running, store
from directory.imports.model import KINDS, SERVICE, STRUCTURE, Kind
from directory.imports.reading import Unreadable, rows
from directory.imports.store import Overtaken, Remarked, Run
from directory.search import findable
from directory.sites import store as sites
from tests.bench.feed import Feed
from tests.conftest import ServiceDatabaseFactory, emptied
from tests.directory.conftest import OPERATOR, Directory, directory_on
from tests.directory.test_standard import OFFERED as PERMANENCE
from tests.directory.test_standard import ORDINARY

Row = Mapping[str, Any]
OFFERED = PERMANENCE | {"thematiques": ["famille--soutien-aidants"]}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOME = model.organisation_id("exemple--1")
OFFER = model.offer_id("exemple--2")


class Desk:
    """An operator's, with files to take in."""

    def __init__(self, directory: Directory, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self.folder = folder
        self.now = NOON
        monkeypatch.setattr(directory.service.parts, "now", lambda: self.now)

    def file(self, kind: Kind, given: Sequence[Row]) -> Path:
        path = self.folder / f"{kind}.json"
        path.write_text(json.dumps(list(given)))
        return path

    async def take(self, structures: Sequence[Row] = (ORDINARY,), services: Sequence[Row] = (OFFERED,)) -> Run:
        files = {STRUCTURE: self.file(STRUCTURE, structures), SERVICE: self.file(SERVICE, services)}
        return await self.take_files(files)

    async def take_files(self, files: Mapping[Kind, Path], progress: Callable[[Run], None] = lambda _: None) -> Run:
        return await running.run(self.directory.service.parts, "feed", files, progress)

    async def remarked(self, run: Run) -> list[Remarked]:
        async with self.directory.service.parts.worker.transaction() as tx:
            return await store.remarked(tx, run.run_id, None, 1000)

    async def read(self, path: str, identity: UUID) -> dict[str, Any]:
        found: dict[str, Any] = (await self.directory.ask("GET", f"/directory/{path}/{identity}")).json()
        return found

    async def export(self, name: str, *, contacts: bool = True, suffix: str = ".json") -> dict[Kind, Path]:
        files = {kind: self.folder / f"{name}-{kind}{suffix}" for kind in KINDS}
        await exporting.export(self.directory.service.parts, files, contacts=contacts)
        return files

    async def told(self) -> list[tuple[str, int]]:
        """Of the outbox: what, at which version."""
        return [(one.type.removesuffix("Published"), one.sequence) for one in await self.directory.outbox()]


@pytest.fixture(scope="module")
async def kept(
    module_database: ServiceDatabaseFactory, rights_are_read_anew: None
) -> AsyncIterator[tuple[ServiceDatabase, Directory]]:
    database = await module_database("directory")
    async for one in directory_on(database):
        yield database, one


@pytest.fixture
async def desk(kept: tuple[ServiceDatabase, Directory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    database, directory = kept
    await emptied(database)
    await directory.grant(OPERATOR, ("operator", "*"))
    return Desk(directory, tmp_path, monkeypatch)


async def test_a_line_becomes_what_people_find_and_the_same_again_changes_nothing(desk: Desk) -> None:
    run = await desk.take()
    assert (run.state, run.counts[SERVICE]["created"]) == ("finished", 1)
    offer = await desk.read("offers", OFFER)
    assert (offer["name"], offer["organisation_id"]) == ("Permanence budget", str(HOME))
    assert offer["told"]["name"] == {"source": "exemple", "on": "2025-02-14"}
    assert offer["address"] == "1 rue de l'Exemple, 22000 Saint-Brieuc"
    told = await desk.told()
    assert sorted(told) == [("Offer", 1), ("Organisation", 1), ("Site", 1)]
    again = await desk.take()
    assert (again.counts[SERVICE]["unchanged"], again.run_id != run.run_id) == (1, True)
    changed = await desk.take(services=[OFFERED | {"frais": "gratuit"}])
    assert changed.counts[SERVICE]["changed"] == 1
    assert await desk.told() == [*told, ("Offer", 2)]


async def test_lines_with_something_wrong_are_set_aside_with_their_reason_and_the_others_come_in(desk: Desk) -> None:
    lines = [OFFERED | {"nom": "X"}, OFFERED, OFFERED, OFFERED | {"id": "e--3", "structure_id": "e--0"}, "pas un objet"]
    run = await desk.take(services=lines)  # type: ignore[arg-type]
    assert run.counts[SERVICE]["set_aside"] == len(lines)
    said = [(one.line, one.remarks[0].partition(" :")[0]) for one in await desk.remarked(run)]
    assert said == [
        (1, "« nom » est trop court"),
        (2, "Cet identifiant est déjà celui de la ligne 1."),
        (3, "Cet identifiant est déjà celui de la ligne 1."),
        (4, "La structure « e--0 » n'est pas dans l'annuaire"),
        (5, "La ligne n'est pas un objet JSON."),
    ]


async def test_an_entry_told_twice_is_taken_in_once_also_by_the_batch_made_ready_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two lines of one entry in one batch, in two that follow each other, and later."""
    monkeypatch.setattr(running, "LINES", 2)
    twice = [ORDINARY | {"nom": f"Exemple {n}"} for n in range(6)]
    run = await desk.take(twice, [OFFERED, OFFERED | {"nom": "Autre nom"}, OFFERED | {"id": "exemple--3"}, OFFERED])
    assert {kind: (counts["created"], counts["set_aside"]) for kind, counts in run.counts.items()} == {
        STRUCTURE: (1, 5), SERVICE: (2, 2),
    }  # fmt: skip
    assert (await desk.read("organisations", HOME))["name"] == "Exemple 0"
    assert {one.remarks[0] for one in await desk.remarked(run)} == {"Cet identifiant est déjà celui de la ligne 1."}


async def test_what_is_of_no_vocabulary_is_kept_as_text_and_said_in_each_report(desk: Desk) -> None:
    strange = OFFERED | {"publics": ["licornes", "femmes"], "horaires_accueil": "le matin"}
    for _ in range(2):
        run = await desk.take(services=[strange])
        [line] = await desk.remarked(run)
        assert (line.set_aside, len(line.remarks)) == (False, 2)
    offer = await desk.read("offers", OFFER)
    assert offer["publics"] == ["femmes"]
    assert offer["unknown_values"] == {"publics": ["licornes"], "hours": ["le matin"]}


async def test_an_entry_is_withdrawn_after_thirty_days_unseen_and_taken_up_again(desk: Desk) -> None:
    other = OFFERED | {"id": "exemple--3"}
    await desk.take(services=[OFFERED, other])
    for days, retired in ((0, False), (29, False), (30, True)):
        desk.now = NOON + timedelta(days=days)
        run = await desk.take(services=[other, OFFERED | {"id": f"exemple--on-{days}"}])
        assert (await desk.read("offers", OFFER)).get("retired", False) is retired, days
    assert run.counts[SERVICE]["withdrawn"] == 1
    back = await desk.take(services=[OFFERED, other])
    assert (back.counts[SERVICE]["changed"], (await desk.read("offers", OFFER))["retired"]) == (1, False)
    told = [one.sequence for one in await desk.directory.outbox() if one.subject == str(OFFER)]
    assert told == [1, 2, 3], "told when it came, when it was withdrawn and when it was taken up again"


async def test_a_structure_stays_while_it_offers_something_and_goes_with_its_premises(desk: Desk) -> None:
    await desk.take()
    elsewhere = ORDINARY | {"id": "exemple--9"}
    for day, services in ((1, [OFFERED]), (40, [OFFERED]), (41, []), (72, [])):
        desk.now = NOON + timedelta(days=day)
        await desk.take([elsewhere | {"nom": f"Autre exemple {day}"}], services)
        gone = (await desk.read("organisations", HOME)).get("retired", False)
        assert gone is (day == 72), day
    assert (await desk.read("offers", OFFER))["retired"]


async def test_what_was_retired_here_stays_so(desk: Desk) -> None:
    await desk.take()
    offer = await desk.read("offers", OFFER)
    assert offer
    assert (await desk.directory.delete(f"/directory/offers/{OFFER}", 1)).status_code == 200
    await desk.take(services=[OFFERED | {"frais": "gratuit"}])
    assert (await desk.read("offers", OFFER))["retired"]


async def test_a_run_that_was_cut_short_goes_on_where_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut(Exception):
        pass

    def cut(run: Run) -> None:
        if run.position.get(SERVICE) == 20:
            raise Cut

    monkeypatch.setattr(running, "LINES", 10)
    structures, services = Feed(60).write(desk.folder)
    files: dict[Kind, Path] = {STRUCTURE: structures, SERVICE: services}
    with pytest.raises(Cut):
        await desk.take_files(files, cut)
    positions: list[int] = []
    run = await desk.take_files(files, lambda one: positions.append(one.position.get(SERVICE, 0)))
    assert (run.state, min(positions)) == ("finished", 30)
    told = await desk.told()
    counts = run.counts[SERVICE]
    assert sum(counts.get(name, 0) for name in ("created", "set_aside")) == 60
    assert len([one for one in told if one == ("Offer", 1)]) == counts["created"]


async def test_what_changes_while_it_becomes_findable_is_found_as_it_now_is(desk: Desk) -> None:
    """Of the offer only its id is known there at that moment: who changes its premises waits, and makes it again."""
    await desk.take()
    worker, premises = desk.directory.service.parts.worker, model.site_id(STRUCTURE, ORDINARY["id"])

    async def change() -> None:
        async with worker.transaction() as tx:
            known = (await sites.those(tx, [premises]))[premises]
            await sites.change(tx, known.state.model_copy(update={"accessibility": ("lift",)}), known.version)

    async with worker.transaction() as tx:
        await tx.execute("DELETE FROM findable WHERE offer_id = $1", OFFER)
        await findable.due(tx, [OFFER])
    async with worker.transaction() as tx:
        assert await findable.make_due(tx)
        changing = asyncio.create_task(change())
        while not await tx.fetchval(WAITING):
            assert not changing.done()
    await changing
    async with worker.transaction() as tx:
        assert await tx.fetchval("SELECT accessibility FROM findable WHERE offer_id = $1", OFFER) == ["lift"]
        assert not await findable.make_due(tx)


WAITING = """
SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database AS here ON here.oid = database
    WHERE locktype = 'advisory' AND NOT granted AND datname = current_database())
"""


async def test_only_one_process_goes_on_with_a_feed(desk: Desk) -> None:
    structures, services = Feed(30).write(desk.folder)
    worker = desk.directory.service.parts.worker
    async with worker.transaction() as tx:
        files: dict[Kind, Path] = {STRUCTURE: structures, SERVICE: services}
        first = await store.begin(tx, run_id=UUID(int=1), feed="feed", files={}, at=NOON)
    await desk.take_files(files)
    async with worker.transaction() as tx:
        with pytest.raises(Overtaken):
            await store.move(tx, first, first)


async def test_a_file_that_ends_in_the_middle_withdraws_nothing_and_is_said_to_be_unreadable(desk: Desk) -> None:
    await desk.take()
    desk.now = NOON + timedelta(days=60)
    torn = desk.file(SERVICE, [OFFERED | {"id": "exemple--5"}])
    torn.write_text(torn.read_text()[:-9])
    with pytest.raises(Unreadable):
        await desk.take_files({SERVICE: torn})
    assert not (await desk.read("offers", OFFER)).get("retired", False)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
async def test_what_went_out_comes_in_again_and_changes_nothing(desk: Desk, suffix: str) -> None:
    structures, services = Feed(60).write(desk.folder)
    await desk.take_files({STRUCTURE: structures, SERVICE: services})
    told = await desk.told()
    out = await desk.export("out", suffix=suffix)
    run = await desk.take_files(out)
    assert run.counts[SERVICE].get("set_aside", 0) == run.counts[STRUCTURE].get("set_aside", 0) == 0
    assert await desk.told() == told
    again = await desk.export("again", suffix=suffix)
    for kind in KINDS:
        assert list(rows(again[kind])) == list(rows(out[kind]))


async def test_everything_a_valid_line_says_goes_out_as_it_came_in(desk: Desk) -> None:
    structures, services = Feed(120).write(desk.folder)
    run = await desk.take_files({STRUCTURE: structures, SERVICE: services})
    remarked = {(one.kind, one.line) for one in await desk.remarked(run)}
    out = await desk.export("out", suffix=".csv")
    for kind, path in ((STRUCTURE, structures), (SERVICE, services)):
        with path.open(newline="") as file:
            came = {line["id"]: line for n, line in enumerate(csv.DictReader(file), 1) if (kind, n) not in remarked}
        with out[kind].open(newline="") as file:
            went = {line["id"]: line for line in csv.DictReader(file)}
        for identity, line in came.items():
            for column in line.keys() & went[identity].keys():
                assert _same(line[column], went[identity][column]), (kind, identity, column)


def _same(one: str, other: str) -> bool:
    """Lists are written as Python's in one, as JSON in the other."""
    return one == other or (one.startswith("[") and json.loads(one.replace("'", '"')) == json.loads(other))


async def test_contacts_go_out_only_when_they_are_asked_for(desk: Desk) -> None:
    await desk.take(services=[OFFERED | {"contact_nom_prenom": "Personne Exemple"}])
    for contacts in (True, False):
        out = await desk.export(f"out-{contacts}", contacts=contacts)
        [line] = rows(out[SERVICE])
        assert isinstance(line, dict)
        assert line.get("contact_nom_prenom") == ("Personne Exemple" if contacts else None)
        assert ("contact_nom_prenom" in line) is contacts
    await desk.take_files(await desk.export("without", contacts=False))
    [line] = rows((await desk.export("with", contacts=True))[SERVICE])
    assert isinstance(line, dict)
    assert line["contact_nom_prenom"] == "Personne Exemple"


async def corrected(desk: Desk) -> None:
    """An offer whose phone was typed here, and a source that says another."""
    await desk.take()
    offer = await desk.read("offers", OFFER)
    body = {
        name: offer[name]
        for name in ("name", "themes", "territory_ids", "description", "area", "places")
        if name in offer
    }
    edited = await desk.directory.put(f"/directory/offers/{OFFER}", body | {"phone": "02 96 00 00 01"}, 1)
    assert edited.status_code == 200, edited.text
    await desk.take(services=[OFFERED | {"telephone": "02 96 00 00 02", "date_maj": "2025-05-01"}])


async def test_a_correction_stays_its_difference_is_shown_and_may_be_kept(desk: Desk) -> None:
    await corrected(desk)
    assert (await desk.read("offers", OFFER))["phone"] == "+33296000001"
    [one] = (await desk.directory.ask("GET", "/directory/imports/differences")).json()["differences"]
    assert (one["field"], one["ours"], one["theirs"]) == ("phone", "+33296000001", "+33296000002")
    page = await desk.directory.ask("GET", "/directory/imports/differences", headers={"Accept": "text/html"})
    for told in ("Téléphone", "02 96 00 00 01", "02 96 00 00 02"):
        assert told in page.text
    kept = await desk.directory.ask("POST", f"/directory/imports/differences/{OFFER}/phone/keep")
    assert kept.status_code == 200, kept.text
    await desk.take(services=[OFFERED | {"telephone": "02 96 00 00 02", "date_maj": "2025-05-02"}])
    assert (await desk.directory.ask("GET", "/directory/imports/differences")).json()["differences"] == []
    await desk.take(services=[OFFERED | {"telephone": "02 96 00 00 03", "date_maj": "2025-05-03"}])
    [again] = (await desk.directory.ask("GET", "/directory/imports/differences")).json()["differences"]
    assert again["theirs"] == "+33296000003"


async def test_what_the_source_says_may_be_accepted(desk: Desk) -> None:
    await corrected(desk)
    path = f"/directory/imports/differences/{OFFER}/phone/accept"
    assert (await desk.directory.ask("POST", path)).status_code == 200
    offer = await desk.read("offers", OFFER)
    assert offer["phone"] == "+33296000002"
    assert offer["told"]["phone"] == {"source": "exemple", "on": "2025-05-01"}
    assert (await desk.directory.ask("POST", path)).status_code == 404
    assert (await desk.take(services=[OFFERED | {"telephone": "02 96 00 00 02"}])).counts[SERVICE].get(
        "set_aside", 0
    ) == 0


async def test_reports_are_the_operators(desk: Desk) -> None:
    run = await desk.take(services=[OFFERED | {"nom": "X"}])
    await desk.directory.grant("responsable", ("manager", "*"))
    for path in ("/directory/imports", f"/directory/imports/{run.run_id}", "/directory/imports/differences"):
        assert (await desk.directory.ask("GET", path, by="responsable")).status_code == 403
        page = await desk.directory.ask("GET", path, headers={"Accept": "text/html"})
        assert page.status_code == 200, page.text
    report = (await desk.directory.ask("GET", f"/directory/imports/{run.run_id}")).json()
    assert report["run"]["counts"][SERVICE]["set_aside"] == 1
    assert report["lines"][0]["remarks"] == ["« nom » est trop court : 3 caractères au moins."]
    missing = await desk.directory.ask("GET", f"/directory/imports/{UUID(int=5)}")
    assert missing.status_code == 404
