"""Following a request with its reference and secret: the right ones, and no more than is theirs to know."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.intake.conftest import Intake, resident


async def _follow(intake: Intake, reference: str, secret: str) -> httpx.Response:
    async with intake.client() as client:
        return await client.post("/intake/public/tracking", json={"reference": reference, "secret": secret})


async def test_the_requester_sees_where_it_stands(intake: Intake) -> None:
    given = (await intake.ask(resident())).json()
    answer = await _follow(intake, given["reference"].lower(), f" {given['secret'].replace('-', ' ')}")
    assert answer.status_code == 200, answer.text
    standing = answer.json()
    assert (standing["reference"], standing["state"]) == (given["reference"], "received")
    assert standing["promised_on"] == given["promised_on"]
    assert "Camille" not in answer.text


async def test_an_answer_shows_its_day_and_not_its_words(intake: Intake, reception: str) -> None:
    given = (await intake.ask(resident())).json()
    async with intake.client(reception) as client:
        await client.post(f"/intake/requests/{given['request_id']}/answer", json={"text": "Rendez-vous au foyer."})
    answer = await _follow(intake, given["reference"], given["secret"])
    assert answer.json()["state"] == "answered"
    assert answer.json()["answered_on"] is not None
    assert "foyer" not in answer.text


async def test_who_asks_for_somebody_else_sees_only_that_it_was_received(intake: Intake, reception: str) -> None:
    given = (await intake.ask(resident(requester={"role": "relative"}))).json()
    async with intake.client(reception) as client:
        await client.post(f"/intake/requests/{given['request_id']}/withdraw")
    standing = (await _follow(intake, given["reference"], given["secret"])).json()
    assert (standing["state"], standing["promised_on"], standing["answered_on"]) == ("received", None, None)


@pytest.mark.parametrize(
    ("reference", "secret"),
    [(None, "2222-2222-2222"), ("2222-2222-X", None), ("", ""), ("é", "é"), (None, "")],
)
async def test_the_wrong_ones_show_nothing(intake: Intake, reference: str | None, secret: str | None) -> None:
    given = (await intake.ask(resident())).json()
    answer = await _follow(
        intake,
        given["reference"] if reference is None else reference,
        given["secret"] if secret is None else secret,
    )
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:maillage:problem:not-found")


async def test_another_request_s_secret_opens_nothing(intake: Intake) -> None:
    first, second = [(await intake.ask(resident())).json() for _ in range(2)]
    assert (await _follow(intake, first["reference"], second["secret"])).status_code == 404


async def test_the_secret_is_kept_nowhere(intake: Intake) -> None:
    given = (await intake.ask(resident())).json()
    async with intake.worker.transaction() as tx:
        row: Any = await tx.fetchrow("SELECT * FROM requests WHERE request_id = $1", UUID(given["request_id"]))
    assert given["secret"].replace("-", "") not in str(dict(row))
    assert len(row["tracking_hash"]) == 32


async def test_who_may_be_called_is_shown(intake: Intake) -> None:
    async with intake.worker.transaction() as tx:
        await tx.execute(
            """INSERT INTO organisations VALUES
                (gen_random_uuid(), 'CCAS d''exemple', 'ccas', '{saint-brieuc}', '02 99 00 00 00', NULL, false, 1),
                (gen_random_uuid(), 'Ailleurs', 'ccas', '{saint-flour}', '04 99 00 00 00', NULL, false, 1)"""
        )
    given = (await intake.ask(resident())).json()
    contacts = (await _follow(intake, given["reference"], given["secret"])).json()["contacts"]
    assert contacts == [{"name": "CCAS d'exemple", "phone": "02 99 00 00 00"}]
