"""Where values come from: one rule for agents and imports."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events import OfferPublished, OrganisationPublished, SitePublished
from contracts.events.partners import Source
from directory.aggregates import saying
from directory.provenance import UNTOLD, said_anew, told, typed

YESTERDAY, TODAY = date(2026, 3, 1), date(2026, 3, 2)
CAMILLE = UUID(int=5)
HERE = typed(TODAY, CAMILLE)
DORA = Source(source="dora", on=YESTERDAY)


def offer(**more: Any) -> OfferPublished:
    usual = {"offer_id": UUID(int=1), "organisation_id": UUID(int=2), "name": "Permanence"}
    return OfferPublished.model_validate(usual | more)


IMPORTED = told(None, offer(phone="+33296000000", fees="gratuit"), DORA)


@pytest.mark.parametrize(
    ("change", "here", "there"),
    [
        ({}, set(), {"name", "organisation_id", "phone", "fees"}),
        ({"phone": "+33296000001"}, {"phone"}, {"name", "organisation_id", "fees"}),
        ({"phone": None}, {"phone"}, {"name", "organisation_id", "fees"}),  # taken back: that too is said here
        ({"phone": "+33296000000"}, set(), {"name", "organisation_id", "phone", "fees"}),  # typed again as it was
        ({"languages": ("lsf",)}, {"languages"}, {"name", "organisation_id", "phone", "fees"}),
        ({"capacity": {"left": 2, "on": TODAY}}, {"capacity"}, {"name", "organisation_id", "phone", "fees"}),
        ({"address": "ailleurs"}, set(), {"name", "organisation_id", "phone", "fees"}),  # made from its places
        ({"retired": True}, {"retired"}, {"name", "organisation_id", "phone", "fees"}),
    ],
)
def test_what_changes_is_said_by_who_changes_it(change: dict[str, Any], here: set[str], there: set[str]) -> None:
    changed = told(IMPORTED, saying(**change)(IMPORTED), HERE)
    assert {name for name, source in changed.told.items() if source == HERE} == here
    assert {name for name, source in changed.told.items() if source == DORA} == there
    assert changed.updated_on == (TODAY if here else YESTERDAY)


def test_the_last_update_never_goes_back() -> None:
    late = told(IMPORTED, saying(phone="115")(IMPORTED), HERE)
    assert told(late, saying(fees="payant")(late), DORA).updated_on == TODAY


def test_every_field_can_be_told() -> None:
    for model in (OrganisationPublished, SitePublished, OfferPublished):
        assert UNTOLD[model] >= {model.key, "told"}
        assert len(model.model_fields.keys() - UNTOLD[model]) > 10


_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Permanence", "Atelier"]),
        "phone": st.sampled_from([None, "115", "+33296000000"]),
        "publics": st.sampled_from([(), ("jeunes",), ("jeunes", "familles")]),
        "age_from": st.sampled_from([None, 0, 11]),
        "closures": st.sampled_from([(), ({"first": TODAY, "last": TODAY},)]),
    },
)


@settings(max_examples=50)
@given(st.lists(st.tuples(_VALUES, st.sampled_from(["local", "dora", "soliguide"])), max_size=6))
def test_after_any_edits_each_value_is_told_by_who_said_it_last(edits: list[tuple[dict[str, Any], str]]) -> None:
    state, expected = IMPORTED, dict(IMPORTED.told)
    for number, (values, name) in enumerate(edits):
        source = Source(source=name, on=TODAY + timedelta(days=number))
        wanted = saying(**values)(state)
        expected |= dict.fromkeys(said_anew(state, wanted), source)
        after = told(state, wanted, source)
        assert after.told == expected
        assert after.model_dump(exclude={"told", "updated_on"}) == wanted.model_dump(exclude={"told", "updated_on"})
        assert told(after, after, source) == after  # saying the same again changes nothing
        state = after
