"""Appointments over HTTP: booked, moved, kept or missed; nobody at two places; what others are told."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.sealing import MasterKey
from contracts.events import AppointmentBooked, FollowUpDue, PersonChanged, PersonKeyIssued, RequestWithdrawn
from contracts.events.people import Needs, Protection
from tests import identity
from tests.cases.conftest import HERE, THERE, Cases, told

TUESDAY = datetime(2026, 3, 10, 13, tzinfo=UTC)
"""Two in the afternoon in Paris."""


def me(role: str = "social_worker") -> str:
    return str(identity.agent_id(role))


@dataclass
class Dossier:
    """A dossier whose person is named, and appointments made in it."""

    cases: Cases
    case_id: UUID
    person: UUID
    key: Any

    @property
    def path(self) -> str:
        return f"/cases/{self.case_id}/appointments"

    def body(self, **changes: Any) -> dict[str, Any]:
        usual = {
            "starts_at": TUESDAY.isoformat(),
            "minutes": 45,
            "place": "office",
            "where": "Maison départementale, bureau 3",
            "agents": [me()],
            "people": [str(self.person)],
        }
        return usual | changes

    async def ask(self, by: str = "social_worker", **changes: Any) -> httpx.Response:
        return await self.cases.create(self.path, self.body(**changes), by)

    async def book(self, **changes: Any) -> str:
        answer = await self.ask(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["appointment_id"])

    async def change(self, appointment: str, step: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.cases.change(f"{self.path}/{appointment}/{step}", body, "social_worker", **more)

    async def done(self, appointment: str, step: str, body: Any = None, **more: Any) -> None:
        answer = await self.change(appointment, step, body, **more)
        assert answer.status_code == 200, answer.text

    async def items(self) -> list[dict[str, Any]]:
        answer = await self.cases.get(self.path, "social_worker")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def item(self, appointment: str) -> dict[str, Any]:
        return next(one for one in await self.items() if one["appointment_id"] == appointment)

    async def need(self, needs: Needs, sequence: int = 2) -> None:
        """Intake tells what the person needs, sealed."""
        sealed = self.key.seal(needs.model_dump_json(), event_id=self.person, name="needs")
        name = self.key.seal("Sam Exemple", event_id=self.person, name="name")
        await self.cases.receive(told(PersonChanged(person_id=self.person, name=name, needs=sealed), sequence=sequence))

    async def reminders(self) -> list[datetime]:
        async with self.cases.service.parts.worker.transaction() as tx:
            rows = await tx.fetch("SELECT fires_at FROM due_dates WHERE kind = 'appointment' AND state = 'waiting'")
        return [row["fires_at"] for row in rows]


async def dossier_on(cases: Cases, **request: Any) -> Dossier:
    person = uuid4()
    people = {
        "requester": {"person_id": person, "role": "self"},
        "concerned": {"person_id": person, "minor": False},
    }
    case_id = await cases.open_case(**people | request)
    key, wrapped = MasterKey(bytes(32), "1").issue(f"person:{person}")
    issued = PersonKeyIssued(key_subject=key.key_subject, wrapped=wrapped.wrapped, master_key_id="1")
    await cases.receive(told(issued))
    return Dossier(cases, case_id, person, key)


@pytest.fixture
async def dossier(cases: Cases) -> Dossier:
    return await dossier_on(cases)


def sentences(answer: httpx.Response) -> str:
    assert answer.status_code == 409, answer.text
    return " ".join(one["detail"] for one in answer.json()["errors"])


async def test_a_booked_appointment_is_told_with_nothing_personal_in_clear(dossier: Dossier) -> None:
    made = await dossier.book(about="Faire le point sur le logement")
    [event] = await dossier.cases.outbox("AppointmentBooked")
    data = AppointmentBooked.model_validate(event.data)
    assert (str(data.appointment_id), data.kind, data.place_kind) == (made, "first", "office")
    assert (data.starts_at, data.ends_at) == (TUESDAY, TUESDAY + timedelta(minutes=45))
    assert (data.uid, data.sequence, data.request_id) == (f"{made}@maillage", 0, None)
    assert data.agent_ids == (UUID(me()),)
    assert data.person_ids == (dossier.person,)
    assert "bureau" not in str(event.data)
    assert "logement" not in str(event.data)
    assert (await dossier.cases.kinds(dossier.case_id))[-1] == "appointment_booked"
    shown = await dossier.item(made)
    assert (shown["where"], shown["about"]) == ("Maison départementale, bureau 3", "Faire le point sur le logement")
    async with dossier.cases.service.parts.worker.transaction() as tx:
        stored = str(await tx.fetchval("SELECT state FROM appointments"))
    assert "bureau" not in stored


async def test_a_time_without_an_offset_is_read_on_the_clock_of_the_deployment(dossier: Dossier) -> None:
    made = await dossier.book(starts_at="2026-04-07T14:00")
    assert (await dossier.item(made))["starts_at"] == "2026-04-07T12:00:00Z"


async def test_the_same_key_books_once(dossier: Dossier) -> None:
    for _ in range(2):
        answer = await dossier.cases.create(dossier.path, dossier.body(), "social_worker", key="the-same-key")
        assert answer.status_code == 201
    assert len(await dossier.items()) == 1


REFUSED = [
    ("in the past", {"starts_at": "2026-03-01T09:00:00Z"}, "Ce moment est passé"),
    ("a slip in the year", {"starts_at": "2036-03-10T13:00:00Z"}, "vérifiez l'année"),
    ("the hour that summer time skips", {"starts_at": "2026-03-29T02:30"}, "n'existe pas"),
    ("the hour that comes twice", {"starts_at": "2026-10-25T02:30"}, "existe deux fois"),
    ("with nobody who receives", {"agents": []}, "quel agent reçoit"),
    ("with an agent of another dossier", {"agents": [str(identity.agent_id("coordinator"))]}, "ne travaille pas"),
    ("with nobody met", {"people": []}, "quelle personne"),
    ("with somebody not of the dossier", {"people": [str(UUID(int=7))]}, "n'est pas dans ce dossier"),
    ("nowhere", {"where": None}, "le lieu"),
]


@pytest.mark.parametrize(("changes", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_cannot_be_booked_is_refused_and_nothing_is_stored(
    dossier: Dossier, changes: dict[str, Any], said: str
) -> None:
    version = await dossier.cases.version(dossier.case_id)
    assert said in sentences(await dossier.ask(**changes))
    assert await dossier.items() == []
    assert await dossier.cases.outbox("AppointmentBooked") == []
    assert await dossier.cases.version(dossier.case_id) == version


@pytest.mark.parametrize("changes", [{"minutes": 0}, {"minutes": 6000}, {"place": "ailleurs"}, {"surprise": 1}])
async def test_what_is_no_appointment_is_invalid(dossier: Dossier, changes: dict[str, Any]) -> None:
    assert (await dossier.ask(**changes)).status_code == 422
    assert await dossier.items() == []


async def test_an_anonymous_person_can_be_met(cases: Cases) -> None:
    anonymous = {"requester": {"role": "self"}, "concerned": {"minor": False}}
    case_id = await cases.open_case(**anonymous)
    body = Dossier(cases, case_id, uuid4(), None).body(people=[])
    assert (await cases.create(f"/cases/{case_id}/appointments", body, "social_worker")).status_code == 201


async def test_an_agent_is_not_at_two_places_whatever_the_dossier(cases: Cases, dossier: Dossier) -> None:
    await dossier.book()
    other = await dossier_on(cases, reference="23456789B")
    answer = await other.ask(starts_at=(TUESDAY + timedelta(minutes=30)).isoformat())
    said = sentences(answer)
    assert "Agent déjà pris à cette heure" in said
    assert "Créneaux libres : mardi 10/03/2026 à 09:00" in said
    assert await other.items() == []
    assert (await other.ask(starts_at=(TUESDAY + timedelta(minutes=45)).isoformat())).status_code == 201


async def test_other_times_are_named_for_a_dossier_the_agent_cannot_read(cases: Cases) -> None:
    await cases.grant("everywhere", ("social_worker", "*"))
    there = await dossier_on(cases, territory_id=THERE)
    body = there.body(agents=[str(identity.agent_id("everywhere"))])
    assert (await cases.create(there.path, body, "everywhere")).status_code == 201
    here = await dossier_on(cases)
    assert "Créneaux libres" in sentences(await here.ask(agents=[str(identity.agent_id("everywhere"))]))


async def test_a_cancelled_appointment_gives_the_time_back(dossier: Dossier) -> None:
    first = await dossier.book()
    await dossier.done(first, "cancel", {"by": "person", "why": "Malade"})
    await dossier.book()
    [cancelled] = await dossier.cases.outbox("AppointmentCancelled")
    assert (cancelled.data["by"], cancelled.data["sequence"]) == ("person", 1)
    assert "Malade" not in str(cancelled.data)


async def test_a_mere_proposal_takes_the_time_and_is_told_to_nobody_until_confirmed(dossier: Dossier) -> None:
    made = await dossier.book(proposed=True)
    assert "Agent déjà pris" in sentences(await dossier.ask())
    await dossier.done(made, "move", {"starts_at": "2026-03-11T13:00:00Z", "by": "service"})
    assert await dossier.cases.outbox("AppointmentBooked", "AppointmentMoved") == []
    assert await dossier.reminders() == []
    await dossier.done(made, "confirm")
    [event] = await dossier.cases.outbox("AppointmentBooked")
    assert (event.data["starts_at"], event.data["sequence"]) == ("2026-03-11T13:00:00Z", 2)
    assert "ne l'est plus" in sentences(await dossier.change(made, "confirm"))


async def test_a_proposal_that_is_dropped_was_never_told(dossier: Dossier) -> None:
    made = await dossier.book(proposed=True)
    await dossier.done(made, "cancel", {"by": "person"})
    assert await dossier.cases.outbox("AppointmentCancelled") == []


async def test_moving_tells_both_times_and_moves_the_reminder(dossier: Dossier) -> None:
    made = await dossier.book()
    assert await dossier.reminders() == [datetime(2026, 3, 9, 7, tzinfo=UTC)]
    await dossier.done(made, "move", {"starts_at": "2026-04-02T14:00", "by": "person", "minutes": 30})
    [event] = await dossier.cases.outbox("AppointmentMoved")
    assert event.data["before"] == "2026-03-10T13:00:00Z"
    assert (event.data["starts_at"], event.data["ends_at"]) == ("2026-04-02T12:00:00Z", "2026-04-02T12:30:00Z")
    assert (event.data["sequence"], event.data["by"]) == (1, "person")
    assert await dossier.reminders() == [datetime(2026, 4, 1, 6, tzinfo=UTC)]
    assert (await dossier.item(made))["where"] == "Maison départementale, bureau 3"


async def test_another_place_forgets_the_address_of_the_first(dossier: Dossier) -> None:
    made = await dossier.book()
    await dossier.done(made, "move", {"starts_at": TUESDAY.isoformat(), "by": "service", "place": "phone"})
    shown = await dossier.item(made)
    assert (shown["place"], shown["where"]) == ("phone", None)


async def test_moving_onto_another_appointment_is_refused_and_both_stay(dossier: Dossier) -> None:
    made = await dossier.book()
    await dossier.book(starts_at="2026-03-11T13:00:00Z")
    answer = await dossier.change(made, "move", {"starts_at": "2026-03-11T13:30:00Z", "by": "service"})
    assert "Créneaux libres" in sentences(answer)
    assert (await dossier.item(made))["starts_at"] == "2026-03-10T13:00:00Z"
    assert await dossier.cases.outbox("AppointmentMoved") == []


async def test_the_reminder_is_told_once_and_names_the_appointment(dossier: Dossier) -> None:
    made = await dossier.book()
    await dossier.cases.fire(datetime(2026, 3, 9, 6, 59, tzinfo=UTC))
    assert await dossier.cases.outbox("FollowUpDue") == []
    for _ in range(2):
        await dossier.cases.fire(datetime(2026, 3, 9, 7, tzinfo=UTC))
    [event] = await dossier.cases.outbox("FollowUpDue")
    data = FollowUpDue.model_validate(event.data)
    assert (data.kind, data.stage, str(data.due_on)) == ("appointment", "early", "2026-03-10")
    assert (str(data.appointment_id), data.agent_id) == (made, UUID(me()))
    assert (await dossier.cases.kinds(dossier.case_id))[-1] == "appointment_early"


async def test_what_is_booked_for_today_is_not_announced_ahead(dossier: Dossier) -> None:
    await dossier.book(starts_at="2026-03-02T15:00:00Z")
    assert await dossier.reminders() == []


async def test_a_cancelled_appointment_is_not_announced(dossier: Dossier) -> None:
    made = await dossier.book()
    await dossier.done(made, "cancel", {"by": "service"})
    await dossier.cases.fire(TUESDAY + timedelta(days=30))
    assert await dossier.cases.outbox("FollowUpDue") == []


async def test_it_is_kept_or_missed_once_it_has_begun(dossier: Dossier) -> None:
    kept, missed = await dossier.book(), await dossier.book(starts_at="2026-03-11T13:00:00Z")
    assert "pas encore commencé" in sentences(await dossier.change(kept, "kept"))
    dossier.cases.now = TUESDAY + timedelta(days=2)
    await dossier.done(kept, "kept")
    await dossier.done(missed, "missed", {"by": "service"})
    [event] = await dossier.cases.outbox("AppointmentMissed")
    assert event.data["by"] == "service"
    assert len(await dossier.cases.outbox("AppointmentKept")) == 1
    assert "ne peut plus changer" in sentences(await dossier.change(kept, "cancel", {"by": "person"}))


async def test_what_the_person_needs_is_shown_and_missing_until_booked(dossier: Dossier) -> None:
    protection = Protection(kind="curatorship", protector="Association Exemple")
    await dossier.need(Needs(interpreter="ar", sign_language=True, reading_help=True, protection=protection))
    made = await dossier.book()
    shown = await dossier.item(made)
    assert shown["needs"] == [
        "Interprète (arabe)",
        "Interprète en langue des signes",
        "Aide à la lecture",
        "Curatelle (Association Exemple) : recherchez aussi l'accord de la personne",
    ]
    assert shown["missing"] == [
        "Interprète (arabe) : à réserver pour ce rendez-vous.",
        "Interprète en langue des signes : à réserver pour ce rendez-vous.",
    ]
    await dossier.done(made, "arranged", {"arranged": ["interpreter", "sign_language"]}, method="PUT")
    assert (await dossier.item(made))["missing"] == []
    await dossier.done(made, "move", {"starts_at": "2026-03-12T13:00:00Z", "by": "person"})
    assert len((await dossier.item(made))["missing"]) == 2


async def test_needs_lie_sealed_and_the_newest_count(dossier: Dossier) -> None:
    made = await dossier.book()
    await dossier.need(Needs(interpreter="uk"), sequence=3)
    await dossier.need(Needs(interpreter="ar"), sequence=2)
    assert (await dossier.item(made))["needs"] == ["Interprète (ukrainien)"]
    async with dossier.cases.service.parts.worker.transaction() as tx:
        assert "interpreter" not in str(await tx.fetchval("SELECT needs->>'data' FROM persons"))


async def test_the_first_appointment_may_answer_the_request(dossier: Dossier) -> None:
    await dossier.book(answers_request=True)
    [event] = await dossier.cases.outbox("AppointmentBooked")
    assert event.data["request_id"] is not None
    answer = await dossier.ask(starts_at="2026-03-12T13:00:00Z", answers_request=True)
    assert "Seul le premier rendez-vous" in sentences(answer)


async def test_closing_the_dossier_cancels_what_is_to_come(dossier: Dossier) -> None:
    made = await dossier.book()
    await dossier.cases.receive(told(RequestWithdrawn(request_id=await _request(dossier)), sequence=2))
    shown = await dossier.item(made)
    assert (shown["status"], shown["by"]) == ("cancelled", "person")
    assert len(await dossier.cases.outbox("AppointmentCancelled")) == 1
    assert await dossier.reminders() == []
    assert "clos" in sentences(await dossier.ask())


async def _request(dossier: Dossier) -> UUID:
    async with dossier.cases.service.parts.worker.transaction() as tx:
        return UUID(str(await tx.fetchval("SELECT request_id FROM cases WHERE case_id = $1", dossier.case_id)))


async def test_a_minor_is_told_nothing(cases: Cases) -> None:
    person = uuid4()
    dossier = await dossier_on(
        cases,
        requester={"person_id": person, "role": "self"},
        concerned={"person_id": person, "minor": True},
    )
    await dossier.book(people=[str(person)])
    [event] = await cases.outbox("AppointmentBooked")
    assert event.data["person_ids"] == []


async def test_an_edit_names_the_version_it_was_made_for(dossier: Dossier) -> None:
    made = await dossier.book()
    assert (await dossier.change(made, "cancel", {"by": "person"}, version=1)).status_code == 412
    path = f"{dossier.path}/{made}/cancel"
    assert (await dossier.cases.ask("POST", path, "social_worker", json={"by": "person"})).status_code == 428
    assert (await dossier.item(made))["status"] == "booked"


@pytest.mark.parametrize("by", ["reception", "coordinator"])
async def test_who_does_not_work_on_the_dossier_neither_reads_nor_books(dossier: Dossier, by: str) -> None:
    assert (await dossier.ask(by)).status_code in (403, 404)
    assert (await dossier.cases.get(dossier.path, by)).status_code in (403, 404)
    assert await dossier.items() == []


async def test_an_appointment_of_another_dossier_is_not_found(cases: Cases, dossier: Dossier) -> None:
    made = await dossier.book()
    other = await dossier_on(cases)
    assert (await other.change(made, "cancel", {"by": "person"})).status_code == 404


async def test_the_agenda_holds_ones_own_by_local_days(cases: Cases, dossier: Dossier) -> None:
    await dossier.book(starts_at="2026-03-28T23:30:00Z", place="phone")  # half past midnight, on the 29th, in Paris
    await dossier.book(starts_at="2026-03-29T21:30:00Z", place="phone")  # half past eleven in the evening, that day
    await dossier.book(starts_at="2026-03-29T22:30:00Z", place="phone")  # the 30th
    await cases.grant("colleague", ("social_worker", HERE))
    await dossier.book(starts_at="2026-03-29T12:00:00Z", agents=[str(identity.agent_id("colleague"))])
    answer = await cases.get("/cases/appointments?from=2026-03-29&to=2026-03-29", "social_worker")
    items = answer.json()["items"]
    assert [one["starts_at"] for one in items] == ["2026-03-28T23:30:00Z", "2026-03-29T21:30:00Z"]
    assert items[0]["reference"] == "23456789B"
    assert items[0].keys() & {"where", "about", "people"} == set()


@pytest.mark.parametrize("span", ["from=2026-03-29&to=2026-03-28", "from=2026-01-01&to=2028-01-01", "from=x"])
async def test_an_agenda_has_a_beginning_and_an_end(cases: Cases, span: str) -> None:
    assert (await cases.get(f"/cases/appointments?{span}", "social_worker")).status_code == 422


async def test_agendas_are_for_those_who_meet_people(cases: Cases) -> None:
    assert (await cases.get("/cases/appointments", "reception")).status_code == 403


async def test_of_two_who_book_the_same_agent_at_once_one_succeeds(cases: Cases, dossier: Dossier) -> None:
    other = await dossier_on(cases)
    answers = await asyncio.gather(*(one.ask() for one in (dossier, other)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert "Créneaux libres" in sentences(refused)
    assert len(await dossier.items()) + len(await other.items()) == 1
    assert len(await cases.outbox("AppointmentBooked")) == 1


async def test_redelivered_needs_change_nothing(dossier: Dossier) -> None:
    made = await dossier.book()
    for _ in range(2):
        await dossier.need(Needs(sign_language=True))
    assert (await dossier.item(made))["needs"] == ["Interprète en langue des signes"]


# The dossier's page ---------------------------------------------------------------------------


async def _page(dossier: Dossier) -> str:
    headers = {"accept": "text/html"}
    return (await dossier.cases.get(f"/cases/{dossier.case_id}", "social_worker", headers=headers)).text


async def _send(dossier: Dossier, step: str, **typed: Any) -> httpx.Response:
    version = await dossier.cases.version(dossier.case_id)
    headers = {"accept": "text/html", "idempotency-key": str(uuid4())}
    path = f"/cases/{dossier.case_id}/forms/{step}"
    return await dossier.cases.ask("POST", path, "social_worker", data={"version": version, **typed}, headers=headers)


def _filled(dossier: Dossier, **changes: Any) -> dict[str, Any]:
    usual = {
        "appointment_at": "2026-03-10T14:00",
        "appointment_minutes": "45",
        "appointment_place": "office",
        "appointment_where": "Bureau 3",
        "appointment_agents": me(),
        "appointment_people": str(dossier.person),
        "appointment_about": "Faire le point",
    }
    return usual | changes


async def test_the_forms_of_the_page_do_the_same_acts(dossier: Dossier) -> None:
    await dossier.need(Needs(interpreter="ar"))
    assert (await _send(dossier, "appointment", **_filled(dossier, appointment_proposed="yes"))).status_code == 303
    [made] = await dossier.items()
    chosen = {"appointment_id": made["appointment_id"]}
    page = await _page(dossier)
    for shown in ("mardi 10 mars 2026 à 14:00", "Bureau 3", "Faire le point", "Interprète (arabe) : à réserver"):
        assert shown in page
    assert (await _send(dossier, "appointment-confirm", **chosen)).status_code == 303
    moved = {"appointment_new_at": "2026-03-11T10:00", "appointment_moved_by": "person"}
    assert (await _send(dossier, "appointment-move", **chosen, **moved)).status_code == 303
    assert (
        await _send(dossier, "appointment-arranged", **chosen, appointment_arranged="interpreter")
    ).status_code == 303
    assert "à réserver" not in await _page(dossier)
    dossier.cases.now = TUESDAY + timedelta(days=3)
    assert (await _send(dossier, "appointment-missed", **chosen, appointment_missed_by="person")).status_code == 303
    assert (await _send(dossier, "appointment-kept", **chosen)).status_code == 303
    page = await _page(dossier)
    for told_there in (
        "Rendez-vous proposé",
        "Rendez-vous pris",
        "Rendez-vous déplacé",
        "mercredi 11/03/2026 à 10:00, sur place, par la personne",
        "Rendez-vous manqué",
        "Rendez-vous tenu",
    ):
        assert told_there in page


async def test_a_refused_form_comes_again_with_what_was_typed(dossier: Dossier) -> None:
    await dossier.book()
    answer = await _send(dossier, "appointment", **_filled(dossier))
    assert answer.status_code == 409
    assert "Créneaux libres : mardi 10/03/2026 à 09:00" in answer.text
    assert "2026-03-10T14:00" in answer.text
    assert len(await dossier.items()) == 1
    wrong = await _send(dossier, "appointment", **_filled(dossier, appointment_minutes="beaucoup"))
    assert wrong.status_code == 422
    assert 'id="appointment_minutes-error"' in wrong.text


async def test_a_form_cancels(dossier: Dossier) -> None:
    made = await dossier.book()
    typed = {"appointment_id": made, "appointment_cancelled_by": "service", "appointment_why": "Agent absent"}
    assert (await _send(dossier, "appointment-cancel", **typed)).status_code == 303
    assert "Agent absent" in await _page(dossier)


async def test_reception_sees_no_appointment_on_the_page(cases: Cases, dossier: Dossier) -> None:
    await dossier.book(about="Faire le point")
    page = await cases.get(f"/cases/{dossier.case_id}", "reception", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "Faire le point" not in page.text
    assert 'id="rendez-vous"' not in page.text
