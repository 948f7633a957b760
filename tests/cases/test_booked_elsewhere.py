"""What the booking service tells, in RDV-Solidarités' format: signed, once, in its order, of a known dossier."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from pydantic import ValidationError

from cases.appointments import notices
from cases.appointments.model import Party, Place, Status
from cases.appointments.notices import Notice
from cases.settings import CasesSettings
from chassis import agents
from chassis.sealing import MasterKey, remember
from contracts.events import AgentPublished
from tests import identity
from tests.cases.conftest import HERE, Cases, cases_on, settings_for
from tests.cases.test_appointments import Dossier, dossier_on
from tests.conftest import ServiceDatabaseFactory, emptied

SECRET = "a secret shared with the booking service"
REFERENCE = "7T8MZHK8W"
LINK = "https://rdv.example.org/prendre_rdv?departement=22&context={reference}"


@pytest.fixture(scope="module")
async def connected(module_database: ServiceDatabaseFactory, rights_are_read_anew: None) -> AsyncIterator[Cases]:
    """A deployment whose booking service is connected."""
    database = await module_database("cases")
    async with cases_on(database, booking_secret=SECRET, booking_link=LINK) as made:
        yield made


@pytest.fixture
async def booking(connected: Cases) -> Cases:
    await emptied(connected.database)
    made = Cases(connected.service, connected.app, connected.database)
    for role in ("reception", "social_worker", "manager"):
        await made.grant(role, (role, HERE))
    return made


def notice(event: str = "updated", at: str = "2026-03-02 10:00:00 +0100", **changes: Any) -> dict[str, Any]:
    """As the service sends it, people included: none of them is kept."""
    rdv = {
        "id": 4012,
        "uuid": "966f9fb3-3d9d-4548-b1b8-feaf08548d9e",
        "address": "12 rue des Exemples, 22000 Saint-Brieuc",
        "agents": [{"id": 1, "email": "Agent@Example.org", "first_name": "Agent", "last_name": "EXEMPLE"}],
        "context": f"Dossier {REFERENCE}",
        "duration_in_min": 30,
        "motif": {"id": 1, "location_type": "public_office", "name": "Premier rendez-vous"},
        "organisation": {"id": 1, "name": "MDS"},
        "starts_at": "2026-03-10 14:00:00 +0100",
        "status": "unknown",
        "users": [
            {
                "id": 1,
                "first_name": "Personne",
                "last_name": "EXEMPLE",
                "email": "personne@example.org",
                "phone_number": "01 99 00 00 00",
                "case_number": None,
            }
        ],
    }
    return {"data": rdv | changes, "meta": {"model": "Rdv", "event": event, "timestamp": at}}


async def send(cases: Cases, body: Any, secret: str = SECRET, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    usual = {"x-lapin-signature": signature, "content-type": "application/json; charset=utf-8"}
    return await cases.ask("POST", "/cases/hooks/rdv", None, content=content, headers=usual | headers)


async def outcome(cases: Cases, body: Any) -> str:
    answer = await send(cases, body)
    assert answer.status_code in (200, 202), answer.text
    return str(answer.json()["outcome"])


async def opened(cases: Cases) -> Dossier:
    """A dossier of the reference that notices carry."""
    return await dossier_on(cases, reference=REFERENCE)


async def appointments(dossier: Dossier) -> list[dict[str, Any]]:
    return await dossier.items()


async def with_address(cases: Cases, subject: str, email: str) -> UUID:
    """An agent of Saint-Brieuc whose name and address can be opened."""
    agent_id = identity.agent_id(subject)
    key, wrapped = MasterKey(bytes(32), "1").issue(f"person:{agent_id}")
    agent = AgentPublished.model_validate(
        {
            "agent_id": agent_id,
            "subject": subject,
            "organisation_id": uuid4(),
            "name": key.seal("Agent Exemple", event_id=agent_id, name="name"),
            "email": key.seal(email, event_id=agent_id, name="email"),
            "grants": [{"role": "social_worker", "territory_id": HERE}],
        }
    )
    async with cases.service.parts.worker.transaction() as tx:
        await remember(tx, [wrapped])
        await agents.store(tx, [(agent, 2)])
    return agent_id


# What they say, in our words ----------------------------------------------------------------------

# their event and status; ours, and whose doing it is
STATUSES = [
    ("booked", "created", "unknown", Status.BOOKED, None),
    ("in the waiting room", "updated", "waiting", Status.BOOKED, None),
    ("seen", "updated", "seen", Status.KEPT, None),
    ("not seen, without a word", "updated", "noshow", Status.MISSED, Party.PERSON),
    ("the same, by its old name", "updated", "notexcused", Status.MISSED, Party.PERSON),
    ("cancelled by the person", "updated", "excused", Status.CANCELLED, Party.PERSON),
    ("cancelled by the service", "updated", "revoked", Status.CANCELLED, Party.SERVICE),
    ("destroyed", "destroyed", "unknown", Status.CANCELLED, Party.SERVICE),
]


@pytest.mark.parametrize(
    ("event", "theirs", "ours", "by"), [row[1:] for row in STATUSES], ids=[row[0] for row in STATUSES]
)
def test_their_statuses(event: str, theirs: str, ours: Status, by: Party | None) -> None:
    facts = notices.facts_of(Notice.model_validate(notice(event, status=theirs)))
    assert (facts.status, facts.by) == (ours, by)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("public_office", Place.OFFICE),
        ("phone", Place.PHONE),
        ("home", Place.HOME),
        ("visio", Place.VIDEO),
        ("new", Place.OFFICE),
    ],
)
def test_their_places(theirs: str, ours: Place) -> None:
    assert notices.facts_of(Notice.model_validate(notice(motif={"location_type": theirs}))).place is ours


@pytest.mark.parametrize(
    "written",
    ["2026-03-10 14:00:00 +0100", "2026-03-10T14:00:00+01:00", "2026-03-10 13:00:00 UTC", "2026-03-10T13:00:00Z"],
)
def test_their_moments(written: str) -> None:
    facts = notices.facts_of(Notice.model_validate(notice(starts_at=written)))
    assert facts.starts_at == datetime(2026, 3, 10, 13, tzinfo=UTC)
    assert (facts.ends_at - facts.starts_at).seconds == 1800


# where the reference stands, and whether it is found
REFERENCES = [
    ("in what was written when booking", {"context": "réf. 7t8m-zhk8-w, merci"}, True),
    ("as the person's number over there", {"context": "", "users": [{"case_number": "7T8M ZHK8 W"}]}, True),
    ("on a participation", {"context": "", "participations": [{"user": {"case_number": REFERENCE}}]}, True),
    ("with a slip in it", {"context": "7T8MZHK8X"}, False),
    ("inside a longer number", {"context": f"9{REFERENCE}2"}, False),
    ("nowhere", {"context": None}, False),
]


@pytest.mark.parametrize(("changes", "found"), [row[1:] for row in REFERENCES], ids=[row[0] for row in REFERENCES])
def test_where_the_reference_is_looked_for(changes: dict[str, Any], found: bool) -> None:
    assert notices.references(Notice.model_validate(notice(**changes))) == ({REFERENCE} if found else set())


# Over HTTP ----------------------------------------------------------------------------------------


async def test_a_booking_becomes_an_appointment_of_its_dossier(booking: Cases) -> None:
    agent = await with_address(booking, "social_worker", "agent@example.org")
    dossier = await opened(booking)
    assert await outcome(booking, notice("created")) == "applied"
    [made] = await appointments(dossier)
    assert (made["status"], made["place"], made["starts_at"]) == ("booked", "office", "2026-03-10T13:00:00Z")
    assert made["where"] == "12 rue des Exemples, 22000 Saint-Brieuc"
    assert made["agents"] == [str(agent)]
    assert made["people"] == [str(dossier.person)]
    assert made["booked_elsewhere"] is True
    [event] = await booking.outbox("AppointmentBooked")
    assert "rue des Exemples" not in str(event.data)
    assert await dossier.reminders() == [datetime(2026, 3, 9, 7, tzinfo=UTC)]


async def test_nothing_of_the_people_is_kept(booking: Cases) -> None:
    await opened(booking)
    await outcome(booking, notice())
    await outcome(booking, notice(id=5, context="rien"))
    async with booking.service.parts.worker.transaction() as tx:
        for table in ("bookings", "appointments", "timeline", "outbox"):
            kept = str(await tx.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} AS t"))
            assert not [word for word in ("EXEMPLE", "personne@", "01 99", "rue des") if word in kept], table


BAD = [
    ("another secret", {"secret": "somebody else's"}, {}),
    ("no signature", {}, {"x-lapin-signature": ""}),
    ("a signature of something else", {}, {"x-lapin-signature": "0" * 64}),
    ("no hexadecimal", {}, {"x-lapin-signature": "signed, I swear"}),
]


@pytest.mark.parametrize(("how", "headers"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
async def test_what_is_not_signed_is_not_heard(booking: Cases, how: dict[str, str], headers: dict[str, str]) -> None:
    dossier = await opened(booking)
    version = await booking.version(dossier.case_id)
    answer = await send(booking, notice(), **how, **headers)
    assert answer.status_code == 401
    assert "signature" in answer.json()["detail"]
    assert await booking.count("bookings") == await booking.count("appointments") == 0
    assert await booking.version(dossier.case_id) == version


async def test_a_signed_body_that_was_altered_is_not_heard(booking: Cases) -> None:
    content = orjson.dumps(notice())
    signature = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
    headers = {"x-lapin-signature": signature}
    altered = content.replace(b"14:00", b"15:00")
    assert (await booking.ask("POST", "/cases/hooks/rdv", None, content=altered, headers=headers)).status_code == 401


async def test_where_no_service_is_connected_there_is_nothing(cases: Cases) -> None:
    assert (await send(cases, notice(), secret="")).status_code == 404


INVALID = [
    ("no JSON", b"{", 422),
    (
        "another shape",
        {"data": {}, "meta": {"model": "Rdv", "event": "updated", "timestamp": "2026-03-02T10:00Z"}},
        422,
    ),
    ("no moment", notice(starts_at="demain"), 422),
    ("a moment without an offset", notice(starts_at="2026-03-10 14:00:00"), 422),
    ("a status nobody knows", notice(status="abducted"), 422),
    ("no time at all", notice(duration_in_min=0), 422),
    ("a number that is none", notice(id=-1), 422),
    ("another year", notice(starts_at="9999-12-31 23:59:00 +0100"), 422),
]


@pytest.mark.parametrize(("body", "status"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID])
async def test_what_cannot_be_read_is_refused_without_repeating_it(booking: Cases, body: Any, status: int) -> None:
    answer = await send(booking, body)
    assert answer.status_code == status, answer.text
    assert "EXEMPLE" not in answer.text
    assert await booking.count("bookings") == 0


async def test_absences_and_opening_hours_are_not_followed(booking: Cases) -> None:
    other = {"data": {"id": 1}, "meta": {"model": "Absence", "event": "created", "timestamp": "2026-03-02T10:00:00Z"}}
    assert await outcome(booking, other) == "ignored"
    assert await booking.count("bookings") == 0


async def test_the_same_notice_again_changes_nothing(booking: Cases) -> None:
    dossier = await opened(booking)
    assert await outcome(booking, notice("created")) == "applied"
    version = await booking.version(dossier.case_id)
    for _ in range(3):
        assert await outcome(booking, notice("created")) == "repeated"
    assert await booking.version(dossier.case_id) == version
    assert len(await booking.outbox("AppointmentBooked")) == 1


async def test_an_older_notice_that_comes_late_changes_nothing(booking: Cases) -> None:
    dossier = await opened(booking)
    old = notice("created", at="2026-03-02 10:00:00 +0100")
    new = notice(at="2026-03-02 11:00:00 +0100", starts_at="2026-03-12 14:00:00 +0100")
    assert [await outcome(booking, one) for one in (old, new, old)] == ["applied", "applied", "outdated"]
    assert [one["starts_at"] for one in await appointments(dossier)] == ["2026-03-12T13:00:00Z"]


async def test_the_newest_first_makes_the_rest_outdated(booking: Cases) -> None:
    dossier = await opened(booking)
    new = notice(at="2026-03-02 11:00:00 +0100", status="excused")
    assert [await outcome(booking, one) for one in (new, notice("created"))] == ["applied", "outdated"]
    assert [(one["status"], one["by"]) for one in await appointments(dossier)] == [("cancelled", "person")]


async def test_two_notices_of_one_second_each_count_once(booking: Cases) -> None:
    dossier = await opened(booking)
    first, second = notice("created"), notice(starts_at="2026-03-12 14:00:00 +0100")
    told_so = [await outcome(booking, one) for one in (first, second, first, second)]
    assert told_so == ["applied", "applied", "repeated", "repeated"]
    assert [one["starts_at"] for one in await appointments(dossier)] == ["2026-03-12T13:00:00Z"]


async def test_its_life_is_told_step_by_step(booking: Cases) -> None:
    dossier = await opened(booking)
    hours = iter(range(10, 20))

    async def then(event: str = "updated", **changes: Any) -> None:
        at = f"2026-03-02 {next(hours)}:00:00 +0100"
        assert await outcome(booking, notice(event, at, **changes)) == "applied"

    later = {"starts_at": "2026-03-12 09:30:00 +0100"}
    await then("created")
    await then(**later)
    await then(**later, name="rien de nouveau")
    await then(**later, status="seen")
    await then(**later, status="noshow")
    await then("destroyed", **later, status="noshow")
    told_of = await booking.outbox()
    types = [one.type for one in told_of if one.type.startswith("Appointment")]
    assert types == ["AppointmentBooked", "AppointmentMoved", "AppointmentKept", "AppointmentMissed"]
    sequences = [one.data["sequence"] for one in told_of if one.type.startswith("Appointment")]
    assert sequences == [0, 1, 2, 3]
    assert [(one["status"], one["by"]) for one in await appointments(dossier)] == [("missed", "person")]


async def test_a_booking_taken_back_is_cancelled_and_may_come_again(booking: Cases) -> None:
    dossier = await opened(booking)
    await outcome(booking, notice("created"))
    await outcome(booking, notice(at="2026-03-02 11:00:00 +0100", status="revoked"))
    assert await dossier.reminders() == []
    await outcome(booking, notice(at="2026-03-02 12:00:00 +0100"))
    assert [one["status"] for one in await appointments(dossier)] == ["booked"]
    types = [one.type for one in await booking.outbox() if one.type.startswith("Appointment")]
    assert types == ["AppointmentBooked", "AppointmentCancelled", "AppointmentBooked"]


async def test_an_agent_who_is_taken_is_left_out_and_it_is_said(booking: Cases) -> None:
    agent = await with_address(booking, "social_worker", "agent@example.org")
    dossier = await opened(booking)
    await dossier.book(agents=[str(agent)])
    assert await outcome(booking, notice("created")) == "applied"
    elsewhere = next(one for one in await appointments(dossier) if one["booked_elsewhere"])
    assert elsewhere["agents"] == []
    assert "appointment_clash" in await booking.kinds(dossier.case_id)


async def test_without_a_known_dossier_it_is_set_aside_with_a_clear_answer(booking: Cases) -> None:
    answer = await send(booking, notice(context="aucune idée"))
    assert answer.status_code == 202
    assert answer.json()["outcome"] == "set_aside"
    assert "un agent le rattachera" in answer.json()["detail"]
    [aside] = (await booking.get("/cases/appointments/set-aside", "social_worker")).json()["items"]
    assert aside == {
        "booking": "4012",
        "starts_at": "2026-03-10T13:00:00Z",
        "ends_at": "2026-03-10T13:30:00Z",
        "place": "office",
        "status": "booked",
    }


async def test_two_references_are_no_answer(booking: Cases) -> None:
    await opened(booking)
    await booking.open_case(reference=REFERENCE)
    assert await outcome(booking, notice()) == "set_aside"


async def test_what_was_set_aside_finds_its_dossier_once_that_exists(booking: Cases) -> None:
    assert await outcome(booking, notice("created")) == "set_aside"
    dossier = await opened(booking)
    assert await outcome(booking, notice(at="2026-03-02 11:00:00 +0100")) == "applied"
    assert len(await appointments(dossier)) == 1
    assert (await booking.get("/cases/appointments/set-aside", "social_worker")).json()["items"] == []


async def attach(dossier: Dossier, number: str, by: str = "social_worker") -> httpx.Response:
    return await dossier.cases.ask(
        "POST",
        f"/cases/{dossier.case_id}/forms/appointment-attach",
        by,
        data={"appointment_booking": number},
        headers={"Idempotency-Key": str(uuid4())},
    )


async def test_an_agent_says_whose_it_is_and_from_then_on_it_follows(booking: Cases) -> None:
    dossier = await opened(booking)
    await outcome(booking, notice(context="aucune idée"))
    assert (await attach(dossier, "4012")).status_code == 303
    [made] = await appointments(dossier)
    assert made["agents"] == [str(identity.agent_id("social_worker"))]
    assert (await attach(dossier, "4012")).status_code == 409
    later = notice(at="2026-03-02 11:00:00 +0100", context="aucune idée", status="excused")
    assert await outcome(booking, later) == "applied"
    assert [one["status"] for one in await appointments(dossier)] == ["cancelled"]


async def test_what_was_not_set_aside_cannot_be_attached(booking: Cases) -> None:
    dossier = await opened(booking)
    answer = await attach(dossier, "99")
    assert answer.status_code == 409
    assert "Aucun rendez-vous à rattacher" in answer.text
    assert await booking.count("appointments") == 0


async def test_it_is_changed_where_it_was_booked(booking: Cases) -> None:
    dossier = await opened(booking)
    await outcome(booking, notice("created"))
    [made] = await appointments(dossier)
    for step, body in (("cancel", {"by": "person"}), ("move", {"starts_at": "2026-03-12T13:00:00Z", "by": "person"})):
        answer = await dossier.change(made["appointment_id"], step, body)
        assert answer.status_code == 409
        assert "modifiez-le là-bas" in answer.text
    await dossier.done(made["appointment_id"], "arranged", {"arranged": ["interpreter"]}, method="PUT")


async def test_a_closed_dossier_is_left_alone(booking: Cases) -> None:
    dossier = await opened(booking)
    await outcome(booking, notice("created"))
    async with booking.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE cases SET status = 'closed' WHERE case_id = $1", dossier.case_id)
    assert await outcome(booking, notice(at="2026-03-02 11:00:00 +0100", status="seen")) == "closed"
    assert await outcome(booking, notice("created", id=5)) == "set_aside"
    assert [one["status"] for one in await appointments(dossier)] == ["booked"]


async def test_in_a_familys_private_time_it_is_told_again_later(booking: Cases) -> None:
    dossier = await opened(booking)
    async with booking.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE cases SET private_time = true WHERE case_id = $1", dossier.case_id)
    answer = await send(booking, notice("created"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert await booking.count("bookings") == 0


async def test_the_dossiers_page_links_to_the_service_by_its_reference(booking: Cases) -> None:
    dossier = await opened(booking)
    page = await booking.get(f"/cases/{dossier.case_id}", "social_worker", headers={"accept": "text/html"})
    assert f"https://rdv.example.org/prendre_rdv?departement=22&amp;context={REFERENCE}" in page.text


@pytest.mark.parametrize("link", ["http://rdv.example.org", "javascript:alert(1)", "https://rdv.example.org/{name}"])
def test_a_link_that_is_not_safe_stops_the_start(booking_database: Any, link: str) -> None:
    with pytest.raises(ValidationError):
        settings_for(booking_database, booking_link=link)


@pytest.fixture
def booking_database(connected: Cases) -> Any:
    return connected.database


def test_the_secret_shows_nowhere(connected: Cases) -> None:
    assert isinstance(connected.service.parts.settings, CasesSettings)
    assert SECRET not in repr(connected.service.parts.settings)
