"""Where the value of each field comes from: one rule for what agents type and for what is imported."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final
from uuid import UUID

from contracts.events import EventData, OfferPublished, OrganisationPublished, SitePublished
from contracts.events.partners import Source
from directory.aggregates import State

LOCAL: Final = "local"
"""The source of what is typed here."""
ORGANISATION: Final = "organisation"
"""The source of what an organisation says of itself by its signed link."""
OUR_OWN: Final = frozenset({LOCAL, ORGANISATION})
"""What no published source overrules."""
_OF_ITS_OWN: Final = frozenset({"told", "assured", "updated_on"})
_MADE_FROM_PLACES: Final = frozenset({"address", "opening_hours"})
UNTOLD: Final[Mapping[type[EventData], frozenset[str]]] = {
    OrganisationPublished: _OF_ITS_OWN | {"organisation_id"},
    SitePublished: _OF_ITS_OWN | {"site_id"},
    OfferPublished: _OF_ITS_OWN | {"offer_id"} | _MADE_FROM_PLACES,
}
"""Fields nobody says: what identifies, what says who said it, and what is made from others."""


def typed(on: date, by: UUID | None) -> Source:
    """The source of what an agent types."""
    return Source(source=LOCAL, on=on, by=by)


def said_anew(known: State | None, wanted: State) -> frozenset[str]:
    """Fields whose value differs; of something new, those that say anything."""
    before = _saying_nothing(type(wanted)) if known is None else known.__dict__
    said = wanted.__dict__
    return frozenset(name for name in said.keys() - UNTOLD[type(wanted)] if said[name] != before[name])


@cache
def _saying_nothing(model: type[EventData]) -> Mapping[str, object]:
    """The fields of a state that says nothing."""
    return {name: one.get_default(call_default_factory=True) for name, one in model.model_fields.items()}


def told(known: State | None, wanted: State, source: Source) -> State:
    """`wanted`, with where each of its values comes from: `source` for those said anew, what `known` says for the
    others. It was updated on the last of the days known, the source's when anything was said anew."""
    anew = said_anew(known, wanted)
    before: dict[str, Source] = getattr(known, "told", {})
    changes: dict[str, object] = {"told": before | dict.fromkeys(sorted(anew), source)}
    if "updated_on" in type(wanted).model_fields:
        days = (getattr(known, "updated_on", None), getattr(wanted, "updated_on", None), source.on if anew else None)
        changes["updated_on"] = max((day for day in days if day), default=None)
    return wanted.model_copy(update=changes)
