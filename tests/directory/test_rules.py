"""Rules of the directory: who may say what, and what may be said."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from joserfc.jwk import ECKey, OctKey
from pydantic import ValidationError

from chassis.actor import Actor, Grant
from contracts.events.partners import AgentGrant
from directory import scope
from directory.agents.model import Granted, Grants, NotTheirs, OneselfForbidden, check_not_oneself, check_steward
from directory.offers.model import Offer
from directory.organisations.model import KeysAreOperators, Organisation, check_may_write
from directory.republication import next_night
from directory.scope import OutOfScope
from directory.sites.model import Site
from directory.territories.model import NewTerritory, Territory
from directory.vocabulary import area_name, words
from tests.directory.conftest import offer, organisation, territory

HERE, ELSEWHERE, OURS, THEIRS = "saint-brieuc", "arcachon", UUID(int=2), UUID(int=3)


def actor(*grants: tuple[str, str]) -> Actor:
    return Actor("agent", "somebody", UUID(int=1), OURS, tuple(Grant(*grant) for grant in grants))


OPERATOR = actor(("operator", "*"))
MANAGER = actor(("manager", HERE))
RECEPTION = actor(("reception", HERE))


@pytest.mark.parametrize(
    ("who", "territories", "may"),
    [
        (OPERATOR, ["*"], True),
        (OPERATOR, [HERE, ELSEWHERE], True),
        (MANAGER, [HERE], True),
        (MANAGER, [HERE, ELSEWHERE], False),
        (MANAGER, ["*"], False),
        (actor(("manager", "*")), ["*"], True),
        (actor(("manager", HERE), ("manager", ELSEWHERE)), [HERE, ELSEWHERE], True),
        (actor(("manager", HERE), ("reception", ELSEWHERE)), [ELSEWHERE], False),
        (RECEPTION, [HERE], False),
        (actor(), [HERE], False),
        (OPERATOR, [], True),  # what lies in none of our territories
        (actor(("manager", "*")), [], False),
    ],
)
def test_who_may_write_what_concerns_territories(who: Actor, territories: list[str], may: bool) -> None:
    assert _passes(scope.check, who, territories, refusal=OutOfScope) is may


@pytest.mark.parametrize(
    ("who", "organisation_id", "grants", "may"),
    [
        (OPERATOR, THEIRS, [("cell", "*")], True),
        (OPERATOR, THEIRS, [("manager", HERE)], True),
        (MANAGER, OURS, [("reception", HERE)], True),
        (MANAGER, OURS, [("social_worker", HERE), ("coordinator", HERE)], True),
        (MANAGER, OURS, [], True),
        (MANAGER, THEIRS, [("reception", HERE)], False),
        (MANAGER, OURS, [("reception", ELSEWHERE)], False),
        (MANAGER, OURS, [("reception", "*")], False),
        (MANAGER, OURS, [("manager", HERE)], False),
        (MANAGER, OURS, [("reception", HERE), ("cell", "*")], False),
        (actor(("manager", "*")), OURS, [("reception", "*")], True),
        (actor(("manager", "*")), OURS, [("operator", "*")], False),
        (RECEPTION, OURS, [("reception", HERE)], False),
    ],
)
def test_who_may_give_grants(who: Actor, organisation_id: UUID, grants: list[tuple[str, str]], may: bool) -> None:
    held = [AgentGrant(role=role, territory_id=place) for role, place in grants]
    assert _passes(check_steward, who, organisation_id, held, refusal=NotTheirs) is may


def test_nobody_changes_their_own_grants() -> None:
    check_not_oneself(OPERATOR, UUID(int=9))
    with pytest.raises(OneselfForbidden):
        check_not_oneself(OPERATOR, UUID(int=1))


@pytest.mark.parametrize(
    ("role", "territory_id", "valid"),
    [
        ("reception", HERE, True),
        ("reception", "*", True),
        ("operator", "*", True),
        ("cell", "*", True),
        ("operator", HERE, False),
        ("cell", HERE, False),
        ("king", HERE, False),
        ("reception", "", False),
    ],
)
def test_what_a_grant_may_be(role: str, territory_id: str, valid: bool) -> None:
    given = {"role": role, "territory_id": territory_id}
    assert _passes(Granted.model_validate, given, refusal=ValidationError) is valid


def test_a_grant_given_twice_counts_once() -> None:
    twice = [{"role": "reception", "territory_id": HERE}] * 2
    assert len(Grants.model_validate({"grants": twice}).published) == 1


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({}, True),
        ({"communes": ["97411", "2A004", "75119"]}, True),  # overseas, Corsica, a district of Paris
        ({"communes": ["22278", "00000"]}, False),
        ({"communes": []}, False),
        ({"valid_to": "2026-01-01"}, True),
        ({"valid_to": "2025-12-31"}, False),
        ({"valid_from": "2026-02-30"}, False),
        ({"territory_id": "Saint Brieuc"}, False),
        ({"name": ""}, False),
        ({"colour": "blue"}, False),
    ],
)
def test_what_a_territory_may_be(change: dict[str, Any], valid: bool) -> None:
    assert _passes(NewTerritory.model_validate, territory() | change, refusal=ValidationError) is valid


def test_a_territory_keeps_each_commune_once_in_order() -> None:
    body = territory(communes=["22278", "22187", "22278"])
    del body["territory_id"]
    assert Territory.model_validate(body).named("x").communes == ("22187", "22278")


PUBLIC_KEY = ECKey.generate_key("P-256", {"kid": "k"})


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({}, True),
        ({"kind": "club"}, False),
        ({"siret": "00000000000000"}, True),
        ({"siret": "123"}, False),
        ({"themes": ["famille", "sante--sante-mentale"]}, True),
        ({"themes": ["housing"]}, False),
        ({"territory_ids": []}, True),
        ({"email": "contact@association.example", "phone": "+33 1 99 00 00 00"}, True),
        ({"phone": "115"}, True),
        ({"email": "contact"}, False),
        ({"phone": "appelez-nous"}, False),
        ({"request_keys": {"keys": [PUBLIC_KEY.as_dict(private=False)]}}, True),
        ({"request_keys": {"keys": [PUBLIC_KEY.as_dict(private=True)]}}, False),
        ({"request_keys": {"keys": [OctKey.generate_key(256, {"kid": "k"}).as_dict(private=True)]}}, False),
        ({"request_keys": {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}}, False),
        ({"request_keys": {"keys": [PUBLIC_KEY.as_dict(private=False) | {"x": "!"}]}}, False),
        ({"request_keys": {"keys": []}}, False),
        ({"request_keys": {"keys": "none"}}, False),
        ({"request_keys": {}}, False),
    ],
)
def test_what_an_organisation_may_be(change: dict[str, Any], valid: bool) -> None:
    assert _passes(Organisation.model_validate, organisation() | change, refusal=ValidationError) is valid


def test_only_operators_change_a_partners_keys() -> None:
    plain = Organisation.model_validate(organisation()).named(OURS)
    keyed = plain.model_copy(update={"request_keys": {"keys": [PUBLIC_KEY.as_dict(private=False)]}})
    check_may_write(OPERATOR, None, keyed)
    check_may_write(MANAGER, keyed, keyed)
    for known, wanted in ((None, keyed), (plain, keyed), (keyed, plain)):
        with pytest.raises(KeysAreOperators):
            check_may_write(MANAGER, known, wanted)


def test_a_manager_does_not_take_over_what_acts_elsewhere() -> None:
    elsewhere = Organisation.model_validate(organisation(territory_ids=[ELSEWHERE])).named(OURS)
    with pytest.raises(OutOfScope):
        check_may_write(MANAGER, elsewhere, elsewhere.model_copy(update={"territory_ids": (HERE,)}))


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({"age_from": 11, "age_to": 25}, True),
        ({"age_from": 25, "age_to": 11}, False),
        ({"age_from": -1}, False),
        ({"age_to": 3}, True),
        ({"themes": []}, False),
        ({"themes": ["logement"]}, False),
        ({"territory_ids": ["*"]}, True),
        ({"name": "x" * 201}, False),
    ],
)
def test_what_an_offer_may_be(change: dict[str, Any], valid: bool) -> None:
    body = offer("unused") | change
    del body["organisation_id"]
    assert _passes(Offer.model_validate, body, refusal=ValidationError) is valid


@pytest.mark.parametrize(
    ("thematique", "word"),
    [
        ("difficultes-financieres", "dettes"),
        ("logement-hebergement", "Logement"),
        ("sante--sante-mentale", "Santé"),
        ("famille--garde-denfants", "enfants"),
    ],
)
def test_offers_are_found_by_the_words_people_use(thematique: str, word: str) -> None:
    assert word in words([thematique])


PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("now", "fires"),
    [
        (datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 3, 2, tzinfo=UTC)),
        (datetime(2026, 3, 2, 1, 59, tzinfo=UTC), datetime(2026, 3, 2, 2, tzinfo=UTC)),
        (datetime(2026, 3, 2, 2, 0, tzinfo=UTC), datetime(2026, 3, 3, 2, tzinfo=UTC)),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)),  # clocks go forward
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC)),  # and back
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), datetime(2027, 1, 1, 2, tzinfo=UTC)),
    ],
)
def test_everything_is_told_again_at_three_in_the_morning(now: datetime, fires: datetime) -> None:
    assert next_night(now, PARIS).fires_at == fires


def _passes(rule: Callable[..., object], *arguments: Any, refusal: type[Exception]) -> bool:
    try:
        rule(*arguments)
    except refusal:
        return False
    return True


def test_the_code_of_a_merged_commune_is_understood() -> None:
    assert Site.model_validate({"commune": "01039"}).commune == "01138"
    assert area_name("01039") == "Culoz-Béon"
