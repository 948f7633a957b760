"""How somebody is reached safely and what they need, read and changed on their page."""

import re
from typing import Any

import httpx
import pytest

from tests.intake.asking import browser
from tests.intake.conftest import Intake, resident

PHONE = {"kind": "phone", "value": "0639980102", "safe_to_write": True}


@pytest.fixture
async def path(intake: Intake, reception: str) -> str:
    """Where the page of somebody who came to the desk is."""
    person = {"given_name": "Camille", "family_name": "Exemple", "contact_points": [PHONE]}
    body = resident(channel="desk", requester={"role": "self", "person": person})
    request = (await intake.ask(body, reception)).json()
    [recorded] = await intake.told("PersonRecorded")
    return f"/intake/requests/{request['request_id']}/people/{recorded.data['person_id']}"


async def save(client: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    page = (await client.get(path)).text
    found = re.search(rf'<form method="post" action="{path}">(.*?)</form>', page, re.DOTALL)
    assert found, page
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[1]))
    return await client.post(path, data=hidden | {"rule-0": "safe", "own_agreement": "to_seek"} | fields)


async def test_safe_contact_needs_and_a_guardian_are_said_once_and_shown(
    intake: Intake, reception: str, path: str
) -> None:
    said = {
        "rule-0": "unsafe", "neutral-0": "yes", "days-0-0": ["1", "2"], "opens-0-0": "18:00", "closes-0-0": "20:00",
        "never_by": ["post"], "language": "ar", "interpreter": "uk", "reading_help": "yes",
        "protection": "guardianship", "protector": "Association Tutelle-Exemple", "own_agreement": "given",
    }  # fmt: skip
    async with browser(intake, reception) as client:
        assert path in (await client.get(path.partition("/people/")[0])).text
        saved = await save(client, path, **said)
        assert saved.status_code == 303, saved.text
        shown = (await client.get(saved.headers["location"])).text
        assert "Camille Exemple" in shown
        for text in (
            "06 39 98 01 02",
            "ne pas écrire ici", "discret", "lundi, mardi, de 18:00 à 20:00", "Adresse postale", "arabe", "ukrainien",
            "Tutelle", "Association Tutelle-Exemple", "la personne est d&#39;accord",
        ):  # fmt: skip
            assert text in shown, text
        again = (await client.get(path)).text
    assert "Téléphone : 06 39 98 01 02" in again
    assert re.search(r'id="rule-0-2"[^>]*checked', again)
    assert 'id="opens-0-1"' in again
    [changed] = await intake.told("PersonChanged")
    assert [(point["safe_to_write"], point["neutral"]) for point in changed.data["contact_points"]] == [(False, True)]
    assert (changed.data["language"], bool(changed.data["needs"]["data"])) == ("ar", True)


@pytest.mark.parametrize(
    ("fields", "status", "field", "kept"),
    [
        ({"days-0-0": ["1"], "opens-0-0": "20:00", "closes-0-0": "18:00"}, 422, "opens-0-0", 'value="20:00"'),
        ({"opens-0-0": "20:00", "closes-0-0": "21:00"}, 422, "days-0-0", 'value="20:00"'),
        ({"protector": "Tuteur Exemple"}, 422, "protection", "Tuteur Exemple"),
        ({"protector": "Tuteur Exemple", "version": "9"}, 412, "never_by", "Tuteur Exemple"),
    ],
    ids=["hours in the wrong order", "hours of no day", "a protector of no measure", "changed meanwhile"],
)
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    intake: Intake, reception: str, path: str, fields: dict[str, Any], status: int, field: str, kept: str
) -> None:
    async with browser(intake, reception) as client:
        refused = await save(client, path, **fields)
    assert refused.status_code == status
    assert (f'id="{field}-error"' in refused.text, kept in refused.text) == (True, True)
    assert await intake.told("PersonChanged") == []


async def test_nobody_of_another_request_is_shown(intake: Intake, reception: str, path: str) -> None:
    request = (await intake.ask(resident(channel="desk"), reception)).json()
    elsewhere = f"/intake/requests/{request['request_id']}/people/{path.rpartition('/')[2]}"
    async with browser(intake, reception) as client:
        assert (await client.get(elsewhere)).status_code == 404
