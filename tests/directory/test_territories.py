"""Territories over HTTP, on PostgreSQL."""

import asyncio

import pytest

from tests.directory.conftest import Directory, territory

PATH = "/directory/territories"


async def test_a_territory_is_created_read_edited_and_retired(directory: Directory) -> None:
    made = await directory.post(PATH, territory())
    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, f"{PATH}/saint-brieuc", '"1"')

    body = {"name": "Baie de Saint-Brieuc", "communes": ["22278"], "valid_from": "2026-01-01", "valid_to": "2030-12-31"}
    edited = await directory.put(made.headers["location"], body, version=1)
    assert (edited.status_code, edited.headers["etag"]) == (200, '"2"')
    assert edited.json() == body | {"territory_id": "saint-brieuc", "retired": False}
    assert (await directory.ask("GET", f"{PATH}/saint-brieuc")).json() == edited.json()

    retired = await directory.delete(f"{PATH}/saint-brieuc", version=2)
    assert retired.json()["retired"]
    assert (await directory.ask("GET", PATH)).json() == {"territories": []}
    assert (await directory.put(f"{PATH}/saint-brieuc", body, version=3)).json()["type"].endswith(":retired")
    assert await directory.told("TerritoryPublished") == [("TerritoryPublished", n) for n in (1, 2, 3)]
    assert (await directory.outbox())[-1].data["retired"] is True


async def test_a_creation_sent_again_makes_one_territory(directory: Directory) -> None:
    first = await directory.post(PATH, territory(), key="same-key-1")
    again = await directory.post(PATH, territory(), key="same-key-1")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    other = await directory.post(PATH, territory(name="Autre"), key="same-key-1")
    assert other.status_code == 422
    assert await directory.told("TerritoryPublished") == [("TerritoryPublished", 1)]


async def test_a_commune_is_in_one_territory_at_a_time(directory: Directory) -> None:
    await directory.post(PATH, territory(valid_to="2026-12-31"))
    taken = await directory.post(PATH, territory("armor", ["22278"], valid_from="2026-12-31"))
    assert taken.status_code == 409
    assert "22278" in taken.json()["detail"]
    assert (await directory.post(PATH, territory("armor", ["22278"], valid_from="2027-01-01"))).status_code == 201


async def test_a_retired_territory_frees_its_communes(directory: Directory) -> None:
    await directory.post(PATH, territory())
    await directory.delete(f"{PATH}/saint-brieuc", version=1)
    assert (await directory.post(PATH, territory("armor"))).status_code == 201


async def test_two_operators_at_once_do_not_share_a_commune(directory: Directory) -> None:
    answers = await asyncio.gather(
        *(directory.post(PATH, territory(name, ["22278"])) for name in ("armor", "argoat", "tregor"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert len(await directory.told("TerritoryPublished")) == 1


async def test_of_two_edits_of_one_version_the_second_is_refused(directory: Directory) -> None:
    await directory.post(PATH, territory())
    body = {key: value for key, value in territory().items() if key != "territory_id"}
    answers = await asyncio.gather(
        *(directory.put(f"{PATH}/saint-brieuc", body | {"name": name}, version=1) for name in ("Une", "Deux"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert await directory.told("TerritoryPublished") == [("TerritoryPublished", 1), ("TerritoryPublished", 2)]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"communes": ["00000"]}, "#/communes/0"),
        ({"communes": "22278"}, "#/communes"),
        ({"valid_from": "demain"}, "#/valid_from"),
        ({"name": 3}, "#/name"),
        ({"surprise": "Camille Exemple"}, "#"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_stored(
    directory: Directory, change: dict[str, object], pointer: str
) -> None:
    answer = await directory.post(PATH, territory() | change)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert "Camille" not in answer.text
    assert await directory.outbox() == []


async def test_malformed_json_a_missing_key_and_a_missing_version_are_said(directory: Directory) -> None:
    headers = {"Idempotency-Key": "some-key-1", "Content-Type": "application/json"}
    assert (await directory.ask("POST", PATH, content=b"{", headers=headers)).status_code == 400
    assert (await directory.ask("POST", PATH, json=territory())).status_code == 400
    await directory.post(PATH, territory())
    assert (await directory.ask("DELETE", f"{PATH}/saint-brieuc")).status_code == 428
    assert (await directory.delete(f"{PATH}/elsewhere", version=1)).status_code == 404


async def test_only_operators_write_territories(directory: Directory) -> None:
    await directory.grant("responsable", ("manager", "*"))
    assert (await directory.post(PATH, territory(), by="responsable")).status_code == 403
    assert (await directory.post(PATH, territory(), by=None)).status_code == 401
    assert (await directory.post(PATH, territory(), by="unknown")).status_code == 403
    await directory.post(PATH, territory())
    assert (await directory.ask("GET", f"{PATH}/saint-brieuc", "responsable")).status_code == 200
    assert (await directory.delete(f"{PATH}/saint-brieuc", 1, by="responsable")).status_code == 403
    assert len(await directory.outbox()) == 1
