"""Answers of a search as tables, for people's spreadsheets."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from chassis.web import phones
from chassis.web.spreadsheets import MARK, as_csv
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


async def written(found: AsyncIterator[Sequence[Shown]]) -> AsyncIterator[bytes]:
    """CSV with a mark for Excel and semicolons, which French spreadsheets part cells at."""
    yield f"{MARK}{as_csv([HEADERS])}".encode()
    async for some in found:
        yield as_csv(map(row, some)).encode()


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
