"""A worry about a child comes in by every door, goes to the cell at once, and is kept nowhere here."""

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from joserfc.jwk import ECKey

from chassis import letters
from tests.identity import grant
from tests.intake.asking import browser, hidden
from tests.intake.conftest import Intake

CELL_KEY = ECKey.generate_key("P-256")
CHILD, SAID = "Enfant-Témoin", "paroles-témoins"
KEPT_HERE = ("requests", "persons", "contact_points", "consents", "subject_keys", "drafts", "answers")


@pytest.fixture(scope="module")
def intake_settings() -> dict[str, Any]:
    return {"cell_public_jwk": CELL_KEY}


@pytest.fixture
async def intake(intake: Intake) -> Intake:
    await grant(intake.worker, "accueil", [("reception", "saint-brieuc")])
    await grant(intake.worker, "coordination", [("coordinator", "ailleurs")])
    return intake


def worry(**changes: Any) -> dict[str, Any]:
    usual = {
        "programme": "child-concern",
        "channel": "phone",
        "commune": "22278",
        "themes": ["family"],
        "summary": SAID,
        "requester": {"role": "school", "person": {"family_name": "Collège d'exemple"}},
        "concerned": {"minor": True, "person": {"given_name": CHILD}},
    }
    return usual | changes


async def passed_on(intake: Intake) -> dict[str, Any]:
    """The one report that leaves, as the cell reads it, once nothing else is found anywhere."""
    for table in KEPT_HERE:
        assert await intake.count(table) == 0, table
    [event] = await intake.told()
    assert (event.type, set(event.data)) == ("ConcernRaised", {"case_id", "received_on", "report"})
    assert event.traceparent is None
    assert event.correlationid == event.id, "in no chain of anything else"
    report: dict[str, Any] = orjson.loads(letters.opened(event.data["report"], CELL_KEY))
    assert report["about"] == event.data["case_id"] == event.subject
    return report


# what an agent submits → all of it is a worry about a child
DOORS: list[tuple[str, dict[str, Any]]] = [
    ("asked as one", worry()),
    ("a commune nobody knows", worry(commune="22999")),
    ("another territory", worry(commune="33009")),
    ("suspected abuse noted for a conference", worry(programme="family-conference", exclusions=["sexual_abuse"])),
]


@pytest.mark.parametrize("body", [row[1] for row in DOORS], ids=[row[0] for row in DOORS])
async def test_it_is_passed_on_whole(intake: Intake, body: dict[str, Any]) -> None:
    answer = await intake.ask(body, "accueil")
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == {"reference", "transmitted", "sentence"}
    for number in ("17", "112", "114", "119", "CRIP"):
        assert number in answer.json()["sentence"]
    assert CHILD not in answer.text
    assert "location" not in answer.headers
    report = await passed_on(intake)
    assert report["reference"] == answer.json()["reference"].replace("-", "")
    assert report["asked"]["summary"] == SAID
    assert report["asked"]["concerned"]["person"]["given_name"] == CHILD
    assert UUID(report["agent_id"])


async def test_anybody_who_works_here_may_worry(intake: Intake) -> None:
    assert (await intake.ask(worry(), "coordination")).status_code == 201
    assert (await intake.ask(worry(), "inconnue")).status_code in {401, 403}
    await passed_on(intake)


async def test_a_resident_is_told_whom_to_call_instead(intake: Intake) -> None:
    body = {name: value for name, value in worry().items() if name != "channel"}
    answer = await intake.ask(body)
    assert answer.status_code == 422
    assert await intake.told() == []


async def test_sent_again_it_is_one(intake: Intake) -> None:
    key = str(uuid4())
    first, second = await intake.ask(worry(), "accueil", key=key), await intake.ask(worry(), "accueil", key=key)
    assert first.json() == second.json()
    await passed_on(intake)


async def test_a_draft_that_becomes_one_is_gone(intake: Intake) -> None:
    draft = f"/intake/drafts/{uuid4()}"
    async with intake.client("accueil") as agent:
        saved = await agent.put(draft, json={"request": worry()})
        assert saved.status_code < 300, saved.text
        sent = await agent.post(
            f"{draft}/submission", headers={"Idempotency-Key": str(uuid4()), "If-Match": saved.headers["ETag"]}
        )
        assert sent.status_code == 201, sent.text
        assert sent.json()["transmitted"] is True
        assert (await agent.get(draft)).status_code == 404
    await passed_on(intake)


async def test_typed_at_the_desk_and_sent_twice_it_is_one(intake: Intake) -> None:
    async with browser(intake, "accueil") as agent:
        page = (await agent.get("/intake/desk")).text
        typed = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key")}
        typed |= {"programme": "child-concern", "role": "school", "commune": "Saint-Brieuc", "themes": "family"}
        typed |= {"summary": SAID, "given_name": CHILD, "minor": "yes"}
        path = f"/intake/desk/{uuid4()}"
        live = await agent.post(
            path, data=typed | {"then": "keep"}, headers={"HX-Request": "true", "X-CSRF-Token": typed["csrf_token"]}
        )
        assert "/directory/search" not in live.text, "of a worry nothing is looked for elsewhere"
        for _time in range(2):
            sent = await agent.post(path, data=typed | {"then": "send", "version": ""})
            assert sent.headers.get("location") == "/intake/desk/recue", sent.text
        assert "Transmis à la cellule" in (await agent.get("/intake/desk/recue")).text
    await passed_on(intake)
