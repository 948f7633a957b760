"""Answers of a search as tables: for people's spreadsheets, which run what looks like a formula."""

import csv
from collections.abc import AsyncIterator, Iterable, Sequence
from io import StringIO
from typing import Final

from chassis.web import phones
from directory.hours.words import readable
from directory.outward.whole import Shown

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
    "Source",
    "Lien de la source",
)
MEDIA_TYPE: Final = "text/csv; charset=utf-8"
_STARTS: Final = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")
"""The last four are the full-width signs, which some spreadsheets read as the others."""
_MARK: Final = "\ufeff"
"""By which Excel knows UTF-8."""


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula, wherever spaces stand before it (OWASP, CSV injection)."""
    bare = text.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}")
    return f"'{text}" if bare.startswith(("\t", "\r", "\n")) or bare.lstrip().startswith(_STARTS) else text


async def written(found: AsyncIterator[Sequence[Shown]]) -> AsyncIterator[bytes]:
    """CSV with a mark for Excel and semicolons, which French spreadsheets part cells at."""
    yield f"{_MARK}{as_csv([HEADERS])}".encode()
    async for some in found:
        yield as_csv(map(row, some)).encode()


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Lines, no cell of which is a formula."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerows([inert("" if cell is None else str(cell)) for cell in row] for row in rows)
    return text.getvalue()


def row(one: Shown) -> tuple[object, ...]:
    """What is public of an offer where it answers, in the order of `HEADERS`."""
    offer, place, site = one.offer, one.place, one.site
    phone = (place and place.phone) or offer.phone or (site and site.phone)
    return (
        offer.offer_id,
        offer.name,
        one.organisation,
        ", ".join(offer.themes),
        ", ".join(offer.publics),
        offer.age_from,
        offer.age_to,
        *((site.name, site.address, site.postal_code, site.locality) if site else (None,) * 4),
        readable(one.hours) if one.hours else None,
        phones.readable(phone) if phone else None,
        (place and place.email) or offer.email,
        offer.updated_on,
        offer.source,
        offer.source_link,
    )
