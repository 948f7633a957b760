"""One person who reached two channels: their dossiers become one where the same people read them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cases.dossiers.model import Case
from cases.joining.model import may_join
from chassis.actor import Actor, Grant
from contracts.envelope import Envelope
from contracts.events import PersonsMerged, PersonsSeparated, RequestMerged, RequestSeparated
from contracts.events.cases import case_id_of
from tests.cases.conftest import HERE, START, THERE, Cases, submitted, told

WORKER_HERE = Actor("agent", "here", uuid4(), uuid4(), (Grant("social_worker", HERE),))
WORKER_THERE = Actor("agent", "there", uuid4(), uuid4(), (Grant("social_worker", THERE),))

PLAIN = Case(
    case_id=uuid4(), version=1, correlation_id=uuid4(), request_id=uuid4(), reference="23456789B",
    programme="first-contact", programme_version=1, territory_id=HERE, commune="22278", channel="desk", themes=(),
    urgency="ordinary", minor=False, promised_on=START.date(), opened_at=START, status="open", closed_on=None,
    close_reason=None, legal_duty=False, private_time=False, coordinator_id=None, referent_ids=(),
)  # fmt: skip

ROWS: list[tuple[str, dict[str, Any], dict[str, Any], list[Actor], bool, bool]] = [
    # what is the case, of the dossier that would close, of the other, assigned agents, something goes on, joined
    ("the same territory and programme", {}, {}, [], False, True),
    ("a referent of the territory", {}, {"referent_ids": (WORKER_HERE.agent_id,)}, [WORKER_HERE], False, True),
    ("a referent from elsewhere", {}, {"referent_ids": (WORKER_THERE.agent_id,)}, [WORKER_THERE], False, False),
    ("two territories", {}, {"territory_id": THERE}, [], False, False),
    ("two programmes", {}, {"programme": "masp"}, [], False, False),
    ("the other one is closed", {}, {"status": "closed"}, [], False, False),
    ("this one is closed", {"status": "closed"}, {}, [], False, False),
    ("a family is in its private time", {}, {"private_time": True}, [], False, False),
    ("a legal duty holds in this one", {"legal_duty": True}, {}, [], False, False),
    ("a conference or a measure goes on in this one", {}, {}, [], True, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "into", "agents", "under_way", "joined"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_when_two_dossiers_become_one(
    one: dict[str, Any], into: dict[str, Any], agents: list[Actor], under_way: bool, joined: bool
) -> None:
    first, second = replace(PLAIN, **one), replace(PLAIN, case_id=uuid4(), **into)
    assert may_join(first, second, agents, under_way=under_way) is joined


class Twice:
    """Somebody who asked twice, as two people."""

    def __init__(self, cases: Cases, **first: Any) -> None:
        self.cases = cases
        self.first, self.second = submitted(**first), submitted()

    async def open(self, **second: Any) -> "Twice":
        self.second = submitted(**second)
        await self.cases.receive(told(self.first), told(self.second))
        return self

    @property
    def dossiers(self) -> tuple[UUID, UUID]:
        return case_id_of(self.first.request_id), case_id_of(self.second.request_id)

    def merged(self) -> tuple[Envelope, Envelope]:
        ours, theirs = self.second, self.first
        assert ours.requester.person_id is not None
        assert theirs.requester.person_id is not None
        return (
            told(PersonsMerged(person_id=ours.requester.person_id, into=theirs.requester.person_id), 2),
            told(RequestMerged(request_id=ours.request_id, into=theirs.request_id), 2),
        )

    def separated(self) -> tuple[Envelope, Envelope]:
        ours, theirs = self.second, self.first
        assert ours.requester.person_id is not None
        assert theirs.requester.person_id is not None
        return (
            told(PersonsSeparated(person_id=ours.requester.person_id, out_of=theirs.requester.person_id), 3),
            told(RequestSeparated(request_id=ours.request_id, out_of=theirs.request_id), 3),
        )

    async def read(self, which: int, by: str) -> dict[str, Any]:
        answer = await self.cases.get(f"/cases/{self.dossiers[which]}", by)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


async def test_one_dossier_goes_on_in_the_other_with_its_timeline(cases: Cases) -> None:
    await cases.grant("ts", ("social_worker", HERE))
    twice = await Twice(cases).open()
    events = twice.merged()
    for _ in range(2):  # told again, it changes nothing
        await cases.receive(*events)
    first, second = await twice.read(0, "ts"), await twice.read(1, "ts")
    assert (first["status"], second["status"], second["close_reason"]) == ("open", "closed", "merged")
    assert [entry["kind"] for entry in first["timeline"]].count("request_received") == 2
    assert [one["case_id"] for one in first["of_one_person"]] == [second["case_id"]]
    assert [one.data["reason"] for one in await cases.outbox("CaseClosed")] == ["merged"]
    assert await cases.kinds(twice.dossiers[0]) == ["request_received", "case_joined"]


async def test_undone_both_are_as_they_were(cases: Cases) -> None:
    await cases.grant("ts", ("social_worker", HERE))
    twice = await Twice(cases).open()
    await cases.receive(*twice.merged())
    events = twice.separated()
    for _ in range(2):
        await cases.receive(*events)
    first, second = await twice.read(0, "ts"), await twice.read(1, "ts")
    assert (first["status"], second["status"]) == ("open", "open")
    assert [entry["kind"] for entry in first["timeline"]].count("request_received") == 1
    assert first["of_one_person"] == second["of_one_person"] == []
    assert len(await cases.outbox("CaseReopened")) == 1
    assert await cases.kinds(twice.dossiers[0]) == ["request_received", "case_joined", "case_separated"]


async def test_dossiers_with_other_readers_are_linked_for_who_reads_both(cases: Cases) -> None:
    for who, *grants in (("here", HERE), ("there", THERE), ("both", HERE, THERE)):
        await cases.grant(who, *(("social_worker", territory) for territory in grants))
    twice = await Twice(cases).open(territory_id=THERE)
    await cases.receive(*twice.merged())
    assert [(await twice.read(0, who))["of_one_person"] for who in ("here",)] == [[]]
    assert [(await twice.read(1, who))["of_one_person"] for who in ("there",)] == [[]]
    assert [one["case_id"] for one in (await twice.read(0, "both"))["of_one_person"]] == [str(twice.dossiers[1])]
    assert [(await twice.read(which, "both"))["status"] for which in (0, 1)] == ["open", "open"]
    assert (await cases.get(f"/cases/{twice.dossiers[1]}", "here")).status_code == 404
    assert await cases.outbox("CaseClosed") == []


async def test_an_undoing_overtaken_by_nothing_changes_nothing(cases: Cases) -> None:
    """A request merged before its dossier was there: nothing was joined, nothing is separated."""
    twice = Twice(cases)
    await cases.receive(*twice.merged())
    await twice.open()
    await cases.receive(*twice.separated())
    assert await cases.outbox("CaseClosed", "CaseReopened") == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("tasks", {"what": "Appeler la CAF", "due_on": "2026-03-05"}),
        ("measures", {}),
    ],
    ids=["a task long overdue", "a measure nothing falls due of yet"],
)
async def test_what_was_begun_and_is_not_over_keeps_a_dossier_from_going_on_in_another(
    cases: Cases, path: str, body: dict[str, str]
) -> None:
    """Closed with the dossier it would be done by nobody, and stay in somebody's list for ever."""
    await cases.grant("ts", ("social_worker", HERE))
    twice = await Twice(cases).open()
    begun = await cases.create(f"/cases/{twice.dossiers[1]}/{path}", body, "ts")
    assert begun.status_code == 201, begun.text
    await cases.fire(START + timedelta(days=30))
    await cases.receive(*twice.merged())
    assert (await twice.read(1, "ts"))["status"] == "open"
    assert await cases.outbox("CaseClosed") == []
