"""Requests over HTTP: what is answered, stored and told."""

from tests.intake.conftest import Intake, resident


async def test_a_resident_s_request_is_stored_and_told(intake: Intake) -> None:
    answer = await intake.ask(resident())
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["territory_id"] == "saint-brieuc"
    assert [event.type for event in await intake.told()] == [
        "PersonKeyIssued", "PersonRecorded", "PersonKeyIssued", "RequestSubmitted",
    ]  # fmt: skip
    assert await intake.count("requests") == 1
