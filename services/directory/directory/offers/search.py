"""Looking for offers: what is asked, in which order answers come, and where the next page begins."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from chassis.database import Transaction
from contracts.events import OfferPublished
from contracts.themes import answers
from directory.aggregates import of_row


class BadCursor(Exception):
    """`after` was not given by an earlier page."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of an offer in the order of a search: best first, then by name."""

    rank: float
    sort_name: str
    offer_id: UUID

    def __str__(self) -> str:
        place = json.dumps([self.rank, self.sort_name, str(self.offer_id)]).encode()
        return urlsafe_b64encode(place).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises BadCursor."""
        try:
            rank, sort_name, offer_id = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            return cls(float(rank), str(sort_name), UUID(offer_id))
        except (ValueError, TypeError, AttributeError):
            raise BadCursor from None


@dataclass(frozen=True, slots=True)
class Found:
    """An offer that answers, and whose it is."""

    offer: OfferPublished
    version: int
    organisation: str
    place: Cursor


@dataclass(frozen=True, slots=True)
class Page:
    """Offers, best first. `next` is where the following page begins."""

    offers: Sequence[Found]
    next: Cursor | None


# Words are alternatives: what answers more of them, in its name above all, comes first.
_SEARCH = """
SELECT * FROM (
    SELECT offers.*, organisations.name AS organisation,
        -(ts_rank(offers.search, asked) + ts_rank(organisations.search, asked) / 2)::float8 AS rank
    FROM offers JOIN organisations USING (organisation_id), directory_words($1) AS asked
    WHERE NOT offers.retired
    AND ($2::text IS NULL OR offers.territory_ids && ARRAY[$2, '*'])
    AND ($3::text[] IS NULL OR offers.themes && $3)
    AND (numnode(asked) = 0 OR offers.search @@ asked OR organisations.search @@ asked)
) AS found
WHERE $4::float8 IS NULL OR (rank, sort_name, offer_id) > ($4, $5, $6)
ORDER BY rank, sort_name, offer_id LIMIT $7
"""


async def search(
    tx: Transaction,
    *,
    text: str = "",
    territory_id: str | None = None,
    themes: Sequence[str] = (),
    after: Cursor | None = None,
    limit: int,
) -> Page:
    """Offers in function that answer one of `themes` (of first contact, or thématiques) on the territory."""
    rows = await tx.fetch(
        _SEARCH,
        text,
        territory_id,
        sorted(answers(themes)) if themes else None,
        *((after.rank, after.sort_name, after.offer_id) if after else (None, None, None)),
        limit + 1,
    )
    found = [_found(row) for row in rows[:limit]]
    return Page(found, found[-1].place if len(rows) > limit else None)


def _found(row: Record) -> Found:
    offer = of_row(OfferPublished, row)
    place = Cursor(row["rank"], row["sort_name"], row["offer_id"])
    return Found(offer.state, offer.version, row["organisation"], place)
