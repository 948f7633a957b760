"""The first operator, and the nights that follow."""

import asyncio
from uuid import UUID

import pytest

from chassis.due_dates import Clock
from directory.founding import AnotherOperates, found, operator
from directory.quality import renewal as quality
from directory.republication import KIND
from directory.search import renewal as search
from tests.directory.conftest import OPERATOR, Directory, agent, organisation, territory


async def first(directory: Directory, subject: str = "premiere", *, force: bool = False) -> UUID:
    return await found(
        directory.service.parts, subject=subject, name="Dominique Exemple", email="d@maillage.example",
        organisation="Département", force=force,
    )  # fmt: skip


@pytest.fixture
async def empty(directory: Directory) -> Directory:
    async with directory.service.parts.worker.transaction() as tx:
        await tx.execute("DELETE FROM agents")
    return directory


async def test_founding_again_changes_nothing(empty: Directory) -> None:
    ids = await asyncio.gather(*(first(empty) for _ in range(3)))
    assert len(set(ids)) == 1
    assert await empty.told("OrganisationPublished", "AgentPublished", "PersonKeyIssued") == [
        ("OrganisationPublished", 1), ("PersonKeyIssued", 1), ("AgentPublished", 1),
    ]  # fmt: skip
    lines = (await empty.ask("GET", f"/directory/agents/{ids[0]}/changes", "premiere")).json()["changes"]
    assert [(line["what"], line["changed_by"]) for line in lines] == [("created", None)]


async def test_a_second_operator_takes_force(empty: Directory) -> None:
    await first(empty)
    with pytest.raises(AnotherOperates):
        await first(empty, "seconde")
    assert len(await empty.told("AgentPublished")) == 1
    await first(empty, "seconde", force=True)
    assert len(await empty.told("OrganisationPublished")) == 1
    assert (await empty.ask("GET", "/directory/agents", "seconde")).status_code == 200


async def test_a_known_agent_becomes_operator_and_keeps_other_grants(directory: Directory) -> None:
    await directory.post("/directory/territories", territory())
    home = (await directory.post("/directory/organisations", organisation())).json()["organisation_id"]
    made = await directory.post("/directory/agents", agent(home))
    assert str(await first(directory, "accueil", force=True)) == made.json()["agent_id"]
    seen = (await directory.ask("GET", made.headers["location"])).json()
    assert [grant["role"] for grant in seen["grants"]] == ["reception", "operator"]


async def test_the_command_says_what_it_did_or_why_not(empty: Directory, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--subject", "premiere", "--name", "Dominique Exemple", "--email", "d@maillage.example"]
    await operator(empty.service, given)
    assert "operator: agent" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="--force"):
        await operator(empty.service, ["--subject", "seconde", *given[2:]])
    assert OPERATOR not in capsys.readouterr().out


async def test_the_clock_tells_everything_at_night_and_sets_the_next(empty: Directory) -> None:
    await first(empty)
    parts = empty.service.parts
    async with parts.worker.transaction() as tx:
        await tx.execute("DELETE FROM outbox")
        before = await tx.fetchval("UPDATE due_dates SET fires_at = now() RETURNING due_on")
    clock = Clock(parts.worker, empty.service.on_due)
    while await clock.fire_one():  # everything, then what search and quality stand on, part after part
        pass
    assert sorted(await empty.told("OrganisationPublished", "AgentPublished", "PersonKeyIssued")) == [
        ("AgentPublished", 1), ("OrganisationPublished", 1),
    ]  # fmt: skip
    async with parts.worker.transaction() as tx:
        kinds = {row["kind"] for row in await tx.fetch("SELECT kind FROM due_dates WHERE state = 'fired'")}
        row = await tx.fetchrow("SELECT due_on, state, fires_at > now() AS ahead FROM due_dates WHERE kind = $1", KIND)
    assert kinds == {search.KIND, quality.KIND}
    assert row is not None
    assert (row["state"], row["ahead"], row["due_on"] >= before) == ("waiting", True, True)


async def test_a_wrong_address_is_refused_without_repeating_it(empty: Directory) -> None:
    with pytest.raises(SystemExit, match="not valid") as refusal:
        await operator(empty.service, ["--subject", "premiere", "--name", "Dominique Exemple", "--email", "dominique"])
    assert "ominique" not in str(refusal.value)
    assert await empty.outbox() == []
