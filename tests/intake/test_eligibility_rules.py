"""What each programme asks of a situation, one row per rule, in the words an agent reads."""

from datetime import date
from typing import Any

import pytest

from contracts import programmes
from contracts.programme import Programme
from intake.eligibility import described
from intake.eligibility.answers import BadAnswer, checked, sealed
from intake.eligibility.model import Facts, assess, is_child_concern, remaining_offers

PROGRAMMES = programmes.load()
TODAY = date(2026, 3, 2)
AGREED = frozenset({"programme"})

MET, MISSING, EXCLUDED = "met", "missing", "excludes"
MASP = {"social_benefits": True, "trouble_managing": True, "health_or_safety": True}

RULES: list[tuple[str, str, dict[str, Any], str, str]] = [
    # situation, programme, facts, rule, standing
    ("anyone may ask", "first-contact", {"asked_by": "school"}, "role", MET),
    ("nobody has said who asks", "first-contact", {}, "role", MISSING),
    # Family conference
    ("sexual abuse", "family-conference", {"exclusions": {"sexual_abuse"}}, "exclusion:sexual_abuse", EXCLUDED),
    ("the facts are denied", "family-conference", {"exclusions": {"facts_not_acknowledged"}},
     "exclusion:facts_not_acknowledged", EXCLUDED),
    ("the person has not agreed", "family-conference", {"asked_by": "relative"}, "consent:person_concerned", MISSING),
    ("the person agrees", "family-conference", {"asked_by": "relative", "agreed": AGREED},
     "consent:person_concerned", MET),
    ("both parents agree", "family-conference", {"minor": True, "holders_agreed": (True, True)},
     "consent:parental_authority", MET),
    ("one parent of two agrees", "family-conference", {"minor": True, "holders_agreed": (True, False)},
     "consent:parental_authority", MISSING),
    ("no parent is known", "family-conference", {"minor": True}, "consent:parental_authority", MISSING),
    # MASP
    ("an adult", "masp", {"birth_date": "1987"}, "age", MET),
    ("a child", "masp", {"birth_date": "2012"}, "age", EXCLUDED),
    ("said to be a minor", "masp", {"minor": True}, "age", EXCLUDED),
    ("born in 2008: of age, or nearly", "masp", {"birth_date": "2008"}, "age", MISSING),
    ("age not known", "masp", {}, "age", MISSING),
    ("receives social benefits", "masp", {"answers": MASP}, "condition:social_benefits", MET),
    ("receives none", "masp", {"answers": MASP | {"social_benefits": False}}, "condition:social_benefits", EXCLUDED),
    ("nobody asked about benefits", "masp", {}, "condition:social_benefits", MISSING),
    ("trouble managing resources", "masp", {"answers": MASP}, "condition:trouble_managing", MET),
    ("no trouble managing", "masp", {"answers": {"trouble_managing": False}}, "condition:trouble_managing", EXCLUDED),
    ("health or safety threatened", "masp", {"answers": MASP}, "condition:health_or_safety", MET),
    ("nothing is threatened", "masp", {"answers": {"health_or_safety": False}},
     "condition:health_or_safety", EXCLUDED),
    ("lives on a territory of ours", "masp", {"lives_here": True}, "residence", MET),
    ("lives elsewhere: the request is passed on", "masp", {"lives_here": False}, "residence", MISSING),
    ("commune not known", "masp", {}, "residence", MISSING),
    ("asked for by a neighbour, not agreed", "masp", {"asked_by": "social_network"},
     "consent:person_concerned", MISSING),
    # Accompagnement global
    ("looks for work", "global-support", {"answers": {"jobseeker": True}}, "condition:jobseeker", MET),
    ("does not look for work", "global-support", {"answers": {"jobseeker": False}}, "condition:jobseeker", EXCLUDED),
    ("difficulties stand in the way", "global-support", {"answers": {"social_difficulties": True}},
     "condition:social_difficulties", MET),
    ("a crèche place for a child under three", "global-support",
     {"answers": {"avip_place": True, "child_under_three": True}}, "condition:child_under_three", MET),
    ("a crèche place for a child of five", "global-support",
     {"answers": {"avip_place": True, "child_under_three": False}}, "condition:child_under_three", EXCLUDED),
    ("15 years old", "global-support", {"age": 15}, "age", EXCLUDED),
    # Financial aid
    ("cannot pay without help", "financial-aid", {"answers": {"cannot_pay": False}}, "condition:cannot_pay", MET),
    ("could pay without help", "financial-aid", {"answers": {"cannot_pay": True}}, "condition:cannot_pay", EXCLUDED),
    ("a minor", "financial-aid", {"age": 17}, "age", EXCLUDED),
    # The others
    ("a friend asks, the person agrees", "budget-advice", {"asked_by": "social_network", "agreed": AGREED},
     "consent:person_concerned", MET),
    ("nobody asked how many they are", "food-parcels", {}, "answer:people_at_home", MISSING),
    ("a neighbour asks, the person was not asked", "food-parcels", {"asked_by": "social_network"},
     "consent:person_concerned", MISSING),
    ("a relative asks, the person was not asked", "legal-access", {"asked_by": "relative"},
     "consent:person_concerned", MISSING),
    ("the alert of a neighbour is heard", "suicide-prevention-network", {"asked_by": "social_network"}, "role", MET),
    ("a school proposes, the person was not asked", "volunteers-network", {"asked_by": "school"},
     "consent:person_concerned", MISSING),
    ("15 years old", "jobs-and-mobility", {"age": 15}, "age", EXCLUDED),
    ("16 years old", "jobs-and-mobility", {"age": 16}, "age", MET),
    ("59 years old", "older-people", {"age": 59}, "age", EXCLUDED),
    ("60 years old", "older-people", {"age": 60}, "age", MET),
    ("ten years old", "teenagers-house", {"age": 10}, "age", EXCLUDED),
    ("eleven years old", "teenagers-house", {"age": 11}, "age", MET),
    ("25 years old", "teenagers-house", {"age": 25}, "age", MET),
    ("26 years old", "teenagers-house", {"age": 26}, "age", EXCLUDED),
    ("a minor of no known age", "teenagers-house", {"minor": True}, "age", MISSING),
    ("a parent asks for a teenager", "teenagers-house", {"asked_by": "relative", "age": 14}, "role", MET),
    ("a professional asks for advice", "early-detection", {"asked_by": "school"}, "role", MET),
    ("the child asks", "early-detection", {"asked_by": "self"}, "role", EXCLUDED),
    ("nobody knows the child's age, nor has to", "early-detection", {"asked_by": "school"}, "age", MET),
    ("a place after school, parents not asked", "early-detection",
     {"asked_by": "school", "answers": {"after_school_place": True}}, "consent:parental_authority", MISSING),
    ("a place after school, parents agree", "early-detection",
     {"asked_by": "school", "answers": {"after_school_place": True}, "holders_agreed": (True,)},
     "consent:parental_authority", MET),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "programme", "facts", "rule", "standing"), RULES)
def test_a_rule_held_against_a_situation(
    situation: str, programme: str, facts: dict[str, Any], rule: str, standing: str
) -> None:
    known = facts | {"exclusions": frozenset(facts.get("exclusions", ()))}
    found = {finding.code: finding for finding in assess(PROGRAMMES.current(programme), Facts(TODAY, **known)).findings}
    assert found[rule].standing == standing, situation
    assert found[rule].sentence[0].isupper(), found[rule].sentence
    assert found[rule].sentence not in (rule, rule.partition(":")[2]), "said in words"


ABSENT: list[tuple[str, str, dict[str, Any], str]] = [
    ("no age is asked of anybody", "first-contact", {}, "age"),
    ("who asks for themself agrees by asking", "masp", {"asked_by": "self"}, "consent:person_concerned"),
    ("without a crèche place no child is asked about", "global-support", {}, "condition:child_under_three"),
    ("a minor may come to the teenagers' house alone", "teenagers-house", {"asked_by": "self", "age": 14},
     "consent:parental_authority"),
    ("advice that names nobody needs no agreement", "early-detection", {"asked_by": "school"},
     "consent:parental_authority"),
    ("no agreement is waited for", "suicide-prevention-network", {"asked_by": "school"}, "consent:person_concerned"),
    ("where one lives does not count", "food-parcels", {"lives_here": False}, "residence"),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "programme", "facts", "rule"), ABSENT)
def test_a_rule_that_does_not_count(situation: str, programme: str, facts: dict[str, Any], rule: str) -> None:
    found = assess(PROGRAMMES.current(programme), Facts(TODAY, **facts)).findings
    assert rule not in {finding.code for finding in found}, situation


@pytest.mark.parametrize("programme", PROGRAMMES.versions.values(), ids=lambda programme: str(programme.id))
def test_every_rule_of_every_programme_is_in_the_tables(programme: Programme) -> None:
    """A rule that no situation above shows is a rule nobody has read."""
    if programme.demo or programme.restricted:
        return
    shown = {(row[1], row[3]) for row in RULES}
    rules = {
        *(f"exclusion:{one.code}" for one in programme.exclusions if not programme.no_child_name),
        *(f"consent:{one.code}" for one in programme.consents),
        *(f"condition:{one.code}" for one in programme.conditions),
    }
    missing = {rule for rule in rules if (programme.id, rule) not in shown}
    assert missing <= {"consent:person_concerned"}, missing
    assert (programme.ages.from_age, programme.ages.to_age) == (None, None) or (programme.id, "age") in shown


@pytest.mark.parametrize(
    ("what", "programme", "facts", "reasons"),
    [
        ("what is not known refuses nothing", "masp", {"asked_by": "self"}, ()),
        ("everything is met", "masp",
         {"asked_by": "self", "age": 40, "answers": MASP, "lives_here": True}, ()),
        ("a condition that is not met refuses", "masp",
         {"asked_by": "self", "answers": {"social_benefits": False}}, ("condition:social_benefits",)),
        ("a missing agreement refuses", "masp", {"asked_by": "relative"}, ("consent:person_concerned",)),
        ("living elsewhere is passed on, not refused", "masp", {"asked_by": "self", "lives_here": False}, ()),
        ("several reasons are all kept", "family-conference",
         {"asked_by": "relative", "exclusions": frozenset({"sexual_abuse"})},
         ("exclusion:sexual_abuse", "consent:person_concerned")),
    ],
)  # fmt: skip
def test_what_refuses_a_programme(what: str, programme: str, facts: dict[str, Any], reasons: tuple[str, ...]) -> None:
    found = assess(PROGRAMMES.current(programme), Facts(TODAY, **facts))
    assert found.reasons == reasons, what
    assert (found.instead == "first-contact") is bool(reasons)
    assert (found.sentence is not None) is bool(reasons)


@pytest.mark.parametrize(
    ("programme", "exclusions", "facts", "concern"),
    [
        ("family-conference", {"sexual_abuse"}, {"minor": True}, True),
        ("family-conference", {"sexual_abuse"}, {"age": 12}, True),
        ("family-conference", {"sexual_abuse"}, {"age": 40}, False),
        ("family-conference", {"facts_not_acknowledged"}, {"minor": True}, False),
        ("early-detection", {"child_in_danger"}, {}, True),
    ],
)
def test_what_is_a_worry_about_a_child(
    programme: str, exclusions: set[str], facts: dict[str, Any], concern: bool
) -> None:
    known = Facts(TODAY, exclusions=frozenset(exclusions), **facts)
    assert is_child_concern(PROGRAMMES.current(programme), known) is concern


def test_an_excluded_conference_is_explained_to_the_entitled_and_to_nobody_else() -> None:
    conference, first = PROGRAMMES.current("family-conference"), PROGRAMMES.current("first-contact")
    found = assess(conference, Facts(TODAY, "self", exclusions=frozenset({"sexual_abuse"})))
    read = described.explained(found, first, ["family"], "saint-brieuc")
    assert read["possible"] is False
    assert {"code": "exclusion:sexual_abuse", "sentence": "Abus sexuel"} in read["excludes"]
    others = described.neutral(found, first, ["family"], "saint-brieuc")
    assert "abus" not in str(others).lower()
    assert others["sentence"] == conference.not_possible
    for shown in (read, others):
        assert shown["instead"]["id"] == "first-contact"
        assert "/annuaire?theme=famille&territory=saint-brieuc" in [offer["url"] for offer in shown["offers"]]


def test_a_neutral_reader_is_told_the_same_whatever_is_met() -> None:
    masp = PROGRAMMES.current("masp")
    sure = assess(masp, Facts(TODAY, "self", age=40, answers=MASP, lives_here=True))
    unsure = assess(masp, Facts(TODAY, "self"))
    assert described.neutral(sure, None, (), None) == described.neutral(unsure, None, (), None)


@pytest.mark.parametrize(
    ("what", "programme", "themes", "offers"),
    [
        ("the programme's, where no theme is known", "food-parcels", (), ["equipement-et-alimentation--alimentation"]),
        ("near the themes", "financial-aid", ("housing",), ["logement-hebergement--reduire-les-impayes-de-loyer"]),
        ("the programme's, where the themes are far", "food-parcels", ("work",),
         ["equipement-et-alimentation--alimentation"]),
        ("those of the themes at first contact", "first-contact", ("food",),
         ["equipement-et-alimentation", "equipement-et-alimentation--alimentation"]),
    ],
)  # fmt: skip
def test_which_offers_remain(what: str, programme: str, themes: tuple[str, ...], offers: list[str]) -> None:
    assert list(remaining_offers(PROGRAMMES.current(programme), themes)) == offers, what


@pytest.mark.parametrize(
    ("programme", "name", "given", "kept"),
    [
        ("food-parcels", "people_at_home", 4, 4),
        ("food-parcels", "delivery", True, True),
        ("food-parcels", "diet", "  Sans arachide. ", "Sans arachide."),
        ("financial-aid", "amount", "89,9", "89.90"),
        ("financial-aid", "amount", 150, "150.00"),
        ("financial-aid", "purpose", "energy", "energy"),
        ("legal-access", "hearing_on", "2026-05-04", "2026-05-04"),
        ("budget-advice", "debts", ("rent", "bills", "rent"), ["bills", "rent"]),
        ("masp", "social_benefits", True, True),
    ],
)
def test_an_answer_is_kept(programme: str, name: str, given: Any, kept: Any) -> None:
    assert checked(PROGRAMMES.current(programme), {name: given}, by_agent=True) == {name: kept}


@pytest.mark.parametrize(
    ("programme", "name", "given", "said"),
    [
        ("food-parcels", "people_at_home", "quatre", "nombre entier"),
        ("food-parcels", "people_at_home", True, "nombre entier"),
        ("food-parcels", "people_at_home", -1, "nombre entier"),
        ("food-parcels", "delivery", "oui", "par oui ou par non"),
        ("food-parcels", "diet", "x" * 5001, "5 000 caractères"),
        ("food-parcels", "diet", 12, "texte"),
        ("financial-aid", "amount", "beaucoup", "montant en euros"),
        ("financial-aid", "amount", 0, "montant en euros"),
        ("financial-aid", "amount", "1.234", "montant en euros"),
        ("financial-aid", "amount", True, "montant en euros"),
        ("financial-aid", "amount", "NaN", "montant en euros"),
        ("financial-aid", "purpose", "holidays", "réponses proposées"),
        ("legal-access", "hearing_on", "demain", "date valable"),
        ("budget-advice", "debts", "rent", "réponses proposées"),
        ("budget-advice", "debts", ("rent", "gold"), "réponses proposées"),
        ("masp", "social_benefits", "oui", "par oui ou par non"),
        ("masp", "shoe_size", 42, "ne pose pas"),
    ],
)
def test_an_answer_that_is_none_is_refused(programme: str, name: str, given: Any, said: str) -> None:
    with pytest.raises(BadAnswer, match=said):
        checked(PROGRAMMES.current(programme), {name: given}, by_agent=True)


@pytest.mark.parametrize(("programme", "name"), [("family-conference", "safety"), ("masp", "social_benefits")])
def test_a_resident_is_not_asked_what_is_for_agents(programme: str, name: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        checked(PROGRAMMES.current(programme), {name: True}, by_agent=False)
    assert caught.value.name is None


@pytest.mark.parametrize(
    ("programme", "name", "is_sealed"),
    [
        ("family-conference", "question", True),
        ("family-conference", "safety", True),
        ("family-conference", "mandated_service", False),
        ("masp", "social_benefits", True),
        ("global-support", "avip_place", False),
        ("food-parcels", "people_at_home", False),
    ],
)
def test_free_text_what_is_sensitive_and_conditions_are_sealed(programme: str, name: str, is_sealed: bool) -> None:
    assert sealed(PROGRAMMES.current(programme), name) is is_sealed


@pytest.mark.parametrize(
    ("programme", "name", "value", "read"),
    [
        ("financial-aid", "amount", "1150.50", "1\N{NARROW NO-BREAK SPACE}150,50\N{NO-BREAK SPACE}€"),
        ("financial-aid", "purpose", "energy", "Énergie, eau"),
        ("legal-access", "hearing_on", "2026-12-01", "1er décembre 2026"),
        ("food-parcels", "people_at_home", 3, "3"),
        ("food-parcels", "delivery", False, "Non"),
    ],
)
def test_an_answer_is_read_in_words(programme: str, name: str, value: Any, read: str) -> None:
    assert described.answered(PROGRAMMES.current(programme), name, value)["answer"] == read


def test_how_long_a_file_is_kept_is_said() -> None:
    assert described.kept(PROGRAMMES.current("masp")) == (
        "Le dossier est gardé 2 ans après le dernier contact, puis détruit avec le visa des Archives départementales. "
        "Source : CNIL, délibération 2023-095 ; visa des Archives départementales avant destruction."
    )


def test_what_residents_read_of_a_programme_holds_nothing_that_is_for_agents() -> None:
    for programme in PROGRAMMES.offered:
        read = str(described.for_anyone(programme))
        assert all(exclusion.label not in read for exclusion in programme.exclusions)
        assert all(field.label not in read for field in programme.form if field.asked_of == "agent")
