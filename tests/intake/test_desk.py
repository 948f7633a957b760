"""The phone and desk screen: kept as it is typed, several calls in hand, sent once."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from intake.desk.model import NOTHING, Fields, fields_of, is_its_authors_alone, iso, request_of, said, title
from tests.identity import grant
from tests.intake.asking import browser
from tests.intake.conftest import Intake

PLACE = "Accueil d'exemple"
TYPED = {
    "summary": "Le bail se termine.",
    "themes": "housing",
    "commune": "Saint-Brieuc",
    "given_name": "Camille",
    "family_name": "Exemple",
    "birth_date": "12/03/1987",
    "phone": "06 39 98 01 02",
    "channel": "phone",
    "role": "self",
    "rule": "safe",
    "urgency": "ordinary",
    "programme": "first-contact",
}


@pytest.fixture
async def agent(intake: Intake, reception: str) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(intake, reception) as client:
        yield client


class Screen:
    """The page a browser shows now, and what is typed there."""

    def __init__(self, client: httpx.AsyncClient, page: httpx.Response) -> None:
        self._client = client
        self.page = page

    @property
    def draft_id(self) -> UUID:
        found = re.search(r'id="call"[^>]*action="/intake/desk/([0-9a-f-]{36})"', self.page.text)
        assert found, self.page.text
        return UUID(found[1])

    @property
    def hidden(self) -> dict[str, str]:
        start = self.page.text.index('id="call"')
        return dict(
            re.findall(
                r'<input type="hidden" name="([a-z_]+)"(?: form="call")? value="([^"]*)"', self.page.text[start:]
            )
        )

    async def send(self, then: str = "send", *, live: bool = False, **fields: Any) -> httpx.Response:
        data = self.hidden | TYPED | {"then": then} | fields
        headers = {"HX-Request": "true", "X-CSRF-Token": data["csrf_token"]} if live else {}
        return await self._client.post(f"/intake/desk/{self.draft_id}", data=data, headers=headers)


async def opened(client: httpx.AsyncClient, path: str = "/intake/desk") -> Screen:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return Screen(client, page)


async def test_a_call_is_kept_as_it_is_typed_then_sent_once(intake: Intake, agent: httpx.AsyncClient) -> None:
    screen = await opened(agent)
    kept = await screen.send("keep", live=True)
    assert kept.status_code == 200, kept.text
    assert "enregistré à" in kept.text
    assert await intake.told() == [], "nothing is told before it is sent"
    resumed = await opened(agent, f"/intake/desk/{screen.draft_id}")
    for value in ("Le bail se termine.", 'value="Saint-Brieuc"', 'value="12/03/1987"', 'value="06 39 98 01 02"'):
        assert value in resumed.page.text

    sent = await resumed.send()
    assert (sent.status_code, sent.headers.get("location")) == (303, "/intake/desk/recue"), sent.text
    again = await resumed.send()
    assert again.headers["location"] == "/intake/desk/recue"
    [told] = await intake.told("RequestSubmitted")
    assert (told.data["channel"], told.data["themes"]) == ("phone", ["housing"])
    receipt = (await agent.get("/intake/desk/recue")).text
    assert "Code de suivi" in receipt
    assert await intake.count("drafts") == 0


async def test_what_is_missing_is_said_and_what_was_typed_stays(intake: Intake, agent: httpx.AsyncClient) -> None:
    refused = await (await opened(agent)).send(themes="", commune="Saint-Bri", phone="06 39")
    assert refused.status_code == 422
    for sentence in ("Plusieurs communes correspondent", "Le bail se termine.", "enregistré à"):
        assert sentence in refused.text
    assert await intake.told() == []
    wrong = await (await opened(agent)).send(phone="06 39", birth_date="31/02/1987")
    assert 'href="#phone"' in wrong.text
    assert 'href="#birth_date"' in wrong.text


async def test_a_colleague_of_the_same_place_takes_over_and_nobody_overwrites(
    intake: Intake, agent: httpx.AsyncClient
) -> None:
    await grant(intake.worker, "collègue", [("reception", "saint-brieuc")])
    first = await opened(agent)
    await agent.post("/intake/desk/place", data={"place": PLACE, "csrf_token": first.hidden["csrf_token"]})
    first = await opened(agent)
    await first.send("keep", live=True)
    async with browser(intake, "collègue") as colleague:
        elsewhere = await opened(colleague)
        assert "Camille Exemple" not in elsewhere.page.text
        await colleague.post("/intake/desk/place", data={"place": PLACE, "csrf_token": elsewhere.hidden["csrf_token"]})
        assert "Camille Exemple" in (await opened(colleague)).page.text
        taken = await opened(colleague, f"/intake/desk/{first.draft_id}")
        await taken.send("keep", live=True, summary="Le bail se termine demain.")
        stale = await agent.post(
            f"/intake/desk/{taken.draft_id}", data=taken.hidden | TYPED | {"then": "keep", "version": "1"}
        )
        assert stale.status_code == 409
        assert "Un collègue a repris cet appel" in stale.text
        over = await agent.post(
            f"/intake/desk/{taken.draft_id}", data=taken.hidden | TYPED | {"then": "replace", "version": "1"}
        )
        assert over.status_code == 303
        await taken.send("keep", live=True, summary="Mon mari me frappe.", version="3")
        assert "Réservé" in (await opened(colleague)).page.text, "on the screen of its author, without a name"
        assert (await agent.get(f"/intake/desk/{taken.draft_id}")).status_code == 404, "violence is its author's alone"


async def test_what_arrives_after_it_was_sent_begins_nothing(intake: Intake, agent: httpx.AsyncClient) -> None:
    screen = await opened(agent)
    await screen.send()
    late = await screen.send("keep", live=True, idempotency_key="late-late-late")
    assert "déjà envoyé" in late.text
    assert await intake.count("drafts") == 0


async def test_beside_stand_the_numbers_the_promise_and_who_may_help(agent: httpx.AsyncClient) -> None:
    live = (await (await opened(agent)).send("keep", live=True, summary="Nulle part où dormir")).text
    assert 'href="tel:115"' in live
    assert "Réponse promise au plus tard le" in live
    assert "/directory/search?theme=housing&amp;commune=22278" in live
    assert "Nulle part" not in live, "what is said is in no address"


async def test_another_role_has_no_desk(intake: Intake) -> None:
    await grant(intake.worker, "coordination", [("coordinator", "saint-brieuc")])
    async with browser(intake, "coordination") as client:
        assert (await client.get("/intake/desk")).status_code == 403


def typed(**fields: object) -> Fields:
    return {**NOTHING, **fields}


@pytest.mark.parametrize(
    "fields",
    [
        typed(),
        typed(summary="Un loyer", themes=["housing"], commune="Saint-Bri"),
        typed(given_name="Camille", birth_date="12/03/1987", phone="06 39", rule="safe", neutral=True, language="uk"),
        typed(role="relative", given_name="Lou", minor=True, agreed=True, caller_phone="0639980102"),
        typed(urgency="immediate", channel="desk", programme="masp", immediate_answer="Le 115."),
    ],
    ids=["nothing", "a beginning", "somebody", "for a child", "the rest"],
)
def test_a_call_is_resumed_as_it_was_left(fields: Fields) -> None:
    assert fields_of(request_of(fields, PLACE)) == fields


@pytest.mark.parametrize(
    ("typed_as", "kept"),
    [
        ("12/03/1987", "1987-03-12"),
        ("1.2.1987", "1987-02-01"),
        ("3/1987", "1987-03"),
        ("1987", "1987"),
        ("vers 1980", "vers 1980"),
    ],
)
def test_a_birth_date_is_typed_day_first_or_in_part(typed_as: str, kept: str) -> None:
    assert iso(typed_as) == kept
    assert iso(said(kept)) == kept


@pytest.mark.parametrize(
    ("fields", "alone"),
    [
        (typed(summary="Une facture"), False),
        (typed(summary="Mon mari me frappe"), True),
        (typed(summary="Il frappe les enfants"), True),
        (typed(programme="child-concern"), True),
    ],
)
def test_violence_and_children_are_for_no_colleague(fields: Fields, alone: bool) -> None:
    assert is_its_authors_alone(fields) is alone


def test_a_call_is_told_from_others_by_who_or_what() -> None:
    assert title(typed(given_name="Camille", summary="Un loyer")) == "Camille"
    assert title(typed(summary="Une facture de gaz qui date de l'hiver")) == "Une facture de gaz qui…"
