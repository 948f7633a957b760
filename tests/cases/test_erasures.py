"""Somebody erased has no name in any dossier; what was of nobody else is unreadable, what is others' too stands."""

from uuid import UUID, uuid4

import pytest

from contracts.envelope import Envelope
from contracts.events import PersonErased, RequestSubmitted
from contracts.events.cases import case_id_of
from tests.cases.conftest import Cases, submitted, told

NAME, OTHER = "Camille Exemple", "Dominique Exemple"


def erased(person_id: UUID) -> Envelope:
    return told(PersonErased(person_id=person_id))


def _asked_by(person_id: UUID) -> RequestSubmitted:
    return submitted(
        requester={"person_id": person_id, "role": "self"}, concerned={"person_id": person_id, "minor": False}
    )


async def _names(cases: Cases, case_id: UUID) -> set[str | None]:
    answer = await cases.get(f"/cases/{case_id}", "social_worker")
    assert answer.status_code == 200, answer.text
    return {person["name"] for person in answer.json()["people"]}


async def _dropped(cases: Cases) -> list[str]:
    async with cases.service.parts.worker.transaction() as tx:
        rows = await tx.fetch("SELECT key_subject FROM subject_keys WHERE erased_at IS NOT NULL")
    return sorted(row["key_subject"] for row in rows)


@pytest.mark.parametrize("first", ["recorded", "erased"])
async def test_a_dossier_of_one_person_keeps_neither_name_nor_text(cases: Cases, first: str) -> None:
    person = uuid4()
    request = _asked_by(person)
    case_id = case_id_of(request.request_id)
    await cases.receive(told(request))
    if first == "recorded":
        await cases.record_person(person, NAME)
        assert await _names(cases, case_id) == {NAME}
    event = erased(person)
    for _ in range(2):
        await cases.receive(event)
    await cases.record_person(person, NAME)  # heard late, or told again
    assert await _names(cases, case_id) == {"effacé"}
    assert await _dropped(cases) == sorted([f"case:{case_id}", f"person:{person}", f"request:{request.request_id}"])
    [done] = await cases.outbox("PersonErasureDone")
    assert (done.data["service"], done.data["kept"]) == ("cases", [])
    assert done.subject == f"person:{person}"


async def test_what_is_others_too_stands_until_the_last_of_them_is_erased(cases: Cases) -> None:
    one, other = uuid4(), uuid4()
    request = submitted(
        requester={"person_id": one, "role": "parental_authority"}, concerned={"person_id": other, "minor": False}
    )
    case_id = case_id_of(request.request_id)
    await cases.receive(told(request))
    await cases.record_person(one, NAME)
    await cases.record_person(other, OTHER)
    await cases.receive(erased(one))
    assert await _names(cases, case_id) == {"effacé", OTHER}
    assert await _dropped(cases) == [f"person:{one}"]
    await cases.receive(erased(other))
    assert f"case:{case_id}" in await _dropped(cases)
    kept = [done.data["kept"] for done in await cases.outbox("PersonErasureDone")]
    assert kept == [["dossier_shared_text"], []]


async def test_the_dossier_page_says_erased(cases: Cases) -> None:
    person = uuid4()
    request = _asked_by(person)
    await cases.receive(told(request))
    await cases.record_person(person, NAME)
    await cases.receive(erased(person))
    page = await cases.get(f"/cases/{case_id_of(request.request_id)}", "social_worker", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "effacé" in page.text
    assert NAME not in page.text
