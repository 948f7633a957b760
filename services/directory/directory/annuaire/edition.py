"""An edition of an annuaire: what the document of a territory says on a day, and which one it is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from chassis.typesetting import Said
from chassis.web import dates
from chassis.web.translations import N_, language, translate
from contracts.programme import NUMBERS
from directory.annuaire.document import TEMPLATE
from directory.annuaire.model import Entry, Held, Section, entry
from directory.annuaire.store import Listed
from directory.annuaire.words import Fact, about, there

MOST: Final = 600
"""Offers of one document: some seconds and half a gigabyte, were each of them told at length."""
_CHANGES: Final = N_("Édité le {day}. Dates et horaires peuvent changer : appelez avant de venir de loin.")
_CUT: Final = N_(
    "Cette liste s'arrête à {count} offres, par ordre alphabétique : demandez un seul sujet pour les autres."
)
_NOTHING: Final = N_("Rien n'est connu ici pour l'instant.")


@dataclass(frozen=True, slots=True)
class Edition:
    """`sections` puts entries under titles, and `otherwise` is the title of what has none."""

    title: str
    territory: str
    day: date
    zone: ZoneInfo
    listed: Listed
    sections: Callable[[Sequence[Entry]], list[Section]]
    otherwise: str
    lead: str = ""

    @property
    def digest(self) -> str:
        """Editions that say the same have the same."""
        said = (self.title, self.territory, self.day, self.zone.key, self.listed.digest, self.lead, language())
        return sha256(TEMPLATE.read_bytes() + repr(said).encode()).hexdigest()

    def said(self) -> Said:
        """All that is printed: texts alone."""
        entries = list(self._entries())
        return {
            "title": f"{self.title} – {self.territory}",
            "language": language(),
            "day": [self.day.year, self.day.month, self.day.day],
            "lead": [line for line in self._lead(bool(entries)) if line],
            "danger": {"title": translate(N_("En cas de danger, appelez tout de suite")), "numbers": _numbers()},
            "contents": translate(N_("Sommaire")),
            "foot": f"{self.title}, {self.territory}, {dates.day(self.day)}",
            "sections": [
                {"title": one.title or self.otherwise, "entries": [self._entry(offered) for offered in one.entries]}
                for one in self.sections(entries)
            ],
        }

    def _entries(self) -> Iterable[Entry]:
        sites = {key: one.state for key, one in self.listed.sites.items()}
        begins = datetime.combine(self.day, time(), self.zone)
        for one in self.listed.offers:
            whose = self.listed.organisations.get(one.state.organisation_id, "")
            yield entry(one.state, whose, sites, begins, self.zone)

    def _lead(self, found: bool) -> Iterable[str]:
        yield self.lead
        yield translate(_CHANGES).format(day=dates.day(self.day))
        yield translate(_CUT).format(count=MOST) if self.listed.more else ""
        yield "" if found else translate(_NOTHING)

    def _entry(self, one: Entry) -> dict[str, Any]:
        several = len(one.held) > 1
        return {
            "name": one.offer.name,
            "organisation": one.organisation,
            "texts": [line for line in (one.offer.description or "").splitlines() if line.strip()],
            "facts": _plain(about(one, self.zone)),
            "places": [{"title": _name(held) if several else None, "facts": _plain(there(held))} for held in one.held],
        }


def _name(held: Held) -> str | None:
    return held.site.name if held.site else None


def _numbers() -> list[dict[str, Any]]:
    return _plain(Fact(number, (what,)) for number, what in NUMBERS.items())


def _plain(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    return [asdict(one) for one in facts]
