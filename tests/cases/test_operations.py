"""The page of those who run the platform, in one service: what waits, what was set aside, and deciding of it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis import dead_letters
from contracts.envelope import encode
from contracts.events.cases import case_id_of
from tests.cases.conftest import HERE, Cases, submitted, told
from tests.cases.test_pages import browsers, well_formed

__all__ = ["browsers"]
PATH = "/cases/operations"
LETTERS = f"{PATH}/dead-letters"


@pytest.fixture
async def operated(cases: Cases) -> Cases:
    await cases.grant("operator", ("operator", HERE))
    return cases


async def set_aside(cases: Cases, topic: str = "intake-events", value: bytes | None = None, offset: int = 7) -> UUID:
    """An event of a request, which could not be handled when it came."""
    sent = told(submitted(request_id=(request := uuid4())))
    async with cases.service.parts.worker.transaction() as tx:
        await dead_letters.keep(
            tx, topic=topic, partition=0, offset=offset, key=str(request), event_id=sent.id,
            event_type="RequestSubmitted", headers={}, value=encode(sent) if value is None else value,
            reason="KeyError", attempts=5,
        )  # fmt: skip
        await tx.execute("UPDATE dead_letters SET key = $1 WHERE record_offset = $2", str(request), offset)
    return request


async def letter(cases: Cases) -> dict[str, Any]:
    async with cases.service.parts.worker.transaction() as tx:
        row = await tx.fetchrow("SELECT dead_letter_id, state, decided_by, decision_reason FROM dead_letters")
    assert row is not None
    return dict(row)


async def test_a_service_says_what_waits_in_it(operated: Cases) -> None:
    await operated.open_case()
    await set_aside(operated)
    async with operated.service.parts.worker.transaction() as tx:
        await tx.execute(
            """INSERT INTO consumer_offsets (topic, partition, next_offset, heard_at)
               VALUES ('intake-events', 0, 12, $1)""",
            datetime(2026, 3, 2, 9, 12, tzinfo=UTC),
        )
        await tx.execute("UPDATE due_dates SET fires_at = now() - interval '1 hour' WHERE state = 'waiting'")
    page = (await operated.get(PATH, "operator", headers={"Accept": "text/html"})).text
    well_formed(page)
    assert 'id="operations-cases"' in page
    assert [f'hx-get="/{other}/operations"' in page for other in ("intake", "directory", "notifications")] == [True] * 3
    assert "1 événement mis de côté" in page
    assert "2 mars 2026 à 10:12" in page
    assert "Kafka ne répond pas" in page  # there is none here
    assert re.search(r"cases_\d{4}, chassis_\d{4}", page)
    assert "0.1.0" in page
    assert "child-concern" not in page


async def test_only_operators_read_it_and_decide(operated: Cases) -> None:
    await set_aside(operated)
    found = await letter(operated)
    for by in ("manager", "social_worker"):
        assert (await operated.get(PATH, by)).status_code == 403
        assert (await operated.get(LETTERS, by)).status_code == 403
        asked = {"decision": "discard", "reason": "exemple"}
        assert (await operated.ask("POST", f"{LETTERS}/{found['dead_letter_id']}", by, data=asked)).status_code == 403
    assert (await operated.get(PATH, None)).status_code == 401
    assert (await letter(operated))["state"] == "waiting"


async def test_an_event_set_aside_is_replayed_and_the_reason_kept(operated: Cases, browsers: Any) -> None:
    request = await set_aside(operated)
    found = await letter(operated)
    answer = await operated.ask(
        "POST", f"{LETTERS}/{found['dead_letter_id']}", "operator",
        data={"decision": "replay", "reason": "Le programme manquant est là."},
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    decided = await letter(operated)
    assert (decided["state"], decided["decision_reason"]) == ("replayed", "Le programme manquant est là.")
    assert await operated.version(case_id_of(request)) >= 1  # the dossier exists now
    assert "Rien n’attend" in (await operated.get(LETTERS, "operator")).text


async def test_a_replay_that_fails_again_says_so_and_keeps_the_event(operated: Cases) -> None:
    await set_aside(operated, value=b"{}")
    found = await letter(operated)
    answer = await operated.ask(
        "POST", f"{LETTERS}/{found['dead_letter_id']}", "operator", data={"decision": "replay", "reason": "essai"}
    )
    assert answer.status_code == 409
    assert "a encore échoué" in answer.text
    assert (await letter(operated))["state"] == "waiting"


async def test_an_event_is_given_up_with_a_reason_and_only_once(operated: Cases) -> None:
    await set_aside(operated)
    path = f"{LETTERS}/{(await letter(operated))['dead_letter_id']}"
    without = await operated.ask("POST", path, "operator", data={"decision": "discard", "reason": "  "})
    assert (without.status_code, "Écrivez pourquoi" in without.text) == (422, True)
    well_formed(without.text)
    given = {"decision": "discard", "reason": "Essai du partenaire."}
    assert (await operated.ask("POST", path, "operator", data=given)).status_code == 303
    again = await operated.ask("POST", path, "operator", data=given)
    assert (again.status_code, "n’attend plus" in again.text) == (409, True)
    assert (await letter(operated))["decision_reason"] == "Essai du partenaire."


async def test_nobody_learns_that_an_event_of_the_cell_was_set_aside(operated: Cases) -> None:
    await set_aside(operated, topic="child-concern")
    assert "0 événement mis de côté" in (await operated.get(PATH, "operator")).text
    assert "Rien n’attend" in (await operated.get(LETTERS, "operator")).text
    answer = await operated.ask(
        "POST", f"{LETTERS}/{(await letter(operated))['dead_letter_id']}", "operator",
        data={"decision": "discard", "reason": "exemple"},
    )  # fmt: skip
    assert answer.status_code == 409
    assert (await letter(operated))["state"] == "waiting"


async def test_the_age_of_what_is_not_sent_is_shown(operated: Cases) -> None:
    await operated.open_case()
    async with operated.service.parts.worker.transaction() as tx:
        await tx.execute(
            "UPDATE outbox SET written_at = $1", datetime(2026, 3, 1, 7, tzinfo=UTC) + timedelta(minutes=5)
        )
    page = (await operated.get(PATH, "operator")).text
    assert "1 mars 2026 à 08:05" in page.replace("1er mars", "1 mars")
