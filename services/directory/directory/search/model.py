"""What a search asks, in which order answers come, and where the next page begins."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.events import OfferPublished


class BadCursor(Exception):
    """`after` was not given by an earlier page."""


class TooFarAhead(Exception):
    """Openings are not known that far ahead, or no more."""


class UnknownCommune(Exception):
    """No commune of that code, name or postal code."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of an offer in the order of a search: best first, then by name."""

    score: float
    sort_name: str
    offer_id: UUID

    def __str__(self) -> str:
        place = json.dumps([self.score, self.sort_name, str(self.offer_id)]).encode()
        return urlsafe_b64encode(place).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises BadCursor."""
        try:
            score, sort_name, offer_id = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            return cls(float(score), str(sort_name), UUID(offer_id))
        except (ValueError, TypeError, AttributeError):
            raise BadCursor from None


@dataclass(frozen=True, slots=True)
class Open:
    """Open at an instant, or at some moment of a time that begins with it."""

    at: datetime
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is asked. `commune`: where the person lives, whom the offer must serve, unless `within_km` is given, the
    distance from there; `age`: of the person concerned; `legal`: free legal advice, by one of these `professions`, on
    one of these `subjects`."""

    text: str = ""
    territory_id: str | None = None
    themes: Sequence[str] = ()
    commune: str | None = None
    within_km: float | None = None
    age: int | None = None
    publics: Sequence[str] = ()
    opened: Open | None = None
    free: bool = False
    remote: bool = False
    on_site: bool = False
    languages: Sequence[str] = ()
    accessibility: Sequence[str] = ()
    room: bool = False
    agreed: bool = False
    legal: bool = False
    professions: Sequence[str] = ()
    subjects: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an offer answers: `kind`, and what it is about."""

    kind: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Found:
    """An offer that answers, whose it is, where and when, and why it stands where it does."""

    offer: OfferPublished
    version: int
    organisation: str
    reasons: Sequence[Reason]
    place: Cursor
    site: Mapping[str, Any] | None = None
    kilometres: float | None = None
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Offers, best first. `next` is where the following page begins. `facets`: name → value → how many answers have it;
    `more`: there are more answers than are ranked."""

    offers: Sequence[Found]
    next: Cursor | None
    count: int = 0
    more: bool = False
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def age_on(day: date, birth_date: date) -> int:
    """Whole years on that day."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
