"""Contacts noted in the street: sealed to one agent, made a request once, dated from the meeting."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from joserfc.jwk import ECKey

from chassis import letters
from intake.outreach.model import key_of
from tests.identity import grant
from tests.intake.asking import browser
from tests.intake.conftest import Intake

MET = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
NOTED = {
    "met_at": MET.isoformat(),
    "place": "Gare d'exemple",
    "summary": "Dort dans sa voiture.",
    "themes": ["housing"],
    "commune": "Saint-Brieuc",
    "given_name": "Camille",
    "family_name": "Exemple",
}


async def key(intake: Intake, agent: str) -> ECKey:
    async with intake.client(agent) as client:
        answer = await client.get("/intake/outreach/key")
    assert answer.status_code == 200, answer.text
    assert "d" not in answer.json(), "a phone can seal and never open"
    return ECKey.import_key(answer.json())


async def deliver(
    intake: Intake, agent: str, note: UUID, letter: str, *, finished: bool = True, key: UUID | None = None
) -> httpx.Response:
    async with intake.client(agent) as client:
        return await client.post(
            f"/intake/outreach/notes/{note}",
            json={"letter": letter, "finished": finished},
            headers={"Idempotency-Key": str(key or note)},
        )


async def sealed(intake: Intake, agent: str, **changes: Any) -> str:
    return letters.seal(orjson.dumps(NOTED | changes), await key(intake, agent))


async def test_a_note_becomes_one_request_however_often_it_arrives(intake: Intake, reception: str) -> None:
    note, letter = uuid4(), await sealed(intake, reception)
    answers = [await deliver(intake, reception, note, letter) for _ in range(2)]
    answers.append(await deliver(intake, reception, note, letter, key=uuid4()))  # days later: the key is forgotten
    assert [one.status_code for one in answers] == [201, 201, 201]
    assert answers[0].json()["reference"] == answers[1].json()["reference"]
    [told] = await intake.told("RequestSubmitted")
    assert (told.data["channel"], told.data["received_by"]["place"]) == ("outreach", "Gare d'exemple")
    assert datetime.fromisoformat(told.data["received_at"]) == MET
    assert await intake.count("drafts") == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"commune": "Nulle-Part-sur-Exemple"}, "Aucune commune"),
        ({"commune": ""}, "Indiquez la commune"),
        ({"themes": []}, "au moins un thème"),
        ({"programme": "no-longer-offered"}, "dispositif"),
        ({"birth_date": "hier"}, ""),
        ({"commune": "Saint-Flour"}, ""),
    ],
)
async def test_what_cannot_be_taken_waits_at_the_desk_and_says_why(
    intake: Intake, reception: str, changes: dict[str, Any], said: str
) -> None:
    note, letter = uuid4(), await sealed(intake, reception, **changes)
    answers = [await deliver(intake, reception, note, letter) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202], answers[0].text
    assert said in answers[0].json()["said"]
    assert answers[0].json()["said"], "nobody is left without a reason"
    assert (await intake.told("RequestSubmitted"), await intake.count("drafts")) == ([], 1)
    async with browser(intake, reception) as client:
        desk = await client.get(answers[0].json()["desk"])
    assert "Dort dans sa voiture." in desk.text
    assert MET.isoformat() in desk.text, "what is completed at the desk stays dated from the meeting"


async def test_a_page_closed_before_the_end_is_resumed_at_the_desk(intake: Intake, reception: str) -> None:
    note, letter = uuid4(), await sealed(intake, reception)
    answer = await deliver(intake, reception, note, letter, finished=False)
    assert (answer.status_code, await intake.told("RequestSubmitted")) == (202, [])


async def test_a_note_opens_for_its_author_alone(intake: Intake, reception: str) -> None:
    await grant(intake.worker, "collègue", [("reception", "saint-brieuc")])
    letter = await sealed(intake, reception)
    answer = await deliver(intake, "collègue", uuid4(), letter)
    assert answer.status_code == 409
    assert "Connectez-vous avec le compte qui l’a écrite" in answer.json()["detail"]
    assert await intake.count("drafts") == 0
    damaged = await deliver(intake, reception, uuid4(), letter[:-4] + "AAAA")
    assert damaged.status_code == 409


async def test_keys_differ_by_agent_and_by_deployment() -> None:
    agent, other = uuid4(), uuid4()
    keys = {key_of(one, master).thumbprint() for one in (agent, other) for master in (b"a" * 32, b"b" * 32)}
    assert len(keys) == 4
    assert key_of(agent, b"a" * 32).thumbprint() in keys, "the same for ever"


@pytest.mark.parametrize(("days", "kept"), [(-1, 0), (3, 3), (30, 7)])
async def test_a_wrong_clock_moves_a_meeting_by_seven_days_at_most(
    intake: Intake, reception: str, days: int, kept: int
) -> None:
    now = datetime.now(UTC)
    letter = await sealed(intake, reception, met_at=(now - timedelta(days=days)).isoformat())
    assert (await deliver(intake, reception, uuid4(), letter)).status_code == 201
    [told] = await intake.told("RequestSubmitted")
    assert abs(now - timedelta(days=kept) - datetime.fromisoformat(told.data["received_at"])) < timedelta(minutes=1)


async def test_the_page_a_phone_keeps_is_the_same_for_everybody(intake: Intake, reception: str) -> None:
    async with browser(intake) as stranger:
        page = await stranger.get("/intake/outreach")
        worker = await stranger.get("/intake/outreach/files/worker.js")
        manifest = await stranger.get("/intake/outreach/manifest")
        files = orjson.loads(worker.text.partition("FILES = ")[2].partition(";")[0])
        statuses = {path: (await stranger.get(path)).status_code for path in files}
        refused = await stranger.get("/intake/outreach/key", headers={"accept": "application/json"})
        nothing = await stranger.get("/intake/outreach/files/__init__.py")
        icons = {icon["sizes"]: await stranger.get(icon["src"]) for icon in manifest.json()["icons"]}
    assert (page.status_code, set(statuses.values())) == (200, {200}), statuses
    assert worker.headers["service-worker-allowed"] == manifest.json()["scope"] == "/intake/outreach"
    assert (refused.status_code, nothing.status_code) == (401, 404)
    assert {size: icon.headers["content-type"] for size, icon in icons.items()} == {
        "any": "image/svg+xml",
        "192x192": "image/png",
        "512x512": "image/png",
    }
