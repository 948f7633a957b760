"""Programmes: what the field's rules say, and what a département reads when its file is wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from contracts.programme import Programme
from contracts.programme_faults import DEADLINES
from contracts.programmes import SHIPPED, BadProgramme, UnknownProgramme, load, read_folder

PARIS = ZoneInfo("Europe/Paris")
CONFERENCE = load().current("family-conference")
SOURCE = (SHIPPED / "family-conference.yaml").read_text("utf-8")


def test_what_is_offered_leaves_out_demonstrations_and_what_residents_do_not_ask_for() -> None:
    offered = {programme.id for programme in load().offered}
    assert offered == {programme.id for programme in load().versions.values()} - {
        "family-conference-demo",
        "first-contact-demo",
        "child-concern",
        "early-detection",
        "territorial-conference",
        "territorial-conference-demo",
    }


@pytest.mark.parametrize(
    ("asked_by", "minor", "needed"),
    [
        ("self", False, []),
        ("relative", False, ["person_concerned"]),
        ("social_service", False, ["person_concerned"]),
        ("school", False, ["person_concerned"]),
        ("school", True, ["parental_authority"]),
        ("relative", True, ["parental_authority"]),
        ("self", True, ["parental_authority"]),
    ],
)
def test_consents_of_a_family_conference(asked_by: str, minor: bool, needed: list[str]) -> None:
    assert [consent.code for consent in CONFERENCE.consents_needed(asked_by, minor)] == needed


@pytest.mark.parametrize(
    "asked_by", ["self", "relative", "social_network", "social_service", "school", "other_partner"]
)
def test_anyone_may_ask_without_consent_at_first_contact(asked_by: str) -> None:
    first_contact = load().current("first-contact")
    assert asked_by in first_contact.who_may_ask
    assert first_contact.consents_needed(asked_by, minor=True) == ()
    assert first_contact.exclusions == ()
    assert first_contact.ages.include(0)


def test_excluded_situations_are_offered_first_contact_instead() -> None:
    excluded = {exclusion.code: exclusion for exclusion in CONFERENCE.exclusions}
    assert set(excluded) == {"sexual_abuse", "facts_not_acknowledged"}
    assert {exclusion.instead for exclusion in CONFERENCE.exclusions} == {"first-contact"}
    assert excluded["sexual_abuse"].child_concern_for_minor


def test_a_refusal_s_neutral_sentence_gives_no_reason() -> None:
    sentence = (CONFERENCE.not_possible or "").lower()
    assert "n’est pas possible" in sentence
    assert all(word not in sentence for word in ("abus", "violence", "faits", "accord", "refus"))


@pytest.mark.parametrize(
    ("met", "due", "early"),
    [
        ("2026-11-30T14:00:00+01:00", "2027-02-28", "2027-02-14"),
        ("2027-11-30T14:00:00+01:00", "2028-02-29", "2028-02-15"),
        ("2026-05-31T23:30:00+00:00", "2026-09-01", "2026-08-18"),  # already June in Paris
    ],
)
def test_the_follow_up_is_due_three_months_after_the_meeting(met: str, due: str, early: str) -> None:
    deadline = CONFERENCE.deadline("conference_follow_up")
    assert (deadline.runs_from, deadline.contacts_at_least) == ("meeting", 2)
    schedule = deadline.schedule(datetime.fromisoformat(met), PARIS)
    assert schedule.due_on == date.fromisoformat(due)
    assert schedule.early_at == datetime.combine(date.fromisoformat(early), datetime.min.time(), PARIS).replace(hour=8)
    assert schedule.due_at.date() == schedule.due_on
    assert schedule.due_at < schedule.overdue_at


def test_a_demonstration_counts_in_seconds() -> None:
    met = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    schedule = load().current("family-conference-demo").deadline("conference_follow_up").schedule(met, PARIS)
    assert schedule.early_at is not None
    assert met < schedule.early_at < schedule.due_at < schedule.overdue_at
    assert (schedule.due_at - met).total_seconds() < 60
    assert schedule.due_on == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("urgency", "promised"),
    [("ordinary", "2026-03-16"), ("soon", "2026-03-05"), ("immediate", "2026-03-03"), ("calm", "2026-03-16")],
)
def test_an_answer_is_promised_in_working_days(urgency: str, promised: str) -> None:
    assert CONFERENCE.promised_on(date(2026, 3, 2), urgency) == date.fromisoformat(promised)


def test_free_text_is_always_sealed() -> None:
    fields = [field for programme in load().versions.values() for field in programme.form]
    assert {field.sealed for field in fields if field.type in ("text", "long_text")} == {True}


def test_an_overlay_adds_a_version_and_cases_keep_theirs(tmp_path: Path) -> None:
    changed = yaml.safe_load(SOURCE) | {"version": 2, "title": "Conférence familiale en Exemple"}
    (tmp_path / "ours.yaml").write_text(yaml.safe_dump(changed), "utf-8")
    programmes = load(tmp_path)
    assert programmes.current("family-conference").title == "Conférence familiale en Exemple"
    assert programmes.version("family-conference", 1).title == "Conférence familiale"


def test_an_overlay_adds_a_programme_or_replaces_a_version(tmp_path: Path) -> None:
    ours = SOURCE.replace("id: family-conference", "id: family-meeting").replace("title: Conférence", "title: Réunion")
    (tmp_path / "new.yaml").write_text(ours, "utf-8")
    (tmp_path / "same.yaml").write_text(SOURCE.replace("soon: 3", "soon: 2"), "utf-8")
    programmes = load(tmp_path)
    assert [programme.title for programme in programmes.offered][-1] == "Réunion familiale"
    assert programmes.current("family-conference").promise.soon == 2


def test_an_unknown_programme_or_version_is_said() -> None:
    with pytest.raises(UnknownProgramme):
        load().current("nothing")
    with pytest.raises(UnknownProgramme):
        load().version("family-conference", 99)


CODE = "  - code: conference_follow_up"
WRONG = [  # what is replaced, by what, what stands on the line that is named, what the reason says
    ("title: Conférence familiale\n", "", "id: ", "le champ « title » manque"),
    ("version: 1\n", "version: un\n", "version: un", "« version » doit être un nombre entier"),
    ("version: 1\n", "version: 0\n", "version: 0", "« version » doit être au moins 1"),
    ("version: 1\n", "version: 1\ncouleur: bleu\n", "couleur", "le champ « couleur » n’existe pas"),
    ("version: 1\n", "version: 1\nversion: 2\n", "version: 2", "« version » est écrit deux fois"),
    ("within: P3M", "within: 3 mois", "within", "une durée ISO 8601, par exemple P3M ou P14D"),
    ("within: P3M", "within: PT20S", CODE, "toutes en secondes"),
    ("lead: P14D", "lead: P0D", CODE, "une durée nulle"),
    ("instead: first-contact", "instead: nothing", "instead: nothing", "« nothing » n’existe pas"),
    ("event: RequestSubmitted", "event: Asked", "event: Asked", "l’événement « Asked » n’existe pas"),
    ("code: private_time", "code: preparation", "preparation, label: Temps", "est écrit deux fois"),
    ("question\n    type: long_text", "question\n    type: choice", "name: question", "un choix a des options"),
    ("by: parental_authority", "by: anybody", "by: anybody", "doit être 'person_concerned' ou"),
    ("[famille--", "[famile--", "answered_by", "n’existe pas dans data·inclusion"),
    ("\nnot_possible", "\n#", "exclusions:", "« not_possible » manque"),
    ("form:\n", "form: [\n", "", "le YAML est incorrect"),
    ("version: 1\n", "version: !!python/name:os.system\n", "version: !!", "une valeur n’est ni un texte"),
]


@pytest.mark.parametrize(("wrong", "right", "at", "reason"), WRONG)
def test_a_wrong_file_says_where_and_why_in_french(
    tmp_path: Path, wrong: str, right: str, at: str, reason: str
) -> None:
    assert_said(SOURCE, tmp_path, wrong, right, at, reason)


def assert_said(
    source: str, tmp_path: Path, wrong: str, right: str, at: str, reason: str, read: Callable[[Path], object] = load
) -> None:
    assert wrong in source
    path = tmp_path / "ours.yaml"
    path.write_text(source.replace(wrong, right, 1), "utf-8")
    with pytest.raises(BadProgramme) as caught:
        read(tmp_path)
    assert caught.value.file == path
    assert reason in caught.value.reason
    assert caught.value.line is not None
    assert at in path.read_text("utf-8").splitlines()[caught.value.line - 1]
    assert str(caught.value) == f"{path}, ligne {caught.value.line} : {caught.value.reason}."


MASP = (SHIPPED / "masp.yaml").read_text("utf-8")
CONCERN = (SHIPPED / "child-concern.yaml").read_text("utf-8")
AVIP = (SHIPPED / "global-support.yaml").read_text("utf-8")
EARLY = (SHIPPED / "early-detection.yaml").read_text("utf-8")

TERM = "terms: [{code: any, label: Une durée, at_most: P1M, ceiling: P1M}]"
MESSAGE = "messages: [{rule: acknowledgement, event: RequestSubmitted, to: requester}]"
AGREED = "runs_from: agreed_day, within: P0D, lead: P2M"
WRONG_IN_ANOTHER = [  # the file, then as above
    (MASP, "kind: measure", "kind: mesure", "kind:", "« kind » doit être 'request'"),
    (MASP, "from_age: 18", "from_age: 18, to_age: 11", "ages:", "l’âge minimum dépasse l’âge maximum"),
    (MASP, "code: social_benefits", "code: unpaid_rent", "unpaid_rent", "déjà le nom d’une question"),
    (MASP, "code: trouble_managing", "code: social_benefits", "social_benefits", "est écrit deux fois"),
    (MASP, "code: measure_ceiling", "code: ceiling", "deadlines:", "l’échéance « measure_ceiling » manque"),
    (MASP, "code: measure_end", "code: the_end", "deadlines:", "l’échéance « measure_end » manque"),
    (MASP, "within: P15D", "within: P6D", "deadlines:", "se relance, puis se signale, puis expire"),
    (MASP, AGREED, "runs_from: agreed_day, within: P0D, lead: P0D", "measure_end", "une durée nulle"),
    (MASP, AGREED, "runs_from: opening, within: P0D, lead: P2M", "measure_end", "une durée nulle"),
    (MASP, "at_least: P6M", "at_least: P3Y", "{code: contract", "du plus court au plus long"),
    (MASP, "terms:\n", "terms: []\nignored:\n", "ignored", "le champ « ignored » n’existe pas"),
    (MASP, "\nnot_possible", "\n#", "conditions:", "« not_possible » manque"),
    (AVIP, "only_if: avip_place", "only_if: obstacles", "only_if: obstacles", "« obstacles » n’est pas une question"),
    (AVIP, "\nreferents:", f"\n{TERM}\nreferents:", "terms:", "et elle seule"),
    (EARLY, "only_if: after_school_place", "only_if: nothing", "only_if: nothing", "« nothing » n’est pas"),
    (EARLY, "instead: first-contact", "instead: child-concern", "instead:", "ou n’est pas ouvert à tous"),
    (EARLY, "instead: first-contact", "instead: early-detection", "instead:", "ou n’est pas ouvert à tous"),
    (EARLY, 'numbers: ["119"]', 'numbers: ["911"]', "numbers:", "n’est pas un numéro d’aide connu"),
    (EARLY, "offered_to: agents", "offered_to: neighbours", "offered_to:", "doit être 'anyone'"),
    (CONCERN, "offered_to: cell", "offered_to: agents", "offered_to:", "réservée à la cellule"),
    (CONCERN, "code: concern_feedback", "code: feedback", "deadlines:", "« concern_feedback » manque"),
    (CONCERN, "retention:", f"{MESSAGE}\nretention:", "messages:", "aucun message automatique"),
    (SOURCE, "kind: conference", "kind: concern", "deadlines:", "« concern_evaluation » manque"),
    (SOURCE, "code: private_time,", "code: private_time, form: [{name: x, type: date, label: X}],", "private_time",
     "ne se remplissent pas"),
    (SOURCE, "runs_from: meeting", "runs_from: preparation\n    until: follow_up", "until:", "ne dépendent pas"),
    (SOURCE, "code: action", "code: task", "deadlines:", "« action » manque"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "wrong", "right", "at", "reason"), WRONG_IN_ANOTHER)
def test_what_one_field_alone_does_not_show_is_said_too(
    tmp_path: Path, source: str, wrong: str, right: str, at: str, reason: str
) -> None:
    assert_said(source, tmp_path, wrong, right, at, reason)


AID = (SHIPPED / "financial-aid-3.yaml").read_text("utf-8")
IN_PART = "when: {question: outcome, answered: [refused]}"
ONLY_IF = "only_if: {step: decision, question: outcome"
AT_MOST = "at_most: {step: decision, question: amount}"
WRONG_STEPS = [  # as above, of an aid
    ("runs_from: decision, until: payment", "runs_from: verdict, until: payment", "aid_payment", "ni une étape, ni un"),
    ("runs_from: decision, until: payment", "runs_from: receipt, until: payment", "aid_payment", "ni « submission »"),
    ("until: payment,", "until: paid,", "aid_payment", "« paid » n’est pas une étape"),
    ("until: payment,", "until: commission,", "aid_payment", "« commission » vient avant « decision »"),
    ("until: payment,", "until: decision,", "aid_payment", "ou c’est la même étape"),
    ("runs_from: decision, until: payment", "runs_from: payment", "aid_payment", "« until » manque"),
    ("code: aid_payment", "code: task", "code: task", "déjà le nom d’une autre échéance"),
    ("code: aid_payment", "code: orientation", "code: orientation,", "déjà le nom d’une autre échéance"),
    (IN_PART, IN_PART.replace("refused", "maybe"), "when:", "pas toutes des réponses à « outcome »"),
    (IN_PART, IN_PART.replace("outcome", "amount"), "when:", "« amount » n’est pas un choix posé avant"),
    (ONLY_IF, ONLY_IF.replace("decision", "appeal"), "only_if:", "« appeal » n’est pas une étape d’avant"),
    (ONLY_IF, ONLY_IF.replace("outcome", "amount"), "only_if:", "« amount » n’est pas un choix posé avant"),
    ("label: Décision\n", "label: Décision\n        sensitive: true\n", "when:", "« outcome » est sensible"),
    (AT_MOST, AT_MOST.replace("decision", "appeal"), "at_most:", "« appeal » n’est pas une étape d’avant"),
    (AT_MOST, AT_MOST.replace("amount", "outcome"), "at_most:", "« outcome » n’est pas un montant de cette étape"),
    ("label: Montant accordé\n", "label: Montant accordé\n        sensitive: true\n", "at_most:", "est sensible"),
    (
        "name: paid_to\n        type: choice",
        f"name: paid_to\n        type: choice\n        {AT_MOST}",
        "at_most:",
        "seul un montant",
    ),
    ("name: paid_to", "name: amount", "name: amount", "« amount » est écrit deux fois"),
]


@pytest.mark.parametrize(("wrong", "right", "at", "reason"), WRONG_STEPS)
def test_steps_that_could_not_be_taken_are_said(tmp_path: Path, wrong: str, right: str, at: str, reason: str) -> None:
    assert_said(AID, tmp_path, wrong, right, at, reason, read_folder)


def test_the_example_of_how_to_add_a_programme_can_be_used(tmp_path: Path) -> None:
    written = (Path(__file__).parents[2] / "docs/how-to/add-a-programme.md").read_text("utf-8")
    (tmp_path / "ours.yaml").write_text(written.split("```yaml\n")[1].split("```")[0], "utf-8")
    ours = load(tmp_path).current("home-adaptation")
    assert [one.code for one in ours.own_deadlines] == ["home_visit", "home_payment"]


def test_who_is_refused_for_their_role_reads_a_sentence_too(tmp_path: Path) -> None:
    narrow = (SHIPPED / "suicide-prevention-network.yaml").read_text("utf-8").replace("[self, relative,", "[self,")
    (tmp_path / "ours.yaml").write_text(narrow, "utf-8")
    with pytest.raises(BadProgramme, match="la phrase neutre que lit qui ne peut pas demander"):
        load(tmp_path)


# What each programme says ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "kind", "offered_to", "ages"),
    [
        ("first-contact", "request", "anyone", (None, None)),
        ("family-conference", "conference", "anyone", (None, None)),
        ("masp", "measure", "anyone", (18, None)),
        ("global-support", "support", "anyone", (16, None)),
        ("child-concern", "concern", "cell", (None, 17)),
        ("financial-aid", "request", "anyone", (18, None)),
        ("budget-advice", "request", "anyone", (None, None)),
        ("food-parcels", "request", "anyone", (None, None)),
        ("legal-access", "request", "anyone", (None, None)),
        ("suicide-prevention-network", "request", "anyone", (None, None)),
        ("volunteers-network", "request", "anyone", (None, None)),
        ("jobs-and-mobility", "request", "anyone", (16, None)),
        ("older-people", "request", "anyone", (60, None)),
        ("teenagers-house", "request", "anyone", (11, 25)),
        ("early-detection", "request", "agents", (None, 17)),
    ],
)
def test_who_each_programme_is_for(id: str, kind: str, offered_to: str, ages: tuple[int | None, int | None]) -> None:
    programme = load().current(id)
    assert (programme.kind, programme.offered_to) == (kind, offered_to)
    assert (programme.ages.from_age, programme.ages.to_age) == ages
    assert programme.steps
    assert programme.retention.source


def test_anyone_may_ask_for_a_masp_which_lasts_six_months_to_two_years_and_four_in_all() -> None:
    masp = load().current("masp")
    assert len(masp.who_may_ask) == 6
    contract, order = masp.term("contract"), masp.term("direct_payment")
    assert tuple(map(str, (contract.at_least, contract.at_most, contract.ceiling))) == ("P6M", "P24M", "P48M")
    assert (order.at_least, str(order.at_most), str(order.ceiling)) == (None, "P24M", "P48M")
    assert str(masp.deadline("measure_ceiling").within) == "P48M"


def test_the_end_of_a_contract_is_announced_before_the_day_that_was_agreed() -> None:
    end = datetime(2027, 3, 31, 8, 0, tzinfo=PARIS)
    schedule = load().current("masp").deadline("measure_end").schedule(end, PARIS)
    assert schedule.due_on == date(2027, 3, 31)
    assert schedule.early_at is not None
    assert schedule.early_at.date() == date(2027, 1, 31)


def test_a_place_in_a_creche_brings_a_third_referent_and_a_condition_on_age() -> None:
    support = load().current("global-support")
    alone, with_child = support.referents_needed(), support.referents_needed({"avip_place": True})
    assert [referent.code for referent in alone] == ["employment_adviser", "social_worker"]
    assert [referent.code for referent in with_child] == ["employment_adviser", "social_worker", "early_childhood"]
    assert [one.code for one in support.conditions if not one.applies({})] == ["child_under_three"]


def test_a_worry_about_a_child_is_evaluated_in_three_months_and_seen_coming_sooner_under_two() -> None:
    received = datetime(2026, 11, 30, 10, 0, tzinfo=PARIS)
    concern = load().current("child-concern")
    ordinary, baby = (
        concern.deadline(code).schedule(received, PARIS)
        for code in ("concern_evaluation", "concern_evaluation_under_two")
    )
    assert ordinary.due_on == baby.due_on == date(2027, 2, 28)
    assert ordinary.early_at is not None
    assert baby.early_at is not None
    assert baby.early_at < ordinary.early_at
    assert concern.messages == ()
    assert concern.restricted
    assert str(concern.deadline("concern_feedback").within) == "P3M"


def test_early_detection_names_no_child_and_asks_the_parents_for_a_place_alone() -> None:
    programme = load().current("early-detection")
    assert programme.no_child_name
    assert programme.consents_needed("school", minor=True) == ()
    needed = programme.consents_needed("school", True, {"after_school_place": True})
    assert [consent.given_by for consent in needed] == ["parental_authority"]
    assert programme.messages == ()


def test_financial_aid_is_examined_decided_paid_and_open_to_appeal() -> None:
    aid, before = load().current("financial-aid"), load().version("financial-aid", 1)
    assert (aid.version, aid.own_deadlines != (), before.own_deadlines) == (3, True, ())
    assert [step.code for step in before.steps] == [step.code for step in aid.steps]
    assert [step.code for step in aid.steps] == ["application", "commission", "decision", "payment", "appeal"]
    assert {field.name: field.type for field in aid.form}["amount"] == "amount"
    assert str(aid.deadline("aid_appeal").within) == "P2M"


@pytest.mark.parametrize("programme", load().versions.values(), ids=lambda programme: str(programme.id))
def test_every_programme_has_the_deadlines_its_dossiers_run_by(programme: Programme) -> None:
    for code in DEADLINES[programme.kind]:
        assert programme.deadline(code).label


def test_only_a_demonstration_counts_in_seconds(tmp_path: Path) -> None:
    demo = (SHIPPED / "family-conference-demo.yaml").read_text("utf-8")
    (tmp_path / "ours.yaml").write_text(demo.replace("demo: true\n", ""), "utf-8")
    with pytest.raises(BadProgramme, match="seul un dispositif de démonstration compte en secondes"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"- a\n", b"\xff\xfe\x00", b"just text", b"a: !!python/object:os.system x"])
def test_what_is_no_programme_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ours.yaml").write_bytes(content)
    with pytest.raises(BadProgramme):
        load(tmp_path)


def test_a_missing_folder_and_a_doubled_version_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadProgramme, match="n’existe pas"):
        load(tmp_path / "absent")
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(SOURCE, "utf-8")
    with pytest.raises(BadProgramme, match=r"déjà dans one\.yaml"):
        load(tmp_path)
