"""What harvesters ask of a list, with the standard's own query parameters."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated, Any, Final, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from chassis.web.problems import Problem, bad_request, invalid_field
from chassis.web.translations import N_, translate
from contracts import communes
from directory.outward.freshness import aware
from directory.outward.hsds.store import Chosen, Opening
from directory.outward.hsds.taxonomies import taxonomies, terms
from directory.search.model import Criteria, UnknownCommune

LARGEST: Final = 100
"""Entries of one page."""
MANY: Final = 10_000
"""The same, of `minimal` ones."""
_NEAR: Final = 10_000
"""Metres, unless told."""
_FARTHEST: Final = 200_000


class Asked(BaseModel):
    """`modified_after`: on or after that instant, what was withdrawn since included. `postcode`: serving the people of
    that commune (a postal code, an INSEE code or a name), or within `proximity` metres of it; `latitude` and
    `longitude`: within `proximity` metres of there. `full`: with all that belongs to each; `minimal`: ids and dates
    alone. `format`: `ndjson` for everything at once, an entry a line. `after`: only as the header `Link` gives it.

    Of the UK profile: `minimum_age` and `maximum_age`, made for nobody younger, for nobody older; `day`, `start_time`
    and `end_time`, with an opening in the coming weeks on that day of the week, not before, not after."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    search: Annotated[str, Field(max_length=400)] = ""
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=MANY)] = 50
    format: Literal["json", "ndjson"] = "json"
    taxonomy_term_id: UUID | None = None
    taxonomy_id: UUID | None = None
    organization_id: UUID | None = None
    modified_after: datetime | None = None
    minimal: bool = False
    full: bool = False
    postcode: Annotated[str | None, Field(max_length=64)] = None
    proximity: Annotated[float | None, Field(ge=0, le=_FARTHEST)] = None
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None
    minimum_age: Annotated[float | None, Field(ge=0, le=200)] = None
    maximum_age: Annotated[float | None, Field(ge=0, le=200)] = None
    day: Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"] | None = None
    start_time: time | None = None
    end_time: time | None = None
    after: Annotated[str, Field(max_length=100)] = ""

    @property
    def size(self) -> int:
        """Entries of a page: more of those that say little."""
        return min(self.per_page, MANY if self.minimal else LARGEST)

    def chosen(self, zone: ZoneInfo) -> Chosen:
        """Raises UnknownCommune, and Problem for a term or a taxonomy that is none of ours."""
        return Chosen(
            criteria=self._criteria(),
            near=self._near(),
            organisation_id=self.organization_id,
            term=_of(terms(), self.taxonomy_term_id, "taxonomy_term_id"),
            taxonomy=_of(taxonomies(), self.taxonomy_id, "taxonomy_id"),
            since=aware(self.modified_after, zone),
            ages=(self.minimum_age, self.maximum_age),
            opening=self._opening(zone),
        )

    def keys(self, types: Sequence[str]) -> tuple[Any, ...]:
        """The last entry of the page before. Raises Problem."""
        parts = self.after.split(":") if self.after else []
        try:
            return tuple(
                UUID(one) if kind == "uuid" else int(one) for one, kind in zip(parts, types, strict=bool(parts))
            )
        except ValueError:
            raise _not_given() from None

    def _criteria(self) -> Criteria | None:
        if not self.search.strip() and self.postcode is None:
            return None
        within = None if self.proximity is None else self.proximity / 1000
        commune = _commune(self.postcode) if self.postcode else None
        return Criteria(text=self.search.strip(), commune=commune, within_km=within if commune else None)

    def _opening(self, zone: ZoneInfo) -> Opening | None:
        if self.day is None and self.start_time is None and self.end_time is None:
            return None
        days = get_args(get_args(Asked.model_fields["day"].annotation)[0])
        return Opening(days.index(self.day) + 1 if self.day else None, self.start_time, self.end_time, zone.key)

    def _near(self) -> tuple[float, float, float] | None:
        if self.latitude is None or self.longitude is None:
            return None
        return (self.latitude, self.longitude, (_NEAR if self.proximity is None else self.proximity) / 1000)


def _not_given() -> Problem:
    return bad_request(N_("Le paramètre after ne vient pas d'une page précédente. Reprenez la liste."))


def _commune(said: str) -> str:
    if known := communes.resolve(said):
        return known.commune.code
    found = communes.search(said, 1)
    if not found:
        raise UnknownCommune
    return found[0].code


def _of(known: Any, identity: UUID | None, name: str) -> Any:
    if identity is None:
        return None
    if identity not in known:
        raise invalid_field(name, translate(N_("Cette valeur n'est pas de cet annuaire : voyez /taxonomy_terms.")))
    return known[identity]


Listing = Annotated[Asked, Query()]
