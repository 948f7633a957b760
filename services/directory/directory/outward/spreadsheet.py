"""Answers of a search as CSV: for people's spreadsheets, which run what looks like a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

from chassis.web import phones
from directory.hours.words import readable
from directory.search.model import Found

HEADERS: Final = (
    "Identifiant",
    "Offre",
    "Organisation",
    "Thématiques",
    "Publics",
    "Âge minimum",
    "Âge maximum",
    "Lieu",
    "Adresse",
    "Code postal",
    "Commune",
    "Horaires",
    "Téléphone",
    "Courriel",
    "Mise à jour",
)
_STARTS: Final = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")
"""The last four are the full-width signs, which some spreadsheets read as the others."""
_MARK: Final = "\ufeff"
"""By which Excel knows UTF-8."""


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula, wherever spaces stand before it (OWASP, CSV injection)."""
    bare = text.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}")
    return f"'{text}" if bare.startswith(("\t", "\r", "\n")) or bare.lstrip().startswith(_STARTS) else text


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """With a mark for Excel and semicolons, which French spreadsheets part cells at."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow(HEADERS)
    writer.writerows([inert("" if cell is None else str(cell)) for cell in row] for row in rows)
    return _MARK + text.getvalue()


def row(found: Found) -> tuple[object, ...]:
    """What is public of an offer where it is held, in the order of `HEADERS`."""
    offer, site = found.offer, found.site or {}
    place = next((one for one in offer.places if str(one.site_id) == str(site.get("site_id"))), None)
    phone = (place and place.phone) or offer.phone or site.get("phone")
    return (
        offer.offer_id,
        offer.name,
        found.organisation,
        ", ".join(offer.themes),
        ", ".join(offer.publics),
        offer.age_from,
        offer.age_to,
        *(site.get(name) for name in ("name", "address", "postal_code", "locality")),
        readable(found.hours) if found.hours else None,
        phones.readable(phone) if phone else None,
        (place and place.email) or offer.email,
        offer.updated_on,
    )
