"""A source's word beside ours: what was typed here stays, and where the source says otherwise is written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from contracts.events import EventData, OfferPublished, OrganisationPublished, SitePublished
from contracts.events.partners import Source
from directory import provenance
from directory.aggregates import State
from directory.imports.model import OFFER, ORGANISATION, PREMISES

_ORIGIN: Final = frozenset({"source", "source_id", "updated_on", "unknown_values", "territory_ids", "retired"})
_OF_THE_FIRST_PLACE: Final = frozenset({"address", "opening_hours"})
SAID: Final[Mapping[type[EventData], frozenset[str]]] = {
    OrganisationPublished: frozenset(ORGANISATION) | _ORIGIN | {"kind", "site_id"},
    SitePublished: frozenset(PREMISES) | {"organisation_id", "commune_told", "retired"},
    OfferPublished: frozenset(OFFER) | _ORIGIN | _OF_THE_FIRST_PLACE | {"organisation_id", "places"},
}
"""Fields a source speaks of; the others are ours alone."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field typed here of which the source says something else."""

    aggregate_id: UUID
    field: str
    ours: Any
    theirs: Any


def merged(known: State | None, said: State, source: Source) -> tuple[State, list[Difference]]:
    """What stands once a source has spoken, and what it says that is not followed."""
    if known is None:
        return provenance.told(None, said, source), []
    kept = local(known)
    follows = SAID[type(said)] - kept - (_OF_THE_FIRST_PLACE if "places" in kept else frozenset())
    state = known.model_copy(update={name: getattr(said, name) for name in follows})
    theirs, ours = said.model_dump(mode="json", include=set(kept)), known.model_dump(mode="json", include=set(kept))
    identity = UUID(known.aggregate_id)
    differences = [Difference(identity, name, ours[name], theirs[name]) for name in kept if ours[name] != theirs[name]]
    return provenance.told(known, state, source), differences


def local(known: State) -> frozenset[str]:
    """Fields a source speaks of that were typed here, or told by the organisation itself."""
    told: Mapping[str, Source] = getattr(known, "told", {})
    return frozenset(name for name in SAID[type(known)] if name in told and told[name].source in provenance.OUR_OWN)
