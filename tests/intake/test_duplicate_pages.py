"""Suspected duplicates as a browser without JavaScript shows them."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.intake.asking import browser
from tests.intake.conftest import Intake
from tests.intake.test_duplicates import THEIRS, Desk, desk, twice

__all__ = ["desk", "twice"]
WHY = "Même voix au téléphone."


async def shown(desk: Desk, by: str, path: str = "") -> str:
    async with browser(desk.intake, by) as client:
        answer = await client.get(f"/intake/duplicates{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def send(desk: Desk, by: str, page: str, **fields: Any) -> httpx.Response:
    """The form of the page, with its hidden fields."""
    [path] = re.findall(r'<form method="post" action="(/intake/duplicates/[^"]+)"', page)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    async with browser(desk.intake, by) as client:
        return await client.post(path, data=hidden | fields)


async def test_two_who_look_alike_are_shown_side_by_side_and_confirmed_before_they_are_one(
    desk: Desk, twice: tuple[str, dict[str, Any]]
) -> None:
    agent, found = twice
    path = f"/{found['suspicion_id']}"
    async with browser(desk.intake, agent) as client:
        assert "1 doublon possible à départager" in (await client.get("/intake/requests")).text
    assert path in await shown(desk, agent)
    page = await shown(desk, agent, path)
    assert all(text in page for text in ("Camille Exemple", "Camile Exemple", "même téléphone", "1987-03-13"))
    ask = {"decision": "merged", "because": WHY, "same_request": "yes"}
    to_confirm = await send(desk, agent, page, **ask)
    assert (to_confirm.status_code, "la fiche enregistrée la première reste" in to_confirm.text) == (200, True)
    assert await desk.intake.told("PersonsMerged") == []
    done = await send(desk, agent, to_confirm.text)
    assert (done.status_code, len(await desk.intake.told("PersonsMerged", "RequestMerged"))) == (303, 2)
    decided = await shown(desk, agent, path)
    assert (WHY in decided, "peut être annulée jusqu" in decided) == (True, True)
    assert "une seule personne" in await shown(desk, agent, "?decided=true")
    undone = await send(desk, agent, decided, because="Deux cousines, en fait.")
    assert (undone.status_code, len(await desk.intake.told("PersonsSeparated"))) == (303, 1)
    assert "Qui sont ces deux fiches" in await shown(desk, agent, path)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"decision": "", "because": WHY}, 422, "Choisissez ce que vous décidez"),
        ({"decision": "linked", "because": " "}, 422, "Dites pourquoi"),
        ({"decision": "linked", "because": WHY, "confirmed": "yes", "version": "7"}, 412, "entre-temps"),
    ],
    ids=["nothing decided", "no reason", "changed meanwhile"],
)
async def test_a_refused_decision_keeps_what_was_typed(
    desk: Desk, twice: tuple[str, dict[str, Any]], fields: dict[str, str], status: int, said: str
) -> None:
    agent, found = twice
    refused = await send(desk, agent, await shown(desk, agent, f"/{found['suspicion_id']}"), **fields)
    assert (refused.status_code, said in refused.text, fields["because"].strip() in refused.text) == (
        status, True, True,
    )  # fmt: skip
    assert len(await desk.waiting(agent)) == 1


async def test_whoever_may_not_decide_reads_nothing_of_it_anywhere(desk: Desk, intake: Intake) -> None:
    """Neither side's reception learns that both organisations know somebody alike: no count, no row, no page."""
    ours = await desk.agent("ici", ("reception", "saint-brieuc"))
    theirs = await desk.agent("là", ("reception", "saint-brieuc"), organisation=THEIRS)
    await desk.take(ours)
    await desk.take(theirs)
    referent = await desk.agent("référente", ("social_worker", "saint-brieuc"), organisation=UUID(int=3))
    [found] = await desk.waiting(referent)
    for agent in (ours, theirs):
        async with browser(intake, agent) as client:
            assert "à départager" not in (await client.get("/intake/requests")).text
            assert (await client.get(f"/intake/duplicates/{found['suspicion_id']}")).status_code == 404
        assert "Rien à décider" in await shown(desk, agent)
    assert found["suspicion_id"] in await shown(desk, referent)
