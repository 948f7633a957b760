"""Offers in PostgreSQL, and the search over them."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from chassis.database import Transaction
from contracts.events import OfferPublished
from directory.aggregates import Outdated, Versioned, of_row
from directory.vocabulary import words

_FIELDS = "name, themes, territory_ids, audience, age_from, age_to, address, opening_hours, email, phone, retired"
_STATE = f"SELECT offer_id, organisation_id, version, {_FIELDS} FROM offers"  # noqa: S608 - constants only
_GIVEN = f"SELECT {_FIELDS}, words FROM jsonb_populate_record(NULL::offers, $2)"  # noqa: S608

Offers = list[Versioned[OfferPublished]]


async def find(tx: Transaction, offer_id: UUID) -> Versioned[OfferPublished] | None:
    """The offer of that id."""
    row = await tx.fetchrow(f"{_STATE} WHERE offer_id = $1", offer_id)
    return of_row(OfferPublished, row) if row else None


async def every(tx: Transaction) -> AsyncIterator[Versioned[OfferPublished]]:
    """All of them, retired ones included."""
    async for row in tx.cursor(_STATE):
        yield of_row(OfferPublished, row)


def _row(offer: OfferPublished) -> dict[str, object]:
    return offer.model_dump(mode="json") | {"words": words(offer.themes)}


async def create(tx: Transaction, offer: OfferPublished) -> None:
    """Keep a new one, at version 1."""
    await tx.execute(
        f"""INSERT INTO offers (offer_id, organisation_id, {_FIELDS}, words)
            SELECT $1, $3, given.* FROM ({_GIVEN}) AS given""",  # noqa: S608
        offer.offer_id,
        _row(offer),
        offer.organisation_id,
    )


async def change(tx: Transaction, offer: OfferPublished, expected: int) -> Versioned[OfferPublished]:
    """Replace its state, `expected` being the version it was read at. Raises Outdated."""
    version = await tx.fetchval(
        f"""UPDATE offers SET version = version + 1, ({_FIELDS}, words) = ({_GIVEN})
            WHERE offer_id = $1 AND version = $3 RETURNING version""",  # noqa: S608
        offer.offer_id,
        _row(offer),
        expected,
    )
    if version is None:
        raise Outdated
    return Versioned(offer, version)


async def retire_all(tx: Transaction, organisation_id: UUID) -> Offers:
    """Retire what an organisation still offers. Returns the offers as they now stand."""
    rows = await tx.fetch(
        f"""UPDATE offers SET retired = true, version = version + 1 WHERE organisation_id = $1 AND NOT retired
            RETURNING offer_id, organisation_id, version, {_FIELDS}""",  # noqa: S608
        organisation_id,
    )
    return [of_row(OfferPublished, row) for row in rows]


async def of_organisations(tx: Transaction, organisation_ids: Sequence[UUID]) -> dict[UUID, list[OfferPublished]]:
    """Offers in function by organisation, each list by name."""
    rows = await tx.fetch(
        f"{_STATE} WHERE organisation_id = ANY($1::uuid[]) AND NOT retired ORDER BY sort_name, offer_id",
        organisation_ids,
    )
    found: dict[UUID, list[OfferPublished]] = {}
    for row in rows:
        found.setdefault(row["organisation_id"], []).append(of_row(OfferPublished, row).state)
    return found


_WRITTEN = f"version, {_FIELDS}, words"
_ADOPT = f"""
INSERT INTO offers (offer_id, organisation_id, {_WRITTEN})
SELECT offer_id, organisation_id, {_WRITTEN} FROM jsonb_populate_recordset(NULL::offers, $1) AS heard
WHERE NOT EXISTS (
    SELECT FROM offers AS known WHERE known.offer_id = heard.offer_id AND known.version >= heard.version)
ON CONFLICT (offer_id) DO UPDATE SET ({_WRITTEN}) = ROW (excluded.{_WRITTEN.replace(", ", ", excluded.")})
WHERE excluded.version > offers.version
"""  # noqa: S608


async def adopt(tx: Transaction, heard: Sequence[Versioned[OfferPublished]]) -> None:
    """Keep states newer than the known ones: those of before a restore. Others cost no lock."""
    await tx.execute(_ADOPT, [_row(one.state) | {"version": one.version} for one in heard])
