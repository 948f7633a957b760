"""The search across, as intake answers it: people whom the reader may know of."""

import re
from uuid import UUID

import pytest

from contracts.envelope import derived_id
from tests.intake.asking import browser
from tests.intake.conftest import Intake
from tests.intake.test_duplicates import Desk

HIT = re.compile(r'<a href="([^"]+)" data-hit')


async def found(intake: Intake, who: str, text: str) -> list[str]:
    """Where the answers lead."""
    async with browser(intake, who) as client:
        answer = await client.post("/intake/find", data={"q": text})
    assert answer.status_code == 200, answer.text
    return HIT.findall(answer.text)


@pytest.mark.parametrize("typed", ["Camille Exemple", "exem", "06 39 98 01 02", "12/03/1987", "reference"])
async def test_somebody_is_found_by_what_is_known_of_them(intake: Intake, typed: str) -> None:
    desk = Desk(intake)
    reception = await desk.agent("accueil", ("reception", "saint-brieuc"))
    worker = await desk.agent("travail", ("social_worker", "saint-brieuc"))
    taken = await desk.take(reception)
    text = taken["reference"] if typed == "reference" else typed
    page = f"/intake/requests/{taken['request_id']}"
    assert await found(intake, reception, text) == [page]
    beside = [] if typed == "reference" else [f"/cases/{derived_id(UUID(taken['request_id']), 'case')}"]
    assert await found(intake, worker, text) == [page, *beside]


async def test_whom_one_may_not_know_of_is_not_found(intake: Intake) -> None:
    desk = Desk(intake)
    reception = await desk.agent("accueil", ("reception", "saint-brieuc"))
    elsewhere = await desk.agent("ailleurs", ("reception", "saint-flour"), organisation=UUID(int=2))
    taken = await desk.take(reception)
    for text in ("Camille Exemple", taken["reference"], "x", ""):
        assert await found(intake, elsewhere, text) == []


async def test_who_takes_no_requests_searches_no_people(intake: Intake) -> None:
    operator = await Desk(intake).agent("exploitation", ("operator", "*"))
    async with browser(intake, operator) as client:
        assert (await client.post("/intake/find", data={"q": "Exemple"})).status_code == 403
        assert (await client.get("/intake/find?q=Exemple")).status_code == 403
