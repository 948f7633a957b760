"""The rules of a family conference, one row per rule, in words a social worker reads."""

from collections.abc import Sequence
from typing import Any

import pytest

from cases.conferences import rules
from cases.conferences.model import Conference, Coordination, Role, Safety
from cases.conferences.rules import Rule
from tests.cases.ready import (
    ALIX,
    BY,
    COORDINATOR,
    DISCUSSED,
    INFORMED,
    NOA,
    PREPARED,
    RATIFIED,
    REFERENT,
    SAM,
    TEACHER,
    guest,
    instead,
    without,
)

Changes = dict[str, Any]


def action(**changes: Any) -> Changes:
    return {"actions": (DISCUSSED.actions[0].model_copy(update=changes),)}


# situation, what the coordinator reads (None: nothing is missing), rule, conference, what is different
RULES: Sequence[tuple[str, str | None, Rule, Conference, Changes]] = [
    ("the coordinator declared independence", None, rules.coordinator_is_independent, PREPARED, {}),
    ("nobody declared it", "déclarer son indépendance", rules.coordinator_is_independent, PREPARED,
     {"independent": None}),
    ("a predecessor did", "déclarer son indépendance", rules.coordinator_is_independent, PREPARED,
     {"independent": REFERENT}),
    ("who took over in the meeting declared it", None, rules.coordinator_is_independent, DISCUSSED, {}),
    ("who took over in the meeting did not", "déclarer son indépendance", rules.coordinator_is_independent, DISCUSSED,
     {"independent": REFERENT}),
    ("the question is asked", None, rules.question_is_asked, PREPARED, {}),
    ("no question yet", "question ouverte", rules.question_is_asked, PREPARED, {"question": None}),
    ("three of the family group", None, rules.family_group_is_invited, PREPARED, {}),
    ("one relative and one friend", None, rules.family_group_is_invited, PREPARED, {"guests": without(SAM)}),
    ("one relative, one professional", "au moins deux", rules.family_group_is_invited, PREPARED,
     {"guests": (guest(ALIX, Role.RELATIVE), guest(TEACHER, Role.PROFESSIONAL))}),
    ("nobody", "au moins deux", rules.family_group_is_invited, PREPARED, {"guests": ()}),
    ("each relative was met", None, rules.every_family_member_was_met, PREPARED, {}),
    ("a friend was not met", None, rules.every_family_member_was_met, PREPARED,
     {"guests": instead(guest(NOA, Role.SOCIAL_NETWORK, met_on=None))}),
    ("a relative was not met", "1 membre", rules.every_family_member_was_met, PREPARED,
     {"guests": instead(guest(ALIX, Role.RELATIVE, met_on=None))}),
    ("the person concerned neither", "2 membres", rules.every_family_member_was_met, PREPARED,
     {"guests": instead(guest(ALIX, Role.RELATIVE, met_on=None), guest(SAM, Role.CONCERNED, met_on=None))}),
    ("every guest is safe", None, rules.every_guest_is_checked, PREPARED, {}),
    ("a friend is unchecked", "1 invité", rules.every_guest_is_checked, PREPARED,
     {"guests": instead(guest(NOA, Role.SOCIAL_NETWORK, Safety.UNCHECKED))}),
    ("a professional is unchecked", "1 invité", rules.every_guest_is_checked, PREPARED,
     {"guests": instead(guest(TEACHER, Role.PROFESSIONAL, Safety.UNCHECKED))}),
    ("all are safe", None, rules.no_guest_is_unsafe, PREPARED, {}),
    ("one is not", "retirez son invitation", rules.no_guest_is_unsafe, PREPARED,
     {"guests": instead(guest(ALIX, Role.RELATIVE, Safety.REFUSED))}),
    ("a relative asked for the teacher", None, rules.professionals_come_at_the_familys_request, PREPARED, {}),
    ("nobody did", "à la demande de la famille", rules.professionals_come_at_the_familys_request, PREPARED,
     {"guests": instead(guest(TEACHER, Role.PROFESSIONAL))}),
    ("the teacher did", "à la demande de la famille", rules.professionals_come_at_the_familys_request, PREPARED,
     {"guests": instead(guest(TEACHER, Role.PROFESSIONAL, requested_by=TEACHER))}),
    ("who asked is no longer invited", "à la demande de la famille", rules.professionals_come_at_the_familys_request,
     PREPARED, {"guests": without(ALIX)}),
    ("a service is mandated", None, rules.mandated_service_is_known, PREPARED, {}),
    ("none is", None, rules.mandated_service_is_known, PREPARED, {"mandated_service": False}),
    ("nobody knows", "service de l'État", rules.mandated_service_is_known, PREPARED, {"mandated_service": None}),
    ("its conditions are stated", None, rules.conditions_are_stated, PREPARED, {}),
    ("no service, no conditions", None, rules.conditions_are_stated, PREPARED,
     {"mandated_service": False, "conditions": ()}),
    ("a service, no conditions", "conditions non négociables", rules.conditions_are_stated, PREPARED,
     {"conditions": ()}),
    ("three of the family are there", None, rules.family_is_present, INFORMED, {}),
    ("one relative and the teacher", "au moins deux", rules.family_is_present, INFORMED,
     {"present": frozenset({ALIX, TEACHER})}),
    ("the plan has an action", None, rules.plan_has_an_action, DISCUSSED, {}),
    ("it has none", "aucune action", rules.plan_has_an_action, DISCUSSED, {"actions": ()}),
    ("actions were checked", None, rules.every_action_respects_the_conditions, DISCUSSED, {}),
    ("one was not", "chaque condition", rules.every_action_respects_the_conditions, DISCUSSED,
     action(respects=frozenset())),
    ("there is nothing to respect", None, rules.every_action_respects_the_conditions, DISCUSSED,
     action(respects=frozenset()) | {"conditions": ()}),
    ("actions are feasible", None, rules.every_action_is_feasible, DISCUSSED, {}),
    ("one is not", "réalisable", rules.every_action_is_feasible, DISCUSSED, action(feasible=False)),
    ("everybody present agrees", None, rules.everyone_present_ratifies, RATIFIED, {}),
    ("one does not", "1 personne", rules.everyone_present_ratifies, RATIFIED, {"ratified_by": frozenset({SAM, ALIX})}),
    ("who was absent need not", None, rules.everyone_present_ratifies, RATIFIED,
     {"present": frozenset({SAM, ALIX}), "ratified_by": frozenset({SAM, ALIX})}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "rule", "conference", "changes"),
    [row[1:] for row in RULES],
    ids=[f"{row[2].__name__}: {row[0]}" for row in RULES],
)
def test_a_rule_says_what_is_missing(said: str | None, rule: Rule, conference: Conference, changes: Changes) -> None:
    sentence = rule(conference.model_copy(update=changes), BY)
    if said is None:
        assert sentence is None
    else:
        assert said in (sentence or "")


def test_every_rule_is_in_the_table_both_ways() -> None:
    told = {(row[2], row[1] is None) for row in RULES}
    needed = {*rules.TO_MEET, *rules.TO_RATIFY}
    assert {(rule, met) for rule in needed for met in (True, False)} <= told


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (Coordination(coordinator_id=None), "Désignez"),
        (Coordination(coordinator_id=COORDINATOR, referent_ids=(COORDINATOR,)), "référente du dossier"),
    ],
    ids=["nobody coordinates", "the coordinator is a referent of the dossier"],
)
def test_who_coordinates_is_independent(by: Coordination, said: str) -> None:
    assert said in (rules.coordinator_is_independent(PREPARED, by) or "")


def test_all_that_is_missing_is_said_at_once() -> None:
    bare = Conference(conference_id=PREPARED.conference_id, case_id=PREPARED.case_id)
    assert len(rules.missing(rules.TO_SCHEDULE, bare, Coordination(coordinator_id=None))) == 4
    assert rules.missing(rules.TO_SCHEDULE, PREPARED, BY) == ()
