"""SQL of the replica of partners: organisations, and the offers somebody can be oriented to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from contracts.events import OfferPublished, OrganisationPublished

_KEEP_ORGANISATIONS = """
INSERT INTO organisations (organisation_id, name, phone, reachable, retired, sequence)
SELECT * FROM jsonb_to_recordset($1) AS newest (organisation_id uuid, name text, phone text, reachable boolean,
    retired boolean, sequence bigint)
ON CONFLICT (organisation_id) DO UPDATE SET name = excluded.name, phone = excluded.phone,
    reachable = excluded.reachable, retired = excluded.retired, sequence = excluded.sequence
WHERE excluded.sequence > organisations.sequence
"""
_KEEP_OFFERS = """
INSERT INTO offers (offer_id, organisation_id, name, themes, territory_ids, age_from, age_to, address, opening_hours,
    starts_on, ends_on, places_left, retired, sequence)
SELECT * FROM jsonb_to_recordset($1) AS newest (offer_id uuid, organisation_id uuid, name text, themes text[],
    territory_ids text[], age_from integer, age_to integer, address text, opening_hours text, starts_on date,
    ends_on date, places_left bigint, retired boolean, sequence bigint)
ON CONFLICT (offer_id) DO UPDATE SET organisation_id = excluded.organisation_id, name = excluded.name,
    themes = excluded.themes, territory_ids = excluded.territory_ids, age_from = excluded.age_from,
    age_to = excluded.age_to, address = excluded.address, opening_hours = excluded.opening_hours,
    starts_on = excluded.starts_on, ends_on = excluded.ends_on, places_left = excluded.places_left,
    retired = excluded.retired, sequence = excluded.sequence
WHERE (excluded.sequence, excluded.address, excluded.opening_hours, excluded.starts_on, excluded.ends_on,
    excluded.places_left) IS DISTINCT FROM (offers.sequence, offers.address, offers.opening_hours, offers.starts_on,
    offers.ends_on, offers.places_left)
AND excluded.sequence >= offers.sequence
"""
_OF_ORGANISATIONS = {"organisation_id", "name", "phone", "retired"}
_OF_OFFERS = {
    "offer_id", "organisation_id", "name", "themes", "territory_ids", "age_from", "age_to", "address",
    "opening_hours", "starts_on", "ends_on", "retired",
}  # fmt: skip


async def keep_organisations(tx: Transaction, published: Sequence[tuple[OrganisationPublished, int]]) -> None:
    """Keep organisations' newest state: (state, sequence). An older sequence changes nothing."""
    newest = {one.organisation_id: (one, sequence) for one, sequence in sorted(published, key=lambda pair: pair[1])}
    rows = [
        one.model_dump(mode="json", include=_OF_ORGANISATIONS) | {"reachable": bool(one.email), "sequence": sequence}
        for one, sequence in newest.values()
    ]
    await tx.execute(_KEEP_ORGANISATIONS, rows)


async def keep_offers(tx: Transaction, published: Sequence[tuple[OfferPublished, int]]) -> None:
    """Keep offers' newest state: (state, sequence). An older sequence changes nothing; the same one brings what an
    earlier release did not keep."""
    newest = {one.offer_id: (one, sequence) for one, sequence in sorted(published, key=lambda pair: pair[1])}
    await tx.execute(_KEEP_OFFERS, [_row(one, sequence) for one, sequence in newest.values()])


def _row(offer: OfferPublished, sequence: int) -> dict[str, Any]:
    left = offer.capacity.left if offer.capacity else None
    return offer.model_dump(mode="json", include=_OF_OFFERS) | {"places_left": left, "sequence": sequence}


@dataclass(frozen=True, slots=True)
class Organisation:
    """A structure. `reachable`: an e-mail address is registered, to which a link can be sent."""

    organisation_id: UUID
    name: str
    phone: str | None
    reachable: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A service of a structure. `places_left`: as told on a day, None where it is not known."""

    offer_id: UUID
    name: str
    themes: Sequence[str]
    organisation: Organisation
    address: str | None = None
    places_left: int | None = None

    @property
    def title(self) -> str:
        """What the offer is called, and whose it is."""
        return f"{self.name} – {self.organisation.name}"


_OFFERS = """
SELECT offer_id, offers.name, themes, organisation_id, organisations.name AS called, phone, reachable, address,
    places_left
FROM offers JOIN organisations USING (organisation_id)
"""


def _offer(row: Any) -> Offer:
    of = Organisation(row["organisation_id"], row["called"], row["phone"], row["reachable"])
    return Offer(row["offer_id"], row["name"], row["themes"], of, row["address"], row["places_left"])


async def offer(tx: Transaction, offer_id: UUID) -> Offer | None:
    """An offer that is still made, by a structure that still exists."""
    row = await tx.fetchrow(
        f"{_OFFERS} WHERE offer_id = $1 AND NOT offers.retired AND NOT organisations.retired", offer_id
    )
    return _offer(row) if row else None


async def offers(tx: Transaction, offer_ids: Sequence[UUID]) -> dict[UUID, Offer]:
    """Offers by id, those no longer made included."""
    rows = await tx.fetch(f"{_OFFERS} WHERE offer_id = ANY($1::uuid[])", offer_ids)
    return {row["offer_id"]: _offer(row) for row in rows}


async def organisations(tx: Transaction, organisation_ids: Sequence[UUID]) -> dict[UUID, Organisation]:
    """Structures by id, those that no longer exist included."""
    rows = await tx.fetch(
        """SELECT organisation_id, name, phone, reachable AND NOT retired AS reachable FROM organisations
           WHERE organisation_id = ANY($1::uuid[])""",
        organisation_ids,
    )
    return {row["organisation_id"]: Organisation(**row) for row in rows}


async def every(tx: Transaction, limit: int) -> list[tuple[UUID, str]]:
    """Structures that still exist: (id, name), by name."""
    rows = await tx.fetch(
        "SELECT organisation_id, name FROM organisations WHERE NOT retired ORDER BY name LIMIT $1", limit
    )
    return [(row["organisation_id"], row["name"]) for row in rows]


async def known(tx: Transaction, organisation_id: UUID) -> bool:
    """Whether it is a structure that still exists."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM organisations WHERE organisation_id = $1 AND NOT retired)", organisation_id
        )
    )


async def organisation(tx: Transaction, organisation_id: UUID) -> Organisation | None:
    """One of them; None when the directory has not told of it."""
    return (await organisations(tx, [organisation_id])).get(organisation_id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an offer should answer, and on which day. `minor`: the person is one, and offers limit ages; no territory:
    anywhere."""

    themes: Sequence[str]
    territory_id: str | None
    minor: bool
    on: date


_FITTING = f"""
{_OFFERS} WHERE NOT offers.retired AND NOT organisations.retired
AND ($2::text IS NULL OR territory_ids && ARRAY[$2, '*'])
AND CASE WHEN $3 THEN age_from IS NULL OR age_from < 18 ELSE age_to IS NULL OR age_to >= 18 END
AND (starts_on IS NULL OR starts_on <= $4) AND (ends_on IS NULL OR ends_on >= $4)
"""


async def fitting(tx: Transaction, wanted: Wanted, limit: int) -> list[Offer]:
    """Offers of the place for that age, those of the same themes first."""
    rows = await tx.fetch(
        f"{_FITTING} ORDER BY themes && $1::text[] DESC, offers.name, offer_id LIMIT $5",
        wanted.themes,
        wanted.territory_id,
        wanted.minor,
        wanted.on,
        limit,
    )
    return [_offer(row) for row in rows]


async def another(tx: Transaction, wanted: Wanted, organisation_id: UUID, tried: Sequence[UUID]) -> Offer | None:
    """An offer of the same themes and place not `tried` yet; one of the same structure only where no other has one."""
    row = await tx.fetchrow(
        f"""{_FITTING} AND themes && $1::text[] AND offer_id <> ALL ($6::uuid[])
            ORDER BY organisation_id = $5, offers.name, offer_id LIMIT 1""",
        wanted.themes,
        wanted.territory_id,
        wanted.minor,
        wanted.on,
        organisation_id,
        tried,
    )
    return _offer(row) if row else None
