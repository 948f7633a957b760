"""SQL of orientations and of the links by which they are answered."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from cases.orientations.links import Link
from cases.orientations.model import Ground, Orientation, State
from chassis.database import Transaction
from contracts.sealed import Sealed

_NAMES = tuple(one.name for one in fields(Orientation))
_COLUMNS = ", ".join(_NAMES)
_LINK_NAMES = tuple(one.name for one in fields(Link))
_LINK_COLUMNS = ", ".join(_LINK_NAMES)
_SEALED = ("first_name", "asked", "reach")


def _saving(table: str, names: Sequence[str]) -> str:
    places = ", ".join(f"${number}" for number in range(1, len(names) + 1))
    changed = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    return f"""INSERT INTO {table} ({", ".join(names)}) VALUES ({places})
        ON CONFLICT ({names[0]}) DO UPDATE SET {changed}"""  # noqa: S608 - constants only


_SAVE = _saving("orientations", _NAMES)
_SAVE_LINK = _saving("orientation_links", _LINK_NAMES)


async def save(tx: Transaction, orientation: Orientation) -> None:
    """Write an orientation in the transaction that holds its dossier."""
    values = {name: getattr(orientation, name) for name in _NAMES}
    blocks = {name: block.model_dump(mode="json") if (block := values[name]) else None for name in _SEALED}
    await tx.execute(_SAVE, *(values | blocks).values())


def _orientation(row: Any) -> Orientation:
    found = dict(row)
    blocks = {name: Sealed.model_validate(found[name]) if found[name] else None for name in _SEALED}
    return Orientation(**(found | blocks | {"state": State(found["state"]), "ground": Ground(found["ground"])}))


async def find(tx: Transaction, orientation_id: UUID) -> Orientation | None:
    """An orientation this actor may see."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM orientations WHERE orientation_id = $1", orientation_id)  # noqa: S608
    return _orientation(row) if row else None


async def of_case(tx: Transaction, case_id: UUID) -> list[Orientation]:
    """A dossier's orientations, newest first."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM orientations WHERE case_id = $1 ORDER BY orientation_id DESC",  # noqa: S608
        case_id,
    )
    return [_orientation(row) for row in rows]


async def received(tx: Transaction, organisation_id: UUID, before: UUID | None, limit: int) -> list[Orientation]:
    """What an organisation is, or was, asked, newest first; `before`: the last one of the page before."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM orientations
            WHERE organisation_id = $1 AND orientation_id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            ORDER BY orientation_id DESC LIMIT $3""",  # noqa: S608
        organisation_id,
        before,
        limit,
    )
    return [_orientation(row) for row in rows]


async def shared_by_consent(tx: Transaction, case_id: UUID, organisation_id: UUID) -> list[Orientation]:
    """A dossier's orientations that tell an organisation about the person because the person agreed."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM orientations
            WHERE case_id = $1 AND organisation_id = $2 AND ground = 'consent' ORDER BY orientation_id""",  # noqa: S608
        case_id,
        organisation_id,
    )
    return [_orientation(row) for row in rows]


async def its_manager(tx: Transaction, organisation_id: UUID) -> UUID | None:
    """Somebody who manages that organisation and has an account; always the same one while they are in function."""
    found: UUID | None = await tx.fetchval(
        """SELECT agent_id FROM agents WHERE organisation_id = $1 AND NOT retired
           AND grants @> '[{"role": "manager"}]' ORDER BY agent_id LIMIT 1""",
        organisation_id,
    )
    return found


async def works_on(tx: Transaction, case_id: UUID) -> bool:
    """Whether the actor works on that dossier."""
    return bool(await tx.fetchval("SELECT works_on($1)", case_id))


# Links ----------------------------------------------------------------------------------------------


async def save_link(tx: Transaction, link: Link) -> None:
    """Write the link of an orientation over the one before it."""
    await tx.execute(_SAVE_LINK, *asdict(link).values())


async def link_of(tx: Transaction, orientation_id: UUID) -> Link | None:
    """The last link issued for an orientation."""
    row = await tx.fetchrow(
        f"SELECT {_LINK_COLUMNS} FROM orientation_links WHERE orientation_id = $1",  # noqa: S608
        orientation_id,
    )
    return Link(**row) if row else None


async def links_of(tx: Transaction, case_id: UUID) -> dict[UUID, Link]:
    """The links of a dossier's orientations."""
    rows = await tx.fetch(f"SELECT {_LINK_COLUMNS} FROM orientation_links WHERE case_id = $1", case_id)  # noqa: S608
    return {row["orientation_id"]: Link(**row) for row in rows}


async def held(tx: Transaction, hashed: bytes) -> Link | None:
    """The link of that hash.

    The hash is set for the transaction: row-level security shows its holder that link and its orientation, and no
    other.
    """
    await tx.execute("SELECT set_config('maillage.orientation_link', $1, true)", hashed.hex())
    row = await tx.fetchrow(
        f"SELECT {_LINK_COLUMNS} FROM orientation_links WHERE link_hash = $1",  # noqa: S608
        hashed,
    )
    return Link(**row) if row else None
