"""The rules of a family conference, one row per rule, in words a social worker reads."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

import pytest

from cases.conferences import family, rules
from cases.conferences.family import FAMILY_SCALE, scale_of
from cases.conferences.model import Conference, Coordination, Decision, Role, Safety
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
    ("three of the family group", None, family.family_group_is_invited, PREPARED, {}),
    ("one relative and one friend", None, family.family_group_is_invited, PREPARED, {"guests": without(SAM)}),
    ("one relative, one professional", "au moins deux", family.family_group_is_invited, PREPARED,
     {"guests": (guest(ALIX, Role.RELATIVE), guest(TEACHER, Role.PROFESSIONAL))}),
    ("nobody", "au moins deux", family.family_group_is_invited, PREPARED, {"guests": ()}),
    ("each relative was met", None, family.every_family_member_was_met, PREPARED, {}),
    ("a friend was not met", None, family.every_family_member_was_met, PREPARED,
     {"guests": instead(guest(NOA, Role.SOCIAL_NETWORK, met_on=None))}),
    ("a relative was not met", "1 membre", family.every_family_member_was_met, PREPARED,
     {"guests": instead(guest(ALIX, Role.RELATIVE, met_on=None))}),
    ("the person concerned neither", "2 membres", family.every_family_member_was_met, PREPARED,
     {"guests": instead(guest(ALIX, Role.RELATIVE, met_on=None), guest(SAM, Role.CONCERNED, met_on=None))}),
    ("every guest is safe", None, family.every_guest_is_checked, PREPARED, {}),
    ("a friend is unchecked", "1 invité", family.every_guest_is_checked, PREPARED,
     {"guests": instead(guest(NOA, Role.SOCIAL_NETWORK, Safety.UNCHECKED))}),
    ("a professional is unchecked", "1 invité", family.every_guest_is_checked, PREPARED,
     {"guests": instead(guest(TEACHER, Role.PROFESSIONAL, Safety.UNCHECKED))}),
    ("all are safe", None, family.no_guest_is_unsafe, PREPARED, {}),
    ("one is not", "retirez son invitation", family.no_guest_is_unsafe, PREPARED,
     {"guests": instead(guest(ALIX, Role.RELATIVE, Safety.REFUSED))}),
    ("a relative asked for the teacher", None, family.professionals_come_at_the_familys_request, PREPARED, {}),
    ("nobody did", "à la demande de la famille", family.professionals_come_at_the_familys_request, PREPARED,
     {"guests": instead(guest(TEACHER, Role.PROFESSIONAL))}),
    ("the teacher did", "à la demande de la famille", family.professionals_come_at_the_familys_request, PREPARED,
     {"guests": instead(guest(TEACHER, Role.PROFESSIONAL, requested_by=TEACHER))}),
    ("who asked is no longer invited", "à la demande de la famille", family.professionals_come_at_the_familys_request,
     PREPARED, {"guests": without(ALIX)}),
    ("a service is mandated", None, family.mandated_service_is_known, PREPARED, {}),
    ("none is", None, family.mandated_service_is_known, PREPARED, {"mandated_service": False}),
    ("nobody knows", "service de l'État", family.mandated_service_is_known, PREPARED, {"mandated_service": None}),
    ("its conditions are stated", None, family.conditions_are_stated, PREPARED, {}),
    ("no service, no conditions", None, family.conditions_are_stated, PREPARED,
     {"mandated_service": False, "conditions": ()}),
    ("a service, no conditions", "conditions non négociables", family.conditions_are_stated, PREPARED,
     {"conditions": ()}),
    ("three of the family are there", None, family.family_is_present, INFORMED, {}),
    ("one relative and the teacher", "au moins deux", family.family_is_present, INFORMED,
     {"present": frozenset({ALIX, TEACHER})}),
    ("the plan has an action", None, rules.plan_has_an_action, DISCUSSED, {}),
    ("it has none", "aucune action", rules.plan_has_an_action, DISCUSSED, {"actions": ()}),
    ("each action is a guest's", None, rules.every_action_is_somebodys, DISCUSSED, {}),
    ("who does one is not invited this time", "n'est pas invitée", rules.every_action_is_somebodys, DISCUSSED,
     {"guests": without(ALIX)}),
    ("who checks one is not invited this time", "n'est pas invitée", rules.every_action_is_somebodys, DISCUSSED,
     {"guests": without(NOA)}),
    ("an action for the day itself", None, rules.every_action_is_to_come, DISCUSSED,
     action(by_when=date(2026, 5, 4))),
    ("an action for the day before", "précède la réunion", rules.every_action_is_to_come, DISCUSSED,
     action(by_when=date(2026, 5, 3))),
    ("the family was alone", None, family.family_was_alone, DISCUSSED, {}),
    ("it was not", "temps privé", family.family_was_alone, DISCUSSED, {"private_from": None}),
    ("it has not called back", "temps privé", family.family_was_alone, DISCUSSED, {"private_until": None}),
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


WITH_AUTHORITY = {"guests": instead(guest(ALIX, Role.RELATIVE, parental_authority=True))}
OTHER_PARENT = {"guests": instead(guest(ALIX, Role.RELATIVE, other_parent=True))}
NOT_OTHER_PARENT = {"guests": instead(guest(ALIX, Role.RELATIVE, other_parent=False))}


def decided(may_be_contacted: bool) -> Changes:
    by: Literal["manager", "cell"] = "manager" if may_be_contacted else "cell"
    return {"decision": Decision(may_be_contacted=may_be_contacted, decided_by=by, recorded_by=REFERENT,
                                 recorded_on=date(2026, 4, 1))}  # fmt: skip


# situation, what the coordinator reads, rule, conference, what is different in it, and around it
AROUND: Sequence[tuple[str, str | None, Rule, Conference, Changes, Changes]] = [
    ("the coordinator knows nobody", None, rules.coordinator_has_no_tie, PREPARED, {}, {}),
    ("they follow a guest in another dossier", "doit être remplacée", rules.coordinator_has_no_tie, PREPARED, {},
     {"tied_to": frozenset({ALIX})}),
    ("they declared a tie to somebody of the dossier who is not invited", "doit être remplacée",
     rules.coordinator_has_no_tie, PREPARED, {"guests": without(ALIX)}, {"tied_to": frozenset({ALIX})}),
    ("their organisation is not mandated", None, rules.coordinator_is_of_no_mandated_service, PREPARED,
     {"mandated_by": frozenset({UUID(int=8)})}, {"organisation_id": UUID(int=9)}),
    ("their organisation is", "service mandaté", rules.coordinator_is_of_no_mandated_service, PREPARED,
     {"mandated_by": frozenset({UUID(int=9)})}, {"organisation_id": UUID(int=9)}),
    ("the adult concerned is invited", None, family.who_decides_is_invited, PREPARED, {}, {}),
    ("they are not", "personne concernée", family.who_decides_is_invited, PREPARED, {"guests": without(SAM)}, {}),
    ("a minor, a parent invited", None, family.who_decides_is_invited, PREPARED, WITH_AUTHORITY, {"minor": True}),
    ("a minor, nobody with authority", "autorité parentale", family.who_decides_is_invited, PREPARED, {},
     {"minor": True}),
    ("the adult concerned ratifies", None, family.who_decides_agrees, RATIFIED, {}, {}),
    ("they were not there", "accord de la personne concernée", family.who_decides_agrees, RATIFIED,
     {"ratified_by": frozenset({ALIX, NOA})}, {}),
    ("a minor, a parent ratifies", None, family.who_decides_agrees, RATIFIED, WITH_AUTHORITY, {"minor": True}),
    ("a minor alone does", "autorité parentale", family.who_decides_agrees, RATIFIED,
     WITH_AUTHORITY | {"ratified_by": frozenset({SAM, NOA})}, {"minor": True}),
    ("no violence is known, nobody said who is who", None, family.other_parent_is_known, PREPARED, {}, {}),
    ("violence, and nobody said who is who", "s'il est l'autre parent", family.other_parent_is_known, PREPARED,
     {"violence": True}, {}),
    ("the request speaks of violence, nobody said", "s'il est l'autre parent", family.other_parent_is_known, PREPARED,
     {}, {"violence": True}),
    ("violence, and it is said", None, family.other_parent_is_known, PREPARED, NOT_OTHER_PARENT | {"violence": True},
     {}),
    ("the other parent comes, no violence", None, family.other_parent_is_not_contacted, PREPARED, OTHER_PARENT, {}),
    ("the other parent, and violence", "n'est pas contacté", family.other_parent_is_not_contacted, PREPARED,
     OTHER_PARENT | {"violence": True}, {}),
    ("the other parent, and a request about violence", "n'est pas contacté", family.other_parent_is_not_contacted,
     PREPARED, OTHER_PARENT, {"violence": True}),
    ("the cell decided against it", "n'est pas contacté", family.other_parent_is_not_contacted, PREPARED,
     OTHER_PARENT | {"violence": True} | decided(False), {}),
    ("a manager decided for it", None, family.other_parent_is_not_contacted, PREPARED,
     OTHER_PARENT | {"violence": True} | decided(True), {}),
    ("violence, and the other parent is not invited", None, family.other_parent_is_not_contacted, PREPARED,
     NOT_OTHER_PARENT | {"violence": True}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "rule", "conference", "changes", "around"),
    [row[1:] for row in AROUND],
    ids=[f"{row[2].__name__}: {row[0]}" for row in AROUND],
)
def test_a_rule_looks_around(
    said: str | None, rule: Rule, conference: Conference, changes: Changes, around: Changes
) -> None:
    sentence = rule(conference.model_copy(update=changes), BY.model_copy(update=around))
    assert (said in (sentence or "")) if said else sentence is None


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
    told = {(row[2], row[1] is None) for row in RULES} | {(row[2], row[1] is None) for row in AROUND}
    needed = {*FAMILY_SCALE.to_invite, *FAMILY_SCALE.to_meet, *FAMILY_SCALE.to_ratify}
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
    assert len(rules.missing(FAMILY_SCALE.to_schedule, bare, Coordination(coordinator_id=None))) == 5
    assert rules.missing(FAMILY_SCALE.to_schedule, PREPARED, BY) == ()


def test_what_is_proper_to_families_is_not_what_any_conference_needs() -> None:
    assert {*rules.TO_SCHEDULE} < {*FAMILY_SCALE.to_schedule}
    assert {*rules.TO_RATIFY} < {*FAMILY_SCALE.to_ratify}
    assert scale_of(PREPARED) is FAMILY_SCALE
