"""SQL of shares, and of a dossier that another organisation takes over."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.shares.model import Ground, LegalGround, Share
from chassis.database import Transaction
from contracts.sealed import Sealed

_NAMES = tuple(one.name for one in fields(Share))
_COLUMNS = ", ".join(_NAMES)
_SAVE = f"""
INSERT INTO shares ({_COLUMNS}) VALUES ({", ".join(f"${number}" for number in range(1, len(_NAMES) + 1))})
"""  # noqa: S608 - constants only


async def add(tx: Transaction, share: Share) -> None:
    """Write a share in the transaction that holds its dossier."""
    values = {name: getattr(share, name) for name in _NAMES}
    await tx.execute(_SAVE, *(values | {"why": share.why.model_dump(mode="json")}).values())


async def end(tx: Transaction, share: Share) -> None:
    """From then on the organisation reads nothing."""
    await tx.execute("UPDATE shares SET ended_at = $2 WHERE share_id = $1", share.share_id, share.ended_at)


def _share(row: Any) -> Share:
    legal = LegalGround(row["legal_ground"]) if row["legal_ground"] else None
    typed = {"why": Sealed.model_validate(row["why"]), "ground": Ground(row["ground"]), "legal_ground": legal}
    return Share(**(dict(row) | typed))


async def find(tx: Transaction, share_id: UUID) -> Share | None:
    """A share of a dossier the actor works on, or one in force with their organisation."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM shares WHERE share_id = $1", share_id)  # noqa: S608
    return _share(row) if row else None


async def of_case(tx: Transaction, case_id: UUID) -> list[Share]:
    """A dossier's shares, ended ones included, the newest first."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM shares WHERE case_id = $1 ORDER BY shared_at DESC, share_id DESC",  # noqa: S608
        case_id,
    )
    return [_share(row) for row in rows]


async def received(tx: Transaction, organisation_id: UUID, before: UUID | None, limit: int) -> list[Share]:
    """What is shared with an organisation now, the newest first; `before`: the last one of the page before."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM shares
            WHERE organisation_id = $1 AND ended_at IS NULL
                AND share_id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            ORDER BY share_id DESC LIMIT $3""",  # noqa: S608
        organisation_id,
        before,
        limit,
    )
    return [_share(row) for row in rows]


async def concerned(tx: Transaction, case_id: UUID) -> list[UUID]:
    """Whom a dossier is about."""
    rows = await tx.fetch("SELECT person_id FROM case_people WHERE case_id = $1 AND role = 'concerned'", case_id)
    return [row["person_id"] for row in rows]


async def referents_of(tx: Transaction, case_id: UUID, organisation_id: UUID) -> list[UUID]:
    """Referents of a dossier who belong to an organisation."""
    rows = await tx.fetch(
        """SELECT agent_id FROM referents JOIN agents USING (agent_id)
           WHERE case_id = $1 AND organisation_id = $2 ORDER BY agent_id""",
        case_id,
        organisation_id,
    )
    return [row["agent_id"] for row in rows]


async def names(tx: Transaction, organisation_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What organisations are called, those that no longer exist included."""
    rows = await tx.fetch(
        "SELECT organisation_id, name FROM organisations WHERE organisation_id = ANY($1::uuid[])", organisation_ids
    )
    return {row["organisation_id"]: row["name"] for row in rows}


async def known_territory(tx: Transaction, territory_id: str) -> bool:
    """Whether the directory has told of that territory."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM territories WHERE territory_id = $1)", territory_id))


async def take_over(tx: Transaction, case_id: UUID, territory_id: str, share_id: UUID, at: datetime) -> None:
    """A dossier goes to another territory, without its referents."""
    await tx.execute("UPDATE cases SET territory_id = $2 WHERE case_id = $1", case_id, territory_id)
    await tx.execute("DELETE FROM referents WHERE case_id = $1", case_id)
    await tx.execute("UPDATE shares SET ended_at = $2 WHERE share_id = $1", share_id, at)
