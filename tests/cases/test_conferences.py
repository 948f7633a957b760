"""A family conference over HTTP, on the real database: led to its end, refused, stopped."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from cases.conferences import acts
from cases.conferences.life import Declaration
from cases.dossiers.work import by_agent
from chassis.sealing import Keyring, MasterKey
from contracts.events import ConferenceRatified, ConsentGiven, ConsentWithdrawn, PersonIntroduced
from tests.cases.conftest import START, Cases, Meeting, meeting_on, told
from tests.chassis.conftest import until
from tests.identity import agent_id

MEETING = START + timedelta(days=60)
KEYRING = Keyring(MasterKey(bytes(32), "1"))


async def test_a_conference_is_prepared_held_ratified_and_followed_up(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    assert (await meeting.state())["missing"] == []
    await meeting.meet(MEETING)
    action = await meeting.plan()
    ratified = await meeting.ratify()
    assert ratified["follow_up_due_on"] == "2026-08-01"
    answer = await meeting.follow(meeting.guests[:2], {action: "carried_out"})
    assert (answer["recorded"], answer["missing"]) == (True, [])
    assert (await meeting.state())["phase"] == "followed_up"
    scheduled, event, recorded = await cases.outbox("ConferenceScheduled", "ConferenceRatified", "FollowUpRecorded")
    assert datetime.fromisoformat(scheduled.data["meeting_at"]) == MEETING
    assert event.data["members"] == sorted(map(str, meeting.guests))
    assert (event.data["met_on"], event.data["action_count"]) == ("2026-05-01", 1)
    assert event.data["coordinator_id"] == str(agent_id("coordinator"))
    assert (recorded.data["contacted"], recorded.data["outcome"]) == (2, "carried_out")


async def test_events_of_a_dossier_are_numbered_in_order_and_belong_to_its_request(
    cases: Cases, meeting: Meeting
) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    await meeting.plan()
    await meeting.ratify()
    events = [one for one in await cases.outbox() if one.subject == str(meeting.case_id)]
    numbers = [one.sequence for one in events]
    assert numbers == sorted(set(numbers))
    assert len({one.correlationid for one in events}) == 1


async def test_the_plan_travels_sealed_and_opens_with_the_dossiers_key(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    await meeting.plan(what="Passer chaque mardi")
    await meeting.ratify()
    [event] = await cases.outbox("ConferenceRatified")
    ratified = ConferenceRatified.model_validate(event.data)
    assert ratified.plan.key_subject == f"case:{meeting.case_id}"
    assert ratified.plan.event_id == event.id
    async with cases.service.parts.worker.transaction() as tx:
        [plan] = await KEYRING.open(tx, [ratified.plan])
    opened = orjson.loads(str(plan))
    assert opened["question"] == "Comment aider Sam à rester chez lui cet hiver ?"
    assert [action["what"] for action in opened["actions"]] == ["Passer chaque mardi"]


async def test_somebody_met_here_is_introduced_with_their_key(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    body = {"name": "Alix Exemple", "email": "alix@example.org", "safe_to_write": True, "role": "relative"}
    person_id = (await meeting.made("invitees", body))["person_id"]
    [event] = await cases.outbox("PersonIntroduced")
    keys = [one.data["key_subject"] for one in await cases.outbox("PersonKeyIssued")]
    introduced = PersonIntroduced.model_validate(event.data)
    assert (str(introduced.person_id), f"person:{person_id}" in keys) == (person_id, True)
    [point] = introduced.contact_points
    assert (point.kind, point.safe_to_write) == ("email", True)
    async with cases.service.parts.worker.transaction() as tx:
        opened = await KEYRING.open(tx, [introduced.name, point.value])
    assert [str(one) for one in opened] == ["Alix Exemple", "alix@example.org"]


async def test_nothing_personal_rests_or_travels_in_the_clear(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    await meeting.plan(what="Passer chaque mardi")
    await meeting.ratify()
    async with cases.service.parts.worker.transaction() as tx:
        tables = ("timeline", "persons", "conferences", "follow_ups", "idempotency_keys", "cases", "case_people")
        stored = "".join([str(await tx.fetch(f"SELECT to_jsonb(t)::text FROM {table} AS t")) for table in tables])
        stored += "".join(row["value"].decode() for row in await tx.fetch("SELECT value FROM outbox"))
    assert [word for word in ("Exemple", "example.org", "mardi", "cet hiver") if word in stored] == []


# What is left out of a good preparation, and what the coordinator then reads.
LEFT_OUT: list[tuple[str, str, Any, str]] = [
    ("one guest is not safe", "safety", {"safe": False}, "retirez son invitation"),
    ("a service states no condition", "mandated-service", {"involved": True}, "conditions non négociables"),
]


@pytest.mark.parametrize(("step", "body", "said"), [row[1:] for row in LEFT_OUT], ids=[row[0] for row in LEFT_OUT])
async def test_no_date_while_something_is_missing(
    cases: Cases, meeting: Meeting, step: str, body: Any, said: str
) -> None:
    await meeting.prepare()
    if step == "safety":
        await meeting.done(f"invitees/{meeting.guests[1]}/safety", body)
    else:
        await meeting.done(step, body, method="PUT")
    refused = await meeting.change("schedule", {"meeting_at": MEETING.isoformat()})
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["type"] == "urn:maillage:problem:step-refused"
    assert said in problem["detail"]
    assert [error["detail"] for error in problem["errors"]] == (await meeting.state())["missing"]
    assert await cases.outbox("ConferenceScheduled") == []


async def test_a_yes_or_no_question_is_refused_and_explained(meeting: Meeting) -> None:
    await meeting.begin()
    refused = await meeting.change("question", {"question": "Faut-il vendre la maison ?"})
    assert (refused.status_code, "oui ou un non" in refused.json()["detail"]) == (409, True)
    assert (await meeting.state())["question"] is None


async def test_nothing_is_written_in_private_time_but_its_end(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": MEETING.isoformat()})
    cases.now = MEETING
    await meeting.done("phases", {"phase": "information_sharing", "present": [str(one) for one in meeting.guests]})
    await meeting.done("phases", {"phase": "private_time"})
    before = await cases.kinds(meeting.case_id)
    note = await cases.create(f"/cases/{meeting.case_id}/notes", {"text": "Ils parlent."}, "social_worker")
    question = await meeting.change("question", {"question": "Que faire ?"})
    assert [(one.status_code, "temps privé" in one.json()["detail"]) for one in (note, question)] == [(409, True)] * 2
    assert await cases.kinds(meeting.case_id) == before
    await meeting.done("phases", {"phase": "acceptance"})
    state = await meeting.state()
    assert state["private_from"] is not None
    assert state["private_until"] is not None
    note = await cases.create(f"/cases/{meeting.case_id}/notes", {"text": "Le plan est discuté."}, "social_worker")
    assert note.status_code == 201


async def test_an_action_against_a_condition_is_not_ratified(meeting: Meeting) -> None:
    await meeting.prepare()
    condition = (await meeting.made("conditions", {"text": "Sam ne dort pas seul."}))["condition_id"]
    await meeting.meet(MEETING)
    action = await meeting.plan()
    everybody = {"ratified_by": [str(one) for one in meeting.guests]}
    assert (await meeting.change("ratify", everybody)).status_code == 409
    body = {
        "what": "Passer chaque soir", "who": str(meeting.guests[1]), "by_when": "2026-06-01",
        "checked_by": str(meeting.guests[2]), "respects": [condition], "feasible": True,
    }  # fmt: skip
    await meeting.done(f"plan/actions/{action}", body, method="PUT")
    assert (await meeting.ratify())["phase"] == "ratified"


async def test_only_a_programme_that_foresees_it_holds_a_conference(cases: Cases) -> None:
    other = await meeting_on(cases, programme="first-contact")
    declared = {"independence": {"not_their_social_worker": True, "no_tie_to_anyone": True}}
    refused = await cases.create(other.path, declared, "coordinator")
    assert (refused.status_code, "ne prévoit pas" in refused.json()["detail"]) == (409, True)


async def test_the_coordinator_is_never_a_referent(cases: Cases, meeting: Meeting) -> None:
    await cases.grant("both", ("coordinator", "saint-brieuc"), ("social_worker", "saint-brieuc"))
    referent = {"agent_id": str(agent_id("both")), "role": "referent"}
    path = f"/cases/{meeting.case_id}/referents"
    assert (await cases.create(path, referent, "manager")).status_code == 201
    refused = await cases.create(path, referent | {"role": "coordinator"}, "manager")
    assert (refused.status_code, "indépendante" in refused.json()["detail"]) == (409, True)


async def test_who_takes_over_declares_anew(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await cases.grant("successor", ("coordinator", "saint-brieuc"))
    taken = {"agent_id": str(agent_id("successor")), "role": "coordinator"}
    await cases.create(f"/cases/{meeting.case_id}/referents", taken, "manager")
    assert (await cases.get(meeting.path, "coordinator")).status_code == 404, "the former one no longer reads it"
    assert "déclarer son indépendance" in " ".join((await meeting.state("successor"))["missing"])
    declared = {"not_their_social_worker": True, "no_tie_to_anyone": True}
    answer = await meeting.change("independence", declared, "successor", method="PUT")
    assert (answer.status_code, answer.json()["missing"]) == (200, [])


async def test_who_takes_over_during_the_meeting_declares_anew(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    await meeting.plan()
    await cases.grant("successor", ("coordinator", "saint-brieuc"))
    taken = {"agent_id": str(agent_id("successor")), "role": "coordinator"}
    await cases.create(f"/cases/{meeting.case_id}/referents", taken, "manager")
    everybody = {"ratified_by": [str(one) for one in meeting.guests]}
    refused = await meeting.change("ratify", everybody, "successor")
    assert (refused.status_code, "déclarer son indépendance" in refused.json()["detail"]) == (409, True)
    declared = {"not_their_social_worker": True, "no_tie_to_anyone": True}
    assert (await meeting.change("independence", declared, "successor", method="PUT")).status_code == 200
    assert (await meeting.change("ratify", everybody, "successor")).status_code == 200


async def test_a_coordinator_is_replaced_and_not_released_while_a_conference_goes_on(
    cases: Cases, meeting: Meeting
) -> None:
    await meeting.begin()
    path = f"/cases/{meeting.case_id}/referents/{agent_id('coordinator')}"
    refused = await cases.change(path, None, "manager", method="DELETE")
    assert (refused.status_code, "reprend la coordination" in refused.json()["detail"]) == (409, True)
    await meeting.done("stop", {"reason": "other"})
    assert (await cases.change(path, None, "manager", method="DELETE")).status_code == 200


@pytest.mark.parametrize("by", ["social_worker", "manager"])
async def test_only_its_coordinator_leads_it(meeting: Meeting, by: str) -> None:
    await meeting.begin()
    refused = await meeting.change("question", {"question": "Que faire ?"}, by)
    assert refused.status_code == 403


async def test_of_two_edits_of_one_version_the_second_is_told_to_look_again(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    version = await cases.version(meeting.case_id)
    asked = {"question": "Que faire pour Sam ?"}
    assert (await meeting.change("question", asked, version=version)).status_code == 200
    assert (await meeting.change("question", asked, version=version)).status_code == 412
    bare = await cases.ask("POST", f"{meeting.path}/question", "coordinator", json=asked)
    assert bare.status_code == 428


async def test_a_repeated_creation_makes_one(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    body = {"name": "Alix Exemple", "role": "relative"}
    first, again = [await cases.create(f"{meeting.path}/invitees", body, "coordinator", "une-cle-1") for _ in range(2)]
    assert (first.json(), first.headers["etag"]) == (again.json(), again.headers["etag"])
    assert len((await meeting.state())["invitees"]) == len(await cases.outbox("PersonIntroduced")) == 1
    other = await cases.create(f"{meeting.path}/invitees", body | {"name": "Noa"}, "coordinator", "une-cle-1")
    assert other.status_code == 422


BAD: list[tuple[str, str, Any, int]] = [
    ("a role nobody has", "invitees", {"name": "Alix", "role": "stranger"}, 422),
    ("nobody", "invitees", {"role": "relative"}, 422),
    ("an address that is none", "invitees", {"name": "Alix", "role": "relative", "email": "alix"}, 422),
    ("an unknown field", "conditions", {"text": "x", "colour": "red"}, 422),
    ("no text", "conditions", {"text": ""}, 422),
    ("a list", "conditions", ["x"], 422),
    ("somebody of another dossier", "invitees", {"person_id": str(uuid4()), "role": "relative"}, 409),
]


@pytest.mark.parametrize(("step", "body", "status"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
async def test_bad_input_is_a_clear_problem_and_leaves_nothing(
    cases: Cases, meeting: Meeting, step: str, body: Any, status: int
) -> None:
    await meeting.begin()
    version = await cases.version(meeting.case_id)
    refused = await cases.create(f"{meeting.path}/{step}", body, "coordinator")
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert await cases.version(meeting.case_id) == version


@pytest.mark.parametrize("name", [" ", "\u00a0", ""])
async def test_nobody_is_introduced_without_a_name(cases: Cases, meeting: Meeting, name: str) -> None:
    await meeting.begin()
    refused = await cases.create(f"{meeting.path}/invitees", {"name": name, "role": "relative"}, "coordinator")
    assert refused.status_code == 422
    assert await cases.outbox("PersonIntroduced") == []


IMPLAUSIBLE: list[tuple[str, str, Any]] = [
    ("a meeting before any calendar", "schedule", {"meeting_at": "0001-01-01T00:00+14:00"}),
    ("a meeting after all of them", "schedule", {"meeting_at": "9999-12-31T23:59-14:00"}),
    ("a part of the meeting", "phases", {"phase": "private_time", "at": "0001-01-01T00:00+14:00"}),
    ("a visit", "safety", {"safe": True, "met_on": "0001-01-01"}),
]


@pytest.mark.parametrize(("step", "body"), [row[1:] for row in IMPLAUSIBLE], ids=[row[0] for row in IMPLAUSIBLE])
async def test_a_date_nobody_can_mean_is_a_clear_problem(meeting: Meeting, step: str, body: Any) -> None:
    await meeting.prepare()
    refused = await meeting.change(f"invitees/{meeting.concerned}/safety" if step == "safety" else step, body)
    assert refused.status_code == 422
    assert [one["detail"] for one in refused.json()["errors"]] == ["Indiquez une date entre 2000 et 2100."]


# Who is in the dossier ---------------------------------------------------------------------


async def people(cases: Cases, meeting: Meeting) -> list[tuple[str, str]]:
    """(name, as what) of everybody in the dossier."""
    shown = (await cases.get(f"/cases/{meeting.case_id}", "coordinator")).json()
    return sorted((one["name"], one["role"]) for one in shown["people"])


async def test_nobody_else_becomes_the_person_concerned_by_an_invitation(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    refused = await cases.create(
        f"{meeting.path}/invitees", {"name": "Alix Exemple", "role": "concerned"}, "coordinator"
    )
    assert (refused.status_code, "personne concernée" in refused.json()["detail"]) == (409, True)
    other = {"person_id": str(meeting.concerned), "role": "relative"}
    assert (await cases.create(f"{meeting.path}/invitees", other, "coordinator")).status_code == 409
    assert await people(cases, meeting) == [("Sam Exemple", "concerned")]
    assert await cases.outbox("PersonIntroduced") == []


async def test_who_is_not_named_yet_is_named_by_their_invitation(cases: Cases) -> None:
    unnamed = await meeting_on(cases, requester={"role": "school"}, concerned={"minor": False})
    await unnamed.begin()
    await unnamed.made("invitees", {"name": "Sam Exemple", "role": "concerned"})
    assert await people(cases, unnamed) == [("Sam Exemple", "concerned")]


async def test_a_place_in_the_dossier_goes_with_the_invitation_it_came_with(cases: Cases) -> None:
    concerned, requester = uuid4(), uuid4()
    meeting = await meeting_on(
        cases,
        requester={"person_id": requester, "role": "relative"},
        concerned={"person_id": concerned, "minor": False},
    )
    await cases.record_person(concerned, "Sam Exemple")
    await cases.record_person(requester, "Noa Exemple")
    before = await people(cases, meeting)
    await meeting.begin()
    await meeting.made("invitees", {"person_id": str(requester), "role": "relative"})
    assert await people(cases, meeting) == before, "who is known has one place"
    alix = (await meeting.made("invitees", {"name": "Alix Exemple", "role": "relative"}))["person_id"]
    assert ("Alix Exemple", "relative") in await people(cases, meeting)
    for person in (alix, str(requester)):
        await meeting.done(f"invitees/{person}", None, method="DELETE")
    assert await people(cases, meeting) == before


# Who reads how safe a guest is --------------------------------------------------------------


async def test_only_its_coordinator_and_managers_read_who_is_safe(cases: Cases, meeting: Meeting) -> None:
    await cases.grant("elsewhere", ("social_worker", "saint-flour"))
    referent = {"agent_id": str(agent_id("elsewhere")), "role": "referent"}
    await cases.create(f"/cases/{meeting.case_id}/referents", referent, "manager")
    await meeting.prepare()
    others = ("social_worker", "elsewhere")
    before = {by: (await meeting.state(by))["missing"] for by in others}
    await meeting.done(f"invitees/{meeting.guests[1]}/safety", {"safe": False})
    for by in others:
        state = await meeting.state(by)
        assert [set(one) for one in state["invitees"]] == [
            {"person_id", "role", "requested_by", "parental_authority", "other_parent"}
        ] * 3
        assert state["missing"] == before[by] == ["La préparation n'est pas terminée."]
    for by in ("coordinator", "manager"):
        state = await meeting.state(by)
        assert [one["safety"] for one in state["invitees"]] == ["safe", "refused", "safe"]
        assert [one["met_on"] for one in state["invitees"]] == [meeting.today] * 3
        assert "retirez son invitation" in state["missing"][0]


async def test_the_database_itself_keeps_a_verdict_from_a_social_worker(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.done(f"invitees/{meeting.guests[1]}/safety", {"safe": False})
    actor = await cases.service.parts.grants("social_worker")
    assert actor is not None
    async with cases.service.parts.app.transaction(actor) as tx:
        assert await tx.fetch("SELECT * FROM safety_checks") == []
        stored = await tx.fetchval("SELECT state::text FROM conferences")
    assert [word for word in ("refused", "safe", "met_on", meeting.today) if word in stored] == []


async def test_a_verdict_survives_a_change_by_who_may_not_read_it(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.done(f"invitees/{meeting.guests[1]}/safety", {"safe": False})
    await meeting.done("stop", {"reason": "unsafe"}, by="social_worker")
    assert (await meeting.state())["invitees"][1]["safety"] == "refused"


async def test_who_is_invited_anew_is_checked_anew(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.done(f"invitees/{meeting.concerned}", None, method="DELETE")
    await meeting.made("invitees", {"person_id": str(meeting.concerned), "role": "concerned"})
    again = (await meeting.state())["invitees"][-1]
    assert (again["safety"], again["met_on"]) == ("unchecked", None)


# Stopping ------------------------------------------------------------------------------------


def withdrawn(person_id: UUID, kind: str = "programme", consent_id: UUID | None = None) -> ConsentWithdrawn:
    return ConsentWithdrawn(
        consent_id=consent_id or uuid4(), person_id=person_id, kind=kind, withdrawn_at=START + timedelta(days=1)
    )


async def test_a_withdrawn_consent_stops_the_conference(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    event = told(withdrawn(meeting.concerned), sequence=2)
    await cases.receive(event)
    state = await meeting.state()
    assert (state["phase"], state["sentence"]) == ("stopped", "La réunion n'aura pas lieu.")
    kinds, version = await cases.kinds(meeting.case_id), await cases.version(meeting.case_id)
    await cases.receive(event)
    assert (await cases.kinds(meeting.case_id), await cases.version(meeting.case_id)) == (kinds, version)
    refused = await meeting.change("question", {"question": "Que faire ?"})
    assert refused.json()["detail"] == "La réunion n'aura pas lieu."


@pytest.mark.parametrize("kind", ["messages", "sharing"])
async def test_another_consent_does_not(cases: Cases, meeting: Meeting, kind: str) -> None:
    await meeting.begin()
    await cases.receive(told(withdrawn(meeting.concerned, kind)))
    await cases.receive(told(withdrawn(uuid4())))
    assert (await meeting.state())["phase"] == "preparation"


async def test_consent_withdrawn_before_the_dossier_was_known_counts(cases: Cases) -> None:
    concerned, consent = uuid4(), uuid4()
    given = ConsentGiven(
        consent_id=consent, person_id=concerned, kind="programme", given_how="oral", given_at=START - timedelta(days=1)
    )
    await cases.receive(told(given), told(withdrawn(concerned, consent_id=consent), sequence=2))
    late = await meeting_on(
        cases,
        requester={"person_id": None, "role": "school"},
        concerned={"person_id": concerned, "minor": False},
    )
    declared = {"independence": {"not_their_social_worker": True, "no_tie_to_anyone": True}}
    refused = await cases.create(late.path, declared, "coordinator")
    assert (refused.status_code, "d'accord" in refused.json()["detail"]) == (409, True)
    again = given.model_copy(update={"consent_id": uuid4(), "given_at": START + timedelta(days=2)})
    await cases.receive(told(again, sequence=3))
    assert (await cases.create(late.path, declared, "coordinator")).status_code == 201


PROGRAMME, ANOTHER = "family-conference", "first-contact"
DECLARED = {"independence": {"not_their_social_worker": True, "no_tie_to_anyone": True}}


def given(person_id: UUID, days: int, programme: str | None = PROGRAMME, by: UUID | None = None) -> ConsentGiven:
    """A consent given so many days after the request."""
    return ConsentGiven(
        consent_id=uuid4(),
        person_id=person_id,
        kind="programme",
        programme=programme,
        given_how="oral",
        given_at=START + timedelta(days=days),
        given_by=by,
    )


async def test_a_consent_to_another_programme_withdrawn_stops_nothing(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    other = given(meeting.concerned, 0, ANOTHER)
    await cases.receive(told(other), told(withdrawn(meeting.concerned, consent_id=other.consent_id), sequence=2))
    assert (await meeting.state())["phase"] == "preparation"


async def test_a_consent_to_another_programme_makes_no_withdrawn_one_good(cases: Cases, meeting: Meeting) -> None:
    own = given(meeting.concerned, 0)
    await cases.receive(told(own), told(withdrawn(meeting.concerned, consent_id=own.consent_id), sequence=2))
    await cases.receive(told(given(meeting.concerned, 2, ANOTHER), sequence=3))
    assert (await cases.create(meeting.path, DECLARED, "coordinator")).status_code == 409
    await cases.receive(told(given(meeting.concerned, 3), sequence=4))
    assert (await cases.create(meeting.path, DECLARED, "coordinator")).status_code == 201


async def test_each_holder_of_parental_authority_counts_alone(cases: Cases, meeting: Meeting) -> None:
    one, other = uuid4(), uuid4()
    first, second = given(meeting.concerned, 0, by=one), given(meeting.concerned, 0, by=other)
    await cases.receive(told(first), told(second, sequence=2))
    await cases.receive(told(withdrawn(meeting.concerned, consent_id=first.consent_id), sequence=3))
    await cases.receive(told(given(meeting.concerned, 2, by=other), sequence=4))
    assert (await cases.create(meeting.path, DECLARED, "coordinator")).status_code == 409, "one still disagrees"
    await cases.receive(told(given(meeting.concerned, 3, by=one), sequence=5))
    assert (await cases.create(meeting.path, DECLARED, "coordinator")).status_code == 201


async def test_a_conference_that_begins_while_consent_is_withdrawn_stops(cases: Cases, meeting: Meeting) -> None:
    parts, actor = cases.service.parts, await cases.service.parts.grants("coordinator")
    assert actor is not None
    async with parts.app.transaction(actor) as tx:
        work = await by_agent(tx, parts, actor, meeting.case_id)
        await acts.open_conference(work, Declaration(not_their_social_worker=True, no_tie_to_anyone=True))
        withdrawal = asyncio.create_task(cases.receive(told(withdrawn(meeting.concerned))))
        await until(cases.somebody_waits)
    await withdrawal
    assert (await meeting.state())["phase"] == "stopped"


async def withdraw_unseen(cases: Cases, meeting: Meeting) -> None:
    """A withdrawal that no dossier was stopped by."""
    async with cases.service.parts.worker.transaction() as tx:
        await tx.execute(
            "INSERT INTO consents (consent_id, person_id, withdrawn_at) VALUES ($1, $2, $3)",
            uuid4(),
            meeting.concerned,
            START,
        )


@pytest.mark.parametrize("step", ["schedule", "phases", "ratify"])
async def test_consent_is_looked_at_again_before_each_step_that_matters(
    cases: Cases, meeting: Meeting, step: str
) -> None:
    await meeting.prepare()
    guests = [str(one) for one in meeting.guests]
    bodies: dict[str, Any] = {
        "schedule": {"meeting_at": MEETING.isoformat()},
        "phases": {"phase": "information_sharing", "present": guests},
        "ratify": {"ratified_by": guests},
    }
    if step == "phases":
        await meeting.done("schedule", bodies["schedule"])
        cases.now = MEETING
    elif step == "ratify":
        await meeting.meet(MEETING)
        await meeting.plan()
    await withdraw_unseen(cases, meeting)
    refused = await meeting.change(step, bodies[step])
    assert (refused.status_code, "plus, d'accord" in refused.json()["detail"]) == (409, True)


async def test_stopping_after_ratification_ends_the_follow_up(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    await meeting.plan()
    await meeting.ratify()
    await meeting.done("stop", {"reason": "consent_withdrawn"})
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert await cases.outbox("FollowUpDue") == []


async def test_after_one_is_over_another_may_begin(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    declared = {"independence": {"not_their_social_worker": True, "no_tie_to_anyone": True}}
    assert (await cases.create(meeting.path, declared, "coordinator")).status_code == 409
    await meeting.done("stop", {"reason": "other"})
    assert (await cases.create(meeting.path, declared, "coordinator")).status_code == 201
    assert (await meeting.state())["phase"] == "preparation"
