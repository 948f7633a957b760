"""Rules and templates are data: what is wrong with them is said at start."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import yaml
from jinja2.exceptions import SecurityError

from contracts import programmes
from notifications.messages import rules
from notifications.messages.rules import SHIPPED, BadRule, RuleBook
from notifications.messages.wording import FOLDER, Wording
from notifications.organisations.store import WhomToCall

CASE = UUID("00000000-0000-4000-8000-0000000000ca")
PARIS = ZoneInfo("Europe/Paris")
REQUEST = {
    "reference": "5VS9HGPTD",
    "promised_on": date(2026, 3, 16).isoformat(),
    "own": True,
    "organisation_id": None,
    "territory_id": "saint-brieuc",
}
ORIENTATION_RULES = {
    "orientation-link",
    "orientation-code",
    "orientation-reminder",
    "orientation-answer",
    "orientation-news",
    "request-answered",
    "own-action",
    "orientation-expired",
}
APPOINTMENT_RULES = {"appointment-booked", "appointment-moved", "appointment-cancelled"}
APPOINTMENT = {"case_id": str(CASE), "starts_at": "2026-06-01T08:30:00+00:00"}
FOLLOW_UP = {"case_id": str(CASE), "stage": "due", "due_on": "2026-06-01"}


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return rules.load(programmes.load())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in SHIPPED.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    return tmp_path


def test_every_shipped_rule_works(book: RuleBook) -> None:
    Wording(book.rules, PARIS)
    assert set(book.rules) == {
        "acknowledgement",
        "plan-ratified",
        "meeting-called-off",
        "follow-up-reminder",
        "follow-up-escalation",
        "follow-up-shared",
        "meeting-scheduled",
        "deadline-reminder",
        "agreement-ending",
        "confirmation-asked",
        "webhook-disabled",
        "daily-digest",
        "registration-told",
        *ORIENTATION_RULES,
        *APPOINTMENT_RULES,
    }


@pytest.mark.parametrize(
    ("programme", "event", "expected"),
    [
        ("first-contact", "RequestSubmitted", ["acknowledgement"]),
        ("first-contact", "RequestAnswered", ["request-answered"]),
        ("first-contact", "ConferenceRatified", []),
        ("family-conference", "RequestSubmitted", ["acknowledgement"]),
        ("family-conference", "ConferenceRatified", ["plan-ratified"]),
        ("family-conference", "ConferenceStopped", ["meeting-called-off"]),
        (
            "family-conference",
            "FollowUpDue",
            ["deadline-reminder", "follow-up-escalation", "follow-up-reminder", "orientation-reminder", "own-action"],
        ),
        ("first-contact", "OrientationLinkIssued", ["orientation-link"]),
        ("first-contact", "AppointmentMoved", ["appointment-moved"]),
        ("masp", "AppointmentCancelled", ["appointment-cancelled"]),
    ],
)
def test_a_programme_says_which_rules_it_wants(book: RuleBook, programme: str, event: str, expected: list[str]) -> None:
    assert [rule.rule for rule in book.wanted(event, programme, 1)] == expected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"event": "CaseOpened"}, "nothing is written on CaseOpened"),
        ({"to": "members"}, "names no members"),
        ({"link": "/suivi/{secret}"}, "secret"),
        ({"link": "https://elsewhere.example"}, "link"),
        ({"channels": ["telegram"]}, "channels"),
        ({"channels": []}, "channels"),
        ({"channels": ["email", "email"]}, "named twice"),
        ({"delay": "-PT1H"}, "delay"),
        ({"overtaken_by": ["RequestLost"]}, "does not exist"),
        ({"colour": "blue"}, "colour"),
        ({"rule": "other"}, "other.yaml"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_at_start(folder: Path, changes: dict[str, Any], said: str) -> None:
    path = folder / "acknowledgement.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | changes), "utf-8")
    with pytest.raises(BadRule, match=said):
        rules.load(programmes.load(), folder)


def test_a_rule_a_programme_asks_for_must_exist(folder: Path) -> None:
    (folder / "plan-ratified.yaml").unlink()
    with pytest.raises(BadRule, match="no rule plan-ratified"):
        rules.load(programmes.load(), folder)


def _templates(tmp_path: Path, **changes: str) -> Path:
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    for name, content in changes.items():
        (tmp_path / f"{name}.txt").write_text(content, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("content", "said"),
    [("{{ person_name }}", "person_name"), ("{% if never %}{{ plan }}{% endif %}", "plan"), ("{{ unfinished", "body")],
)
def test_a_template_that_wants_what_its_event_does_not_tell_is_refused_at_start(
    book: RuleBook, tmp_path: Path, content: str, said: str
) -> None:
    folder = _templates(tmp_path, **{"plan-ratified.body": content})
    with pytest.raises(BadRule, match=said):
        Wording(book.rules, PARIS, folder)


@pytest.mark.parametrize(
    ("file", "added", "said"),
    [
        ("frame.html", "{{ logo }}", "frame.html uses .'logo'"),
        ("foot.txt", "{{ subject }}", "foot.txt uses .'subject'"),
        ("html.txt", "{{ colour }}", "html.txt uses .'colour'"),
        ("plain.txt", "{{ colour }}", "plain.txt uses .'colour'"),
        ("call.txt", "{{ whom }}", "call.txt uses .'whom'"),
        ("short.txt", "{{ whom }}", "short.txt uses .'whom'"),
        ("appointment-moved.subject.txt", "{{ place }}", "subject.txt uses .'place'"),
        ("appointment-moved.sms.txt", "{{ place }}", "sms.txt uses .'place'"),
        ("appointment-moved-neutral.sms.txt", "{{ place }}", "neutral.sms.txt uses .'place'"),
        ("appointment-moved.body.txt", "{{ call.address }}", "uses .'call.address'"),
        ("appointment-moved.body.txt", '{{ _("Le %(day)s", day=place | day) }}', "uses .'place'"),
        ("appointment-moved.body.txt", "{{ starts_at | season }}", "season"),
        ("appointment-moved.body.txt", '{% from "lost.txt" import it %}', "lost.txt"),
    ],
)
def test_each_file_a_message_is_made_of_is_looked_at_at_start(
    book: RuleBook, tmp_path: Path, file: str, added: str, said: str
) -> None:
    folder = _templates(tmp_path)
    (folder / file).write_text((FOLDER / file).read_text("utf-8") + added, "utf-8")
    with pytest.raises(BadRule, match=said):
        Wording({"appointment-moved": book.rules["appointment-moved"]}, PARIS, folder)


def test_a_missing_template_is_refused_at_start(book: RuleBook, tmp_path: Path) -> None:
    folder = _templates(tmp_path)
    (folder / "acknowledgement-neutral.subject.txt").unlink()
    with pytest.raises(BadRule, match="acknowledgement-neutral"):
        Wording(book.rules, PARIS, folder)


def test_templates_run_in_a_sandbox(book: RuleBook, tmp_path: Path) -> None:
    folder = _templates(tmp_path, **{"acknowledgement.body": "{{ reference.__class__.__mro__ }}"})
    with pytest.raises(SecurityError):
        Wording(book.rules, PARIS, folder).write(
            book.rules["acknowledgement"], REQUEST, {"link_to": "", "call": None}, channel="email", neutral=False
        )


def written(
    book: RuleBook, rule: str, facts: dict[str, Any], *, neutral: bool = False, call: WhomToCall | None = None
) -> tuple[str, str, str]:
    frame = {"link_to": "http://localhost/suivi", "call": call}
    words = Wording(book.rules, PARIS).write(book.rules[rule], facts, frame, channel="email", neutral=neutral)
    return words.subject, words.text, words.html


def test_an_acknowledgement_says_the_reference_the_date_and_whom_to_call(book: RuleBook) -> None:
    call = WhomToCall("Maison départementale de l’exemple", "02 00 00 00 00")
    subject, text, html = written(book, "acknowledgement", REQUEST, call=call)
    assert subject == "Votre demande est bien reçue"
    assert text.startswith("Bonjour,\n\nNous avons bien reçu votre demande.\n\nVotre référence : 5VS9HGPTD\n")
    for part in (text, html):
        assert "5VS9HGPTD" in part
        assert "lundi 16 mars 2026" in part
        assert "http://localhost/suivi" in part
        assert "Appelez le 02\u00a000\u00a000\u00a000\u00a000 (Maison départementale de l’exemple)." in part


@pytest.mark.parametrize("neutral", [False, True])
def test_an_answer_already_given_is_promised_no_more(book: RuleBook, neutral: bool) -> None:
    _, text, html = written(book, "acknowledgement", REQUEST | {"answered": True}, neutral=neutral)
    for part in (text, html):
        assert "16 mars" not in part
        assert "au plus tard" not in part
        assert ("Nous vous avons déjà répondu" in part) is not neutral


def test_who_asks_for_somebody_else_only_learns_that_it_was_received(book: RuleBook) -> None:
    _, text, html = written(book, "acknowledgement", REQUEST | {"own": False})
    assert "5VS9HGPTD" in text
    assert "16 mars" not in text + html


def test_words_of_organisations_are_escaped_in_html(book: RuleBook) -> None:
    _, text, html = written(book, "acknowledgement", REQUEST, call=WhomToCall("A & <b>B</b>", "0"))
    assert "A & <b>B</b>" in text
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in html


@pytest.mark.parametrize(
    ("stage", "subject", "sentence"),
    [
        ("early", "Un suivi est à prévoir", "demande un suivi avant le lundi 1er juin 2026"),
        ("due", "Un suivi est à faire", "La date limite est le lundi 1er juin 2026"),
        ("overdue", "Un suivi est en retard", "Il n’est pas encore enregistré"),
        ("a stage of tomorrow", "Un suivi est à faire", "La date limite est le"),
    ],
)
def test_a_reminder_says_what_is_due_when(book: RuleBook, stage: str, subject: str, sentence: str) -> None:
    said, text, _ = written(book, "follow-up-reminder", FOLLOW_UP | {"stage": stage})
    assert said == subject
    assert sentence in text


@pytest.mark.parametrize(
    ("stage", "subject", "sentence"),
    [
        ("early", "Une date limite approche", "à faire dans un de vos dossiers avant le lundi 1er juin 2026"),
        ("due", "Une date limite est arrivée", "La date limite est le lundi 1er juin 2026"),
        ("overdue", "Une date limite est passée", "Ce n’est pas encore enregistré"),
    ],
)
def test_any_other_deadline_says_where_to_look(book: RuleBook, stage: str, subject: str, sentence: str) -> None:
    said, text, _ = written(book, "deadline-reminder", FOLLOW_UP | {"stage": stage})
    assert said == subject
    assert sentence in text


@pytest.mark.parametrize(
    ("rule", "subject", "sentence"),
    [
        (
            "appointment-booked",
            "Votre rendez-vous du lundi 1er juin 2026",
            "rendez-vous le lundi 1er juin 2026 à 10 h 30.",
        ),
        (
            "appointment-moved",
            "Votre rendez-vous a changé : lundi 1er juin 2026",
            "Il est maintenant le lundi 1er juin 2026 à 10 h 30.",
        ),
        (
            "appointment-cancelled",
            "Votre rendez-vous du lundi 1er juin 2026 est annulé",
            "du lundi 1er juin 2026 à 10 h 30 est annulé.",
        ),
    ],
)
def test_an_appointment_is_told_with_its_hour_by_the_clock_on_the_wall(
    book: RuleBook, rule: str, subject: str, sentence: str
) -> None:
    said, text, _ = written(book, rule, APPOINTMENT)
    assert said == subject
    assert sentence in text
    assert str(CASE) not in text
    assert "juin" not in "".join(written(book, rule, APPOINTMENT, neutral=True))


TELLING = (
    "rendez-vous",
    "social",
    "aide",
    "demande",
    "conférence",
    "famille",
    "réunion",
    "plan",
    "dossier",
    "département",
    "danger",
)


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("acknowledgement", REQUEST),
        ("plan-ratified", {"case_id": str(CASE)}),
        ("follow-up-shared", {"case_id": str(CASE)}),
        ("meeting-scheduled", APPOINTMENT | {"moved": False}),
        ("meeting-scheduled", APPOINTMENT | {"moved": True}),
        ("meeting-called-off", {"case_id": str(CASE)}),
        *((rule, APPOINTMENT) for rule in sorted(APPOINTMENT_RULES)),
    ],
)
def test_neutral_words_reveal_nothing(book: RuleBook, rule: str, facts: dict[str, Any]) -> None:
    call = WhomToCall("Centre social de l’exemple", "02 00 00 00 00")
    subject, text, html = written(book, rule, facts, neutral=True, call=call)
    content = (subject + text + html.partition("<body")[2].partition(">")[2]).lower().replace("demandez-la", "")
    assert [word for word in TELLING if word in content] == []


@pytest.mark.parametrize("neutral", [False, True])
def test_a_ratified_plan_is_announced_without_its_content(book: RuleBook, neutral: bool) -> None:
    _, text, html = written(book, "plan-ratified", {"case_id": str(CASE)}, neutral=neutral)
    assert str(CASE) not in text + html
    assert "plan" not in text.lower()


REASONS = ("accord", "consent", "refus", "retir", "violence", "danger", "sécurité", "abus", "famille", "conférence")


@pytest.mark.parametrize("neutral", [False, True])
def test_a_meeting_is_called_off_without_who_or_why(book: RuleBook, neutral: bool) -> None:
    subject, text, _html = written(book, "meeting-called-off", {"case_id": str(CASE)}, neutral=neutral)
    assert [word for word in REASONS if word in (subject + text).lower()] == []
    assert ("n’aura pas lieu" in text) is not neutral
