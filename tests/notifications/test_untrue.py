"""What became false does not leave: by each rule, whatever happened between its event and the gateway."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

import contracts
from contracts import programmes
from contracts.envelope import Envelope, event
from contracts.events import EVENTS, ConsentGiven, ConsentWithdrawn, PersonChanged
from contracts.events.cases import case_id_of
from notifications.messages import rules
from notifications.messages.gateway import Later
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import (
    MASTER,
    NOW,
    ORGANISATION,
    SamplePerson,
    opened,
    organisation,
    plan_link,
    request,
)

REQUEST, OTHER = UUID("00000000-0000-4000-8000-00000000b001"), UUID("00000000-0000-4000-8000-00000000b002")
CASE = case_id_of(REQUEST)
PERSON = SamplePerson("personne.exemple@exemple.test")
AGENT = SamplePerson("agent.exemple@exemple.test")
KEY, WRAPPED = MASTER.issue(f"case:{CASE}")
CONSENT = uuid4()
SOON, LATER = NOW + timedelta(hours=1), NOW + timedelta(days=7)

OF_THEM: dict[str, Any] = {
    "request_id": REQUEST,
    "case_id": CASE,
    "conference_id": UUID(int=1),
    "orientation_id": UUID(int=2),
    "appointment_id": UUID(int=3),
    "due_date_id": UUID(int=4),
    "agreement_id": UUID(int=5),
    "organisation_id": ORGANISATION,
    "person_id": PERSON.id,
    "person_ids": [PERSON.id],
    "members": [PERSON.id],
    "agent_id": AGENT.id,
    "agent_ids": [AGENT.id],
    "manager_ids": [AGENT.id],
    "coordinator_id": AGENT.id,
    "starts_at": LATER,
    "meeting_at": LATER,
    "ends_at": LATER + timedelta(hours=1),
    "expires_at": LATER,
    "link": KEY.seal("LIENSECRET", event_id=CASE, name="link"),
    "links": [plan_link(KEY, PERSON.id, "LIENSECRET")],
    "code": KEY.seal("482913", event_id=CASE, name="code"),
}
"""What the events of a row are of, unless it says otherwise."""


@cache
def example(name: str) -> dict[str, Any]:
    file = Path(contracts.__file__).parent / "examples" / f"{name}.1.json"
    data: dict[str, Any] = json.loads(file.read_text("utf-8"))["data"]
    return data


@dataclass(frozen=True)
class Told:
    """An event of the contracts' examples, about the same dossier, request, orientation…: `changes` apart."""

    name: str
    changes: dict[str, Any] = field(default_factory=dict)

    def envelope(self, minutes: int = 0) -> Envelope:
        kind = EVENTS[self.name, 1]
        fields = example(self.name) | {name: value for name, value in OF_THEM.items() if name in kind.model_fields}
        data = kind.model_validate(fields | self.changes)
        at = NOW + timedelta(minutes=minutes)
        return event(data, id=uuid4(), source="/maillage/anyone", sequence=10 + minutes, time=at)


def told(name: str, **changes: Any) -> Told:
    return Told(name, changes)


BOOKED = told("AppointmentBooked", sequence=0)
MOVED = told("AppointmentMoved", sequence=1)
FOLLOW_UP = told("FollowUpDue", kind="conference_follow_up", stage="due", orientation_id=None, appointment_id=None)
TASK = told("FollowUpDue", kind="task", stage="due", orientation_id=None, appointment_id=None)
OF_APPOINTMENT = told("FollowUpDue", kind="appointment", stage="early", orientation_id=None)
PROMISED = told("FollowUpDue", kind="action", stage="early", due_on="2026-03-09", orientation_id=None)
SILENCE = told("FollowUpDue", kind="orientation", stage="due", appointment_id=None)
LINK, CODE, ANSWERED = told("OrientationLinkIssued"), told("OrientationCodeAsked"), told("OrientationAnswered")
ELSEWHERE = {"orientation_id": UUID(int=92)}
CANCELLED, CLOSED = told("AppointmentCancelled", sequence=2), told("CaseClosed")
MEETING_MOVED = told("ConferenceScheduled", calendar=example("ConferenceScheduled")["calendar"] | {"sequence": 1})
UNTRUE, TRUE = ("suppressed", "overtaken"), ("sent", None)

ROWS: list[tuple[str, str, Told, Told, tuple[str, str | None]]] = [
    # what it is about, the rule, what caused it, what happened then, what becomes of it
    ("an answer to a request taken back", "request-answered",
     told("RequestAnswered"), told("RequestWithdrawn"), UNTRUE),
    ("an appointment that was moved", "appointment-booked", BOOKED, MOVED, UNTRUE),
    ("an appointment that was cancelled", "appointment-booked", BOOKED, CANCELLED, UNTRUE),
    ("an appointment, another one moved", "appointment-booked",
     BOOKED, told("AppointmentMoved", sequence=1, appointment_id=UUID(int=93)), TRUE),
    ("an appointment moved again", "appointment-moved", MOVED, told("AppointmentMoved", sequence=2), UNTRUE),
    ("a move told late, of before the last", "appointment-moved",
     told("AppointmentMoved", sequence=2), told("AppointmentMoved", sequence=1), TRUE),
    ("an appointment moved, then cancelled", "appointment-moved", MOVED, CANCELLED, UNTRUE),
    ("a follow-up that is recorded", "follow-up-reminder", FOLLOW_UP, told("FollowUpRecorded"), UNTRUE),
    ("a follow-up of a conference that stopped", "follow-up-reminder", FOLLOW_UP, told("ConferenceStopped"), UNTRUE),
    ("a follow-up of a closed dossier", "follow-up-reminder", FOLLOW_UP, CLOSED, UNTRUE),
    ("a follow-up announced, and due since", "follow-up-reminder",
     FOLLOW_UP, told("FollowUpDue", **FOLLOW_UP.changes | {"stage": "overdue"}), UNTRUE),
    ("a follow-up, something else due", "follow-up-reminder",
     FOLLOW_UP, told("FollowUpDue", **TASK.changes | {"due_date_id": UUID(int=94)}), TRUE),
    ("a late follow-up, to the manager: recorded", "follow-up-escalation",
     told("FollowUpDue", **FOLLOW_UP.changes | {"stage": "overdue"}), told("FollowUpRecorded"), UNTRUE),
    ("a late follow-up, to the manager: stopped", "follow-up-escalation",
     told("FollowUpDue", **FOLLOW_UP.changes | {"stage": "overdue"}), told("ConferenceStopped"), UNTRUE),
    ("a late follow-up, to the manager: closed", "follow-up-escalation",
     told("FollowUpDue", **FOLLOW_UP.changes | {"stage": "overdue"}), CLOSED, UNTRUE),
    ("a task of a closed dossier", "deadline-reminder", TASK, CLOSED, UNTRUE),
    ("a task announced, and due since", "deadline-reminder",
     TASK, told("FollowUpDue", **TASK.changes | {"stage": "overdue"}), UNTRUE),
    ("an appointment announced to its agent, moved", "deadline-reminder", OF_APPOINTMENT, MOVED, UNTRUE),
    ("an appointment announced to its agent, cancelled", "deadline-reminder",
     OF_APPOINTMENT, CANCELLED, UNTRUE),
    ("what they promised, the follow-up recorded", "own-action", PROMISED, told("FollowUpRecorded"), UNTRUE),
    ("what they promised, the conference stopped", "own-action", PROMISED, told("ConferenceStopped"), UNTRUE),
    ("what they promised, the dossier closed", "own-action", PROMISED, CLOSED, UNTRUE),
    ("what they promised, something else due", "own-action", PROMISED, TASK, TRUE),
    ("a task, an appointment moved", "deadline-reminder", TASK, MOVED, TRUE),
    ("a link to answer by, a newer one issued", "orientation-link", LINK, told("OrientationLinkIssued"), UNTRUE),
    ("a link to answer by, answered since", "orientation-link", LINK, ANSWERED, UNTRUE),
    ("a link to answer by, nobody having answered", "orientation-link", LINK, told("OrientationExpired"), UNTRUE),
    ("a link to answer by, taken back", "orientation-link", LINK, told("OrientationWithdrawn"), UNTRUE),
    ("a link to answer by, the dossier closed", "orientation-link", LINK, CLOSED, UNTRUE),
    ("a link, another orientation answered", "orientation-link", LINK, told("OrientationAnswered", **ELSEWHERE), TRUE),
    ("a code, a newer one asked for", "orientation-code", CODE, told("OrientationCodeAsked"), UNTRUE),
    ("a code, nobody having answered", "orientation-code", CODE, told("OrientationExpired"), UNTRUE),
    ("a code, the question taken back", "orientation-code", CODE, told("OrientationWithdrawn"), UNTRUE),
    ("a code, the dossier closed", "orientation-code", CODE, CLOSED, UNTRUE),
    ("a silence that ended", "orientation-reminder", SILENCE, ANSWERED, UNTRUE),
    ("a silence, a later one told", "orientation-reminder",
     SILENCE, told("FollowUpDue", **SILENCE.changes | {"stage": "overdue"}), UNTRUE),
    ("a silence, its time over", "orientation-reminder", SILENCE, told("OrientationExpired"), UNTRUE),
    ("a silence, the question taken back", "orientation-reminder", SILENCE, told("OrientationWithdrawn"), UNTRUE),
    ("a silence, the dossier closed", "orientation-reminder", SILENCE, CLOSED, UNTRUE),
    ("a silence, another orientation answered", "orientation-reminder",
     SILENCE, told("OrientationAnswered", **ELSEWHERE), TRUE),
    ("an answer to the agent, answered otherwise since", "orientation-answer", ANSWERED, ANSWERED, UNTRUE),
    ("an answer to the agent, taken back", "orientation-answer", ANSWERED, told("OrientationWithdrawn"), UNTRUE),
    ("an answer to the person, answered otherwise since", "orientation-news", ANSWERED, ANSWERED, UNTRUE),
    ("an answer to the person, taken back", "orientation-news", ANSWERED, told("OrientationWithdrawn"), UNTRUE),
    ("no answer, the question taken back", "orientation-expired",
     told("OrientationExpired"), told("OrientationWithdrawn"), UNTRUE),
    ("no answer, the dossier closed", "orientation-expired", told("OrientationExpired"), CLOSED, UNTRUE),
    ("a plan ratified, the dossier closed since", "plan-ratified", told("ConferenceRatified"), CLOSED, TRUE),
    ("a meeting, moved since", "meeting-scheduled", told("ConferenceScheduled"), MEETING_MOVED, UNTRUE),
    ("a meeting, told to one more guest since", "meeting-scheduled",
     told("ConferenceScheduled"), told("ConferenceScheduled"), TRUE),
    ("a meeting, called off since", "meeting-scheduled",
     told("ConferenceScheduled"), told("ConferenceStopped"), UNTRUE),
    ("a meeting of a closed dossier", "meeting-scheduled", told("ConferenceScheduled"), CLOSED, UNTRUE),
    ("what the group shares, the dossier closed since", "follow-up-shared", told("FollowUpRecorded"), CLOSED, TRUE),
    ("a meeting called off, the dossier closed since", "meeting-called-off",
     told("ConferenceStopped"), CLOSED, TRUE),
    ("an entry to confirm, asked again", "confirmation-asked",
     told("ConfirmationAsked"), told("ConfirmationAsked"), UNTRUE),
    ("something registered for, told anew", "registration-told",
     told("RegistrationToTell"), told("RegistrationToTell"), UNTRUE),
    ("something registered for, by who comes no more", "registration-told",
     told("RegistrationToTell"), told("RegistrationForgotten"), UNTRUE),
    ("an agreement that ends, renewed", "agreement-ending",
     told("AgreementEnding", stage="six_months"), told("AgreementRenewed"), UNTRUE),
    ("an agreement that ends, ended", "agreement-ending",
     told("AgreementEnding", stage="six_months"), told("AgreementEnded"), UNTRUE),
    ("an agreement that ends, announced again", "agreement-ending",
     told("AgreementEnding", stage="six_months"), told("AgreementEnding", stage="three_months"), UNTRUE),
    ("a morning's count, a newer one", "daily-digest", told("DigestDue"), told("DigestDue"), UNTRUE),
    ("an agent who left", "deadline-reminder", TASK, told("AgentPublished"), ("suppressed", "retired")),
    ("a structure that closed", "orientation-link", LINK, told("OrganisationPublished"), ("suppressed", "retired")),
]  # fmt: skip


async def known(desk: Desk) -> None:
    """Everybody, the dossier, and the request it began with, which nothing is written about."""
    keys = (PERSON.key_issued(), AGENT.key_issued(), _case_key())
    people = (PERSON.recorded(), _agent(), organisation(email="accueil@structure.example"))
    asked = request(None, request_id=REQUEST, programme="family-conference")
    await desk.hear(*keys, *people, asked, opened(CASE, REQUEST))


def _case_key() -> Envelope:
    data = {"key_subject": WRAPPED.key_subject, "wrapped": WRAPPED.wrapped, "master_key_id": WRAPPED.master_key_id}
    kind = EVENTS["PersonKeyIssued", 1]
    return event(kind.model_validate(data), id=uuid4(), source="/maillage/cases", sequence=1, time=NOW)


def _agent() -> Envelope:
    """They manage the territory too."""
    published = AGENT.as_agent()
    grants = {"grants": [{"role": "manager", "territory_id": "saint-brieuc"}]}
    kind = EVENTS["AgentPublished", 1]
    return event(
        kind.model_validate(published.data | grants), id=uuid4(), source="/maillage/directory", sequence=1, time=NOW
    )


def _happens(then: Told) -> Envelope:
    if then.name == "AgentPublished":
        return AGENT.as_agent(retired=True, sequence=2)
    if then.name == "OrganisationPublished":
        return organisation(2, email="accueil@structure.example", retired=True)
    return then.envelope(minutes=1)


async def standing(desk: Desk, rule: str, event_id: UUID) -> tuple[str, str | None]:
    [found] = [row for row in await desk.rows() if (row["rule"], row["event_id"]) == (rule, event_id)]
    return found["state"], found["reason"]


@pytest.mark.parametrize(
    ("rule", "cause", "then", "becomes"), [row[1:] for row in ROWS], ids=[f"{row[1]}: {row[0]}" for row in ROWS]
)
async def test_what_became_false_does_not_leave(
    desk: Desk, rule: str, cause: Told, then: Told, becomes: tuple[str, str | None]
) -> None:
    await known(desk)
    caused = cause.envelope()
    await desk.hear(caused, _happens(then))
    await desk.drain()
    assert await standing(desk, rule, caused.id) == becomes


def test_every_way_a_rule_says_it_becomes_false_has_its_row() -> None:
    said = {(rule.rule, name) for rule in rules.load(programmes.load()).rules.values() for name in rule.overtaken_by}
    shown = {(rule, then.name) for _, rule, _, then, becomes in ROWS if becomes == UNTRUE}
    assert said - shown == {("acknowledgement", "RequestWithdrawn")}, "which is shown below, at every moment"


@pytest.mark.parametrize(
    ("rule", "cause"),
    [
        ("appointment-booked", told("AppointmentBooked", sequence=0, starts_at=SOON, ends_at=LATER)),
        ("appointment-moved", told("AppointmentMoved", sequence=1, starts_at=SOON, ends_at=LATER)),
        ("appointment-cancelled", told("AppointmentCancelled", sequence=1, starts_at=SOON, ends_at=LATER)),
        ("own-action", told("FollowUpDue", **PROMISED.changes | {"due_on": "2026-03-01"})),
        ("meeting-scheduled", told("ConferenceScheduled", meeting_at=SOON)),
        ("orientation-link", told("OrientationLinkIssued", expires_at=SOON)),
        ("orientation-code", told("OrientationCodeAsked", expires_at=SOON)),
        ("confirmation-asked", told("ConfirmationAsked", expires_at=SOON)),
        ("registration-told", told("RegistrationToTell", starts_at=SOON)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_over_is_not_told_as_to_come(desk: Desk, rule: str, cause: Told) -> None:
    """A gateway was away for so long. Whoever is in charge learns that nobody was told."""
    await known(desk)
    caused = cause.envelope()
    await desk.hear(caused)
    desk.now = SOON
    await desk.drain()
    assert await standing(desk, rule, caused.id) == ("suppressed", "too_late")
    assert ("MessageFailed", rule) in [(told.type, told.data.get("rule")) for told in await desk.told()]


def test_every_rule_that_is_true_for_a_time_is_shown_to_end() -> None:
    timed = {rule.rule for rule in rules.load(programmes.load()).rules.values() if rule.true_until}
    assert timed == {
        "appointment-booked", "appointment-moved", "appointment-cancelled", "orientation-link", "orientation-code",
        "confirmation-asked", "meeting-scheduled", "own-action", "registration-told",
    }  # fmt: skip


# Somebody's own wishes --------------------------------------------------------------------------


def _consent(kind: type[ConsentGiven] | type[ConsentWithdrawn], sequence: int, **more: Any) -> Envelope:
    fields = {"consent_id": CONSENT, "person_id": PERSON.id, "kind": "messages", **more}
    return event(kind.model_validate(fields), id=uuid4(), source="/maillage/intake", sequence=sequence, time=NOW)


def _changed(**rules: Any) -> Envelope:
    [point] = PERSON.contact_points
    changed = PersonChanged(person_id=PERSON.id, language="fr", contact_points=(point.model_copy(update=rules),))
    return event(changed, id=uuid4(), source="/maillage/intake", sequence=5, time=NOW)


WISHES: list[tuple[str, Sequence[Envelope], str]] = [
    ("they want no messages any more",
     [_consent(ConsentGiven, 2, given_how="oral", given_at=NOW), _consent(ConsentWithdrawn, 3, withdrawn_at=NOW)],
     "declined"),
    ("it is not safe to write there any more", [_changed(safe_to_write=False)], "no_safe_contact"),
    ("never there", [_changed(never=True)], "no_safe_contact"),
    ("they have no address any more", [PERSON.changed(5, contact_points=())], "no_safe_contact"),
]  # fmt: skip
OF_PEOPLE = {
    "acknowledgement": request(PERSON.id, request_id=OTHER),
    "request-answered": told("RequestAnswered").envelope(),
    "appointment-booked": BOOKED.envelope(),
    "orientation-news": ANSWERED.envelope(),
    "plan-ratified": told("ConferenceRatified").envelope(),
    "follow-up-shared": told("FollowUpRecorded").envelope(),
    "meeting-scheduled": told("ConferenceScheduled").envelope(),
    "own-action": PROMISED.envelope(),
}


@pytest.mark.parametrize("rule", OF_PEOPLE)
@pytest.mark.parametrize(("wish", "reason"), [row[1:] for row in WISHES], ids=[row[0] for row in WISHES])
async def test_a_wish_said_before_it_left_counts(
    desk: Desk, mails: MailServer, rule: str, wish: Sequence[Envelope], reason: str
) -> None:
    await known(desk)
    await desk.hear(OF_PEOPLE[rule], *wish)
    await desk.drain()
    assert await standing(desk, rule, OF_PEOPLE[rule].id) == ("suppressed", reason)
    assert PERSON.address not in [mail["To"] for mail in mails.mails]


# At every moment on the way ---------------------------------------------------------------------


def _withdrawn() -> Envelope:
    fields = {"request_id": OTHER}
    data = EVENTS["RequestWithdrawn", 1].model_validate(fields)
    return event(data, id=uuid4(), source="/maillage/intake", sequence=2, time=NOW + timedelta(minutes=1))


async def _away(desk: Desk) -> None:
    """The server asks to come back later."""
    desk.mails.at_recipient = ["451 4.3.0 later"] * 3
    [outcome] = await desk.drain()
    assert isinstance(outcome, Later)
    desk.now += timedelta(hours=2)


async def _at_night(desk: Desk) -> None:
    """It waits for the morning."""
    desk.now = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
    await desk.drain()
    assert (await desk.rows())[-1]["reason"] == "outside_hours"
    desk.now += timedelta(hours=12)


async def _held(desk: Desk) -> None:
    """A restore has it wait for an operator, who lets it leave."""
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE deliveries SET state = 'held', reason = 'restored' WHERE state = 'planned'")


async def _let_leave(desk: Desk) -> None:
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE deliveries SET state = 'planned', reason = NULL WHERE state = 'held'")


async def _nothing(desk: Desk) -> None:
    """It has not been looked at."""


@pytest.mark.parametrize("before", [_nothing, _away, _at_night, _held], ids=["planned", "put off", "at night", "held"])
async def test_a_request_taken_back_is_acknowledged_at_no_moment(desk: Desk, mails: MailServer, before: Any) -> None:
    await known(desk)
    asked = request(PERSON.id, request_id=OTHER)
    await desk.hear(asked)
    await before(desk)
    await desk.hear(_withdrawn())
    mails.at_recipient = []
    await _let_leave(desk)
    await desk.drain()
    assert (await standing(desk, "acknowledgement", asked.id), mails.mails) == (UNTRUE, [])
