"""Conferences of territories over HTTP: from the diagnosis to the plan, its follow-up, and who may do what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.events import OrganisationPublished, PromiseMissed, RequestAnswered
from tests import identity
from tests.cases.conftest import HERE, START, THERE, Cases, submitted, told

PATH = "/cases/territorial-conferences"
CITY, CCAS, MDS = UUID(int=71), UUID(int=72), UUID(int=73)
NAMES = {CITY: "Ville d'essai", CCAS: "CCAS d'essai", MDS: "Maison du département d'essai"}


@dataclass
class Territory:
    """A conference led over HTTP by the manager of Saint-Brieuc."""

    cases: Cases
    case_id: UUID = field(default_factory=uuid4)

    @property
    def path(self) -> str:
        return f"{PATH}/{self.case_id}"

    async def open(self, course: str = "phases", by: str = "manager", **more: Any) -> httpx.Response:
        body = {"territory_id": HERE, "title": "Conférence sociale d'essai", "course": course}
        answer = await self.cases.create(PATH, body | more, by)
        if answer.status_code == 201:
            self.case_id = UUID(answer.json()["case_id"])
        return answer

    async def state(self, by: str = "manager") -> dict[str, Any]:
        answer = await self.cases.get(self.path, by)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def change(
        self, step: str, body: Any = None, by: str = "manager", method: str = "POST", version: int | None = None
    ) -> httpx.Response:
        seen = version or (await self.state())["version"]
        path = f"{self.path}/{step}"
        return await self.cases.ask(method, path, by, json=body, headers={"If-Match": f'"{seen}"'})

    async def done(self, step: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
        answer = await self.change(step, body, method=method)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def made(self, step: str, body: Any) -> dict[str, Any]:
        answer = await self.cases.create(f"{self.path}/{step}", body, "manager")
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def diagnose(self) -> None:
        """Needs, means, partners, and the diagnosis presented."""
        await self.made("findings", {"kind": "need", "text": "Des familles sans mode de garde le soir"})
        await self.made("findings", {"kind": "means", "text": "Un centre social ouvert le samedi"})
        for one in NAMES:
            await self.done(f"partners/{one}", method="PUT")
        await self.done("diagnosis")

    async def meet(self, organisations: Sequence[UUID] = (CITY, CCAS), residents: int = 12) -> None:
        await self.done("schedule", {"meeting_at": self.cases.now.isoformat()})
        await self.done("meetings", {"organisation_ids": [str(one) for one in organisations], "residents": residents})

    async def plan(self, axis_id: str, **more: Any) -> str:
        action = {
            "what": "Ouvrir une halte-garderie le soir",
            "axis_id": axis_id,
            "level": "communal",
            "commune": "22278",
            "organisation_id": str(CITY),
            "indicator": "Nombre de familles accueillies",
            "by_when": f"{(self.cases.now + timedelta(days=200)).date()}",
            "checked_by": str(CCAS),
        }
        return str((await self.made("actions", action | more))["action_id"])

    async def decide(self, course: str = "sitting") -> str:
        """All up to a plan of one action, everything else being ready; returns the action's id."""
        await self.open(course)
        await self.diagnose()
        await self.meet()
        axis = await self.made("axes", {"title": "Petite enfance"})
        return await self.plan(axis["axis_id"])

    async def ratify(self, **more: Any) -> dict[str, Any]:
        return await self.done("ratify", {"ratified_by": [str(CITY), str(CCAS)], **more})


@pytest.fixture
async def territory(cases: Cases) -> Territory:
    await cases.receive(
        *(told(OrganisationPublished(organisation_id=one, name=name, kind="commune")) for one, name in NAMES.items())
    )
    return Territory(cases)


async def test_a_conference_goes_from_the_diagnosis_to_a_ratified_plan(territory: Territory) -> None:
    cases = territory.cases
    opened = (await territory.open()).json()
    assert opened["phase"] == "diagnosis"
    assert len(opened["missing"]) == 5
    await territory.diagnose()
    assert len((await territory.state())["missing"]) == 1, "the date of the meeting"
    await territory.meet()
    workshop = (await territory.made("workshops", {"title": "Garde d'enfants"}))["workshop_id"]
    await territory.made("contributions", {"workshop_id": workshop, "text": "Le bus ne passe plus après 19 h"})
    await territory.made("pitches", {"title": "Le café des parents", "organisation_id": str(MDS), "text": "Le samedi"})
    cases.now += timedelta(days=30)
    await territory.meet()
    axis = (await territory.made("axes", {"title": "Petite enfance"}))["axis_id"]
    action = await territory.plan(axis)
    both = await territory.plan(axis, level="intercommunal", commune=None, what="Partager une liste d'assistantes")
    assert (await territory.ratify(contract=True))["phase"] == "ratified"

    events = await cases.outbox("CaseOpened", "ConferenceScheduled", "ConferenceRatified")
    assert [one.type for one in events] == [
        "CaseOpened",
        "ConferenceScheduled",
        "ConferenceScheduled",
        "ConferenceRatified",
    ]
    assert len({one.sequence for one in events}) == 4
    ratified = events[-1].data
    assert (ratified["scale"], ratified["territory_id"], ratified["members"]) == ("territorial", HERE, [])
    assert (ratified["member_organisation_ids"], ratified["contract"]) == ([str(CITY), str(CCAS)], True)
    assert (ratified["action_count"], ratified["follow_up_due_on"]) == (2, "2026-10-01")
    assert "halte" not in f"{[one.data for one in await cases.outbox()]}", "text travels sealed"
    assert (await cases.count("case_people"), await cases.count("cases")) == (0, 0)

    await cases.fire(datetime(2026, 10, 5, 12, tzinfo=UTC))
    due = [(one.data["kind"], one.data["stage"]) for one in await cases.outbox("FollowUpDue")]
    assert ("territorial_follow_up", "early") in due
    assert ("territorial_follow_up", "due") in due
    assert ("quarterly_meeting", "overdue") in due
    assert ("action", "early") in due
    assert {one.data["agent_id"] for one in await cases.outbox("FollowUpDue")} == {str(identity.agent_id("manager"))}
    assert {action, both} == {one["action_id"] for one in (await territory.state())["actions"]}


async def test_a_plan_is_followed_up_evaluated_and_continued_the_year_after(territory: Territory) -> None:
    cases = territory.cases
    action = await territory.decide()
    await territory.ratify()
    cases.now += timedelta(days=80)
    gathered = {"on": f"{cases.now.date()}", "organisation_ids": [str(MDS)], "text": "Point sur les actions"}
    await territory.made("gatherings", gathered)
    one = {"contacts": [{"organisation_id": str(CITY), "contacted_on": f"{cases.now.date()}"}]}
    assert len((await territory.done("rounds/territorial_follow_up", one))["missing"]) == 2
    done = {
        "contacts": [{"organisation_id": str(CCAS), "contacted_on": f"{cases.now.date()}"}],
        "outcomes": [{"action_id": action, "outcome": "partly_carried_out"}],
        "measured": [{"action_id": action, "value": "14 familles"}],
    }
    await territory.done("rounds/territorial_follow_up", done)
    assert (await territory.done("rounds/territorial_evaluation", done | one))["phase"] == "ratified"
    evaluated = await territory.done("rounds/territorial_evaluation", done)
    assert (evaluated["phase"], evaluated["missing"]) == ("evaluated", [])
    recorded = [event.data["kind"] for event in await cases.outbox("FollowUpRecorded")]
    assert recorded == ["territorial_follow_up", "territorial_evaluation"]
    assert [event.data["reason"] for event in await cases.outbox("CaseClosed")] == ["completed"]

    before = territory.case_id
    assert (await territory.open("sitting", continues=str(before))).status_code == 201
    assert (await territory.state())["partners"] == [str(one) for one in NAMES]
    assert (await territory.open("sitting", continues=str(before))).status_code == 409, "it has its next one"
    await cases.fire(datetime(2028, 1, 1, tzinfo=UTC))
    assert await cases.outbox("FollowUpDue") == [], "nothing is due any more"


async def test_what_falls_due_calls_for_the_next_conference(territory: Territory) -> None:
    await territory.decide()
    await territory.ratify()
    await territory.cases.fire(datetime(2027, 3, 3, 12, tzinfo=UTC))
    due = {(one.data["kind"], one.data["stage"]) for one in await territory.cases.outbox("FollowUpDue")}
    assert {("next_conference", stage) for stage in ("early", "due", "overdue")} <= due
    assert ("territorial_evaluation", "due") in due


# what somebody tries once a sitting has begun → the status, and a word of the answer
REFUSED = [
    ("schedule", {"meeting_at": START.isoformat()}, 409, "Aucune réunion"),
    ("findings", {"kind": "need", "text": "Trop tard"}, 409, "autre étape"),
    ("contributions", {"workshop_id": str(uuid4()), "text": "Où ?"}, 409, "atelier"),
    ("pitches", {"title": "Sans invitation", "organisation_id": str(uuid4()), "text": "…"}, 409, "invitez-la"),
    ("ratify", {"ratified_by": [str(MDS)]}, 409, "présentes"),
    ("ratify", {"ratified_by": [str(CITY)]}, 409, "toutes"),
    ("gatherings", {"on": "2026-03-02", "organisation_ids": [], "text": "…"}, 409, "autre étape"),
    ("rounds/territorial_follow_up", {}, 409, "autre étape"),
    ("stop", {"why": " "}, 422, "why"),
]
MAKING = {"findings", "contributions", "pitches", "gatherings"}


@pytest.fixture(scope="module")
async def ready(running: Cases) -> Territory:
    """A sitting with a plan ready to be ratified, which refusals leave as it is."""
    from tests.conftest import emptied

    await emptied(running.database)
    made = Cases(running.service, running.app, running.database)
    for role in ("manager", "social_worker", "reception"):
        await made.grant(role, (role, HERE))
    await made.grant("elsewhere", ("manager", THERE))
    await made.receive(
        *(told(OrganisationPublished(organisation_id=one, name=name, kind="commune")) for one, name in NAMES.items())
    )
    territory = Territory(made)
    await territory.decide()
    return territory


@pytest.mark.parametrize(("step", "body", "status", "says"), REFUSED, ids=[f"{row[0]} {row[3]}" for row in REFUSED])
async def test_what_is_refused_changes_nothing(
    ready: Territory, step: str, body: dict[str, Any], status: int, says: str
) -> None:
    before = await ready.state()
    if step in MAKING:
        answer = await ready.cases.create(f"{ready.path}/{step}", body, "manager")
    else:
        answer = await ready.change(step, body)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await ready.state() == before


async def test_only_managers_of_the_territory_lead_and_partners_read(ready: Territory) -> None:
    cases = ready.cases
    await identity.grant(cases.service.parts.worker, "partner", [("social_worker", THERE)], organisation_id=CITY)
    assert (await cases.get(ready.path, "partner")).status_code == 200
    assert (await ready.change("stop", {"why": "Pas à nous"}, by="partner")).status_code == 403
    for stranger in ("elsewhere", "social_worker"):
        assert (await cases.get(ready.path, stranger)).status_code == 404
        assert (await ready.change("stop", {"why": "Pas à nous"}, by=stranger)).status_code in (403, 404)
    assert (await cases.get(ready.path, "reception")).status_code == 403
    assert (await Territory(cases).open(by="elsewhere")).status_code == 403
    assert (await Territory(cases).open(by="social_worker")).status_code == 403
    assert (await ready.change("stop", {"why": "Trop tôt"}, version=1)).status_code == 412
    listed = [(await cases.get(PATH, who)).json()["items"] for who in ("manager", "partner", "elsewhere")]
    assert [len(one) for one in listed] == [1, 1, 0]


async def test_the_same_creation_sent_twice_is_one(territory: Territory) -> None:
    body, key = {"territory_id": HERE, "title": "Une fois", "course": "sitting"}, str(uuid4())
    both = [await territory.cases.create(PATH, body, "manager", key) for _ in range(2)]
    assert both[0].json() == both[1].json()
    assert await territory.cases.count("territorial_conferences") == 1


async def test_a_stopped_conference_falls_due_no_more(territory: Territory) -> None:
    await territory.decide()
    await territory.ratify()
    assert (await territory.done("stop", {"why": "Le territoire a fusionné"}))["phase"] == "stopped"
    await territory.cases.fire(datetime(2028, 1, 1, tzinfo=UTC))
    assert await territory.cases.outbox("FollowUpDue") == []


async def test_a_conference_of_families_is_none_of_a_territory(territory: Territory) -> None:
    refused = await territory.open(programme="family-conference")
    assert (refused.status_code, "dispositif" in refused.text) == (409, True)


# One orientation of each dossier: nobody answered those of Saint-Brieuc.
ORIENTED = """
INSERT INTO orientations (orientation_id, case_id, version, offer_id, organisation_id, proposed_by,
    proposing_organisation_id, proposed_at, answer_by, state, ground)
SELECT gen_random_uuid(), case_id, 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
    '2026-03-10', '2026-03-17', CASE commune WHEN '22278' THEN 'expired' ELSE 'accepted' END, 'nothing' FROM cases
"""


async def test_figures_are_counted_when_presented_and_stay(territory: Territory) -> None:
    """Twelve come from Saint-Brieuc, three from Plérin, two from Langueux; one is of another territory."""
    cases = territory.cases
    came = [("22278", "desk", HERE)] * 12 + [("22187", "phone", HERE)] * 3 + [("22106", "phone", HERE)] * 2
    requests = [
        submitted(commune=commune, channel=channel, territory_id=place, themes=("housing",))
        for commune, channel, place in [*came, ("22278", "desk", THERE)]
    ]
    events = [told(one) for one in requests]
    await cases.receive(*events)
    await cases.receive(*events[:5])
    answers = [
        RequestAnswered(request_id=one.request_id, answered_at=START, promised_on=one.promised_on, working_days=2)
        for one in requests[:12]
    ]
    missed = [PromiseMissed(request_id=one.request_id, promised_on=one.promised_on) for one in requests[:12]]
    await cases.receive(*[told(one, 2) for one in answers], *[told(one, 3) for one in missed])
    async with cases.service.parts.worker.transaction() as tx:
        await tx.execute(ORIENTED)
    cases.now = datetime(2026, 4, 9, 9, tzinfo=UTC)
    await territory.open()
    await territory.diagnose()
    figures = (await territory.state())["presented"]["figures"]
    assert (figures["since"], figures["until"]) == ("2025-04-01", "2026-04-01")
    channel = figures["tables"]["channel"]
    assert (channel["rows"], channel["together"]) == (["22278", ""], ["22106", "22187"])
    assert (channel["columns"], channel["row_totals"], channel["column_totals"]) == (
        ["desk", "phone"],
        [12, 5],
        [12, 5],
    )
    assert channel["cells"] == [[None, None], [None, None]]
    assert figures["tables"]["theme"]["cells"] == [[12], [5]]
    totals = {name: (one["columns"], one["column_totals"]) for name, one in figures["tables"].items()}
    assert totals["delay"] == (["days_03", "unanswered"], [12, 5])
    assert totals["promise"] == (["kept", "missed"], [5, 12])
    assert totals["orientation"] == (["answered", "unanswered"], [5, 12])
    await cases.receive(told(submitted(commune="22278")))
    assert (await territory.state())["presented"]["figures"] == figures
    again = await territory.change("diagnosis")
    assert (again.status_code, "tel qu'il a été montré" in again.text) == (409, True)


# The pages --------------------------------------------------------------------------------------------

PAGE = {"Accept": "text/html"}


async def page(territory: Territory, place: str = "") -> str:
    answer = await territory.cases.get(territory.path + place, "manager", headers=PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_page_shows_the_way_and_what_is_missing(territory: Territory) -> None:
    await territory.open()
    shown = await page(territory)
    for text in (
        "Avant l'étape suivante",
        "Présentez le diagnostic",
        'aria-current="step"',
        "Inviter une structure",
    ):
        assert text in shown, text
    listed = await territory.cases.get(PATH, "manager", headers=PAGE)
    assert "Conférence sociale d&#39;essai" in listed.text
    moved = await territory.cases.get(f"/cases/{territory.case_id}", "manager", headers=PAGE)
    assert (moved.status_code, moved.headers["location"]) == (303, territory.path), "what a reminder links to"


async def test_a_sitting_is_led_by_forms(territory: Territory) -> None:
    """As many as one sitting has been known to hold: nine actions, five initiatives."""
    await territory.open("sitting")
    await territory.diagnose()
    await territory.meet()
    for number in range(5):
        form = {"pitch_title": f"Initiative {number}", "pitch_by": str(MDS), "pitch_text": "En deux minutes"}
        assert (await send(territory, "pitch", form)).headers["location"].endswith("/meeting#initiatives")
    await send(territory, "workshop", {"workshop_title": "Se déplacer"})
    await send(territory, "axis", {"axis_title": "Mobilité"})
    state = await territory.state()
    await send(territory, "contribution", {"said_in": state["workshops"][0]["workshop_id"], "said_text": "Plus de bus"})
    action = {
        "action_axis": state["axes"][0]["axis_id"],
        "action_what": "Une navette",
        "action_level": "communal",
        "action_commune": "Saint-Brieuc",
        "action_owner": str(CITY),
        "action_indicator": "Trajets",
        "action_by_when": "2026-12-01",
        "action_checked_by": str(CCAS),
    }
    for _ in range(9):
        assert (await send(territory, "action", action)).status_code == 303
    meeting = await page(territory, "/meeting")
    for text in ("5 initiatives", "1 atelier", "Plus de bus", "12 habitants"):
        assert text in meeting, text
    refused = await send(
        territory, "ratify", {"version": str((await territory.state())["version"]), "ratified_by": str(CITY)}
    )
    assert (refused.status_code, "toutes" in refused.text) == (409, True)
    await territory.ratify(contract=True)
    printed = await page(territory, "/plan")
    assert (printed.count("Une navette"), "9 actions" in printed, "Saint-Brieuc" in printed) == (9, True, True)
    assert "Ouvrir la conférence suivante" in await page(territory)


async def send(territory: Territory, step: str, form: dict[str, Any]) -> httpx.Response:
    """A form of the page, sent as a browser does."""
    cases = territory.cases
    return await cases.ask(
        "POST",
        f"{territory.path}/forms/{step}",
        "manager",
        data=form | {"idempotency_key": str(uuid4())},
        headers=PAGE | {"Sec-Fetch-Site": "same-origin"},
    )
