"""Territories over HTTP, on PostgreSQL."""

import asyncio
from datetime import UTC, datetime

import pytest

from directory.territories.following import follow, said
from directory.territories.model import NewTerritory
from tests.directory.conftest import Directory, territory

PATH = "/directory/territories"
BROWSER = {"accept": "text/html"}
NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)


async def test_a_territory_is_created_read_edited_and_retired(directory: Directory) -> None:
    made = await directory.post(PATH, territory())
    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, f"{PATH}/saint-brieuc", '"1"')

    body = {"name": "Baie de Saint-Brieuc", "communes": ["22278"], "valid_from": "2026-01-01", "valid_to": "2030-12-31"}
    edited = await directory.put(made.headers["location"], body, version=1)
    assert (edited.status_code, edited.headers["etag"]) == (200, '"2"')
    made_of = {"communes": ["22278"], "areas": [], "without": []}
    assert edited.json() == body | {"territory_id": "saint-brieuc", "retired": False, "definition": made_of}
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
        ({"communes": []}, "#"),
        ({"without": ["22278", "22187"]}, "#"),
        ({"areas": ["999999999"]}, "#/areas/0"),
        ({"areas": ["200035459"]}, "#/areas/0"),
        ({"without": ["99999"]}, "#/without/0"),
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


@pytest.mark.parametrize(
    ("made_of", "has", "has_not"),
    [
        ({"communes": ["01039"]}, {"01138"}, {"01039"}),
        ({"areas": ["200069409"], "without": ["22278"]}, {"22187"}, {"22278"}),
        ({"areas": ["22"], "communes": ["35288"], "without": ["22066"]}, {"22278", "35288"}, {"22046", "22066"}),
        ({"areas": ["974"]}, {"97411"}, {"97105"}),
        ({"communes": ["13055"], "without": ["13201"]}, {"13055", "13216"}, {"13201"}),
        ({"communes": ["13201"]}, {"13201"}, {"13055", "13202"}),
    ],
    ids=["former code", "EPCI but one", "département, more and less", "overseas", "city but a district", "district"],
)
def test_a_territory_is_a_set_over_the_official_list(
    made_of: dict[str, list[str]], has: set[str], has_not: set[str]
) -> None:
    said = NewTerritory.model_validate(territory(communes=[]) | made_of)
    communes = set(said.named("ici").communes)
    assert has <= communes
    assert not has_not & communes


async def test_what_a_territory_is_made_of_is_kept_and_its_communes_are_told(directory: Directory) -> None:
    made_of = {"areas": ["200069409"], "communes": ["22066"], "without": ["22278"]}
    await directory.post(PATH, territory() | made_of)
    shown = (await directory.ask("GET", f"{PATH}/saint-brieuc")).json()
    assert shown["definition"] == made_of
    [told] = await directory.outbox()
    assert told.data["communes"] == shown["communes"]
    assert len(shown["communes"]) == 32
    assert "definition" not in told.data


async def known_before(directory: Directory, territory_id: str, before: list[str], **made_of: list[str]) -> None:
    """A territory as it was published before the official list changed."""
    async with directory.service.parts.worker.transaction() as tx:
        await tx.execute("DELETE FROM territory_communes WHERE territory_id = $1", territory_id)
        await tx.execute(
            "INSERT INTO territory_communes SELECT $1, unnest($2::text[]), '[2026-01-01,)'", territory_id, before
        )
        for name, codes in made_of.items():
            await tx.execute(
                f"UPDATE territory_definitions SET {name} = $2 WHERE territory_id = $1", territory_id, codes
            )


async def followed(directory: Directory) -> list[str]:
    """What following the official list does, said in one line each."""
    async with directory.service.parts.worker.transaction() as tx:
        return [said(one) for one in await follow(tx, NOW)]


async def communes_of(directory: Directory, territory_id: str) -> list[str]:
    found: list[str] = (await directory.ask("GET", f"{PATH}/{territory_id}")).json()["communes"]
    return found


async def test_a_territory_follows_a_merger_and_tells_it_once(directory: Directory) -> None:
    await directory.post(PATH, territory("belley", ["01138"]))
    await known_before(directory, "belley", ["01039", "01138"], communes=["01039", "01138"])
    assert await followed(directory) == ["belley: came none, went 01039"]
    assert await followed(directory) == []
    assert await communes_of(directory, "belley") == ["01138"]
    assert await directory.told("TerritoryPublished") == [("TerritoryPublished", 1), ("TerritoryPublished", 2)]
    [listed] = (await directory.ask("GET", f"{PATH}-changes")).json()["changes"]
    assert (listed["went"], listed["problem"]) == (["01039"], None)


async def test_a_commune_that_comes_to_lie_in_two_territories_is_left_to_an_operator(directory: Directory) -> None:
    await directory.post(PATH, territory("belley", ["01138"]))
    await directory.post(PATH, territory("bresse", ["01053"], name="Bresse"))
    await known_before(directory, "bresse", ["01039", "01053"], communes=["01039", "01053"])
    for _ in range(2):
        assert await followed(directory) == [
            "bresse: came 01138, went 01039; not done, commune-taken: 01138 (Saint-Brieuc Armor)"
        ]
    assert await communes_of(directory, "bresse") == ["01039", "01053"]
    [waiting] = (await directory.ask("GET", f"{PATH}-changes")).json()["changes"]
    assert (waiting["about"], waiting["holder"]) == ("01138", "Saint-Brieuc Armor")
    page = await directory.ask("GET", PATH, headers=BROWSER)
    assert "01138 Culoz-Béon" in page.text
    assert "01039 Béon (aujourd&#39;hui Culoz-Béon)" in page.text

    body = {"name": "Bresse", "communes": ["01053"], "valid_from": "2026-01-01"}
    assert (await directory.put(f"{PATH}/bresse", body, version=1)).status_code == 200
    assert (await directory.ask("GET", f"{PATH}-changes")).json() == {"changes": []}
    assert await followed(directory) == []


async def test_what_one_territory_gives_up_another_may_take_the_same_night(directory: Directory) -> None:
    await directory.post(PATH, territory("armor", ["22187"]))
    await directory.post(PATH, territory("briochin", ["22278"]))
    await known_before(directory, "armor", ["22055"])
    await known_before(directory, "briochin", ["22187", "22278"])
    assert await followed(directory) == [
        "briochin: came none, went 22187",
        "armor: came 22187, went 22055",
    ]


async def test_an_epci_that_is_no_longer_listed_is_left_to_an_operator(directory: Directory) -> None:
    await directory.post(PATH, territory("agen", ["47001"]))
    await known_before(directory, "agen", ["47001"], areas=["200035459"])
    assert await followed(directory) == [
        "agen: came none, went none; not done, area-gone: 200035459 (no longer listed)"
    ]
    assert "200035459 CA d&#39;Agen" in (await directory.ask("GET", PATH, headers=BROWSER)).text


async def test_a_territory_of_before_definitions_is_its_communes(directory: Directory) -> None:
    await directory.post(PATH, territory())
    async with directory.service.parts.worker.transaction() as tx:
        await tx.execute("DELETE FROM territory_definitions")
    assert await followed(directory) == []
    shown = (await directory.ask("GET", f"{PATH}/saint-brieuc")).json()
    assert sorted(shown["definition"]["communes"]) == ["22187", "22278"]


async def test_an_operator_fills_in_a_form(directory: Directory) -> None:
    form = "/directory/territory-form"
    typed = {
        "territory_id": "armor", "name": "Armor", "areas": "200069409 Saint-Brieuc Armor Agglomération",
        "communes": "22066, 35288", "without": "22278\n", "valid_from": "2026-01-01", "version": "",
    }  # fmt: skip
    assert (await directory.ask("POST", form, data=typed)).status_code == 303
    shown = (await directory.ask("GET", form, params={"territory_id": "armor"}, headers=BROWSER)).text
    assert "200069409 CA Saint-Brieuc Armor Agglomération" in shown
    assert "35288 Saint-Malo" in shown

    wrong = await directory.ask("POST", form, data=typed | {"communes": "Saint-Malo", "version": "1"})
    assert wrong.status_code == 422
    assert "Saint-Malo : Cette commune n&#39;est pas dans la liste officielle" in wrong.text
    assert (await directory.ask("POST", form, data=typed)).status_code == 409
    assert (await directory.ask("POST", form, data=typed | {"version": "7"})).status_code == 412
    again = await directory.ask("POST", form, data=typed | {"name": "Armor et Malo", "version": "1"})
    assert again.status_code == 303
    taken = await directory.ask("POST", form, data=typed | {"territory_id": "malo", "areas": "", "without": ""})
    assert taken.status_code == 409
    assert "Armor et Malo" in taken.text
    await directory.grant("responsable", ("manager", "*"))
    assert (await directory.ask("POST", form, "responsable", data=typed)).status_code == 403
    assert (await directory.ask("GET", PATH, "responsable", headers=BROWSER)).status_code == 200


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
