"""Territories in PostgreSQL. A commune's days in two territories can't overlap: the database refuses it."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date

from chassis.database import Transaction
from contracts.events import TerritoryPublished
from contracts.events.partners import ALL_TERRITORIES
from directory.aggregates import Outdated, Versioned, of_row
from directory.territories.model import CommuneTaken, Definition, Noticed, TerritoryExists, UnknownTerritory

_STATE = """
SELECT territory_id, name, valid_from, valid_to, retired, version, ARRAY(
    SELECT commune FROM territory_communes AS part WHERE part.territory_id = territories.territory_id
    ORDER BY commune) AS communes
FROM territories
"""


async def find(tx: Transaction, territory_id: str) -> Versioned[TerritoryPublished] | None:
    """The territory of that id."""
    row = await tx.fetchrow(f"{_STATE} WHERE territory_id = $1", territory_id)
    return of_row(TerritoryPublished, row) if row else None


async def listed(tx: Transaction) -> list[Versioned[TerritoryPublished]]:
    """All in function, by name."""
    rows = await tx.fetch(f"{_STATE} WHERE NOT retired ORDER BY directory_fold(name), territory_id")
    return [of_row(TerritoryPublished, row) for row in rows]


async def every(tx: Transaction) -> AsyncIterator[Versioned[TerritoryPublished]]:
    """All of them, retired ones included."""
    async for row in tx.cursor(_STATE):
        yield of_row(TerritoryPublished, row)


async def names(tx: Transaction) -> dict[str, str]:
    """Identifier to name of those in function, by name."""
    rows = await tx.fetch(
        "SELECT territory_id, name FROM territories WHERE NOT retired ORDER BY directory_fold(name), territory_id"
    )
    return {row["territory_id"]: row["name"] for row in rows}


async def check_known(tx: Transaction, territory_ids: Collection[str]) -> None:
    """Raises UnknownTerritory unless each is a territory in function, or `*`."""
    rows = await tx.fetch(
        "SELECT territory_id FROM territories WHERE territory_id = ANY($1::text[]) AND NOT retired",
        list(territory_ids),
    )
    if set(territory_ids) - {row["territory_id"] for row in rows} - {ALL_TERRITORIES}:
        raise UnknownTerritory


async def definitions(tx: Transaction, territory_ids: Collection[str]) -> dict[str, Definition]:
    """What each is made of; of one that never said it, its communes."""
    rows = await tx.fetch(
        """SELECT territory_id, areas, without, coalesce(communes, ARRAY(
               SELECT commune FROM territory_communes AS part WHERE part.territory_id = territories.territory_id
           )) AS communes
           FROM territories LEFT JOIN territory_definitions USING (territory_id)
           WHERE territory_id = ANY($1::text[])""",
        list(territory_ids),
    )
    return {
        row["territory_id"]: Definition(
            frozenset(row["communes"]), frozenset(row["areas"] or ()), frozenset(row["without"] or ())
        )
        for row in rows
    }


async def define(tx: Transaction, territory_id: str, definition: Definition) -> None:
    """Keep what it is made of from now on; what waited for an operator about it has been answered."""
    await tx.execute(
        """INSERT INTO territory_definitions (territory_id, communes, areas, without) VALUES ($1, $2, $3, $4)
           ON CONFLICT (territory_id) DO UPDATE SET communes = $2, areas = $3, without = $4""",
        territory_id,
        sorted(definition.communes),
        sorted(definition.areas),
        sorted(definition.without),
    )
    await settled(tx, territory_id)


async def settled(tx: Transaction, territory_id: str) -> None:
    """Nothing waits for an operator about it any more."""
    await tx.execute("DELETE FROM territory_changes WHERE territory_id = $1 AND problem IS NOT NULL", territory_id)


async def create(tx: Transaction, territory: TerritoryPublished) -> None:
    """Keep a new one, at version 1. Raises TerritoryExists and CommuneTaken;
    asyncpg.ExclusionViolationError when another operator takes a commune at the same instant."""
    made = await tx.fetchval(
        """INSERT INTO territories (territory_id, name, valid_from, valid_to) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING RETURNING version""",
        territory.territory_id,
        territory.name,
        territory.valid_from,
        territory.valid_to,
    )
    if made is None:
        raise TerritoryExists
    await _refuse_taken(tx, territory)
    await _set_communes(tx, territory)


async def change(tx: Transaction, territory: TerritoryPublished, expected: int) -> Versioned[TerritoryPublished]:
    """Replace its state, `expected` being the version it was read at. Raises Outdated and CommuneTaken;
    asyncpg.ExclusionViolationError when another operator takes a commune at the same instant."""
    version = await tx.fetchval(
        """UPDATE territories SET version = version + 1, name = $3, valid_from = $4, valid_to = $5, retired = $6
           WHERE territory_id = $1 AND version = $2 RETURNING version""",
        territory.territory_id,
        expected,
        territory.name,
        territory.valid_from,
        territory.valid_to,
        territory.retired,
    )
    if version is None:
        raise Outdated
    await _refuse_taken(tx, territory)
    await _set_communes(tx, territory)
    return Versioned(territory, version)


async def _set_communes(tx: Transaction, territory: TerritoryPublished, *, heard: bool = False) -> None:
    await tx.execute("DELETE FROM territory_communes WHERE territory_id = $1", territory.territory_id)
    await tx.execute(
        """INSERT INTO territory_communes (territory_id, commune, validity, heard)
           SELECT $1, commune, CASE WHEN $5 THEN 'empty' ELSE daterange($3, $4, '[]') END, $6
           FROM unnest($2::text[]) AS commune""",
        territory.territory_id,
        territory.communes,
        territory.valid_from,
        territory.valid_to,
        territory.retired,
        heard,
    )


async def _refuse_taken(tx: Transaction, territory: TerritoryPublished) -> None:
    if taken := await taken_of(tx, territory):
        raise taken


async def taken_of(tx: Transaction, territory: TerritoryPublished) -> CommuneTaken | None:
    """The first of its communes that another territory holds on some of its days."""
    row = await tx.fetchrow(
        """SELECT commune, name FROM territory_communes JOIN territories USING (territory_id)
           WHERE commune = ANY($1::text[]) AND validity && daterange($2, $3, '[]') AND NOT $4 AND territory_id <> $5
           ORDER BY commune LIMIT 1""",
        territory.communes,
        territory.valid_from,
        territory.valid_to,
        territory.retired,
        territory.territory_id,
    )
    return CommuneTaken(row["commune"], row["name"]) if row else None


async def adopt(tx: Transaction, heard: Sequence[Versioned[TerritoryPublished]]) -> None:
    """Keep states newer than the known ones: those of before a restore.

    Of a commune that changed hands, the new territory may be heard of before the old one: what is heard may overlap.
    """
    for one in heard:
        state = one.state
        newer = await tx.fetchval(
            """INSERT INTO territories (territory_id, name, valid_from, valid_to, retired, version)
               SELECT $1, $2, $3, $4, $5, $6
               WHERE NOT EXISTS (SELECT FROM territories WHERE territory_id = $1 AND version >= $6)
               ON CONFLICT (territory_id) DO UPDATE SET name = $2, valid_from = $3, valid_to = $4, retired = $5,
                   version = $6 WHERE territories.version < $6 RETURNING true""",
            state.territory_id, state.name, state.valid_from, state.valid_to, state.retired, one.version,
        )  # fmt: skip
        if newer:
            await _set_communes(tx, state, heard=True)
            await _forget_other_definition(tx, state)


async def _forget_other_definition(tx: Transaction, heard: TerritoryPublished) -> None:
    """A definition that gives other communes than those heard is older than they are: the communes are right."""
    known = (await definitions(tx, [heard.territory_id]))[heard.territory_id]
    if known.resolved() != frozenset(heard.communes):
        await tx.execute("DELETE FROM territory_definitions WHERE territory_id = $1", heard.territory_id)


async def in_function(tx: Transaction, day: date) -> list[Versioned[TerritoryPublished]]:
    """All that are or will be valid on that day or later."""
    rows = await tx.fetch(
        f"{_STATE} WHERE NOT retired AND (valid_to IS NULL OR valid_to >= $1) ORDER BY territory_id", day
    )
    return [of_row(TerritoryPublished, row) for row in rows]


async def note(tx: Transaction, noticed: Noticed) -> None:
    """Keep what a change of the official list did to a territory; of what it could not do, the last word."""
    await tx.execute(
        """INSERT INTO territory_changes (territory_id, noticed_at, came, went, problem, about, holder)
           VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (territory_id) WHERE problem IS NOT NULL
           DO UPDATE SET came = $3, went = $4, problem = $5, about = $6, holder = $7""",
        noticed.territory_id,
        noticed.noticed_at,
        noticed.came,
        noticed.went,
        noticed.problem,
        noticed.about,
        noticed.holder,
    )


async def noticed(tx: Transaction, limit: int) -> list[Noticed]:
    """What waits for an operator, then what was done, newest first."""
    rows = await tx.fetch(
        """SELECT territory_id, noticed_at, came, went, problem, about, holder FROM territory_changes
           ORDER BY problem IS NULL, noticed_at DESC, change_id DESC LIMIT $1""",
        limit,
    )
    return [Noticed(**row) for row in rows]
