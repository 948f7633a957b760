"""A family conference over HTTP: who is protected in it, who decides, what stops it, and what comes after its plan."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.web.routes import routes_of
from tests.cases.conftest import START, Cases, Meeting, meeting_on, told
from tests.cases.test_conferences import DECLARED, withdrawn
from tests.identity import agent_id

MEETING = START + timedelta(days=60)
PARENT = {"role": "relative", "name": "Camille Exemple"}


async def lead(meeting: Meeting, **action: Any) -> str:
    """A conference up to its ratified plan of one action. Returns the action's id."""
    await meeting.prepare()
    await meeting.meet(MEETING)
    made = await meeting.plan(**{"by_when": "2026-09-01"} | action)
    await meeting.ratify()
    return made


async def due(cases: Cases) -> list[tuple[str, str]]:
    """(stage, day) of each action that was told to fall due."""
    events = await cases.outbox("FollowUpDue")
    return [(one.data["stage"], one.data["due_on"]) for one in events if one.data["kind"] == "action"]


async def followed_up(meeting: Meeting, outcome: str = "partly_carried_out", **action: Any) -> str:
    made = await lead(meeting, **action)
    meeting.cases.now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    answer = await meeting.follow(meeting.guests[:2], {made: outcome})
    assert answer["recorded"] is True
    return made


# The other parent --------------------------------------------------------------------------------


async def test_the_other_parent_is_not_invited_where_violence_is_recorded(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    await meeting.done("violence", {"recorded": True}, method="PUT")
    for other_parent, said in ((None, "s'il est l'autre parent"), (True, "n'est pas contacté")):
        refused = await cases.create(f"{meeting.path}/invitees", PARENT | {"other_parent": other_parent}, "coordinator")
        assert (refused.status_code, said in refused.json()["detail"]) == (409, True)
    assert await cases.outbox("PersonIntroduced") == []
    await meeting.made("invitees", PARENT | {"other_parent": False})


async def test_a_manager_or_the_cell_decides_otherwise_and_it_is_recorded(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    decision = {"may_be_contacted": True, "decided_by": "cell", "why": "Droit de visite médiatisé."}
    early = await meeting.change("other-parent", decision, "manager", method="PUT")
    assert (early.status_code, "rien n'est à décider" in early.json()["detail"]) == (409, True)
    await meeting.done("violence", {"recorded": True}, method="PUT", by="social_worker")
    assert (await meeting.change("other-parent", decision, method="PUT")).status_code == 403
    await meeting.done("other-parent", decision, method="PUT", by="manager")
    await meeting.made("invitees", PARENT | {"other_parent": True})
    state = await meeting.state("social_worker")
    assert (state["violence"], state["other_parent"]["may_be_contacted"]) == (True, True)
    assert state["other_parent"]["recorded_by"] == str(agent_id("manager"))
    shown = (await cases.get(f"/cases/{meeting.case_id}", "manager")).json()["timeline"]
    [entry] = [one for one in shown if one["kind"] == "other_parent_may_be_contacted"]
    assert (entry["text"], entry["details"]) == ("Droit de visite médiatisé.", {"decided_by": "cell"})


async def test_violence_heard_of_after_the_invitation_stops_the_next_step(meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.done(
        f"invitees/{meeting.guests[1]}", {"parental_authority": True, "other_parent": True}, method="PUT"
    )
    await meeting.done("violence", {"recorded": True}, method="PUT")
    refused = await meeting.change("schedule", {"meeting_at": MEETING.isoformat()})
    assert (refused.status_code, "n'est pas contacté" in refused.json()["detail"]) == (409, True)
    lifted = await meeting.change("violence", {"recorded": False}, method="PUT")
    assert lifted.status_code == 403, "a manager's to lift"
    await meeting.done("violence", {"recorded": False}, method="PUT", by="manager")
    await meeting.done("schedule", {"meeting_at": MEETING.isoformat()})


async def test_a_request_that_speaks_of_violence_protects_from_the_start(cases: Cases) -> None:
    asked = await meeting_on(cases, themes=("famille--surmonter-conflits-separation-violence",))
    await asked.begin()
    refused = await cases.create(f"{asked.path}/invitees", PARENT | {"other_parent": True}, "coordinator")
    assert (refused.status_code, "n'est pas contacté" in refused.json()["detail"]) == (409, True)


# Who decides ---------------------------------------------------------------------------------------


async def test_for_a_minor_somebody_with_parental_authority_is_there_and_agrees(cases: Cases) -> None:
    concerned = uuid4()
    meeting = await meeting_on(cases, requester={"role": "school"}, concerned={"person_id": concerned, "minor": True})
    meeting.concerned = concerned
    await cases.record_person(concerned, "Léo Exemple")
    await meeting.prepare()
    [said] = [one for one in (await meeting.state())["missing"] if "autorité parentale" in one]
    assert "mineure" in said
    await meeting.done(
        f"invitees/{meeting.guests[1]}", {"parental_authority": True, "other_parent": None}, method="PUT"
    )
    everybody, meeting.guests = list(meeting.guests), [meeting.guests[0], meeting.guests[2]]
    await meeting.meet(MEETING)
    meeting.guests = everybody
    await meeting.plan()
    refused = await meeting.change("ratify", {"ratified_by": [str(everybody[0]), str(everybody[2])]})
    assert (refused.status_code, "autorité parentale" in refused.json()["detail"]) == (409, True)


async def test_no_plan_without_the_person_concerned(meeting: Meeting) -> None:
    await meeting.prepare()
    everybody, meeting.guests = list(meeting.guests), meeting.guests[1:]
    await meeting.meet(MEETING)
    meeting.guests = everybody
    await meeting.plan()
    refused = await meeting.change("ratify", {"ratified_by": [str(one) for one in everybody[1:]]})
    assert (refused.status_code, "personne concernée" in refused.json()["detail"]) == (409, True)


# Conditions and actions -----------------------------------------------------------------------------


async def test_a_condition_is_of_a_day_that_has_come(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    tomorrow = (cases.now + timedelta(days=1)).date().isoformat()
    refused = await cases.create(
        f"{meeting.path}/conditions", {"text": "Sam ne dort pas seul.", "stated_on": tomorrow}, "coordinator"
    )
    assert (refused.status_code, "à venir" in refused.json()["detail"]) == (409, True)
    await meeting.made("conditions", {"text": "Sam ne dort pas seul."})
    assert [one["stated_on"] for one in (await meeting.state())["conditions"]] == [meeting.today]


async def test_a_meeting_is_not_said_to_have_begun_before_its_conditions(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": cases.now.isoformat()})
    began, cases.now = cases.now, cases.now + timedelta(days=1)
    await meeting.made("conditions", {"text": "Sam ne dort pas seul."})
    body = {"phase": "information_sharing", "at": began.isoformat(), "present": [str(one) for one in meeting.guests]}
    refused = await meeting.change("phases", body)
    assert (refused.status_code, "avant la réunion" in refused.json()["detail"]) == (409, True)


async def test_who_compared_an_action_with_the_conditions_is_recorded(meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    await meeting.plan()
    [action] = (await meeting.state())["actions"]
    assert action["compared_by"] == str(agent_id("coordinator"))
    assert action["compared_at"].startswith("2026-05-01")


async def test_an_action_for_a_day_that_is_past_is_not_ratified(meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    await meeting.plan(by_when="2026-04-01")
    refused = await meeting.change("ratify", {"ratified_by": [str(one) for one in meeting.guests]})
    assert (refused.status_code, "précède la réunion" in refused.json()["detail"]) == (409, True)


# Private time ----------------------------------------------------------------------------------------


async def test_nothing_of_a_dossier_is_written_in_private_time_by_any_route(cases: Cases, meeting: Meeting) -> None:
    """Whatever a route takes: either it never gets as far as the dossier, or it reads that the family is alone."""
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": MEETING.isoformat()})
    cases.now = MEETING
    await meeting.done("phases", {"phase": "information_sharing", "present": [str(one) for one in meeting.guests]})
    await meeting.done("phases", {"phase": "private_time"})
    before, version = await cases.kinds(meeting.case_id), await cases.version(meeting.case_id)
    tried = 0
    for path, method in _writing(cases):
        if path.endswith(("/conference/phases", "/conference/stop", "/conference/exclude", "/decline", "/objection")):
            continue
        for by in ("coordinator", "social_worker", "manager"):
            address = path.replace("{case_id}", str(meeting.case_id))
            while "{" in address:
                address = address[: address.index("{")] + str(uuid4()) + address[address.index("}") + 1 :]
            headers = {"If-Match": f'"{version}"', "Idempotency-Key": str(uuid4())}
            answer = await cases.ask(method, address, by, json={}, headers=headers)
            assert answer.status_code >= 400, (method, path, by, answer.status_code)
            tried += 1
    assert tried > 60
    assert (await cases.kinds(meeting.case_id), await cases.version(meeting.case_id)) == (before, version)


def _writing(cases: Cases) -> list[tuple[str, str]]:
    """Routes of a dossier that write; its forms ask for the same acts."""
    elsewhere = {"concerns", "forms"}
    return [
        (route.template, route.method)
        for route in routes_of(cases.app)
        if "{case_id}" in route.template and route.method != "GET" and not elsewhere & set(route.template.split("/"))
    ]


VALID: list[tuple[str, str, str, Any, str]] = [
    ("a note", "POST", "notes", {"text": "Ils parlent."}, "social_worker"),
    ("a referent", "POST", "referents", {"agent_id": str(agent_id("social_worker")), "role": "referent"}, "manager"),
    ("an obligation", "PUT", "legal-duty", {"holds": True}, "manager"),
    ("closing", "POST", "close", {"reason": "moved", "summary": "Parti."}, "manager"),
    ("an invitation", "POST", "conference/invitees", {"name": "Max", "role": "relative"}, "coordinator"),
    ("violence", "PUT", "conference/violence", {"recorded": True}, "social_worker"),
    ("an action", "POST", "conference/plan/actions", None, "coordinator"),
    ("a follow-up", "POST", "follow-up", {}, "coordinator"),
    ("declining", "POST", "coordinators/decline", {"reason": "other"}, "coordinator"),
    ("an objection", "POST", "coordinators/objection", None, "manager"),
    ("an orientation", "POST", "orientations", {"offer_id": str(uuid4()), "asked": "Aider."}, "social_worker"),
    ("a task", "POST", "tasks", {"what": "Appeler", "agent_id": str(agent_id("social_worker")),
                                 "due_on": "2026-06-01"}, "social_worker"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "place", "body", "by"), [row[1:] for row in VALID], ids=[row[0] for row in VALID])
async def test_what_would_otherwise_be_written_waits_for_the_family(
    cases: Cases, meeting: Meeting, method: str, place: str, body: Any, by: str
) -> None:
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": MEETING.isoformat()})
    cases.now = MEETING
    await meeting.done("phases", {"phase": "information_sharing", "present": [str(one) for one in meeting.guests]})
    await meeting.done("phases", {"phase": "private_time"})
    before = await cases.version(meeting.case_id)
    guest = str(meeting.guests[1])
    action = {"what": "Passer", "who": guest, "by_when": "2026-09-01", "checked_by": guest, "feasible": True}
    headers = {"If-Match": f'"{before}"', "Idempotency-Key": str(uuid4())}
    sent = action if place.endswith("actions") else body
    answer = await cases.ask(method, f"/cases/{meeting.case_id}/{place}", by, json=sent, headers=headers)
    assert (answer.status_code, "temps privé" in answer.json()["detail"]) == (409, True), answer.text
    assert await cases.version(meeting.case_id) == before


# Stopping --------------------------------------------------------------------------------------------


async def test_those_who_were_to_meet_are_told_that_they_will_not_and_nothing_else(
    cases: Cases, meeting: Meeting
) -> None:
    await meeting.prepare()
    await meeting.done(f"invitees/{meeting.guests[2]}/safety", {"safe": False})
    await cases.receive(told(withdrawn(meeting.concerned), sequence=2))
    [event] = await cases.outbox("ConferenceStopped")
    assert set(event.data) == {"case_id", "conference_id", "scale", "members"}
    assert event.data["members"] == sorted(map(str, meeting.guests[:2])), "who withdrew as the others; never the unsafe"
    state = await meeting.state()
    assert (state["sentence"], "consent" in str(state)) == ("La réunion n'aura pas lieu.", False)


async def test_a_social_worker_who_stops_it_tells_the_same_people(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.done("stop", {"reason": "consent_withdrawn"}, by="social_worker")
    [event] = await cases.outbox("ConferenceStopped")
    assert event.data["members"] == sorted(map(str, meeting.guests))


async def test_where_violence_is_known_no_message_leaves(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.done("violence", {"recorded": True}, method="PUT")
    await meeting.done("stop", {"reason": "unsafe"})
    [event] = await cases.outbox("ConferenceStopped")
    assert event.data["members"] == []


async def test_once_they_have_met_nothing_is_called_off(cases: Cases, meeting: Meeting) -> None:
    await lead(meeting)
    await meeting.done("stop", {"reason": "consent_withdrawn"})
    assert await cases.outbox("ConferenceStopped") == []
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert await cases.outbox("FollowUpDue") == []


async def test_a_withdrawal_stops_no_legal_duty(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    await cases.change(f"/cases/{meeting.case_id}/legal-duty", {"holds": True}, "manager", method="PUT")
    await cases.receive(told(withdrawn(meeting.concerned), sequence=2))
    shown = (await cases.get(f"/cases/{meeting.case_id}", "manager")).json()
    assert (shown["status"], shown["legal_duty"]) == ("open", True)
    assert (await meeting.state())["phase"] == "stopped"


async def test_an_exclusion_is_read_by_few_and_something_else_is_offered(cases: Cases, meeting: Meeting) -> None:
    await meeting.begin()
    unknown = await meeting.change("exclude", {"exclusion": "too_far"})
    assert (unknown.status_code, "pas une de celles" in unknown.json()["detail"]) == (409, True)
    answer = await meeting.change("exclude", {"exclusion": "sexual_abuse"})
    assert (answer.status_code, "orientation" in answer.json()["then"][0]) == (200, True)
    read = {}
    for by in ("coordinator", "manager", "social_worker"):
        shown = (await cases.get(f"/cases/{meeting.case_id}", by)).json()
        read[by] = "sexual_abuse" in str(shown["timeline"])
    assert read == {"coordinator": True, "manager": True, "social_worker": False}
    assert "sexual_abuse" not in str(await meeting.state("social_worker"))
    page = await cases.get(f"/cases/{meeting.case_id}", "reception")
    assert "sexual_abuse" not in page.text


async def test_abuse_of_a_minor_goes_to_the_cell_at_once(cases: Cases) -> None:
    meeting = await meeting_on(cases, requester={"role": "school"}, concerned={"person_id": uuid4(), "minor": True})
    await meeting.begin()
    then = (await meeting.done("exclude", {"exclusion": "sexual_abuse"}))["then"]
    assert len(then) == 2
    assert "cellule" in then[1]


# Actions of the plan, until they are done -------------------------------------------------------------


async def test_an_action_falls_due_early_and_on_its_day(cases: Cases, meeting: Meeting) -> None:
    await lead(meeting)
    await cases.fire(datetime(2026, 8, 25, 5, 59, 59, tzinfo=UTC))
    assert await due(cases) == []
    await cases.fire(datetime(2026, 8, 25, 6, tzinfo=UTC))
    await cases.fire(datetime(2026, 9, 1, 6, tzinfo=UTC))
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert await due(cases) == [("early", "2026-09-01"), ("due", "2026-09-01")]
    told = [one.data for one in await cases.outbox("FollowUpDue") if one.data["kind"] == "action"]
    assert [one.get("person_id") for one in told] == [str(meeting.guests[1]), None], "who promised it is reminded ahead"
    kinds = await cases.kinds(meeting.case_id)
    assert [one for one in kinds if one.startswith("plan_action_")] == ["plan_action_early", "plan_action_due"]


async def test_nobody_is_reminded_where_violence_is_known(cases: Cases, meeting: Meeting) -> None:
    await lead(meeting)
    await meeting.done("violence", {"recorded": True}, method="PUT")
    await cases.fire(datetime(2026, 8, 25, 6, tzinfo=UTC))
    [told] = [one.data for one in await cases.outbox("FollowUpDue") if one.data["kind"] == "action"]
    assert "person_id" not in told


async def test_nobody_is_reminded_while_a_duty_towards_a_child_holds(cases: Cases, meeting: Meeting) -> None:
    await lead(meeting)
    await cases.change(f"/cases/{meeting.case_id}/legal-duty", {"holds": True}, "manager", method="PUT")
    await cases.fire(datetime(2026, 8, 25, 6, tzinfo=UTC))
    [told] = [one.data for one in await cases.outbox("FollowUpDue") if one.data["kind"] == "action"]
    assert "person_id" not in told


async def test_one_so_near_that_nobody_can_be_warned_is_only_due(cases: Cases, meeting: Meeting) -> None:
    await lead(meeting, by_when="2026-05-05")
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert await due(cases) == [("due", "2026-05-05")]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("carried_out", 0), ("no_longer_relevant", 0), ("partly_carried_out", 2), ("not_carried_out", 2), ("unknown", 2)],
)
async def test_once_done_or_pointless_it_no_longer_falls_due(
    cases: Cases, meeting: Meeting, outcome: str, expected: int
) -> None:
    await followed_up(meeting, outcome)
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert len(await due(cases)) == expected
    kinds = [one.data["kind"] for one in await cases.outbox("FollowUpDue")]
    assert "conference_follow_up" not in kinds, "the follow-up itself is recorded"


async def test_a_plan_amended_after_the_follow_up_moves_what_falls_due(cases: Cases, meeting: Meeting) -> None:
    action = await followed_up(meeting)
    path = f"/cases/{meeting.case_id}/follow-up/actions/{action}/by-when"
    body: dict[str, Any] = {"by_when": "2026-12-01", "agreed": [str(meeting.guests[1])]}
    refused = await cases.change(path, body, "coordinator", method="PUT")
    assert (refused.status_code, "celle qui la vérifie" in refused.json()["detail"]) == (409, True)
    past = await cases.change(path, body | {"by_when": "2026-06-01"}, "coordinator", method="PUT")
    assert (past.status_code, "à venir" in past.json()["detail"]) == (409, True)
    body["agreed"] = [str(one) for one in meeting.guests[1:]]
    assert (await cases.change(path, body, "coordinator", method="PUT")).status_code == 200
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert await due(cases) == [("early", "2026-12-01"), ("due", "2026-12-01")]


async def test_what_became_of_an_action_later_ends_it(cases: Cases, meeting: Meeting) -> None:
    action = await followed_up(meeting)
    path = f"/cases/{meeting.case_id}/follow-up/actions/{action}/outcome"
    assert (await cases.change(path, {"outcome": "carried_out"}, "social_worker", method="PUT")).status_code == 200
    again = await cases.change(path, {"outcome": "carried_out"}, "social_worker", method="PUT")
    assert (again.status_code, "à réaliser" in again.json()["detail"]) == (409, True)
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert await due(cases) == []


async def test_before_its_end_the_follow_up_is_the_coordinators(cases: Cases, meeting: Meeting) -> None:
    action = await lead(meeting)
    path = f"/cases/{meeting.case_id}/follow-up/actions/{action}/outcome"
    assert (await cases.change(path, {"outcome": "carried_out"}, "social_worker", method="PUT")).status_code == 403
    refused = await cases.change(path, {"outcome": "carried_out"}, "coordinator", method="PUT")
    assert (refused.status_code, "encore ouvert" in refused.json()["detail"]) == (409, True)


@pytest.mark.parametrize("end", ["closed", "withdrawn"])
async def test_when_the_dossier_ends_nothing_of_its_plan_is_due(cases: Cases, meeting: Meeting, end: str) -> None:
    await followed_up(meeting)
    if end == "closed":
        closed = {"reason": "completed", "summary": "Plan réalisé."}
        assert (await cases.change(f"/cases/{meeting.case_id}/close", closed, "manager")).status_code == 200
    else:
        await cases.receive(told(withdrawn(meeting.concerned), sequence=2))
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert await due(cases) == []


# Another conference from it ---------------------------------------------------------------------------


async def test_a_new_conference_takes_up_the_question_and_what_was_left_undone(cases: Cases, meeting: Meeting) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    done, left = await meeting.plan(by_when="2026-09-01"), await meeting.plan(what="Trier", by_when="2026-09-01")
    await meeting.ratify()
    cases.now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    await meeting.follow(meeting.guests[:2], {done: "carried_out", left: "not_carried_out"})
    before = await meeting.state()
    await meeting.made("", DECLARED | {"continues": True})
    state = await meeting.state()
    assert (state["continues"], state["question"]) == (before["conference_id"], before["question"])
    [action] = state["actions"]
    assert (action["what"], action["feasible"], action["respects"]) == ("Trier", False, [])
    assert action["action_id"] != left, "it is agreed to anew"
    assert (state["invitees"], state["phase"]) == ([], "preparation")
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert await due(cases) == [("early", "2026-09-01"), ("due", "2026-09-01")], "until a new plan takes its place"


async def test_only_a_conference_followed_up_is_continued(cases: Cases, meeting: Meeting) -> None:
    first = await cases.create(meeting.path, DECLARED | {"continues": True}, "coordinator")
    assert (first.status_code, "Aucune conférence" in first.json()["detail"]) == (409, True)
    await meeting.begin()
    await meeting.done("stop", {"reason": "other"})
    refused = await cases.create(meeting.path, DECLARED | {"continues": True}, "coordinator")
    assert refused.status_code == 409
    assert await cases.count("conferences") == 1


async def test_a_new_plan_takes_the_place_of_the_one_it_continues(cases: Cases, meeting: Meeting) -> None:
    await followed_up(meeting)
    await meeting.made("", DECLARED | {"continues": True})
    await meeting.done("mandated-service", {"involved": False}, method="PUT")
    for guest, role in zip(meeting.guests, ("concerned", "relative", "social_network"), strict=True):
        await meeting.made("invitees", {"person_id": str(guest), "role": role})
        await meeting.done(f"invitees/{guest}/safety", {"safe": True, "met_on": meeting.today})
    await meeting.meet(cases.now + timedelta(days=1))
    [action] = (await meeting.state())["actions"]
    refused = await meeting.change("ratify", {"ratified_by": [str(one) for one in meeting.guests]})
    assert (refused.status_code, "réalisable" in refused.json()["detail"]) == (409, True)
    body = {"what": "Passer le lundi", "who": action["who"], "checked_by": action["checked_by"]}
    await meeting.done(
        f"plan/actions/{action['action_id']}", body | {"by_when": "2026-10-01", "feasible": True}, method="PUT"
    )
    await meeting.ratify()
    await cases.fire(datetime(2027, 1, 1, tzinfo=UTC))
    assert await due(cases) == [("early", "2026-10-01"), ("due", "2026-10-01")]
