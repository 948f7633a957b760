"""The demonstration as somebody runs it: the command, what it leaves, and that nothing stays when it stops."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.demo import reading
from deploy.demo.concern import FAMILY_NAME
from deploy.demo.department import ANSWERING, OFFERS
from deploy.demo.script import CUT_OFF, DAY, LETTERS, MOVED, REFUSED, SCHOOL_WITH, SCHOOL_WITHOUT
from deploy.local import credentials, layout, ports, running, stack
from deploy.local.testing import temporary_state

# A whole day, on a platform started from nothing; the daily run walks the same paths in tests/system.
pytestmark = [pytest.mark.timeout(900), pytest.mark.matrix]
STARTED_SECONDS = 300
ENDED_SECONDS = 120
HEEDING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from deploy.local.cli import main
main()
"""
"""The command, heeding Ctrl-C: a shell that starts these tests in the background has told it to take no notice."""


class Demonstration:
    """One state folder, and the command run on it."""

    def __init__(self, state: layout.State) -> None:
        self.state = state
        self.report_file = state.folder / "report.json"
        self.environment = {
            **os.environ,
            "MAILLAGE_STATE": str(state.folder),
            "MAILLAGE_PORT": str(ports.free_port()),
        }

    def start(self, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", HEEDING, "demo", *options]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *options: str) -> str:
        process = self.start(*options)
        said, _ = process.communicate(timeout=STARTED_SECONDS * 2)
        assert process.returncode == 0, said
        return said

    @property
    def report(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.report_file.read_text())
        return content

    @property
    def installation(self) -> stack.Stack:
        secrets = credentials.load_or_make(self.state.secrets)
        return stack.Stack(self.state, secrets, stack.kept_ports(self.state), self.environment)

    def processes(self) -> set[int]:
        shown = running.board(self.state)
        return {part["pid"] for part in shown["parts"].values() if part["pid"]} | {shown["supervisor"]}


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if _state(pid) not in {"", "Z"}}


def _state(pid: int) -> str:
    """Its letter in /proc; a zombie has ended, whoever should have noticed; empty for none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


@pytest.fixture(scope="module")
def demonstration() -> Iterator[Demonstration]:
    with temporary_state() as state:
        yield Demonstration(state)
        running.stop(state, lambda text: None)


@pytest.fixture(scope="module")
def said(demonstration: Demonstration) -> str:
    return demonstration.run("--json", str(demonstration.report_file))


@pytest.fixture(scope="module")
def journeys(said: str, demonstration: Demonstration) -> list[dict[str, Any]]:
    return list(demonstration.report["journeys"])


def of(journeys: list[dict[str, Any]], situation: str) -> dict[str, Any]:
    [found] = [one for one in journeys if one["asked"]["situation"] == situation]
    return found


def test_it_says_where_to_go_and_how_to_stop(said: str, demonstration: Demonstration) -> None:
    assert demonstration.installation.public_url in said
    assert demonstration.installation.secrets.demo_password in said
    assert "./maillage demo --stop" in said
    assert "Tout n'est pas encore arrivé" not in said


def test_every_request_opens_exactly_one_dossier(journeys: list[dict[str, Any]]) -> None:
    assert len(journeys) >= 40
    assert {one["asked"]["channel"] for one in journeys} == {"desk", "phone", "web", "partner"}
    assert [len(one["dossiers"]) for one in journeys] == [1] * len(journeys)
    told = [(one["events"]["RequestSubmitted"], one["events"]["CaseOpened"]) for one in journeys]
    assert told == [(1, 1)] * len(journeys)
    assert len({one["reference"] for one in journeys}) == len(journeys)


def test_nothing_was_stored_beside(journeys: list[dict[str, Any]], demonstration: Demonstration) -> None:
    installation = demonstration.installation
    [requests] = reading.rows(installation, "intake", "SELECT count(*) FROM requests")
    [dossiers] = reading.rows(installation, "cases", "SELECT count(*) FROM cases")
    assert (requests["count"], dossiers["count"]) == (len(journeys), len(journeys))


def test_a_call_that_was_cut_off_is_one_request(journeys: list[dict[str, Any]]) -> None:
    assert of(journeys, CUT_OFF.situation)["dossiers"]


@pytest.mark.parametrize(
    ("asked", "programme", "declined"),
    [
        (SCHOOL_WITH, "family-conference", None),
        (SCHOOL_WITHOUT, "first-contact", "family-conference"),
        (REFUSED, "first-contact", "family-conference"),
    ],
    ids=["school with consent", "school without consent", "excluded situation"],
)
def test_what_is_not_possible_is_accepted_as_first_contact(
    journeys: list[dict[str, Any]], asked: Any, programme: str, declined: str | None
) -> None:
    found = of(journeys, asked.situation)
    assert (found["programme"], found["declined"]) == (programme, declined)


def test_the_conference_goes_to_its_recorded_follow_up(said: str, demonstration: Demonstration) -> None:
    steps = demonstration.report["conference"]
    told = Counter(step["event"] for step in steps)
    assert (told["ConferenceRatified"], told["FollowUpRecorded"]) == (1, 1)
    stages = [step["detail"] for step in steps if step["event"] == "FollowUpDue"]
    assert sorted(stages) == ["due", "early", "overdue"]


def test_a_message_of_each_kind_is_shown_with_the_file_it_arrived_in(said: str, demonstration: Demonstration) -> None:
    arrived = {one["kind"]: one for one in demonstration.report["arrived"]}
    assert [*arrived] == ["email", "sms", "letter", "escalation"]
    kept = {kind: Path(one["file"]).read_bytes() for kind, one in arrived.items()}
    assert kept["letter"].startswith(b"%PDF")
    assert arrived["escalation"]["said"] == "Un suivi est en retard sur votre territoire"
    assert all(one["said"].split()[0] in said for one in arrived.values())


@pytest.fixture(scope="module")
def stories(said: str, demonstration: Demonstration) -> dict[str, dict[str, Any]]:
    return {story["kind"]: story for story in demonstration.report["stories"]}


def test_a_measure_is_signed_and_its_money_managed(stories: dict[str, dict[str, Any]]) -> None:
    story = stories["measure"]
    assert story["events"]["MeasureSigned"] == 1
    assert story["facts"]["phase"] == "under_contract"
    assert story["facts"]["entries"] == ["benefit_received", "rent_paid", "charges_paid", "paid_to_person"]
    assert story["facts"]["accounts"]["held"] == sum(story["facts"]["accounts"].values()) == 0
    alerts = {(alert["kind"], alert["stage"]): alert["on"] for alert in story["facts"]["alerts"]}
    assert alerts["measure_end", "due"] == story["facts"]["ends_on"]
    assert alerts["measure_end", "early"] < story["facts"]["ends_on"]


def test_an_appointment_is_one_event_of_a_calendar_whatever_moves(
    stories: dict[str, dict[str, Any]], demonstration: Demonstration
) -> None:
    story = stories["appointment"]
    assert [kind.removeprefix("appointment_") for kind in story["done"]] == ["proposed", "booked", "moved", "kept"]
    assert {name: story["events"][f"Appointment{name}"] for name in ("Booked", "Moved", "Kept")} == {
        "Booked": 1, "Moved": 1, "Kept": 1,
    }  # fmt: skip
    assert (story["facts"]["status"], len(story["facts"]["uids"])) == ("kept", 1)
    assert story["facts"]["sequences"] == [0, 1, 2, 3]
    assert {(one["rule"], one["state"]) for one in story["messages"]} == {
        ("appointment-booked", "sent"), ("appointment-moved", "sent"),
    }  # fmt: skip
    assert MOVED.requester is not None, "she asks for herself"
    mails = reading.mails_to(demonstration.state.mail, MOVED.requester.email, reading.FIRST)
    assert len(mails) == 3
    assert "rendez-vous" not in " ".join(mails).lower(), "she asked that nothing show"


def test_an_orientation_nobody_answers_escalates_and_another_offer_is_found(stories: dict[str, dict[str, Any]]) -> None:
    story = stories["orientation"]
    assert [kind.removeprefix("orientation_") for kind in story["done"]] == [
        "proposed", "reminder", "escalation", "expired", "instead",
    ]  # fmt: skip
    [silent] = story["facts"]["orientations"]
    assert (silent["state"], silent["ground"]) == ("expired", "nothing")
    assert silent["instead"] == next(offer.name for offer in OFFERS if offer.organisation == ANSWERING)
    assert (story["events"]["OrientationExpired"], story["events"]["FollowUpDue"]) == (1, 2)
    told = Counter(one["rule"] for one in story["messages"])
    assert told == {"orientation-link": 3, "orientation-reminder": 2, "orientation-expired": 1}


def test_a_structure_answers_by_the_link_and_the_code_of_its_mails(stories: dict[str, dict[str, Any]]) -> None:
    story = stories["answered"]
    assert story["done"] == ["orientation_proposed", "orientation_accepted"]
    [accepted] = story["facts"]["orientations"]
    assert (accepted["state"], accepted["ground"]) == ("accepted", "consent")
    told = {one["rule"] for one in story["messages"] if one["state"] == "sent"}
    assert told == {"orientation-link", "orientation-code", "orientation-answer", "orientation-news"}


def test_a_worry_about_a_child_is_the_cells_alone(said: str, stories: dict[str, dict[str, Any]]) -> None:
    story = stories["concern"]
    assert story["events"] == {"ConcernRaised": 1}
    assert (story["reference"], story["messages"]) == (None, [])
    facts = story["facts"]
    assert (facts["read_by_the_cell"], facts["accounts"], facts["found"], facts["unchanged"]) == (True, 5, 0, True)
    assert FAMILY_NAME not in said


@pytest.fixture(scope="module")
def network(said: str, demonstration: Demonstration) -> dict[str, dict[str, Any]]:
    return {story["kind"]: story for story in demonstration.report["network"]}


def test_a_national_file_comes_in_and_what_is_wrong_in_it_is_set_aside(network: dict[str, dict[str, Any]]) -> None:
    story = network["import"]
    assert (story["events"], story["facts"]["found"]) == ({"OrganisationPublished": 5, "OfferPublished": 5}, True)
    assert [(one["created"], one.get("set_aside", 0)) for one in story["facts"]["counts"].values()] == [(5, 1), (5, 0)]
    assert "n'est pas une date" in str(story["facts"]["set_aside"])


def test_a_permanence_is_found_on_the_right_weeks_only(network: dict[str, dict[str, Any]]) -> None:
    looked_for = network["permanence"]["facts"]["looked_for"]
    assert not any(one["found"] for one in looked_for if one["week"] % 2 == 0)
    assert any(one["found"] for one in looked_for)


def test_a_convention_is_signed_and_in_force(network: dict[str, dict[str, Any]]) -> None:
    story = network["convention"]
    assert story["events"] == {"AgreementSigned": 1, "AgreementInForce": 1}
    facts = story["facts"]
    assert (facts["phase"], facts["approvals"], facts["signatures"], len(facts["warned"])) == ("in_force", 3, 3, 2)
    assert set(facts["by_year"].values()) == {15_000_000}


def test_a_territory_ratifies_its_plan_and_a_contract_is_drafted_of_it(network: dict[str, dict[str, Any]]) -> None:
    story = network["territory"]
    assert story["events"] == {"CaseOpened": 1, "ConferenceScheduled": 1, "ConferenceRatified": 1}
    assert (story["facts"]["phase"], story["facts"]["contract"]) == ("ratified", {"phase": "draft", "actions": 2})
    assert "territorial_follow_up" in story["facts"]["due"]


def test_the_partners_letters_are_replayed_in_order(said: str, demonstration: Demonstration) -> None:
    letters = demonstration.report["letters"]
    replayed = [letter for letter in letters if letter["state"] == "replayed"]
    assert len(replayed) == sum(letter.file == "B" for letter in LETTERS)
    assert len({letter["key"] for letter in replayed}) == 1
    in_order = sorted(replayed, key=lambda letter: int(letter["offset"]))
    assert [letter["decided_at"] for letter in in_order] == sorted(letter["decided_at"] for letter in replayed)
    assert "commune inconnue" in in_order[0]["reason"]


def test_a_malformed_letter_is_discarded_with_its_reason(said: str, demonstration: Demonstration) -> None:
    [discarded] = [letter for letter in demonstration.report["letters"] if letter["state"] == "discarded"]
    assert discarded["decision_reason"]


def test_each_message_that_left_was_kept_once_by_its_gateway(
    journeys: list[dict[str, Any]], demonstration: Demonstration
) -> None:
    messages = [message for one in journeys for message in one["messages"]]
    assert {(one["mails"], one["texts"]) for one in messages if one["state"] == "suppressed"} == {(0, 0)}
    left = [one for one in messages if one["state"] != "suppressed"]
    kept_of = {"email": ("sent", 1, 0), "sms": ("delivered", 0, 1)}
    found = {(one["channel"], one["state"], one["mails"], one["texts"]) for one in left if one["channel"] in kept_of}
    assert found == {(channel, *kept) for channel, kept in kept_of.items()}
    kept = reading.mails(demonstration.state.mail, reading.FIRST)
    known = {one.delivery_id for one in reading.deliveries(demonstration.installation, reading.FIRST)}
    assert kept.keys() <= known
    assert {len(mails) for mails in kept.values()} == {1}


def test_stopping_leaves_no_process(said: str, demonstration: Demonstration) -> None:
    started = demonstration.processes()
    assert alive(started) == started

    demonstration.run("--stop")

    assert not running.is_running(demonstration.state)
    _until(lambda: not alive(started))


@pytest.mark.scale
def test_it_can_be_played_again_and_interrupted(said: str, demonstration: Demonstration) -> None:
    """A second day on what the first one left; Ctrl-C in the middle of it leaves nothing running."""
    second = demonstration.start()
    try:
        _until(lambda: _stored(demonstration) > len(DAY) + 10)
        started = demonstration.processes()
        second.send_signal(signal.SIGINT)
        second.communicate(timeout=ENDED_SECONDS)
    finally:
        second.kill()

    assert second.returncode == 130
    assert not running.is_running(demonstration.state)
    _until(lambda: not alive(started))


def _stored(demonstration: Demonstration) -> int:
    if running.board(demonstration.state).get("phase") != "running":
        return 0
    [row] = reading.rows(demonstration.installation, "intake", "SELECT count(*) FROM requests")
    return int(row["count"])


def _until(condition: Any) -> None:
    deadline = time.monotonic() + STARTED_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
