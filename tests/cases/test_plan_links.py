"""Each of the family group reads the plan they agreed to by a link of their own; nobody once it is not safe."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from cases.conferences.model import Conference, Guest, Phase, Role, Safety
from cases.dossiers.model import Case
from cases.followed.group import readers
from chassis.sealing import MasterKey
from contracts.envelope import Envelope
from contracts.events import ConsentGiven, ConsentWithdrawn, PersonChanged, PersonErased
from contracts.events.people import ContactPoint
from contracts.sealed import Sealed
from tests.cases.conftest import Cases, Meeting, told
from tests.cases.ready import ALIX, NOA, RATIFIED, SAM, TEACHER, instead
from tests.cases.test_pages import BROWSER, well_formed

NOTHING = "Il n'y a rien à lire ici pour le moment."


async def agreed(meeting: Meeting) -> dict[UUID, str]:
    """A plan of two actions is ratified. Returns each reader's secret, as it leaves."""
    await meeting.prepare()
    await meeting.meet(meeting.cases.now + timedelta(days=70))
    await meeting.plan()
    await meeting.plan(what="Appeler la mairie", who=str(meeting.concerned))
    await meeting.ratify()
    [ratified] = await meeting.cases.outbox("ConferenceRatified")
    return await secrets(meeting.cases, ratified)


async def secrets(cases: Cases, event: Envelope) -> dict[UUID, str]:
    links = event.data["links"]
    async with cases.service.parts.worker.transaction() as tx:
        opened = await cases.service.parts.keyring.open(tx, [Sealed.model_validate(one["link"]) for one in links])
    return {UUID(one["person_id"]): str(secret) for one, secret in zip(links, opened, strict=True)}


async def read(cases: Cases, secret: str) -> httpx.Response:
    """As a browser that opens the message's link and follows it."""
    arrived = await cases.ask("GET", f"/cases/lire/{secret}", None, headers=BROWSER)
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/cases/lire")
    cookie = arrived.headers["set-cookie"].partition(";")[0]
    assert secret not in cookie
    return await cases.ask("GET", "/cases/lire", None, headers={**BROWSER, "cookie": cookie})


async def test_each_of_the_group_reads_the_plan_by_their_own_link(meeting: Meeting) -> None:
    sent = await agreed(meeting)
    assert set(sent) == set(meeting.guests)
    assert len(set(sent.values())) == len(meeting.guests)
    page = await read(meeting.cases, sent[meeting.guests[1]])
    assert page.status_code == 200, page.text
    well_formed(page.text)
    assert "Passer chaque mardi" in page.text
    assert "Appeler la mairie" in page.text
    assert "Sam Exemple" in page.text
    assert "Noa Voisin-Exemple" in page.text
    assert page.text.count("<dd>Vous</dd>") == 1
    assert "Alix Exemple" not in page.text, "who reads is not named"
    title = page.text.partition("<title>")[2].partition("</title>")[0]
    assert title == "Une information pour vous"
    assert "Maillage" not in page.text
    assert sent[meeting.guests[1]] not in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_the_secrets_lie_nowhere_in_clear(meeting: Meeting) -> None:
    sent = await agreed(meeting)
    async with meeting.cases.service.parts.worker.transaction() as tx:
        kept = str(await tx.fetch("SELECT * FROM plan_links")) + str(await tx.fetch("SELECT * FROM outbox"))
    assert not any(secret in kept for secret in sent.values())


async def test_who_has_a_link_is_noted_for_who_may_know_who_is_safe(meeting: Meeting) -> None:
    await agreed(meeting)
    assert (await meeting.cases.kinds(meeting.case_id)).count("plan_link") == len(meeting.guests)
    for agent, reads in (("coordinator", True), ("manager", True), ("social_worker", False)):
        timeline = (await meeting.cases.get(f"/cases/{meeting.case_id}", agent)).json()["timeline"]
        assert any(entry["kind"] == "plan_link" for entry in timeline) is reads, agent


async def test_another_secret_or_none_reads_nothing(meeting: Meeting) -> None:
    await agreed(meeting)
    for answer in (
        await read(meeting.cases, "23456789BCDFGHJKMNPQRSTVWX"),
        await meeting.cases.ask("GET", "/cases/lire", None, headers=BROWSER),
    ):
        assert answer.status_code == 404
        assert NOTHING in answer.text
        well_formed(answer.text)


async def test_it_is_left_in_a_hurry(meeting: Meeting) -> None:
    sent = await agreed(meeting)
    page = await read(meeting.cases, sent[meeting.concerned])
    assert 'action="/cases/lire/quitter"' in page.text


async def _violence(meeting: Meeting) -> None:
    await meeting.done("violence", {"recorded": True}, method="PUT")


async def _duty(meeting: Meeting) -> None:
    async with meeting.cases.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE cases SET legal_duty = true WHERE case_id = $1", meeting.case_id)


async def _stopped(meeting: Meeting) -> None:
    await meeting.done("stop", {"reason": "other"})


async def _withdrawn(meeting: Meeting) -> None:
    consent = {"consent_id": uuid4(), "person_id": meeting.concerned, "kind": "programme"}
    given = ConsentGiven(**consent, programme="family-conference", given_how="oral", given_at=meeting.cases.now)
    taken_back = ConsentWithdrawn(**consent, withdrawn_at=meeting.cases.now + timedelta(minutes=1))
    await meeting.cases.receive(told(given), told(taken_back, 2))


async def _later(meeting: Meeting) -> None:
    meeting.cases.now += timedelta(days=121)


async def _erased(meeting: Meeting) -> None:
    erased = PersonErased(person_id=meeting.guests[1], key_subjects=(f"person:{meeting.guests[1]}",))
    await meeting.cases.receive(told(erased, 9))


@pytest.mark.parametrize(
    "happens", [_violence, _duty, _stopped, _withdrawn, _later, _erased], ids=lambda one: one.__name__.strip("_")
)
async def test_nothing_is_read_any_more_and_never_why(meeting: Meeting, happens: Any) -> None:
    sent = await agreed(meeting)
    await happens(meeting)
    page = await read(meeting.cases, sent[meeting.guests[1]])
    assert page.status_code == 404
    assert NOTHING in page.text
    assert "Passer chaque mardi" not in page.text


async def test_what_is_kept_of_a_link_goes_when_it_ends(meeting: Meeting) -> None:
    await agreed(meeting)
    ends = meeting.cases.now + timedelta(days=120)
    await meeting.cases.fire(ends - timedelta(minutes=1))
    assert await meeting.cases.count("plan_links") == len(meeting.guests)
    await meeting.cases.fire(ends)
    assert await meeting.cases.count("plan_links") == 0


async def test_who_asked_that_nothing_show_is_shown_nothing(meeting: Meeting) -> None:
    sent = await agreed(meeting)
    key, _ = MasterKey(bytes(32), "1").issue(f"person:{meeting.concerned}")
    point = ContactPoint(
        contact_point_id=uuid4(),
        kind="email",
        value=key.seal("sam@example.org", event_id=uuid4(), name="value"),
        safe_to_write=True,
        neutral=True,
    )
    await meeting.cases.receive(told(PersonChanged(person_id=meeting.concerned, contact_points=(point,)), 5))
    page = await read(meeting.cases, sent[meeting.concerned])
    assert page.status_code == 200
    assert "Demandez-la à la personne que vous avez rencontrée." in page.text
    shown = page.text.partition("<body")[2].lower()
    assert not any(word in shown for word in ("décidé", "réunion", "plan<", "famille", "mairie", "mardi"))


def _case(**changes: Any) -> Case:
    usual: dict[str, Any] = {"minor": False, "themes": ["housing"], "legal_duty": False}
    made = object.__new__(Case)
    for name, value in (usual | changes).items():
        object.__setattr__(made, name, value)
    return made


def _unsafe(person_id: UUID, role: Role) -> tuple[Guest, ...]:
    return instead(Guest(person_id=person_id, role=role, safety=Safety.REFUSED))


@pytest.mark.parametrize(
    ("conference", "case", "expected"),
    [
        ({}, {}, {SAM, ALIX, NOA}),
        ({"phase": Phase.FOLLOWED_UP}, {}, {SAM, ALIX, NOA}),
        ({"phase": Phase.ACCEPTANCE}, {}, set()),
        ({"phase": Phase.STOPPED}, {}, set()),
        ({"violence": True}, {}, set()),
        ({}, {"themes": ["violence"]}, set()),
        ({}, {"legal_duty": True}, set()),
        ({}, {"minor": True}, {ALIX, NOA}),
        ({"present": frozenset({SAM, ALIX, TEACHER})}, {}, {SAM, ALIX}),
        ({"guests": _unsafe(NOA, Role.SOCIAL_NETWORK)}, {}, {SAM, ALIX}),
    ],
)
def test_who_of_the_group_reads_it(conference: dict[str, Any], case: dict[str, Any], expected: set[UUID]) -> None:
    """Never a professional, nor who was not there, nor the minor it is about."""
    agreed: Conference = RATIFIED.model_copy(update=conference)
    assert set(readers(agreed, _case(**case))) == expected
