"""Dossiers: opened by requests, read by who works on them, closed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cases.dossiers.model import people_of
from contracts.envelope import Envelope
from contracts.events import PersonChanged, PromiseMissed, RequestAnswered, RequestSubmitted, RequestWithdrawn
from contracts.events.cases import case_id_of
from tests.cases.conftest import HERE, START, THERE, Cases, Meeting, submitted, told
from tests.identity import agent_id

PERSON, OTHER = uuid4(), uuid4()


def asked(role: str, requester: UUID | None, concerned: UUID | None) -> RequestSubmitted:
    return submitted(
        requester={"person_id": requester, "role": role}, concerned={"person_id": concerned, "minor": False}
    )


PEOPLE: list[tuple[str, RequestSubmitted, list[tuple[UUID, str]]]] = [
    ("for oneself", asked("self", PERSON, PERSON), [(PERSON, "concerned")]),
    ("for oneself, named once", asked("self", PERSON, None), [(PERSON, "concerned")]),
    ("a relative", asked("relative", OTHER, PERSON), [(PERSON, "concerned"), (OTHER, "requester")]),
    ("a school, for somebody it does not name", asked("school", OTHER, None), [(OTHER, "requester")]),
    ("an anonymous visitor", asked("self", None, None), []),
]


@pytest.mark.parametrize(("request_", "people"), [row[1:] for row in PEOPLE], ids=[row[0] for row in PEOPLE])
def test_who_is_in_a_dossier(request_: RequestSubmitted, people: list[tuple[UUID, str]]) -> None:
    assert [(one.person_id, one.role) for one in people_of(request_)] == people


async def test_a_request_opens_its_dossier_and_tells_it(cases: Cases) -> None:
    request = asked("relative", OTHER, PERSON)
    cause = told(request)
    await cases.receive(cause)
    case_id = case_id_of(request.request_id)
    [opened] = await cases.outbox("CaseOpened")
    assert (opened.subject, opened.sequence, opened.causationid) == (str(case_id), 1, cause.id)
    assert (opened.correlationid, opened.time) == (cause.correlationid, cause.time)
    assert opened.data["opened_on"] == "2026-03-02"
    assert opened.data["people"] == [
        {"person_id": str(PERSON), "role": "concerned"},
        {"person_id": str(OTHER), "role": "requester"},
    ]
    shown = (await cases.get(f"/cases/{case_id}", "social_worker")).json()
    assert (shown["reference"], shown["territory_id"], shown["status"]) == ("23456789B", HERE, "open")
    assert (shown["themes"], shown["urgency"]) == (["family", "housing"], "ordinary")
    assert [entry["kind"] for entry in shown["timeline"]] == ["request_received"]


async def test_the_same_event_again_changes_nothing(cases: Cases) -> None:
    cause = told(submitted())
    await cases.receive(cause)
    await cases.receive(cause)
    await cases.receive(cause, cause)
    assert await counts(cases) == (1, 1, 1, 1)


async def test_a_second_event_for_the_same_request_changes_nothing(cases: Cases) -> None:
    request = submitted()
    await cases.receive(told(request), told(request.model_copy(update={"reference": "BBBBBBBBB"})))
    await cases.receive(told(request.model_copy(update={"reference": "CCCCCCCCC"})), told(submitted()))
    assert await counts(cases) == (2, 2, 2, 2)
    async with cases.service.parts.worker.transaction() as tx:
        kept = await tx.fetchval("SELECT reference FROM cases WHERE request_id = $1", request.request_id)
    assert kept == "23456789B"


async def counts(cases: Cases) -> tuple[int, int, int, int]:
    """Dossiers, people in them, entries, events told."""
    return (
        await cases.count("cases"),
        await cases.count("case_people"),
        await cases.count("timeline"),
        len(await cases.outbox("CaseOpened")),
    )


async def test_requests_with_and_without_people_or_territory_open_in_one_batch(cases: Cases) -> None:
    batch = [
        submitted(),
        asked("self", None, None),
        submitted(territory_id=None, declined={"programme": "family-conference"}, programme="first-contact"),
        asked("relative", OTHER, PERSON),
    ]
    await cases.receive(*map(told, batch))
    assert await counts(cases) == (4, 4, 4, 4)


async def test_a_summary_and_names_are_kept_sealed_and_opened_for_who_works_here(
    cases: Cases, meeting: Meeting
) -> None:
    shown = (await cases.get(f"/cases/{meeting.case_id}", "social_worker")).json()
    assert [(one["role"], one["name"]) for one in shown["people"]] == [("concerned", "Sam Exemple")]


async def test_a_name_whose_key_is_not_there_yet_waits(cases: Cases) -> None:
    from chassis.sealing import MasterKey

    key, _ = MasterKey(bytes(32), "1").issue(f"person:{PERSON}")
    changed = PersonChanged(person_id=PERSON, name=key.seal("Sam Exemple", event_id=PERSON, name="name"))
    await cases.receive(told(changed, sequence=5))
    case_id = await cases.open_case(concerned={"person_id": PERSON, "minor": False})
    shown = (await cases.get(f"/cases/{case_id}", "social_worker")).json()
    assert "en attente" in [one["name"] for one in shown["people"]]


async def test_an_older_name_does_not_replace_a_newer_one(cases: Cases, meeting: Meeting) -> None:
    async with cases.service.parts.worker.transaction() as tx:
        before = await tx.fetchval("SELECT name FROM persons WHERE person_id = $1", meeting.concerned)
    await cases.receive(told(PersonChanged(person_id=meeting.concerned), sequence=1))
    async with cases.service.parts.worker.transaction() as tx:
        assert await tx.fetchval("SELECT name FROM persons WHERE person_id = $1", meeting.concerned) == before


# Withdrawal, promises ------------------------------------------------------------------------


async def withdraw(cases: Cases, meeting: Meeting) -> Envelope:
    async with cases.service.parts.worker.transaction() as tx:
        request_id = await tx.fetchval("SELECT request_id FROM cases WHERE case_id = $1", meeting.case_id)
    event = told(RequestWithdrawn(request_id=request_id), sequence=2)
    await cases.receive(event)
    return event


async def test_a_request_taken_back_stops_the_conference_and_closes_the_dossier(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    event = await withdraw(cases, meeting)
    [closed] = await cases.outbox("CaseClosed")
    assert (closed.data["reason"], closed.causationid) == ("withdrawn", event.id)
    assert (await meeting.state())["phase"] == "stopped"
    kinds = await cases.kinds(meeting.case_id)
    await cases.receive(event)
    assert await cases.kinds(meeting.case_id) == kinds
    assert len(await cases.outbox("CaseClosed")) == 1


async def test_an_event_the_inbox_has_forgotten_still_changes_nothing_it_told(cases: Cases, meeting: Meeting) -> None:
    event = await withdraw(cases, meeting)
    kinds = await cases.kinds(meeting.case_id)
    async with cases.service.parts.worker.transaction() as tx:
        await tx.execute("DELETE FROM inbox")
    await cases.receive(event)
    assert await cases.kinds(meeting.case_id) == kinds
    assert len(await cases.outbox("CaseClosed")) == 1


async def test_a_legal_duty_goes_on_without_the_request(cases: Cases, meeting: Meeting) -> None:
    path = f"/cases/{meeting.case_id}"
    duty = await cases.change(f"{path}/legal-duty", {"holds": True}, "social_worker", method="PUT")
    assert duty.status_code == 200
    await withdraw(cases, meeting)
    assert (await cases.get(path, "social_worker")).json()["status"] == "open"
    refused = await cases.change(f"{path}/close", {"reason": "answered", "summary": "Fait."}, "social_worker")
    assert (refused.status_code, "obligation légale" in refused.json()["detail"]) == (409, True)


async def test_events_about_requests_never_seen_change_nothing(cases: Cases) -> None:
    await cases.receive(
        told(RequestWithdrawn(request_id=uuid4()), sequence=2),
        told(PromiseMissed(request_id=uuid4(), promised_on=date(2026, 3, 16)), sequence=2),
    )
    assert await cases.outbox() == []


async def test_a_missed_promise_shows(cases: Cases) -> None:
    request = submitted()
    await cases.receive(told(request))
    missed = PromiseMissed(request_id=request.request_id, promised_on=request.promised_on)
    await cases.receive(told(missed, sequence=2))
    assert "promise_missed" in await cases.kinds(case_id_of(request.request_id))


@pytest.mark.parametrize(
    ("answered_on", "days", "late", "said"),
    [
        (date(2026, 3, 2), 0, False, "le jour même"),
        (date(2026, 3, 4), 2, False, "en 2 jour(s) ouvré(s)"),
        (date(2026, 3, 20), 14, True, "en 14 jour(s) ouvré(s), après la date promise"),
    ],
    ids=["at once", "in time", "late"],
)
async def test_an_answer_shows_with_its_delay(
    cases: Cases, answered_on: date, days: int, late: bool, said: str
) -> None:
    request = submitted()
    answered = RequestAnswered(
        request_id=request.request_id,
        answered_at=datetime.combine(answered_on, time(10), UTC),
        promised_on=request.promised_on,
        working_days=days,
    )
    event = told(answered, sequence=2)
    await cases.receive(told(request), event)
    await cases.receive(event)
    case_id = case_id_of(request.request_id)
    assert (await cases.kinds(case_id)).count("request_answered") == 1
    await cases.grant("reader", ("social_worker", HERE))
    page = (await cases.get(f"/cases/{case_id}", "reader", headers={"Accept": "text/html"})).text
    assert "Réponse donnée à la demande" in page
    assert said in page


# Notes, referents, closing ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("readers", "seen_by"),
    [
        (["social_worker", "coordinator", "manager"], {"author", "social_worker", "coordinator", "manager"}),
        (["manager"], {"author", "manager"}),
        ([], {"author"}),
    ],
    ids=["shared", "for managers", "private"],
)
async def test_a_note_is_read_by_whom_it_names_and_its_author(
    cases: Cases, meeting: Meeting, readers: list[str], seen_by: set[str]
) -> None:
    await cases.grant("author", ("social_worker", HERE))
    path = f"/cases/{meeting.case_id}"
    made = await cases.create(f"{path}/notes", {"text": "Loyer payé.", "readers": readers}, "author")
    assert made.status_code == 201
    seen = set()
    for by in ("author", "reception", "social_worker", "coordinator", "manager"):
        timeline = (await cases.get(path, by)).json()["timeline"]
        if "Loyer payé." in [entry["text"] for entry in timeline]:
            seen.add(by)
    assert seen == seen_by


async def test_reception_sees_that_a_dossier_exists_and_nothing_of_it(cases: Cases, meeting: Meeting) -> None:
    path = f"/cases/{meeting.case_id}"
    shown = (await cases.get(path, "reception")).json()
    assert (shown["reference"], shown["people"], shown["timeline"]) == ("23456789B", [], [])
    assert "themes" not in shown
    assert (await cases.create(f"{path}/notes", {"text": "x"}, "reception")).status_code == 403
    assert (await cases.get(f"{path}/conference", "reception")).status_code == 403


ASSIGNMENTS: list[tuple[str, str, str, str, int]] = [
    ("a manager names a referent", "manager", "social_worker", "referent", 201),
    ("a social worker takes it", "social_worker", "social_worker", "referent", 201),
    ("a social worker names somebody else", "social_worker", "manager", "referent", 403),
    ("a social worker names the coordinator", "social_worker", "coordinator", "coordinator", 403),
    ("reception names nobody", "reception", "social_worker", "referent", 403),
    ("a receptionist is no referent", "manager", "reception", "referent", 409),
    ("a social worker is no coordinator", "manager", "social_worker", "coordinator", 409),
    ("somebody unknown", "manager", "nobody", "referent", 409),
]


@pytest.mark.parametrize(
    ("by", "agent", "role", "status"), [row[1:] for row in ASSIGNMENTS], ids=[row[0] for row in ASSIGNMENTS]
)
async def test_who_is_assigned_by_whom(cases: Cases, by: str, agent: str, role: str, status: int) -> None:
    case_id = await cases.open_case()
    body = {"agent_id": str(agent_id(agent)), "role": role}
    assert (await cases.create(f"/cases/{case_id}/referents", body, by)).status_code == status


async def test_a_referent_of_another_territory_reads_the_dossier_until_released(cases: Cases) -> None:
    case_id = await cases.open_case()
    path = f"/cases/{case_id}"
    await cases.grant("elsewhere", ("social_worker", THERE))
    assert (await cases.get(path, "elsewhere")).status_code == 404
    body = {"agent_id": str(agent_id("elsewhere")), "role": "referent"}
    await cases.create(f"{path}/referents", body, "manager")
    assert (await cases.get(path, "elsewhere")).json()["timeline"] != []
    assert [one["case_id"] for one in (await cases.get("/cases", "elsewhere")).json()["items"]] == [str(case_id)]
    await cases.change(f"{path}/referents/{agent_id('elsewhere')}", None, "manager", method="DELETE")
    assert (await cases.get(path, "elsewhere")).status_code == 404


@pytest.mark.parametrize(
    ("reason", "status"), [("answered", 409), ("completed", 409), ("moved", 200), ("deceased", 200)]
)
async def test_a_conference_under_way_is_not_closed_over(
    cases: Cases, meeting: Meeting, reason: str, status: int
) -> None:
    await meeting.begin()
    body = {"reason": reason, "summary": "Fait."}
    answer = await cases.change(f"/cases/{meeting.case_id}/close", body, "social_worker")
    assert answer.status_code == status
    assert [one.data["reason"] for one in await cases.outbox("CaseClosed")] == ([reason] if status == 200 else [])


async def test_a_closed_dossier_is_read_and_no_longer_written_in(cases: Cases, meeting: Meeting) -> None:
    path = f"/cases/{meeting.case_id}"
    await cases.change(f"{path}/close", {"reason": "answered", "summary": "Fait."}, "social_worker")
    shown = (await cases.get(path, "social_worker")).json()
    assert (shown["status"], shown["closed_on"]) == ("closed", "2026-03-02")
    refused = await cases.create(f"{path}/notes", {"text": "Encore."}, "social_worker")
    assert (refused.status_code, "clos" in refused.json()["detail"]) == (409, True)
    [closed] = await cases.outbox("CaseClosed")
    assert closed.sequence == await cases.version(meeting.case_id)


async def test_a_closing_says_what_was_done_to_who_works_on_it(cases: Cases, meeting: Meeting) -> None:
    path = f"/cases/{meeting.case_id}"
    untold = await cases.change(f"{path}/close", {"reason": "answered"}, "social_worker")
    assert untold.status_code == 422
    await cases.change(f"{path}/close", {"reason": "answered", "summary": "Aide au loyer obtenue."}, "social_worker")
    texts = [entry["text"] for entry in (await cases.get(path, "manager")).json()["timeline"]]
    assert "Aide au loyer obtenue." in texts
    kinds = [entry["kind"] for entry in (await cases.get(path, "reception")).json()["timeline"]]
    assert kinds == ["case_closed"]


async def test_a_closed_dossier_goes_on_for_a_reason(cases: Cases, meeting: Meeting) -> None:
    path, reason = f"/cases/{meeting.case_id}", {"reason": "Nouvelle dette de loyer."}
    assert (await cases.change(f"{path}/reopen", reason, "social_worker")).status_code == 409
    await cases.change(f"{path}/close", {"reason": "answered", "summary": "Fait."}, "social_worker")
    assert (await cases.change(f"{path}/reopen", {"reason": " "}, "social_worker")).status_code == 422
    assert (await cases.change(f"{path}/reopen", reason, "reception")).status_code == 403
    assert (await cases.change(f"{path}/reopen", reason, "social_worker")).status_code == 200
    shown = (await cases.get(path, "social_worker")).json()
    assert (shown["status"], shown["closed_on"], shown["close_reason"]) == ("open", None, None)
    assert "Nouvelle dette de loyer." in [entry["text"] for entry in shown["timeline"]]
    [event] = await cases.outbox("CaseReopened")
    assert event.data["reopened_on"] == "2026-03-02"
    assert (await cases.create(f"{path}/notes", {"text": "Repris."}, "social_worker")).status_code == 201


# The worklist ------------------------------------------------------------------------------------


async def opened_in(cases: Cases, territories: Sequence[str | None]) -> list[str]:
    """Dossiers opened a minute apart, newest first."""
    requests = [submitted(territory_id=territory) for territory in territories]
    events = [told(one, time=START + timedelta(minutes=number)) for number, one in enumerate(requests)]
    await cases.receive(*events)
    return [str(case_id_of(one.request_id)) for one in reversed(requests)]


async def listed(cases: Cases, by: str, query: str = "") -> list[str]:
    answer = await cases.get(f"/cases{query}", by)
    assert answer.status_code == 200, answer.text
    return [one["case_id"] for one in answer.json()["items"]]


async def test_pages_of_the_worklist_hold_each_dossier_once(cases: Cases) -> None:
    expected = await opened_in(cases, [HERE] * 120)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await cases.get("/cases", "social_worker", params={"after": after})).json()
        seen += [one["case_id"] for one in page["items"]]
        after = page["next"]
    assert seen == expected


async def test_each_sees_their_territories_and_what_is_assigned_to_them(cases: Cases) -> None:
    nowhere, there, here = await opened_in(cases, [HERE, THERE, None])
    await cases.grant("both", ("social_worker", HERE), ("manager", THERE))
    await cases.grant("everywhere", ("manager", "*"))
    assert await listed(cases, "reception") == [nowhere, here]
    assert await listed(cases, "both") == [nowhere, there, here]
    assert await listed(cases, "both", f"?territory={THERE}") == [there]
    assert await listed(cases, "everywhere") == [nowhere, there, here]
    assert await listed(cases, "coordinator") == []
    body = {"agent_id": str(agent_id("coordinator")), "role": "coordinator"}
    await cases.create(f"/cases/{there}/referents", body, "both")
    assert await listed(cases, "coordinator") == [there]


async def test_a_dossier_referred_to_elsewhere_stands_in_the_list_of_what_it_is(cases: Cases) -> None:
    [there] = await opened_in(cases, [THERE])
    await cases.grant("elsewhere", ("manager", THERE))
    body = {"agent_id": str(agent_id("social_worker")), "role": "referent"}
    await cases.create(f"/cases/{there}/referents", body, "elsewhere")
    assert await listed(cases, "social_worker") == [there]
    await cases.change(f"/cases/{there}/close", {"reason": "answered", "summary": "Fait."}, "elsewhere")
    assert await listed(cases, "social_worker") == []
    assert await listed(cases, "social_worker", "?status=closed") == [there]
    await cases.change(f"/cases/{there}/reopen", {"reason": "Nouvelle demande."}, "elsewhere")
    assert await listed(cases, "social_worker") == [there]


@pytest.mark.parametrize(("by", "status"), [("reception", 403), ("social_worker", 201), ("manager", 201)])
async def test_a_dossier_without_a_territory_is_worked_on_by_whom_its_request_is(
    cases: Cases, by: str, status: int
) -> None:
    case_id = await cases.open_case(territory_id=None)
    assert (await cases.get(f"/cases/{case_id}", by)).status_code == 200
    assert (await cases.create(f"/cases/{case_id}/notes", {"text": "Appelé."}, by)).status_code == status
    assert (await cases.get(f"/cases/{case_id}", "coordinator")).status_code == 404


async def test_a_territory_of_others_is_refused(cases: Cases) -> None:
    assert (await cases.get(f"/cases?territory={THERE}", "social_worker")).status_code == 403


async def test_closed_dossiers_have_a_list_of_their_own(cases: Cases) -> None:
    [second, first] = await opened_in(cases, [HERE, HERE])
    await cases.change(f"/cases/{first}/close", {"reason": "answered", "summary": "Fait."}, "manager")
    assert await listed(cases, "manager") == [second]
    assert await listed(cases, "manager", "?status=closed") == [first]


async def test_a_dossier_is_found_by_its_reference_as_people_say_it(cases: Cases) -> None:
    from random import Random

    from contracts.references import new_reference

    reference = new_reference(Random(1))
    case_id = await cases.open_case(reference=reference)
    spoken = f"{reference[:4]} {reference[4:]}".lower()
    answer = await cases.get("/cases", "reception", params={"reference": spoken})
    assert [one["case_id"] for one in answer.json()["items"]] == [str(case_id)]


@pytest.mark.parametrize(
    "query",
    ["?reference=AAAAAAAAA", "?after=yesterday", "?after=1.2", "?status=lost", f"?after={'9' * 30}.{UUID(int=1)}"],
)
async def test_a_bad_question_is_a_clear_problem(cases: Cases, query: str) -> None:
    answer = await cases.get(f"/cases{query}", "manager")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:maillage:problem:invalid")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{not json", 400), (b'{"text": 3}', 422), (b"[]", 422), (b'{"text": ""}', 422), (b'{"text": " "}', 422)],
    ids=["malformed", "wrong type", "a list", "empty", "blank"],
)
async def test_a_bad_note_is_a_clear_problem_and_nothing_is_stored(
    cases: Cases, meeting: Meeting, body: bytes, status: int
) -> None:
    before = await cases.version(meeting.case_id)
    headers: dict[str, Any] = {"content-type": "application/json", "idempotency-key": "une-cle-1"}
    answer = await cases.ask("POST", f"/cases/{meeting.case_id}/notes", "social_worker", content=body, headers=headers)
    assert answer.status_code == status
    assert await cases.version(meeting.case_id) == before
