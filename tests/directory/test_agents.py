"""Agents and their grants over HTTP, on PostgreSQL."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.directory.conftest import OPERATOR, Directory, agent, organisation, territory

PATH = "/directory/agents"
RECEPTION = {"role": "reception", "territory_id": "saint-brieuc"}


@pytest.fixture
async def places(directory: Directory) -> Directory:
    for name, communes in (("saint-brieuc", ["22278"]), ("arcachon", ["33009"])):
        await directory.post("/directory/territories", territory(name, communes))
    return directory


async def association(directory: Directory) -> str:
    answer = await directory.post("/directory/organisations", organisation())
    return str(answer.json()["organisation_id"])


async def test_an_agent_is_recorded_renamed_granted_and_retired(places: Directory) -> None:
    home = await association(places)
    made = await places.post(PATH, agent(home))
    place = made.headers["location"]
    seen = (await places.ask("GET", place)).json()
    assert (seen["name"], seen["email"], seen["grants"]) == ("Camille Exemple", "camille@maillage.example", [RECEPTION])

    renamed = await places.put(place, {"name": "Camille Modèle", "email": "c@maillage.example"}, version=1)
    assert (renamed.json()["name"], renamed.headers["etag"]) == ("Camille Modèle", '"2"')
    both = {"grants": [RECEPTION, {"role": "coordinator", "territory_id": "*"}]}
    assert (await places.put(f"{place}/grants", both, version=2)).json()["grants"] == both["grants"]
    assert (await places.put(f"{place}/grants", both, version=2)).status_code == 412
    retired = (await places.delete(place, version=3)).json()
    assert (retired["retired"], retired["grants"], retired["name"]) == (True, [], "Camille Modèle")
    assert (await places.put(f"{place}/grants", both, version=4)).status_code == 409

    assert await places.told("AgentPublished") == [("AgentPublished", n) for n in (1, 2, 3, 4)]
    assert await places.told("PersonKeyIssued") == [("PersonKeyIssued", 1)]
    names = [one.data["name"]["event_id"] for one in await places.outbox() if one.type == "AgentPublished"]
    assert names[0] != names[1] == names[2] == names[3]  # sealed again only when it changed


async def test_the_journal_says_who_gave_what_and_when(places: Directory) -> None:
    place = (await places.post(PATH, agent(await association(places)))).headers["location"]
    await places.put(f"{place}/grants", {"grants": []}, version=1)
    await places.delete(place, version=2)
    lines = (await places.ask("GET", f"{place}/changes")).json()["changes"]
    assert [(line["what"], line["grants"]) for line in lines] == [
        ("created", [RECEPTION]),
        ("grants", []),
        ("retired", []),
    ]
    operator = str(await places.grant(OPERATOR, ("operator", "*")))
    assert {line["changed_by"] for line in lines} == {operator}
    assert all(line["changed_at"] for line in lines)


async def test_the_journal_cannot_be_rewritten(places: Directory) -> None:
    await places.post(PATH, agent(await association(places)))
    parts = places.service.parts
    for database in (parts.app, parts.worker):
        for statement in ("DELETE FROM agent_changes", "UPDATE agent_changes SET changed_at = now()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with database.transaction() as tx:
                    await tx.execute(statement)


async def test_a_grant_works_at_once_and_without_kafka(places: Directory) -> None:
    home = await association(places)
    grants = [{"role": "manager", "territory_id": "saint-brieuc"}]
    await places.post(PATH, agent(home, subject="responsable", grants=grants))
    assert (await places.post("/directory/organisations", organisation(), by="responsable")).status_code == 201


async def test_an_account_is_one_agent_at_a_time(places: Directory) -> None:
    home = await association(places)
    first, second = await asyncio.gather(*(places.post(PATH, agent(home)) for _ in range(2)))
    assert sorted((first.status_code, second.status_code)) == [201, 409]
    made = first if first.status_code == 201 else second
    await places.delete(made.headers["location"], version=1)
    assert (await places.post(PATH, agent(home))).status_code == 201


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"grants": [{"role": "operator", "territory_id": "saint-brieuc"}]}, 422),
        ({"grants": [{"role": "reception", "territory_id": "nowhere"}]}, 422),
        ({"grants": [{"role": "king", "territory_id": "*"}]}, 422),
        ({"organisation_id": "00000000-0000-4000-8000-000000000000"}, 422),
        ({"email": "camille"}, 422),
        ({"subject": ""}, 422),
    ],
)
async def test_what_is_wrong_is_refused_and_not_stored(places: Directory, change: dict[str, Any], status: int) -> None:
    answer = await places.post(PATH, agent(await association(places)) | change)
    assert answer.status_code == status
    assert "amille" not in answer.text
    assert await places.told("AgentPublished", "PersonKeyIssued") == []


async def test_nobody_changes_their_own_grants(places: Directory) -> None:
    own = await places.grant(OPERATOR, ("operator", "*"))
    for answer in (
        await places.put(f"{PATH}/{own}/grants", {"grants": []}, version=1),
        await places.delete(f"{PATH}/{own}", version=1),
    ):
        assert answer.status_code == 403


async def test_a_manager_stewards_agents_of_the_own_organisation(places: Directory) -> None:
    home, other = await association(places), await association(places)
    await places.grant("responsable", ("manager", "saint-brieuc"), organisation_id=UUID(home))
    made = await places.post(PATH, agent(home), by="responsable")
    assert made.status_code == 201
    here = made.headers["location"]
    coordinating = {"grants": [{"role": "coordinator", "territory_id": "saint-brieuc"}]}
    assert (await places.put(f"{here}/grants", coordinating, 1, by="responsable")).status_code == 200
    for beyond in (("manager", "saint-brieuc"), ("reception", "arcachon"), ("operator", "*")):
        wanted = {"grants": [{"role": beyond[0], "territory_id": beyond[1]}]}
        assert (await places.put(f"{here}/grants", wanted, 2, by="responsable")).status_code == 403

    elsewhere = (await places.post(PATH, agent(other, subject="ailleurs"))).headers["location"]
    assert (await places.ask("GET", elsewhere, "responsable")).status_code == 404
    assert (await places.ask("GET", f"{elsewhere}/changes", "responsable")).json() == {"changes": []}
    assert (await places.delete(elsewhere, 1, by="responsable")).status_code == 404
    assert (await places.post(PATH, agent(other, subject="x"), by="responsable")).status_code == 403

    cell = agent(home, subject="cellule", grants=[{"role": "cell", "territory_id": "*"}])
    above = (await places.post(PATH, cell)).headers["location"]
    assert (await places.ask("GET", above, "responsable")).status_code == 200
    assert (await places.delete(above, 1, by="responsable")).status_code == 403

    listed = (await places.ask("GET", PATH, "responsable")).json()["agents"]
    assert {one["subject"] for one in listed} == {"responsable", "accueil", "cellule"}


async def test_other_agents_see_nobody(places: Directory) -> None:
    await places.grant("accueil", ("reception", "*"))
    assert (await places.ask("GET", PATH, "accueil")).status_code == 403
    assert (await places.post(PATH, agent(await association(places)), by="accueil")).status_code == 403


async def test_no_answer_kept_for_repetition_holds_a_name(places: Directory) -> None:
    await places.post(PATH, agent(await association(places)))
    async with places.service.parts.worker.transaction() as tx:
        kept = await tx.fetchval("SELECT string_agg(response::text, '') FROM idempotency_keys")
    assert "agent_id" in kept
    assert "amille" not in kept
