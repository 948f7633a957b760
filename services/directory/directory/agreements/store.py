"""Agreements in PostgreSQL: each is loaded and saved whole, with a line of its journal for each version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from directory.aggregates import Outdated
from directory.agreements.model import Agreement, Terms
from directory.organisations import store as organisations
from directory.territories import store as territories


@dataclass(frozen=True, slots=True)
class Kept:
    """An agreement as it stands, at its version."""

    agreement: Agreement
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """What was done: a line of the journal. `by`: an agent; None for the clock."""

    what: str
    at: datetime
    by: UUID | None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which agreements are listed, those that end first before the others."""

    phases: Sequence[str] | None = None
    territory_id: str | None = None
    party_id: UUID | None = None
    ends_by: date | None = None


def _kept(row: Any) -> Kept:
    # A field that a newer version of this service keeps is none of ours.
    return Kept(Agreement.model_validate(row["state"], extra="ignore"), row["version"])


async def find(tx: Transaction, agreement_id: UUID, *, changing: bool = False) -> Kept | None:
    """The agreement of that id. `changing`: others who would change it wait for this transaction."""
    lock = "FOR UPDATE" if changing else ""
    row = await tx.fetchrow(f"SELECT state, version FROM agreements WHERE agreement_id = $1 {lock}", agreement_id)  # noqa: S608
    return _kept(row) if row else None


async def page(tx: Transaction, wanted: Wanted, *, after: UUID | None, limit: int) -> list[Kept]:
    """Agreements by last day; after the one named `after`."""
    rows = await tx.fetch(
        """SELECT state, version FROM agreements
           WHERE ($1::text[] IS NULL OR phase = ANY($1)) AND ($2::text IS NULL OR territory_ids && ARRAY[$2, '*'])
               AND ($3::uuid IS NULL OR party_ids @> ARRAY[$3]) AND ($4::date IS NULL OR ends_on <= $4)
               AND ($5::uuid IS NULL OR (ends_on, agreement_id) > (
                   SELECT ends_on, agreement_id FROM agreements WHERE agreement_id = $5))
           ORDER BY ends_on, agreement_id LIMIT $6""",
        wanted.phases,
        wanted.territory_id,
        wanted.party_id,
        wanted.ends_by,
        after,
        limit,
    )
    return [_kept(row) for row in rows]


def _columns(agreement: Agreement) -> tuple[Any, ...]:
    terms = agreement.terms
    return (
        agreement.agreement_id,
        agreement.kind,
        terms.title,
        agreement.phase.value,
        terms.territory_ids,
        terms.party_ids,
        terms.starts_on,
        agreement.last_day,
        agreement.model_dump(mode="json", exclude_defaults=True),
    )


async def create(
    tx: Transaction, agreement: Agreement, *, at: datetime, by: UUID | None, what: str = "drafted"
) -> None:
    """Keep a new one, at version 1. Others open agreements by it too: the award of a call is a draft like any."""
    await tx.execute(
        """INSERT INTO agreements
               (agreement_id, kind, title, phase, territory_ids, party_ids, starts_on, ends_on, state)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        *_columns(agreement),
    )
    await _note(tx, Kept(agreement, 1), Change(what, at, by))


async def keep(tx: Transaction, agreement: Agreement, expected: int, change: Change) -> Kept:
    """Save what it has become, `expected` being the version it was read at. Raises Outdated."""
    version = await tx.fetchval(
        """UPDATE agreements SET version = version + 1, kind = $2, title = $3, phase = $4, territory_ids = $5,
               party_ids = $6, starts_on = $7, ends_on = $8, state = $9
           WHERE agreement_id = $1 AND version = $10 RETURNING version""",
        *_columns(agreement),
        expected,
    )
    if version is None:
        raise Outdated
    kept = Kept(agreement, version)
    await _note(tx, kept, change)
    return kept


async def _note(tx: Transaction, kept: Kept, change: Change) -> None:
    await tx.execute(
        """INSERT INTO agreement_changes (agreement_id, version, what, details, changed_at, changed_by)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        kept.agreement.agreement_id,
        kept.version,
        change.what,
        dict(change.details),
        change.at,
        change.by,
    )


async def journal(tx: Transaction, agreement_id: UUID) -> list[Change]:
    """What was done with an agreement, the newest first."""
    rows = await tx.fetch(
        """SELECT what, changed_at AS at, changed_by AS by, details FROM agreement_changes
           WHERE agreement_id = $1 ORDER BY version DESC""",
        agreement_id,
    )
    return [Change(**row) for row in rows]


async def opened_by(tx: Transaction, agreement_id: UUID) -> list[UUID]:
    """Offers in function that follow an agreement."""
    rows = await tx.fetch("SELECT offer_id FROM offers WHERE agreement_id = $1 AND NOT retired", agreement_id)
    return [row["offer_id"] for row in rows]


async def managers(tx: Transaction, territory_ids: Sequence[str]) -> list[UUID]:
    """Agents in function who manage one of these territories."""
    rows = await tx.fetch(
        """SELECT agent_id FROM agents WHERE NOT retired AND EXISTS (
               SELECT FROM jsonb_array_elements(grants) AS held
               WHERE held ->> 'role' = 'manager' AND held ->> 'territory_id' = ANY($1::text[] || '{*}'))
           ORDER BY agent_id""",
        territory_ids,
    )
    return [row["agent_id"] for row in rows]


async def named(tx: Transaction, *terms: Terms) -> dict[str, str]:
    """Names of the organisations and territories of texts, by id."""
    return {str(one): name for one, name in (await organisations.names(tx, _parties(terms))).items()} | (
        await territories.names(tx)
    )


def _parties(terms: Sequence[Terms]) -> list[UUID]:
    return list({one for text in terms for one in text.party_ids})


async def candidates(
    tx: Transaction, search: str, territory_ids: Sequence[str], also: Sequence[UUID], *, limit: int = 30
) -> list[tuple[UUID, str]]:
    """Organisations that could be parties, by name: those whose name answers, or without a search those of the
    territories; and those of `also`."""
    rows = await tx.fetch(
        """(SELECT organisation_id, name, sort_name FROM organisations
            WHERE NOT retired AND ($1 <> '' AND search @@ directory_words($1)
                OR $1 = '' AND territory_ids && ($2::text[] || '{*}'))
            ORDER BY sort_name, organisation_id LIMIT $3)
           UNION
           SELECT organisation_id, name, sort_name FROM organisations WHERE organisation_id = ANY($4::uuid[])
           ORDER BY sort_name, organisation_id""",
        search,
        territory_ids,
        limit,
        also,
    )
    return [(row["organisation_id"], row["name"]) for row in rows]
