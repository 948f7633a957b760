"""People: completed when they call again, agreeing and taking it back, met in a case."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.handlers import Received
from contracts.envelope import event, parse
from contracts.events import PersonChanged, PersonIntroduced
from contracts.sealed import Sealed
from intake.people.handlers import people_handlers
from tests.identity import grant
from tests.intake.conftest import Intake, resident

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
async def caller(intake: Intake, reception: str) -> UUID:
    """Somebody cut off in mid-call: a first name and a phone number is all that was understood."""
    person = {"given_name": "Camille", "contact_points": [{"kind": "phone", "value": "06 39 98 01 02"}]}
    body = resident(channel="phone", requester={"role": "self", "person": person}, summary="")
    answer = await intake.ask(body, reception)
    assert answer.status_code == 201, answer.text
    [recorded] = await intake.told("PersonRecorded")
    return UUID(recorded.data["person_id"])


def completed() -> dict[str, Any]:
    return {
        "given_name": "Camille",
        "family_name": "Exemple",
        "birth_date": "1987",
        "language": "uk",
        "contact_points": [
            {"kind": "phone", "value": "0639980102", "safe_to_write": True},
            {"kind": "email", "value": "camille@example.org", "neutral": True},
        ],
    }


async def _put(
    client: httpx.AsyncClient, person_id: UUID, body: dict[str, Any], version: int | None = 1
) -> httpx.Response:
    headers = {"If-Match": f'"{version}"'} if version else {}
    return await client.put(f"/intake/people/{person_id}", json=body, headers=headers)


async def test_a_call_continued_completes_the_person(intake: Intake, reception: str, caller: UUID) -> None:
    async with intake.client(reception) as client:
        before = (await client.get(f"/intake/people/{caller}")).json()
        answer = await _put(client, caller, completed())
        after = await client.get(f"/intake/people/{caller}")
    assert (answer.status_code, answer.headers["etag"]) == (204, '"2"')
    assert after.headers["etag"] == '"2"'
    assert after.json()["family_name"] == "Exemple"
    phone = next(point for point in after.json()["contact_points"] if point["kind"] == "phone")
    assert phone == before["contact_points"][0] | {"safe_to_write": True}
    [changed] = await intake.told("PersonChanged")
    assert (changed.subject, changed.sequence) == (str(caller), 2)
    data = parse(changed)
    assert isinstance(data, PersonChanged)
    async with intake.worker.transaction() as tx:
        opened = await intake.service.parts.keyring.open(
            tx, [data.name, *(point.value for point in data.contact_points)]
        )
    assert [str(one) for one in opened] == ["Camille Exemple", "+33639980102", "camille@example.org"]


async def test_two_who_edit_at_once_do_not_overwrite_each_other(intake: Intake, reception: str, caller: UUID) -> None:
    async with intake.client(reception) as client:
        answers = [await _put(client, caller, completed(), version) for version in (1, 1, None)]
    assert [answer.status_code for answer in answers] == [204, 412, 428]
    assert len(await intake.told("PersonChanged")) == 1


async def test_a_contact_point_is_said_once(intake: Intake, reception: str, caller: UUID) -> None:
    """Said twice, it would be safe to write there and not."""
    phones = [
        {"kind": "phone", "value": "06 39 98 01 02", "safe_to_write": True},
        {"kind": "phone", "value": "+33 6 39 98 01 02"},
    ]
    body = completed() | {"contact_points": phones}
    async with intake.client(reception) as client:
        answer = await _put(client, caller, body)
        after = (await client.get(f"/intake/people/{caller}")).json()
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/contact_points")
    assert "deux fois" in answer.json()["errors"][0]["detail"]
    assert after["version"] == 1
    again = await intake.ask(resident(requester={"role": "self", "person": {"contact_points": phones}}))
    assert again.status_code == 422


@pytest.mark.parametrize(
    "agreement",
    [
        {"kind": "programme", "programme": "Family Conference"},
        {"kind": "programme", "programme": "no-such-programme"},
        {"kind": "programme"},
        {"kind": "sharing", "programme": "no-such-programme"},
    ],
)
async def test_a_consent_names_a_programme_that_exists(
    intake: Intake, reception: str, caller: UUID, agreement: dict[str, Any]
) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    async with intake.client(reception) as client:
        path = f"/intake/people/{caller}/consents"
        answer = await client.post(path, json=agreement | {"given_how": "oral"}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/programme")
    assert await intake.told("ConsentGiven") == []
    assert await intake.count("consents") == 0


async def test_nobody_elsewhere_may_read_or_change_them(intake: Intake, caller: UUID) -> None:
    await grant(intake.worker, "ailleurs", [("social_worker", "saint-flour")])
    agreement = {"kind": "messages", "given_how": "oral"}
    async with intake.client("ailleurs") as client:
        answers = [
            await client.get(f"/intake/people/{caller}"),
            await _put(client, caller, completed()),
            await client.post(
                f"/intake/people/{caller}/consents", json=agreement, headers={"Idempotency-Key": str(uuid4())}
            ),
        ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert await intake.told("PersonChanged", "ConsentGiven") == []


async def test_a_consent_is_given_once_and_taken_back_once(intake: Intake, reception: str, caller: UUID) -> None:
    agreement = {"kind": "programme", "programme": "family-conference", "given_how": "signature"}
    headers = {"Idempotency-Key": str(uuid4())}
    async with intake.client(reception) as client:
        path = f"/intake/people/{caller}/consents"
        given = [await client.post(path, json=agreement, headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in given] == [201, 201]
        consent_id = given[0].json()["consent_id"]
        taken_back = [await client.post(f"/intake/consents/{consent_id}/withdraw") for _ in range(2)]
    assert [answer.status_code for answer in taken_back] == [204, 404]
    events = await intake.told("ConsentGiven", "ConsentWithdrawn")
    assert [(one.type, one.sequence) for one in events] == [("ConsentGiven", 2), ("ConsentWithdrawn", 3)]
    assert {one.data["consent_id"] for one in events} == {consent_id}


def introduced(person_id: UUID, sequence: int = 1, points: int = 1) -> Received[PersonIntroduced]:
    """Somebody invited to a conference, known to cases alone until now."""

    def sealed(name: str) -> Sealed:
        return Sealed(key_subject=f"person:{person_id}", event_id=person_id, field=name, data="AAAA")

    email = {"kind": "email", "value": sealed("email"), "safe_to_write": True, "neutral": False}
    contact_points = [email | {"contact_point_id": uuid4()} for _ in range(points)]
    data = PersonIntroduced.model_validate(
        {"person_id": person_id, "name": sealed("name"), "contact_points": contact_points}
    )
    return Received(event(data, id=uuid4(), source="/maillage/cases", sequence=sequence, time=NOW), data)


async def _introduce(intake: Intake, *received: Received[PersonIntroduced]) -> None:
    handlers = people_handlers()
    async with intake.worker.transaction() as tx:
        await handlers.subscription(received[0].envelope).handler(tx, received)


async def test_somebody_met_in_a_case_is_adopted_as_they_came(intake: Intake) -> None:
    person_id = uuid4()
    first = introduced(person_id)
    for _ in range(2):
        await _introduce(intake, first, introduced(uuid4(), points=0))
    assert await intake.count("contact_points") == 1
    async with intake.worker.transaction() as tx:
        row = await tx.fetchrow("SELECT * FROM persons WHERE person_id = $1", person_id)
    assert row is not None
    assert row["given_name"] is None
    assert Sealed.model_validate(row["sealed"]["name"]) == first.data.name
    await _introduce(intake, introduced(person_id, sequence=2, points=2))
    assert await intake.count("contact_points") == 3


async def test_an_older_introduction_changes_nothing(intake: Intake) -> None:
    person_id = uuid4()
    newer, older = introduced(person_id, sequence=5), introduced(person_id, sequence=4)
    await _introduce(intake, newer)
    await _introduce(intake, older)
    async with intake.worker.transaction() as tx:
        assert await tx.fetchval("SELECT version FROM persons") == 5
