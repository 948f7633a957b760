"""An annuaire: offers as a list people take with them, each with its places and its next openings there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.web.translations import translate
from contracts import communes
from contracts.events import OfferPublished, SitePublished
from contracts.events.partners import OfferPlace
from contracts.themes import THEMES, answers
from directory.hours.model import Opening
from directory.offers.openings import timetable, told_hours
from directory.sites.model import address_of

SHOWN: Final = 3
"""Openings of one place."""
AHEAD: Final = timedelta(days=92)
"""How far ahead they are looked for: what opens later is not planned for."""


@dataclass(frozen=True, slots=True)
class Held:
    """An offer at a place, or where it says itself when it has none: the hours there and the next openings. `unsure`:
    the hours name school holidays, which nobody gave, or can't be read."""

    place: OfferPlace | None
    site: SitePublished | None
    address: str | None
    hours: str | None
    next: tuple[Opening, ...]
    unsure: bool

    @property
    def commune(self) -> str:
        """The name of its commune; nothing where that is not known."""
        if self.site is None:
            return ""
        known = communes.find(self.site.commune) if self.site.commune else None
        return known.name if known else self.site.locality or ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An offer, whose it is, where it is held, and what is to be known of it that day."""

    offer: OfferPublished
    organisation: str
    held: tuple[Held, ...]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under one title; without one, what has no place among the others."""

    title: str
    entries: tuple[Entry, ...]


def entry(
    offer: OfferPublished, organisation: str, sites: Mapping[UUID, SitePublished], after: datetime, zone: ZoneInfo
) -> Entry:
    """The offer with its openings after that instant."""
    day = after.astimezone(zone).date()
    notices = tuple(one.text for one in offer.notices if one.first <= day and (one.last is None or day <= one.last))
    places: Sequence[OfferPlace | None] = offer.places or (None,)
    found = ((place, sites.get(place.site_id) if place else None) for place in places)
    return Entry(offer, organisation, tuple(_held(offer, *one, after, zone) for one in found), notices)


def _held(
    offer: OfferPublished, place: OfferPlace | None, site: SitePublished | None, after: datetime, zone: ZoneInfo
) -> Held:
    hours = told_hours(offer, place, site)
    table = timetable(offer, place, site, zone) if hours else None
    upcoming = tuple(table.openings(after, SHOWN, AHEAD)) if table else ()
    unsure = bool(hours) and (table is None or table.depends_on_unknown_holidays)
    return Held(place, site, address_of(site) if site else offer.address, hours, upcoming, unsure)


def by_commune(entries: Iterable[Entry]) -> list[Section]:
    """Each place under its commune, communes by name; what is held nowhere that is known comes last."""
    found: dict[str, list[Entry]] = {}
    for one in entries:
        for name in dict.fromkeys(held.commune for held in one.held):
            there = tuple(held for held in one.held if held.commune == name)
            found.setdefault(name, []).append(replace(one, held=there))
    return [
        Section(name, tuple(found[name])) for name in sorted(found, key=lambda name: (not name, communes.fold(name)))
    ]


def by_theme(entries: Sequence[Entry]) -> list[Section]:
    """Each offer under every theme of first contact that it answers; those that answer none come last."""
    found = [*_themed(entries)]
    placed = {one.offer.offer_id for section in found for one in section.entries}
    others = tuple(one for one in entries if one.offer.offer_id not in placed)
    return [*found, Section("", others)] if others else found


def _themed(entries: Sequence[Entry]) -> Iterator[Section]:
    for name, theme in THEMES.items():
        wanted = answers([name])
        answering = tuple(one for one in entries if not wanted.isdisjoint(one.offer.themes))
        if answering:
            yield Section(translate(theme.label), answering)
