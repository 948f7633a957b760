"""Which territory a commune lies in, and communes the data file does not hold yet."""

from datetime import date
from typing import Any

import pytest

from contracts.communes import every
from contracts.events import TerritoryPublished
from intake.communes import store as communes
from intake.communes.command import communes as command
from intake.territories import store
from intake.territories.places import find
from tests.intake.conftest import Intake, resident


def territory(territory_id: str, *codes: str, **changes: Any) -> TerritoryPublished:
    state = {"territory_id": territory_id, "name": territory_id, "communes": codes, "valid_from": "2026-01-01"}
    return TerritoryPublished.model_validate(state | changes)


async def test_every_official_commune_is_loaded(intake: Intake) -> None:
    assert await intake.count("communes") == sum(1 for _ in every())


@pytest.mark.parametrize(
    ("day", "territory_id"),
    [("2025-12-31", None), ("2026-01-01", "before"), ("2026-06-30", "before"), ("2026-07-01", "after")],
)
async def test_territories_change_on_their_days(intake: Intake, day: str, territory_id: str | None) -> None:
    before = territory("before", "29103", valid_to="2026-06-30")
    after, retired = territory("after", "29103", valid_from="2026-07-01"), territory("retired", "29103", retired=True)
    async with intake.worker.transaction() as tx:
        await store.keep_territories(tx, [(one, 1) for one in (before, after, retired)])
        place = await find(tx, "29103", date.fromisoformat(day))
    assert place is not None
    assert place.territory_id == territory_id


async def test_a_replica_keeps_the_newest_in_whatever_order(intake: Intake) -> None:
    async with intake.worker.transaction() as tx:
        await store.keep_territories(tx, [(territory("t", "29103", name="3"), 3), (territory("t", name="2"), 2)])
        await store.keep_territories(tx, [(territory("t", name="1"), 1)])
        assert (await store.names(tx))["t"] == "3"


async def test_a_commune_added_is_known_at_once(intake: Intake, capsys: pytest.CaptureFixture[str]) -> None:
    assert (await intake.ask(resident(commune="22999"))).status_code == 422
    capsys.readouterr()
    await command(intake.service, ["add", "--code", "22999", "--name", "Exemple-sur-Mer"])
    await command(intake.service, ["add", "--code", "22999", "--name", "Exemple sur Mer"])
    assert capsys.readouterr().out == "22999 Exemple-sur-Mer: added\n22999 Exemple sur Mer: corrected\n"
    assert (await intake.ask(resident(commune="22999"))).status_code == 201
    async with intake.worker.transaction() as tx:
        assert [one.code for one in await communes.search(tx, "exemple-sur-mer")] == ["22999"]


async def test_the_code_of_a_merged_commune_leads_to_today_s(intake: Intake) -> None:
    async with intake.worker.transaction() as tx:
        await store.keep_territories(tx, [(territory("belley", "01138"), 1)])
        place = await find(tx, "01039", date(2026, 3, 2))
    assert place is not None
    assert (place.commune, place.name, place.territory_id) == ("01138", "Culoz-Béon", "belley")


async def test_another_list_is_loaded_and_former_communes_are_no_longer_found(
    intake: Intake, capsys: pytest.CaptureFixture[str]
) -> None:
    await command(intake.service, ["add", "--code", "01039", "--name", "Béon"])
    await command(intake.service, ["add", "--code", "22999", "--name", "Exemple-sur-Mer"])
    await command(intake.service, ["add", "--code", "01138", "--name", "Culoz"])
    capsys.readouterr()
    for _ in range(2):
        await command(intake.service, ["load"])
    assert capsys.readouterr().out == "2 communes changed\n0 communes changed\n"
    async with intake.worker.transaction() as tx:
        assert "01039" not in [one.code for one in await communes.search(tx, "béon")]
        assert [one.code for one in await communes.search(tx, "culoz-béon")] == ["01138"]
        assert [one.code for one in await communes.search(tx, "exemple-sur-mer")] == ["22999"]


@pytest.mark.parametrize("code", ["2299", "2C004", "229999", "abc", "22999 "])
async def test_what_is_no_code_is_refused(intake: Intake, code: str) -> None:
    with pytest.raises(SystemExit):
        await command(intake.service, ["add", "--code", code, "--name", "Exemple"])


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Saint-Brieuc", "22278"),
        ("st brieuc", "22278"),
        ("SAINT-FLOUR", "15187"),
        ("22000", "22278"),
        ("landern", "29103"),
        ("L'Haÿ-les-Roses", "94038"),
    ],
)
async def test_people_name_communes_as_they_do(intake: Intake, text: str, first: str) -> None:
    async with intake.worker.transaction() as tx:
        assert (await communes.search(tx, text))[0].code == first


@pytest.mark.parametrize("text", ["", "  ", "%", "Nulle-Part-lès-Exemple", "99999"])
async def test_what_names_no_commune_finds_none(intake: Intake, text: str) -> None:
    async with intake.worker.transaction() as tx:
        assert await communes.search(tx, text) == []
