"""What another organisation reads of a dossier: with an agreement or on a recorded ground, and until it ends."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.events import ConsentGiven, ConsentWithdrawn, OrganisationPublished, TerritoryPublished
from tests import identity
from tests.cases.conftest import HERE, START, THERE, Meeting, told
from tests.identity import agent_id

PARTNER, CONSENT = uuid4(), uuid4()
OVERRIDE = {"legal_ground": "vital_danger", "reason": "Menace de suicide."}


@pytest.fixture
async def shared(meeting: Meeting) -> Meeting:
    """A dossier, and a partner organisation with a social worker of its own, who works elsewhere."""
    cases = meeting.cases
    partner = OrganisationPublished(organisation_id=PARTNER, name="Association Exemple", kind="association")
    there = TerritoryPublished(territory_id=THERE, name="Saint-Flour", communes=(), valid_from=date(2026, 1, 1))
    await cases.receive(told(partner), told(there))
    await identity.grant(cases.service.parts.worker, "partner", [("social_worker", THERE)], PARTNER)
    return meeting


async def agree(meeting: Meeting, person: UUID | None = None, organisation: UUID = PARTNER) -> None:
    given = ConsentGiven(
        consent_id=CONSENT,
        person_id=person or meeting.concerned,
        kind="sharing",
        organisation_id=organisation,
        given_how="oral",
        given_at=START,
    )
    await meeting.cases.receive(told(given))


async def withdraw(meeting: Meeting) -> None:
    taken_back = ConsentWithdrawn(
        consent_id=CONSENT, person_id=meeting.concerned, kind="sharing", withdrawn_at=datetime(2026, 4, 1, tzinfo=UTC)
    )
    await meeting.cases.receive(told(taken_back))


async def share(meeting: Meeting, *parts: str, by: str = "social_worker", **more: Any) -> httpx.Response:
    body = {"organisation_id": str(PARTNER), "parts": parts or ("people",), "why": "Chercher un logement."} | more
    return await meeting.cases.create(f"/cases/{meeting.case_id}/shares", body, by)


async def received(meeting: Meeting) -> list[dict[str, Any]]:
    return list((await meeting.cases.get("/cases/shared", "partner")).json()["items"])


async def test_what_is_shared_is_read_and_nothing_else(shared: Meeting) -> None:
    cases, path = shared.cases, f"/cases/{shared.case_id}"
    await agree(shared)
    await cases.create(f"{path}/notes", {"text": "Loyer payé."}, "social_worker")
    await cases.create(f"{path}/notes", {"text": "À moi seul.", "readers": []}, "social_worker")
    made = await share(shared, "people")
    assert (made.status_code, made.json()["ground"]) == (201, "consent")
    [item] = await received(shared)
    assert (item["reference"], item["why"]) == ("23456789B", "Chercher un logement.")
    one = (await cases.get(f"/cases/shared/{item['share_id']}", "partner")).json()
    assert [person["name"] for person in one["people"]] == ["Sam Exemple"]
    assert (one["notes"], one["actions"]) == ([], [])
    for closed in (path, f"{path}/tasks", f"{path}/shares", f"{path}/conference"):
        assert (await cases.get(closed, "partner")).status_code == 404
    assert (await cases.create(f"{path}/notes", {"text": "x"}, "partner")).status_code == 404


async def test_notes_shared_are_those_all_social_workers_read(shared: Meeting) -> None:
    cases, path = shared.cases, f"/cases/{shared.case_id}"
    await agree(shared)
    for text, readers in (("Loyer payé.", ["social_worker"]), ("À moi.", []), ("Au responsable.", ["manager"])):
        await cases.create(f"{path}/notes", {"text": text, "readers": readers}, "manager")
    share_id = (await share(shared, "notes")).json()["share_id"]
    one = (await cases.get(f"/cases/shared/{share_id}", "partner")).json()
    assert [note["text"] for note in one["notes"]] == ["Loyer payé."]
    assert one["people"] == []


# what is agreed to, what is said → status, ground
GROUNDS: list[tuple[str, bool, dict[str, Any] | None, int, str | None]] = [
    ("the person agrees", True, None, 201, "consent"),
    ("nobody asked them", False, None, 409, None),
    ("a life is in danger", False, OVERRIDE, 201, "override"),
    ("an agreement is enough, whatever else is said", True, OVERRIDE, 201, "consent"),
]


@pytest.mark.parametrize(
    ("agreed", "override", "status", "ground"), [row[1:] for row in GROUNDS], ids=[row[0] for row in GROUNDS]
)
async def test_on_what_ground_something_is_shared(
    shared: Meeting, agreed: bool, override: dict[str, Any] | None, status: int, ground: str | None
) -> None:
    if agreed:
        await agree(shared)
    answer = await share(shared, override=override)
    assert (answer.status_code, answer.json().get("ground")) == (status, ground), answer.text
    if ground is None:
        assert "accord de la personne" in answer.json()["detail"]
        assert await shared.cases.count("shares") == 0


async def test_an_agreement_to_share_with_another_organisation_is_none(shared: Meeting) -> None:
    await agree(shared, organisation=uuid4())
    assert (await share(shared)).status_code == 409


async def test_everybody_the_dossier_is_about_agrees_for_themself(shared: Meeting) -> None:
    cases = shared.cases
    async with cases.service.parts.worker.transaction() as tx:
        await tx.execute("INSERT INTO case_people VALUES ($1, $2, 'concerned')", shared.case_id, uuid4())
    await agree(shared)
    assert (await share(shared)).status_code == 409


async def test_a_recorded_override_says_why_to_who_works_here_alone(shared: Meeting) -> None:
    cases, path = shared.cases, f"/cases/{shared.case_id}"
    share_id = (await share(shared, override=OVERRIDE)).json()["share_id"]
    texts = {entry["kind"]: entry["text"] for entry in (await cases.get(path, "manager")).json()["timeline"]}
    assert (texts["dossier_shared"], texts["sharing_overridden"]) == ("Chercher un logement.", "Menace de suicide.")
    listed = (await cases.get(f"{path}/shares", "social_worker")).json()["items"]
    assert [(one["organisation"], one["legal_ground"]) for one in listed] == [("Association Exemple", "vital_danger")]
    assert "suicide" not in (await cases.get(f"/cases/shared/{share_id}", "partner")).text


REFUSED: list[tuple[str, dict[str, Any], str, int]] = [
    ("by reception", {}, "reception", 403),
    ("by the coordinator", {}, "coordinator", 403),
    ("with nobody known", {"organisation_id": str(uuid4())}, "social_worker", 409),
    ("nothing at all", {"parts": []}, "social_worker", 422),
    ("a part that is none", {"parts": ["everything"]}, "social_worker", 422),
    ("without a reason", {"why": " "}, "social_worker", 422),
    ("on a ground that is none", {"override": {"legal_ground": "useful", "reason": "x"}}, "social_worker", 422),
    ("on a ground without a reason", {"override": {"legal_ground": "court"}}, "social_worker", 422),
]


@pytest.mark.parametrize(("more", "by", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_is_not_shared(shared: Meeting, more: dict[str, Any], by: str, status: int) -> None:
    await agree(shared)
    answer = await share(shared, **({"by": by} | more))
    assert answer.status_code == status, answer.text
    assert await shared.cases.count("shares") == 0


async def test_a_programme_that_keeps_no_childs_name_shares_nothing(shared: Meeting) -> None:
    case_id = await shared.cases.open_case(programme="early-detection")
    body = {"organisation_id": str(PARTNER), "parts": ["people"], "why": "x", "override": OVERRIDE}
    assert (await shared.cases.create(f"/cases/{case_id}/shares", body, "social_worker")).status_code == 409


async def test_an_agreement_taken_back_ends_the_share_and_says_neither_who_nor_why(shared: Meeting) -> None:
    cases, path = shared.cases, f"/cases/{shared.case_id}"
    await agree(shared)
    share_id = (await share(shared)).json()["share_id"]
    await withdraw(shared)
    assert (await cases.get(f"/cases/shared/{share_id}", "partner")).status_code == 404
    assert await received(shared) == []
    ended = [one for one in (await cases.get(path, "manager")).json()["timeline"] if one["kind"] == "share_ended"]
    assert [(one["text"], one["details"]) for one in ended] == [(None, {"organisation": "Association Exemple"})]


async def test_what_the_law_allows_does_not_end_with_an_agreement(shared: Meeting) -> None:
    await share(shared, override=OVERRIDE)
    await agree(shared)
    await withdraw(shared)
    assert len(await received(shared)) == 1


@pytest.mark.parametrize("how", ["ended", "closed"])
async def test_a_share_ends_when_it_is_ended_or_the_dossier_closes(shared: Meeting, how: str) -> None:
    cases, path = shared.cases, f"/cases/{shared.case_id}"
    await agree(shared)
    share_id = (await share(shared)).json()["share_id"]
    assert (await share(shared)).status_code == 409, "once at a time"
    if how == "ended":
        ended = await cases.change(f"{path}/shares/{share_id}", None, "social_worker", method="DELETE")
        assert ended.status_code == 200
        again = await cases.change(f"{path}/shares/{share_id}", None, "social_worker", method="DELETE")
        assert again.status_code == 409
    else:
        await cases.change(f"{path}/close", {"reason": "answered", "summary": "Fait."}, "social_worker")
    assert await received(shared) == []
    assert (await cases.get(f"{path}/shares", "manager")).json()["items"][0]["ended_at"] is not None


# A referent of another organisation ------------------------------------------------------------------


async def refer(meeting: Meeting, **more: Any) -> httpx.Response:
    body = {"agent_id": str(agent_id("partner")), "role": "referent"} | more
    return await meeting.cases.create(f"/cases/{meeting.case_id}/referents", body, "manager")


async def test_a_referent_of_another_organisation_needs_the_same_agreement(shared: Meeting) -> None:
    path = f"/cases/{shared.case_id}"
    assert (await refer(shared)).status_code == 409
    assert (await refer(shared, why="Accompagner ensemble.")).status_code == 409
    assert (await shared.cases.get(path, "partner")).status_code == 404
    await agree(shared)
    assert (await refer(shared, why="Accompagner ensemble.")).status_code == 201
    assert (await shared.cases.get(path, "partner")).status_code == 200
    [listed] = (await shared.cases.get(f"{path}/shares", "manager")).json()["items"]
    assert (listed["parts"], listed["why"]) == (["referent"], "Accompagner ensemble.")
    await withdraw(shared)
    assert (await shared.cases.get(path, "partner")).status_code == 404


async def test_a_released_referent_ends_what_was_shared_for_them(shared: Meeting) -> None:
    path = f"/cases/{shared.case_id}"
    await agree(shared)
    await refer(shared, why="Accompagner ensemble.")
    released = await shared.cases.change(f"{path}/referents/{agent_id('partner')}", None, "manager", method="DELETE")
    assert released.status_code == 200
    [listed] = (await shared.cases.get(f"{path}/shares", "manager")).json()["items"]
    assert listed["ended_at"] is not None


# Transfers -------------------------------------------------------------------------------------------


async def transfer(meeting: Meeting, by: str = "manager", **more: Any) -> httpx.Response:
    body = {"organisation_id": str(PARTNER), "territory_id": THERE, "why": "Déménagement."} | more
    return await meeting.cases.create(f"/cases/{meeting.case_id}/transfer", body, by)


async def test_a_dossier_taken_over_is_on_its_new_territory_alone(shared: Meeting) -> None:
    cases, path = shared.cases, f"/cases/{shared.case_id}"
    await cases.create(f"{path}/referents", {"agent_id": str(agent_id("social_worker")), "role": "referent"}, "manager")
    await agree(shared)
    answer = await transfer(shared)
    assert answer.status_code == 202, answer.text
    assert (await cases.get(path, "partner")).status_code == 404, "carried out by the service itself"
    await cases.fire(cases.now)
    assert (await cases.get(path, "partner")).json()["territory_id"] == THERE
    for by in ("social_worker", "manager"):
        assert (await cases.get(path, by)).status_code == 404
    [event] = await cases.outbox("CaseTransferred")
    assert (event.data["territory_id"], event.data["organisation_id"]) == (THERE, str(PARTNER))
    assert event.sequence == await cases.version(shared.case_id)


@pytest.mark.parametrize(
    ("by", "more", "status"),
    [
        ("social_worker", {}, 403),
        ("manager", {"territory_id": HERE}, 409),
        ("manager", {"territory_id": "nowhere"}, 409),
        ("manager", {"organisation_id": str(uuid4())}, 409),
    ],
    ids=["by a social worker", "to where it is", "to an unknown place", "to an unknown organisation"],
)
async def test_what_is_not_transferred(shared: Meeting, by: str, more: dict[str, str], status: int) -> None:
    await agree(shared)
    assert (await transfer(shared, by, **more)).status_code == status
    assert await shared.cases.count("shares") == 0


async def test_a_transfer_needs_an_agreement_or_a_ground(shared: Meeting) -> None:
    assert (await transfer(shared)).status_code == 409
    assert (await transfer(shared, override=OVERRIDE)).status_code == 202
