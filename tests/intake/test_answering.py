"""Answering: told with its delay in working days of the place, at once or later; a missed promise stays missed."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from chassis.due_dates import Clock
from chassis.handlers import Received
from contracts.durations import add_working_days, working_days_between
from contracts.envelope import event
from contracts.events import AppointmentBooked
from intake.requests.model import working_days
from tests.intake.conftest import Intake, resident


@pytest.mark.parametrize(
    ("received", "answered", "department", "days"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), "22", 0),
        (date(2026, 3, 6), date(2026, 3, 9), "22", 1),
        (date(2026, 4, 2), date(2026, 4, 7), "22", 2),
        (date(2026, 4, 2), date(2026, 4, 7), "67", 1),
        (date(2025, 12, 24), date(2026, 1, 2), "22", 5),
        (date(2026, 12, 31), date(2029, 1, 2), "22", 506),
    ],
    ids=[
        "on the same day",
        "over a week-end",
        "over Easter Monday",
        "where Good Friday is a holiday too",
        "over Christmas and New Year",
        "over years",
    ],
)
def test_how_long_somebody_waited(received: date, answered: date, department: str, days: int) -> None:
    assert working_days(received, answered, department) == days


@pytest.mark.parametrize("count", [0, 1, 5, 23])
def test_working_days_count_the_same_both_ways(count: int) -> None:
    start, holidays = date(2026, 4, 2), {date(2026, 4, 6)}
    assert working_days_between(start, add_working_days(start, count, holidays), holidays) == count


async def _answer(intake: Intake, agent: str, request_id: str) -> int:
    async with intake.client(agent) as client:
        path = f"/intake/requests/{request_id}/answer"
        return (await client.post(path, json={"text": "Rendez-vous proposé."})).status_code


async def test_an_answer_given_at_once_is_told_as_any_other(intake: Intake, reception: str) -> None:
    body = resident(channel="desk", immediate_answer="Adresse de l'épicerie sociale donnée.")
    request_id = (await intake.ask(body, reception)).json()["request_id"]
    [told] = await intake.told("RequestAnswered")
    assert (told.subject, told.sequence, told.data["working_days"]) == (request_id, 2, 0)
    assert "person_id" not in told.data, "they were told there and then"
    async with intake.client(reception) as client:
        found = (await client.get(f"/intake/requests/{request_id}")).json()
    assert (found["version"], found["working_days"], found["state"]) == (2, 0, "answered")
    assert await _answer(intake, reception, request_id) == 409
    assert len(await intake.told("RequestAnswered")) == 1


async def test_an_answer_is_told_once_with_its_delay(intake: Intake, reception: str) -> None:
    request_id = (await intake.ask(resident())).json()["request_id"]
    received = datetime.now(UTC) - timedelta(days=28)
    async with intake.worker.transaction() as tx:
        await tx.execute("UPDATE requests SET received_at = $1", received)
    assert [await _answer(intake, reception, request_id) for _ in range(2)] == [204, 409]
    [submitted, told] = await intake.told("RequestSubmitted", "RequestAnswered")
    assert told.data["person_id"] == submitted.data["requester"]["person_id"] is not None
    assert 15 <= told.data["working_days"] <= 20
    assert "Rendez-vous" not in str(told.data)
    async with intake.worker.transaction() as tx:
        row = await tx.fetchrow("SELECT working_days, version FROM requests")
    assert row is not None
    assert tuple(row) == (told.data["working_days"], told.sequence)


async def test_who_asked_for_another_is_not_told_of_the_answer(intake: Intake, reception: str) -> None:
    asked = resident(requester=resident()["requester"] | {"role": "relative"}, concerned={"minor": False})
    request_id = (await intake.ask(asked)).json()["request_id"]
    assert await _answer(intake, reception, request_id) == 204
    [told] = await intake.told("RequestAnswered")
    assert "person_id" not in told.data


async def test_a_promise_missed_then_answered_stays_missed(intake: Intake, reception: str) -> None:
    request_id = (await intake.ask(resident())).json()["request_id"]
    late = datetime.now(UTC) + timedelta(days=60)
    assert await Clock(intake.worker, intake.service.on_due, lambda: late).fire_one()
    assert await _answer(intake, reception, request_id) == 204
    events = await intake.told("RequestSubmitted", "PromiseMissed", "RequestAnswered")
    assert [(one.type, one.sequence) for one in events] == [
        ("RequestSubmitted", 1),
        ("PromiseMissed", 2),
        ("RequestAnswered", 3),
    ]
    async with intake.worker.transaction() as tx:
        assert await tx.fetchval("SELECT promise_missed FROM requests WHERE request_id = $1", UUID(request_id))


def _booked(request_id: UUID | None, at: datetime) -> Received[AppointmentBooked]:
    """A dossier's appointment, which may answer its request."""
    data = AppointmentBooked(
        case_id=uuid4(),
        appointment_id=uuid4(),
        uid="x@maillage",
        sequence=0,
        kind="first",
        starts_at=at + timedelta(days=3),
        ends_at=at + timedelta(days=3, hours=1),
        place_kind="office",
        agent_ids=(uuid4(),),
        request_id=request_id,
    )
    return Received(event(data, id=uuid4(), source="/maillage/cases", sequence=2, time=at), data)


async def _heard(intake: Intake, booked: Received[AppointmentBooked]) -> None:
    async with intake.worker.transaction() as tx:
        await intake.service.handlers.subscription(booked.envelope).handler(tx, [booked])


async def test_a_first_appointment_may_be_the_answer(intake: Intake, reception: str) -> None:
    request_id = (await intake.ask(resident())).json()["request_id"]
    booked = _booked(UUID(request_id), datetime.now(UTC))
    for _ in range(2):
        await _heard(intake, booked)
    [told] = await intake.told("RequestAnswered")
    assert (told.subject, told.causationid) == (request_id, booked.envelope.id)
    assert "person_id" not in told.data, "they are told of the appointment"
    async with intake.client(reception) as client:
        found = (await client.get(f"/intake/requests/{request_id}")).json()
    assert found["state"] == "answered"
    assert await _answer(intake, reception, request_id) == 409


async def test_an_appointment_that_answers_nothing_changes_nothing(intake: Intake, reception: str) -> None:
    request_id = (await intake.ask(resident())).json()["request_id"]
    await _heard(intake, _booked(None, datetime.now(UTC)))
    await _heard(intake, _booked(uuid4(), datetime.now(UTC)))
    assert await intake.told("RequestAnswered") == []
    assert await _answer(intake, reception, request_id) == 204
    await _heard(intake, _booked(UUID(request_id), datetime.now(UTC)))
    assert len(await intake.told("RequestAnswered")) == 1
