"""The list of calls of a follow-up: whom to reach, how, what to heed; and what they say is recorded there."""

import re
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from cases.follow_ups.calls import Callee, Number, heeded, order
from chassis.sealing import MasterKey
from contracts.events import PersonChanged
from contracts.events.people import ContactPoint, Hours
from tests.cases.conftest import HERE, Cases, Meeting, told
from tests.cases.test_pages import browsers, well_formed

__all__ = ["browsers"]
MEETING = datetime(2026, 4, 20, 14, tzinfo=UTC)
SEALED = MasterKey(bytes(32), "1").issue(f"person:{UUID(int=1)}")[0].seal("", event_id=UUID(int=1), name="value")
EVENING = Hours(weekdays=(1, 2), opens=time(18), closes=time(20))


def point(**rules: Any) -> ContactPoint:
    fields = {"contact_point_id": uuid4(), "kind": "phone", "value": SEALED, "safe_to_write": True, "neutral": False}
    return ContactPoint.model_validate(fields | rules)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({}, []),
        ({"safe_to_write": False}, ["Rien ne dit que ce numéro est sûr"]),
        ({"neutral": True}, ["Ne dites ni d'où vous appelez"]),
        ({"neutral": True, "safe_to_write": False}, ["Ne dites ni d'où vous appelez"]),
        ({"hours": (EVENING,)}, ["Seulement lundi, mardi de 18:00 à 20:00."]),
    ],
    ids=["nothing asked", "nobody said it is safe", "discreet", "discreet and unsure", "some hours"],
)
def test_what_to_heed_is_said_beside_the_number(rules: dict[str, Any], said: list[str]) -> None:
    found = list(heeded(point(**rules)))
    assert len(found) == len(said)
    assert all(one.startswith(text) for one, text in zip(found, said, strict=True))


def test_who_was_not_asked_and_can_be_called_now_comes_first() -> None:
    def callee(name: int, *, asked: bool = False, now: bool = True) -> Callee:
        days = (MEETING.date(),) if asked else ()
        return Callee(UUID(int=name), "relative", days, (Number("+33199000001", (), now),))

    unknown = Callee(UUID(int=4), "relative", (), ())
    found = order([callee(1, asked=True), callee(2, now=False), callee(3), unknown])
    assert [one.person_id.int for one in found] == [3, 2, 4, 1]


async def reached(cases: Cases, person_id: UUID, *numbers: tuple[str, dict[str, Any]]) -> None:
    """Intake says how they are reached."""
    parts = cases.service.parts
    async with parts.worker.transaction() as tx:
        key = await parts.keyring.key_of(tx, f"person:{person_id}")
    assert key is not None
    points = [point(value=key.seal(number, event_id=person_id, name="value"), **rules) for number, rules in numbers]
    name = key.seal("Alix Exemple", event_id=person_id, name="name")
    changed = PersonChanged(person_id=person_id, name=name, contact_points=tuple(points))
    await cases.receive(told(changed, sequence=5))


async def ratified(meeting: Meeting) -> str:
    await meeting.prepare()
    await meeting.meet(MEETING)
    action = await meeting.plan(by_when="2026-09-01")
    await meeting.ratify()
    return action


async def test_the_coordinator_works_through_the_calls(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    action = await ratified(meeting)
    _, alix, noa = meeting.guests
    await reached(cases, alix, ("+33199000001", {"neutral": True}), ("+33199000002", {"never": True}))
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}/follow-up/calls"
    assert f'href="{path}"' in await browser.get(f"/cases/{meeting.case_id}")
    page = await browser.get(path)
    well_formed(page)
    assert 'href="tel:+33199000001"' in page
    assert "01 99 00 00 01" in page
    assert "01 99 00 00 02" not in page, "a number never to be called is not shown"
    assert "Ne dites ni" in page
    assert "Contactez encore 2 personnes" in page

    for person in (alix, noa):
        await send(browser, path, contact_person=str(person), contact_on=cases.now.date().isoformat())
    page = await browser.get(path)
    assert "2 personnes contactées" in page
    assert page.count("Contactée aujourd") == 1, "the person concerned is the only one left"
    await send(browser, path, outcome_action=action, outcome="carried_out")
    assert "Le suivi est enregistré" in await browser.get(path)


async def post(browser: Any, path: str, **fields: str) -> httpx.Response:
    """Press the first button of the page, with these fields."""
    page = await browser.get(path)
    form = re.search(rf'<form method="post" action="{path}">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[1]))
    kept = {name: hidden[name] for name in ("csrf_token", "idempotency_key")}
    answer: httpx.Response = await browser.client.post(path, data=kept | fields)
    return answer


async def send(browser: Any, path: str, **fields: str) -> None:
    answer = await post(browser, path, **fields)
    assert (answer.status_code, answer.headers.get("location")) == (303, path), answer.text


async def test_what_is_refused_is_said_on_the_page(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    await ratified(meeting)
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}/follow-up/calls"
    fields = {"contact_person": str(meeting.guests[1]), "contact_on": "2026-01-01"}
    answer = await post(browser, path, **fields)
    assert answer.status_code == 409
    assert "a lieu après la réunion" in answer.text
    well_formed(answer.text)


async def test_how_a_family_is_reached_is_for_who_coordinates(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    await ratified(meeting)
    assert (await cases.get(f"/cases/{meeting.case_id}/follow-up/calls", "manager")).status_code == 200
    await cases.grant("assistant", ("social_worker", HERE))
    answer = await cases.get(f"/cases/{meeting.case_id}/follow-up/calls", "assistant")
    assert answer.status_code in (403, 404)


async def test_before_the_plan_is_ratified_there_is_nobody_to_call(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    answer = await cases.get(f"/cases/{meeting.case_id}/follow-up/calls", "coordinator")
    assert answer.status_code == 404
    assert "quand le plan est ratifié" in answer.json()["detail"]
