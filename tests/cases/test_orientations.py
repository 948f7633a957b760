"""Orientations over HTTP and events: proposed, answered, reminded, expired; who reads what of whom."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from cases.orientations.deadlines import ORIENTATION
from cases.partners.store import Wanted, fitting, offers
from chassis.database import Transaction
from chassis.due_dates import Clock, DueDate
from tests.cases.conftest import HERE, Cases
from tests.cases.oriented import (
    ALONE,
    ASKED,
    ELSEWHERE,
    FIRST_NAME,
    GONE,
    OFFER,
    OTHER,
    REACH,
    SECOND,
    STRUCTURE,
    UNREACHABLE,
    Oriented,
    offer,
    organisation,
    oriented_on,
)
from tests.chassis.conftest import until
from tests.identity import agent_id

REMINDED, ESCALATED, EXPIRED = (datetime(2026, 3, day, 8, tzinfo=UTC) for day in (7, 12, 17))
TODAY = date(2026, 3, 2)
PERSONAL = (FIRST_NAME, REACH, ASKED)
CLOSED = {"reason": "answered", "summary": "Réponse donnée."}


@pytest.fixture
async def oriented(cases: Cases) -> Oriented:
    return await oriented_on(cases)


# Proposing ------------------------------------------------------------------------------------------


async def test_an_agreed_orientation_tells_the_structure_the_minimum(oriented: Oriented) -> None:
    await oriented.agree()
    made = await oriented.propose()
    assert (made["state"], made["ground"], made["answer_by"], made["link_sent"]) == (
        "proposed",
        "consent",
        "2026-03-17",
        True,
    )
    seen = (await oriented.cases.get(f"/cases/orientations/{made['orientation_id']}", "partner")).json()
    assert [seen[name] for name in ("first_name", "reach", "asked")] == [FIRST_NAME, REACH, ASKED]
    assert (seen["offer"], seen["organisation"]) == ("Aide au logement", "Association Exemple")


async def test_it_is_told_by_ids_and_nothing_of_the_person_is_in_clear(oriented: Oriented) -> None:
    await oriented.agree()
    made = await oriented.propose()
    [proposed] = await oriented.cases.outbox("OrientationProposed")
    [link] = await oriented.cases.outbox("OrientationLinkIssued")
    ids = {
        "case_id": str(oriented.case_id),
        "orientation_id": made["orientation_id"],
        "offer_id": str(OFFER),
        "organisation_id": str(STRUCTURE),
        "agent_id": str(agent_id("social_worker")),
    }
    assert proposed.data == ids | {"answer_by": "2026-03-17"}
    assert ids.items() <= link.data.items()
    assert (link.data["occasion"], link.data["expires_at"]) == ("proposal", "2026-03-09T09:15:00Z")
    assert link.sequence == proposed.sequence + 1
    secret = await oriented.secret("OrientationLinkIssued", "link")
    async with oriented.cases.service.parts.worker.transaction() as tx:
        tables = ("outbox", "orientations", "orientation_links", "timeline", "due_dates")
        rows = [str(dict(row)) for table in tables for row in await tx.fetch(f"SELECT * FROM {table}")]
    everything = "".join(rows)
    assert not [word for word in (*PERSONAL, secret) if word in everything]


async def test_without_an_agreement_nothing_of_the_person_leaves_and_the_agent_is_told(oriented: Oriented) -> None:
    await oriented.agree(OTHER)  # with another structure: no agreement for this one
    made = await oriented.propose()
    assert made["ground"] == "nothing"
    assert "Rien de la personne n'est transmis" in made["sentence"]
    seen = (await oriented.cases.get(f"/cases/orientations/{made['orientation_id']}", "partner")).json()
    assert [seen[name] for name in ("first_name", "reach", "asked")] == [None, None, None]


async def test_a_recorded_reason_overrides_a_missing_agreement(oriented: Oriented) -> None:
    made = await oriented.propose(override="Mise à l'abri demandée ce soir.")
    assert made["ground"] == "override"
    seen = (await oriented.cases.get(f"/cases/orientations/{made['orientation_id']}", "partner")).json()
    assert seen["first_name"] == FIRST_NAME
    dossier = (await oriented.cases.get(f"/cases/{oriented.case_id}", "social_worker")).json()
    [entry] = [one for one in dossier["timeline"] if one["kind"] == "sharing_overridden"]
    assert entry["text"] == "Mise à l'abri demandée ce soir."


async def test_a_structure_without_an_address_gets_no_link(oriented: Oriented) -> None:
    made = await oriented.propose(offer_id=str(ALONE))
    assert made["link_sent"] is False
    assert await oriented.cases.outbox("OrientationLinkIssued") == []


async def test_proposing_is_done_once(oriented: Oriented) -> None:
    key = str(uuid4())
    body = {"offer_id": str(OFFER), "asked": ASKED}
    first, again = [await oriented.cases.create(oriented.path, body, "social_worker", key) for _ in range(2)]
    assert first.json() == again.json()
    assert await oriented.cases.count("orientations") == 1


# what is wrong, who tries, what is sent, status, what is said
REFUSED: list[tuple[str, str | None, dict[str, Any], int, str]] = [
    ("nobody signed in", None, {}, 401, "Connectez-vous"),
    ("reception only sees the dossier", "reception", {}, 403, "droits"),
    ("the structure itself", "partner", {}, 404, ""),
    ("an offer nobody knows", "social_worker", {"offer_id": str(UUID(int=1))}, 409, "annuaire"),
    ("an offer no longer made", "social_worker", {"offer_id": str(GONE)}, 409, "annuaire"),
    ("nothing asked", "social_worker", {"asked": " "}, 422, "au moins 1 caract"),
    ("a number nobody said to be safe", "social_worker", {"reach_is_safe": False}, 422, "sans danger"),
    ("an unknown field", "social_worker", {"colour": "blue"}, 422, "pas prévue"),
]


@pytest.mark.parametrize(
    ("by", "changes", "status", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_what_is_not_proposed_is_refused_in_french_and_not_stored(
    oriented: Oriented, by: str | None, changes: dict[str, Any], status: int, said: str
) -> None:
    await oriented.agree()
    answer = await oriented.try_propose(by, **changes)  # type: ignore[arg-type]
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert await oriented.cases.count("orientations") == 0
    assert await oriented.cases.outbox("OrientationProposed") == []


async def test_the_same_offer_is_not_asked_twice_at_once(oriented: Oriented) -> None:
    await oriented.propose()
    refused = await oriented.try_propose()
    assert (refused.status_code, "déjà sollicitée" in refused.text) == (409, True)
    assert await oriented.cases.count("orientations") == 1


async def test_a_closed_dossier_orients_nobody(oriented: Oriented) -> None:
    await oriented.cases.change(f"/cases/{oriented.case_id}/close", CLOSED, "manager")
    assert (await oriented.try_propose()).status_code == 409


# Answering in the workspace ---------------------------------------------------------------------------


async def test_a_structure_answers_and_nothing_falls_due_any_more(oriented: Oriented) -> None:
    await oriented.agree()
    made = await oriented.propose()
    answer = await oriented.answer(made["orientation_id"], answer="accepted")
    assert (answer.status_code, answer.json()["state"], answer.headers["etag"]) == (200, "accepted", '"2"')
    [event] = await oriented.cases.outbox("OrientationAnswered")
    assert (event.data["answer"], event.data["person_id"]) == ("accepted", str(oriented.person))
    assert "reason" not in event.data
    await oriented.cases.fire(EXPIRED)
    assert await oriented.cases.outbox("FollowUpDue", "OrientationExpired") == []
    assert (await oriented.cases.kinds(oriented.case_id))[-2:] == ["orientation_proposed", "orientation_accepted"]


async def test_an_answer_in_a_familys_private_time_is_kept_and_enters_the_dossier_after_it(oriented: Oriented) -> None:
    made, cases = await oriented.propose(), oriented.cases
    before = await cases.kinds(oriented.case_id)
    await _private_time(oriented, lasts=True)
    assert (await oriented.answer(made["orientation_id"], answer="accepted")).status_code == 200
    version = await cases.version(oriented.case_id)
    await cases.fire(cases.now + timedelta(hours=1))
    assert (await cases.kinds(oriented.case_id), await cases.version(oriented.case_id)) == (before, version)
    assert [one["state"] for one in await oriented.listed()] == ["accepted"]
    assert [one.data["answer"] for one in await cases.outbox("OrientationAnswered")] == ["accepted"]
    await _private_time(oriented, lasts=False)
    await cases.fire(cases.now + timedelta(hours=2))
    await cases.fire(cases.now + timedelta(hours=3))
    assert await cases.kinds(oriented.case_id) == [*before, "orientation_accepted"]


async def _private_time(oriented: Oriented, *, lasts: bool) -> None:
    async with oriented.cases.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE cases SET private_time = $2 WHERE case_id = $1", oriented.case_id, lasts)


async def test_a_refusal_takes_back_what_was_said_of_the_person(oriented: Oriented) -> None:
    await oriented.agree()
    made = await oriented.propose()
    refused = await oriented.answer(made["orientation_id"], answer="refused", reason="full")
    assert refused.status_code == 200
    seen = (await oriented.cases.get(f"/cases/orientations/{made['orientation_id']}", "partner")).json()
    assert (seen["state"], seen["reason"], seen["first_name"]) == ("refused", "full", None)
    [event] = await oriented.cases.outbox("OrientationAnswered")
    assert event.data["reason"] == "full"


async def test_while_it_is_studied_the_last_answer_is_waited_for_from_that_day(oriented: Oriented) -> None:
    made = await oriented.propose()
    oriented.cases.now = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert (await oriented.answer(made["orientation_id"], answer="under_study")).status_code == 200
    await oriented.cases.fire(datetime(2026, 3, 9, 12, tzinfo=UTC))
    assert await oriented.cases.outbox("FollowUpDue") == []
    await oriented.cases.fire(datetime(2026, 3, 10, 7, tzinfo=UTC))
    assert [one.data["stage"] for one in await oriented.cases.outbox("FollowUpDue")] == ["early"]
    assert (await oriented.answer(made["orientation_id"], answer="accepted", version=2)).status_code == 200
    assert [one.data["answer"] for one in await oriented.cases.outbox("OrientationAnswered")] == [
        "under_study",
        "accepted",
    ]


# who answers, what, on which version, status, what is said
ANSWERS: list[tuple[str, str | None, dict[str, Any], int, int, str]] = [
    ("nobody signed in", None, {"answer": "accepted"}, 1, 401, "Connectez-vous"),
    ("another structure", "neighbour", {"answer": "accepted"}, 1, 404, ""),
    ("the structure's reception", "welcome", {"answer": "accepted"}, 1, 403, "droits"),
    ("who proposed it", "social_worker", {"answer": "accepted"}, 1, 403, "droits"),
    ("a refusal without a reason", "partner", {"answer": "refused"}, 1, 409, "pourquoi"),
    ("an answer that is none", "partner", {"answer": "expired"}, 1, 422, "valeurs possibles"),
    ("a reason that is none", "partner", {"answer": "refused", "reason": "tired"}, 1, 422, "valeurs possibles"),
    ("to a version that is past", "partner", {"answer": "accepted"}, 7, 412, ""),
]


@pytest.mark.parametrize(
    ("by", "body", "version", "status", "said"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
async def test_an_answer_that_does_not_count_changes_nothing(
    oriented: Oriented, by: str | None, body: dict[str, Any], version: int, status: int, said: str
) -> None:
    made = await oriented.propose()
    answer = await oriented.answer(made["orientation_id"], by, version, **body)  # type: ignore[arg-type]
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert [one["state"] for one in await oriented.listed()] == ["proposed"]
    assert await oriented.cases.outbox("OrientationAnswered") == []


async def test_who_is_asked_sees_the_question_and_never_the_dossier(oriented: Oriented) -> None:
    made = await oriented.propose()
    cases = oriented.cases
    assert [one["orientation_id"] for one in (await cases.get("/cases/orientations", "partner")).json()["items"]] == [
        made["orientation_id"]
    ]
    assert (await cases.get("/cases/orientations", "neighbour")).json()["items"] == []
    for path in (f"/cases/{oriented.case_id}", oriented.path):
        assert (await cases.get(path, "partner")).status_code == 404
    for by in ("neighbour", "manager of nothing"):
        assert (await cases.get(f"/cases/orientations/{made['orientation_id']}", by)).status_code in (403, 404)
    # Who works on the dossier sees it too.
    assert (await cases.get(f"/cases/orientations/{made['orientation_id']}", "social_worker")).status_code == 200


async def test_nobody_is_written_to_about_a_minor(cases: Cases) -> None:
    child = uuid4()
    oriented = await oriented_on(cases, concerned={"person_id": child, "minor": True})
    made = await oriented.propose()
    assert (await oriented.answer(made["orientation_id"], answer="accepted")).status_code == 200
    [event] = await cases.outbox("OrientationAnswered")
    assert "person_id" not in event.data


# Withdrawing, links ---------------------------------------------------------------------------------


async def test_an_orientation_is_withdrawn_and_no_longer_answered(oriented: Oriented) -> None:
    await oriented.agree()
    made = await oriented.propose()
    path = f"{oriented.path}/{made['orientation_id']}"
    withdrawn = await oriented.cases.change(f"{path}/withdraw", {}, "social_worker")
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")
    assert len(await oriented.cases.outbox("OrientationWithdrawn")) == 1
    refused = await oriented.answer(made["orientation_id"], version=2, answer="accepted")
    assert (refused.status_code, "retirée" in refused.text) == (409, True)
    await oriented.cases.fire(EXPIRED)
    assert await oriented.cases.outbox("FollowUpDue", "OrientationExpired") == []


async def test_a_stale_dossier_is_not_edited(oriented: Oriented) -> None:
    made = await oriented.propose()
    path = f"{oriented.path}/{made['orientation_id']}"
    for method, step in (("POST", "withdraw"), ("POST", "link"), ("DELETE", "link")):
        answer = await oriented.cases.change(f"{path}/{step}", {}, "social_worker", method=method, version=1)
        assert answer.status_code == 412
        forbidden = await oriented.cases.change(f"{path}/{step}", {}, "reception", method=method)
        assert forbidden.status_code == 403
        other = await oriented.cases.change(f"{oriented.path}/{uuid4()}/{step}", {}, "social_worker", method=method)
        assert other.status_code == 404
    assert [one["state"] for one in await oriented.listed()] == ["proposed"]


async def test_a_link_is_renewed_and_revoked_by_agents(oriented: Oriented) -> None:
    made = await oriented.propose()
    path = f"{oriented.path}/{made['orientation_id']}/link"
    first = await oriented.secret("OrientationLinkIssued", "link")
    assert (await oriented.cases.change(path, {}, "social_worker")).status_code == 200
    assert await oriented.secret("OrientationLinkIssued", "link") != first
    assert (await oriented.cases.change(path, {}, "social_worker", method="DELETE")).status_code == 200
    assert [one["link"]["standing"] for one in await oriented.listed()] == ["revoked"]
    again = await oriented.cases.change(path, {}, "social_worker", method="DELETE")
    assert (again.status_code, "déjà révoqué" in again.text) == (409, True)
    await oriented.cases.fire(REMINDED)
    assert [one.data["occasion"] for one in await oriented.cases.outbox("OrientationLinkIssued")] == [
        "proposal",
        "renewal",
    ], "a revoked link is not sent again by itself"


async def test_a_structure_without_an_address_cannot_be_sent_a_link(oriented: Oriented) -> None:
    made = await oriented.propose(offer_id=str(ALONE))
    path = f"{oriented.path}/{made['orientation_id']}/link"
    for method in ("POST", "DELETE"):
        assert (await oriented.cases.change(path, {}, "social_worker", method=method)).status_code == 409


async def test_closing_a_dossier_withdraws_what_is_open(oriented: Oriented) -> None:
    await oriented.propose()
    await oriented.propose(offer_id=str(SECOND))
    closed = await oriented.cases.change(f"/cases/{oriented.case_id}/close", CLOSED, "manager")
    assert closed.status_code == 200
    assert [one["state"] for one in await oriented.listed()] == ["withdrawn", "withdrawn"]
    assert len({one.id for one in await oriented.cases.outbox("OrientationWithdrawn")}) == 2
    assert (await oriented.cases.kinds(oriented.case_id)).count("orientation_withdrawn") == 2
    events = await oriented.cases.outbox()
    assert [one.sequence for one in events if one.subject == str(oriented.case_id)] == sorted(
        {one.sequence for one in events if one.subject == str(oriented.case_id)}
    )


# Silence --------------------------------------------------------------------------------------------


async def test_silence_reminds_then_escalates_then_expires_with_another_offer(oriented: Oriented) -> None:
    made = await oriented.propose()
    cases = oriented.cases
    await cases.fire(REMINDED)
    await cases.fire(ESCALATED)
    due = await cases.outbox("FollowUpDue")
    assert [(one.data["kind"], one.data["stage"], one.data["agent_id"], one.data["due_on"]) for one in due] == [
        ("orientation", "early", str(agent_id("social_worker")), "2026-03-17"),
        ("orientation", "due", str(agent_id("director")), "2026-03-17"),
    ]
    assert {one.data["orientation_id"] for one in due} == {made["orientation_id"]}
    links = await cases.outbox("OrientationLinkIssued")
    assert [one.data["occasion"] for one in links] == ["proposal", "reminder", "escalation"]
    assert await cases.outbox("OrientationExpired") == []
    await cases.fire(EXPIRED)
    [expired] = await cases.outbox("OrientationExpired")
    assert expired.data["instead"] == str(SECOND)
    assert [(one["state"], one["instead"]) for one in await oriented.listed()] == [("expired", str(SECOND))]
    assert (await cases.kinds(oriented.case_id))[-5:] == [
        "orientation_proposed",
        "orientation_reminder",
        "orientation_escalation",
        "orientation_expired",
        "orientation_instead",
    ]
    await cases.fire(EXPIRED + timedelta(days=400))
    assert len(await cases.outbox("FollowUpDue", "OrientationExpired")) == 3, "nothing is told twice"


async def test_where_the_structure_has_no_account_the_agent_is_told_of_the_escalation(oriented: Oriented) -> None:
    await oriented.propose(offer_id=str(SECOND))
    await oriented.cases.fire(ESCALATED)
    told_to = [one.data["agent_id"] for one in await oriented.cases.outbox("FollowUpDue")]
    assert told_to == [str(agent_id("social_worker"))] * 2


async def test_nothing_is_proposed_instead_when_everything_was_tried(oriented: Oriented) -> None:
    for one in (SECOND, OFFER):
        await oriented.propose(offer_id=str(one))
    await oriented.cases.fire(EXPIRED)
    assert ["instead" in one.data for one in await oriented.cases.outbox("OrientationExpired")] == [False, False]


async def test_the_same_structure_is_proposed_only_where_no_other_has_an_offer(oriented: Oriented) -> None:
    mine = UUID(int=0xB9)
    await oriented.cases.receive(
        offer(mine, STRUCTURE, "Aide au bail"), offer(SECOND, OTHER, "Fermée", 2, retired=True)
    )
    await oriented.propose()
    await oriented.cases.fire(EXPIRED)
    [expired] = await oriented.cases.outbox("OrientationExpired")
    assert expired.data["instead"] == str(mine)


async def test_a_demonstration_counts_in_seconds(cases: Cases) -> None:
    oriented = await oriented_on(cases, programme="family-conference-demo")
    await oriented.propose()
    await cases.fire(cases.now + timedelta(seconds=60))
    assert [one.data["stage"] for one in await cases.outbox("FollowUpDue")] == ["early", "due"]
    assert len(await cases.outbox("OrientationExpired")) == 1


# What is heard --------------------------------------------------------------------------------------


async def test_taking_the_agreement_back_takes_back_what_the_structure_reads(oriented: Oriented) -> None:
    await oriented.agree()
    made = await oriented.propose()
    await oriented.answer(made["orientation_id"], answer="accepted")
    withdrawn = await oriented.take_back()
    await oriented.cases.receive(withdrawn)
    seen = (await oriented.cases.get(f"/cases/orientations/{made['orientation_id']}", "partner")).json()
    assert (seen["state"], seen["first_name"], seen["asked"], seen["reach"]) == ("accepted", None, None, None)
    assert (await oriented.cases.kinds(oriented.case_id)).count("sharing_withdrawn") == 1
    assert (await oriented.propose())["ground"] == "nothing"


async def test_an_agreement_given_anew_counts(oriented: Oriented) -> None:
    await oriented.agree()
    await oriented.take_back()
    oriented.cases.now += timedelta(hours=1)
    await oriented.agree()
    assert (await oriented.propose())["ground"] == "consent"


async def test_one_holder_of_parental_authority_who_takes_back_is_enough(oriented: Oriented) -> None:
    await oriented.agree(by=UUID(int=1))
    await oriented.agree(by=UUID(int=2))
    await oriented.take_back()
    assert (await oriented.propose())["ground"] == "nothing"


async def test_a_dossier_about_nobody_named_shares_nothing(cases: Cases) -> None:
    nobody = {"requester": {"person_id": None, "role": "self"}, "concerned": {"person_id": None, "minor": False}}
    oriented = await oriented_on(cases, **nobody)
    made = await oriented.propose()
    assert made["ground"] == "nothing"
    await oriented.answer(made["orientation_id"], answer="accepted")
    assert "person_id" not in (await cases.outbox("OrientationAnswered"))[0].data


async def test_partners_are_kept_as_last_told(oriented: Oriented) -> None:
    newest, older = organisation(STRUCTURE, "Association Neuve", 3), organisation(STRUCTURE, "Association Vieille", 2)
    await oriented.cases.receive(newest)
    await oriented.cases.receive(older)
    await oriented.cases.receive(newest)
    made = await oriented.propose()
    seen = (await oriented.cases.get(f"/cases/orientations/{made['orientation_id']}", "partner")).json()
    assert seen["organisation"] == "Association Neuve"
    assert (await oriented.cases.count("organisations"), await oriented.cases.count("offers")) == (3, 5)


async def test_offers_of_the_place_come_first_by_theme(oriented: Oriented) -> None:
    async with oriented.cases.service.parts.worker.transaction() as tx:
        found = await fitting(tx, Wanted(("isolation",), HERE, minor=False, on=TODAY), 10)
        everywhere = await fitting(tx, Wanted(("housing",), None, minor=True, on=TODAY), 10)
    assert [one.offer_id for one in found] == [ALONE, OFFER, SECOND]
    assert ELSEWHERE in [one.offer_id for one in everywhere]


async def test_what_has_not_begun_or_is_over_is_not_proposed(oriented: Oriented) -> None:
    await oriented.cases.receive(
        offer(OFFER, STRUCTURE, "Aide au logement", 2, starts_on=TODAY + timedelta(days=1)),
        offer(SECOND, OTHER, "Permanence logement", 2, ends_on=TODAY - timedelta(days=1)),
        offer(ALONE, UNREACHABLE, "Écoute", 2, address="1 place de l’Exemple", capacity={"left": 2, "on": TODAY}),
    )
    async with oriented.cases.service.parts.worker.transaction() as tx:
        found = await fitting(tx, Wanted((), HERE, minor=False, on=TODAY), 10)
    assert [(one.offer_id, one.address, one.places_left) for one in found] == [(ALONE, "1 place de l’Exemple", 2)]


async def test_what_an_earlier_release_did_not_keep_comes_with_the_same_sequence(oriented: Oriented) -> None:
    await oriented.cases.receive(offer(ALONE, UNREACHABLE, "Écoute", 1, address="1 place de l’Exemple"))
    async with oriented.cases.service.parts.worker.transaction() as tx:
        known = (await offers(tx, [ALONE]))[ALONE]
    assert known.address == "1 place de l’Exemple"


async def test_an_answer_while_the_clock_fires_waits_for_it(oriented: Oriented) -> None:
    """Both hold the due date and the dossier: in the same order, or one of them is lost."""
    made = await oriented.propose()
    cases, answering = oriented.cases, list[asyncio.Task[httpx.Response]]()

    async def meanwhile(tx: Transaction, due_date: DueDate) -> None:
        """The clock holds the due date, and has not come to the dossier yet."""
        answering.append(asyncio.create_task(oriented.answer(made["orientation_id"], answer="accepted")))
        await until(cases.somebody_waits)
        await cases.service.on_due[due_date.kind](tx, due_date)

    clock = Clock(cases.service.parts.worker, {ORIENTATION: meanwhile}, lambda: REMINDED)
    assert await clock.fire_one()
    assert (await answering[0]).status_code == 200
    await cases.fire(EXPIRED)
    assert [one.data["stage"] for one in await cases.outbox("FollowUpDue")] == ["early"]
    assert await cases.outbox("OrientationExpired") == []
