"""What people ask of a search, as query parameters."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts import communes
from directory.search.model import Criteria, Cursor, Open, TooFarAhead, UnknownCommune, age_on
from directory.search.timetables import AHEAD

_NIGHT = timedelta(days=1)
"""Timetables move on at night."""


def _filled(value: Any) -> Any:
    """A field left empty in a form asks nothing."""
    return [one for one in value if one] if isinstance(value, list) else value or None


Several = Annotated[list[str], BeforeValidator(_filled), Field(max_length=20)]
Text = Annotated[Annotated[str, Field(max_length=64)] | None, BeforeValidator(_filled)]


class Asked(BaseModel):
    """`q`: the need, as it is said. `commune`: where the person lives, as a code, a name or a postal code; `within_km`:
    of it, instead of serving it. `age` or `birth_date`: of the person concerned. `open_at`: by the deployment's clock
    unless it says which; `open_within`: days from now. `after`: the `next` of the page before."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: Annotated[str, Field(max_length=400)] = ""
    territory: Text = None
    theme: Several = []
    commune: Text = None
    within_km: Annotated[Annotated[float, Field(ge=0, le=200)] | None, BeforeValidator(_filled)] = None
    age: Annotated[Annotated[int, Field(ge=0, le=130)] | None, BeforeValidator(_filled)] = None
    birth_date: Annotated[date | None, BeforeValidator(_filled)] = None
    public: Several = []
    open_now: bool = False
    open_at: Annotated[datetime | None, BeforeValidator(_filled)] = None
    open_within: Annotated[Annotated[int, Field(ge=1, le=30)] | None, BeforeValidator(_filled)] = None
    free: bool = False
    remote: bool = False
    on_site: bool = False
    language: Several = []
    accessibility: Several = []
    room: bool = False
    agreed: bool = False
    legal: bool = False
    profession: Several = []
    subject: Several = []
    after: Annotated[str, Field(max_length=1000)] = ""
    limit: Annotated[int, Field(ge=1, le=50)] = 50

    @property
    def cursor(self) -> Cursor | None:
        """Raises BadCursor."""
        return Cursor.parse(self.after) if self.after else None

    def criteria(self, now: datetime, zone: ZoneInfo) -> Criteria:
        """Raises UnknownCommune and TooFarAhead."""
        return Criteria(
            text=self.q.strip(),
            territory_id=self.territory,
            themes=self.theme,
            commune=_commune(self.commune, now.date()) if self.commune else None,
            within_km=self.within_km,
            age=age_on(now.astimezone(zone).date(), self.birth_date) if self.birth_date else self.age,
            publics=self.public,
            opened=self._opened(now, zone),
            languages=self.language,
            accessibility=self.accessibility,
            professions=self.profession,
            subjects=self.subject,
            **{name: getattr(self, name) for name in ("free", "remote", "on_site", "room", "agreed", "legal")},
        )

    def _opened(self, now: datetime, zone: ZoneInfo) -> Open | None:
        if self.open_now:
            return Open(now)
        if self.open_at:
            at = self.open_at if self.open_at.tzinfo else self.open_at.replace(tzinfo=zone)
            if not now - _NIGHT <= at <= now + AHEAD - _NIGHT:
                raise TooFarAhead
            return Open(at)
        return Open(now, timedelta(days=self.open_within)) if self.open_within else None

    def query(self, **changed: Any) -> list[tuple[str, str]]:
        """The same as pairs of an address, without what was not asked."""
        return list(_pairs(self.model_dump(mode="json", exclude_defaults=True, exclude={"limit"}) | changed))


def _pairs(asked: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in asked.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield name, "true" if one is True else str(one)


def _commune(said: str, today: date) -> str:
    if known := communes.resolve(said, today):
        return known.commune.code
    found = communes.search(said, 1)
    if not found:
        raise UnknownCommune
    return found[0].code


Search = Annotated[Asked, Query()]
