"""A plan that several organisations follow together, the people of a dossier, and what protected adults say."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests import identity
from tests.cases.conftest import HERE, Cases, meeting_on
from tests.identity import agent_id

ADVISER, WORKER, NURSERY = ("employment_adviser", "social_worker", "early_childhood")


@pytest.fixture
async def together(cases: Cases) -> Cases:
    """Social workers of four organisations."""
    for name in ("adviser", "worker", "nursery", "stranger"):
        await identity.grant(cases.service.parts.worker, name, [("social_worker", HERE)], uuid4())
    return cases


async def refer(cases: Cases, case_id: UUID, agent: str, code: str | None) -> httpx.Response:
    body = {"agent_id": str(agent_id(agent)), "role": "referent", "code": code}
    return await cases.create(f"/cases/{case_id}/referents", body, "manager")


async def act(cases: Cases, case_id: UUID, who: UUID, by: str = "worker", **more: Any) -> httpx.Response:
    body = {
        "what": "S'inscrire au permis",
        "who": str(who),
        "by_when": "2026-04-20",
        "checked_by": str(agent_id("worker")),
    }
    return await cases.create(f"/cases/{case_id}/plan/actions", body | more, by)


# referents named (agent, code), whether an AVIP place is wanted → what is missing before the plan
WANTED: list[tuple[str, list[tuple[str, str]], bool, int]] = [
    ("nobody", [], False, 2),
    ("the social worker alone", [("worker", WORKER)], False, 1),
    ("both", [("worker", WORKER), ("adviser", ADVISER)], False, 0),
    ("both, and an AVIP place is wanted", [("worker", WORKER), ("adviser", ADVISER)], True, 1),
    ("all three", [("worker", WORKER), ("adviser", ADVISER), ("nursery", NURSERY)], True, 0),
]


@pytest.mark.parametrize(("named", "avip", "missing"), [row[1:] for row in WANTED], ids=[row[0] for row in WANTED])
async def test_no_plan_before_each_referent_the_programme_wants(
    together: Cases, named: list[tuple[str, str]], avip: bool, missing: int
) -> None:
    concerned = uuid4()
    answers = [{"name": "avip_place", "given": avip}]
    case_id = await together.open_case(
        programme="global-support", concerned={"person_id": concerned, "minor": False}, answers=answers
    )
    for agent, code in named:
        assert (await refer(together, case_id, agent, code)).status_code == 201
    shown = (await together.get(f"/cases/{case_id}/plan", "worker")).json()
    assert len(shown["missing"]) == missing
    answer = await act(together, case_id, concerned)
    assert answer.status_code == (201 if missing == 0 else 409), answer.text
    assert await together.count("tasks") == (missing == 0)


UNFIT: list[tuple[str, str, str, str]] = [
    ("two of one organisation", "worker too", ADVISER, "structure différente"),
    ("two for one place", "adviser", WORKER, "déjà ce référent"),
    ("one the programme does not want", "adviser", "godparent", "ne prévoit pas"),
]


@pytest.mark.parametrize(("agent", "code", "said"), [row[1:] for row in UNFIT], ids=[row[0] for row in UNFIT])
async def test_each_referent_is_of_a_different_organisation(together: Cases, agent: str, code: str, said: str) -> None:
    same = uuid4()
    for name in ("first", "worker too"):
        await identity.grant(together.service.parts.worker, name, [("social_worker", HERE)], same)
    case_id = await together.open_case(programme="global-support")
    assert (await refer(together, case_id, "first", WORKER)).status_code == 201
    refused = await refer(together, case_id, agent, code)
    assert (refused.status_code, said in refused.text) == (409, True), refused.text


async def test_who_carries_an_action_out_is_in_the_dossier(together: Cases) -> None:
    case_id = await together.open_case()
    family = await act(together, case_id, uuid4())
    assert (family.status_code, "conférence" in family.text) == (409, True)
    case_id = await together.open_case(programme="budget-advice")
    stranger = await act(together, case_id, uuid4())
    assert (stranger.status_code, "pas dans ce dossier" in stranger.text) == (409, True)


async def test_an_action_falls_due_to_who_checks_it(together: Cases) -> None:
    concerned = uuid4()
    person = {"person_id": concerned, "minor": False}
    case_id = await together.open_case(programme="budget-advice", concerned=person)
    assert (await act(together, case_id, concerned)).status_code == 201
    await together.fire(datetime(2026, 6, 1, tzinfo=UTC))
    told = [(one.data["kind"], one.data["stage"], one.data["agent_id"]) for one in await together.outbox("FollowUpDue")]
    assert told == [("action", stage, str(agent_id("worker"))) for stage in ("early", "due", "overdue")]
    [shown] = (await together.get(f"/cases/{case_id}/plan", "worker")).json()["actions"]
    done = await together.change(f"/cases/{case_id}/tasks/{shown['task_id']}/done", None, "worker")
    assert done.status_code == 200


# People ----------------------------------------------------------------------------------------------


async def add(cases: Cases, case_id: UUID, by: str = "social_worker", **who: Any) -> httpx.Response:
    return await cases.create(f"/cases/{case_id}/people", {"role": "household"} | who, by)


async def people(cases: Cases, case_id: UUID) -> list[tuple[str, str | None]]:
    shown = (await cases.get(f"/cases/{case_id}", "social_worker")).json()
    return [(one["role"], one["name"]) for one in shown["people"]]


async def test_somebody_met_here_is_added_told_and_taken_out(cases: Cases) -> None:
    meeting = await meeting_on(cases)
    added = await add(cases, meeting.case_id, name="Alix Exemple")
    assert added.status_code == 201, added.text
    assert await people(cases, meeting.case_id) == [("concerned", "Sam Exemple"), ("household", "Alix Exemple")]
    [event] = await cases.outbox("PersonIntroduced")
    assert event.data["person_id"] == added.json()["person_id"]
    path = f"/cases/{meeting.case_id}/people/{event.data['person_id']}"
    assert (await cases.change(path, None, "social_worker", method="DELETE")).status_code == 200
    assert await people(cases, meeting.case_id) == [("concerned", "Sam Exemple")]
    assert (await cases.change(path, None, "social_worker", method="DELETE")).status_code == 404


async def test_somebody_of_another_dossier_of_mine_is_added_by_who_they_are(cases: Cases) -> None:
    meeting, other = await meeting_on(cases), await cases.open_case(programme="first-contact")
    assert (await add(cases, other, person_id=str(meeting.concerned))).status_code == 201
    assert ("household", "Sam Exemple") in await people(cases, other)
    stranger = await add(cases, other, person_id=str(uuid4()))
    assert (stranger.status_code, "donnez plutôt son nom" in stranger.text) == (409, True)


async def test_a_person_of_dossiers_i_do_not_see_cannot_be_looked_up_by_adding_them(cases: Cases) -> None:
    meeting = await meeting_on(cases)
    await cases.grant("elsewhere", ("social_worker", "elsewhere"))
    mine = await cases.open_case(territory_id="elsewhere")
    assert (await add(cases, mine, "elsewhere", person_id=str(meeting.concerned))).status_code == 409


BAD: list[tuple[str, dict[str, Any], str, int]] = [
    ("nobody", {}, "social_worker", 422),
    ("both a name and an id", {"name": "Alix Exemple", "person_id": str(uuid4())}, "social_worker", 422),
    ("as who it is about", {"name": "Alix Exemple", "role": "concerned"}, "social_worker", 422),
    ("by reception", {"name": "Alix Exemple"}, "reception", 403),
]


@pytest.mark.parametrize(("who", "by", "status"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
async def test_who_is_not_added(cases: Cases, who: dict[str, Any], by: str, status: int) -> None:
    case_id = await cases.open_case()
    assert (await add(cases, case_id, by, **who)).status_code == status
    assert await cases.count("case_people") == 1


async def test_who_it_is_about_and_who_is_invited_stay(cases: Cases) -> None:
    meeting = await meeting_on(cases)
    await meeting.prepare()
    for person in meeting.guests[:2]:
        path = f"/cases/{meeting.case_id}/people/{person}"
        assert (await cases.change(path, None, "social_worker", method="DELETE")).status_code == 409


async def test_a_protected_adult_says_for_themself(cases: Cases) -> None:
    meeting = await meeting_on(cases)
    path = f"/cases/{meeting.case_id}/people"
    one = f"{path}/{meeting.concerned}/own-agreement"
    said = {"agreement": "refused", "said_on": "2026-03-01"}
    assert (await cases.change(one, said, "social_worker", method="PUT")).status_code == 200
    [kept] = (await cases.get(f"{path}/own-agreements", "manager")).json()["items"]
    assert (kept["agreement"], kept["said_on"]) == ("refused", "2026-03-01")
    later = {"agreement": "given", "said_on": "2026-03-03"}
    assert (await cases.change(one, later, "social_worker", method="PUT")).status_code == 409
    nobody = f"{path}/{uuid4()}/own-agreement"
    assert (await cases.change(nobody, said, "social_worker", method="PUT")).status_code == 404
    unknown = {"agreement": "perhaps", "said_on": "2026-03-01"}
    assert (await cases.change(one, unknown, "social_worker", method="PUT")).status_code == 422
