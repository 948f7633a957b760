"""Actions and registrations in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Transaction
from chassis.sealing import WrappedKey
from directory.actions.model import Action, News, Registration, State
from directory.actions.roll import Roll
from directory.aggregates import NotKept
from directory.rows import Rows

ACTIONS: Final = Rows(Action, "actions", "action_id")
REGISTRATIONS: Final = Rows(Registration, "registrations", "registration_id")


async def page(
    tx: Transaction,
    *,
    since: datetime,
    audience: str | None = None,
    territory_id: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[Action]:
    """Actions the actor may read that are not over at `since`, the next to end first; after the one named `after`."""
    rows = await tx.fetch(
        f"""{ACTIONS.select} WHERE ends_at >= $1
            AND ($2::text IS NULL OR audience = $2)
            AND ($3::text IS NULL OR territory_ids && ARRAY[$3, '*'])
            AND ($4::uuid IS NULL OR (ends_at, action_id) > (
                SELECT ends_at, action_id FROM actions WHERE action_id = $4))
            ORDER BY ends_at, action_id LIMIT $5""",  # noqa: S608 - constants
        since,
        audience,
        territory_id,
        after,
        limit,
    )
    return [ACTIONS.read(row) for row in rows]


async def sites(tx: Transaction, site_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Name and address of those sites, on one line."""
    rows = await tx.fetch(
        """SELECT site_id, concat_ws(', ', name, address, concat_ws(' ', postal_code, locality)) AS told
           FROM sites WHERE site_id = ANY($1::uuid[])""",
        site_ids,
    )
    return {row["site_id"]: row["told"] for row in rows}


async def registrations(tx: Transaction, action_id: UUID) -> list[Registration]:
    """Those of an action that the actor may read and that are not cancelled, in the order they came."""
    rows = await tx.fetch(
        f"""{REGISTRATIONS.select} WHERE action_id = $1 AND state <> 'cancelled' ORDER BY position""",
        action_id,
    )
    return [REGISTRATIONS.read(row) for row in rows]


async def own(tx: Transaction, agent_id: UUID, action_ids: Sequence[UUID]) -> dict[UUID, Registration]:
    """The agent's own registrations in these actions."""
    rows = await tx.fetch(
        f"""{REGISTRATIONS.select}
            WHERE agent_id = $1 AND action_id = ANY($2::uuid[]) AND state <> 'cancelled'""",
        agent_id,
        action_ids,
    )
    return {row["action_id"]: REGISTRATIONS.read(row) for row in rows}


async def by_code(tx: Transaction, code_hash: str) -> Registration:
    """The registration of that code. Raises NotKept."""
    row = await tx.fetchrow(f"{REGISTRATIONS.select} WHERE code_hash = $1", code_hash)
    if row is None:
        raise NotKept
    return REGISTRATIONS.read(row)


async def roll(tx: Transaction, action: Action) -> Roll:
    """Who has a place and who waits. Whoever changes it holds the action's row."""
    rows = await tx.fetch(
        """SELECT registration_id, state FROM registrations
           WHERE action_id = $1 AND state <> 'cancelled' ORDER BY position""",
        action.action_id,
    )
    states = {row["registration_id"]: row["state"] for row in rows}
    return Roll(
        action.places,
        frozenset(one for one, state in states.items() if state == State.REGISTERED),
        tuple(one for one, state in states.items() if state == State.WAITING),
    )


async def next_position(tx: Transaction, action_id: UUID) -> int:
    """The place in line of who comes next."""
    found: int = await tx.fetchval(
        "SELECT coalesce(max(position), 0) + 1 FROM registrations WHERE action_id = $1", action_id
    )
    return found


async def keep_roll(tx: Transaction, action_id: UUID, before: Roll, after: Roll) -> None:
    """Write who moved up, and how many there are now. Who moved up has yet to be told."""
    await tx.execute(
        """UPDATE registrations SET state = 'registered', to_tell = $2, version = version + 1
           WHERE registration_id = ANY($1::uuid[])""",
        list(after.moved_up(before)),
        News.PLACE,
    )
    await tx.execute(
        "UPDATE actions SET taken = $2, waiting = $3, places = $4 WHERE action_id = $1",
        action_id,
        len(after.registered),
        len(after.waiting),
        after.places,
    )


async def to_tell(tx: Transaction, action_id: UUID, news: News) -> None:
    """Everybody who comes or waits has yet to learn that something changed."""
    await tx.execute(
        """UPDATE registrations SET to_tell = $2, version = version + 1
           WHERE action_id = $1 AND state <> 'cancelled'""",
        action_id,
        news,
    )


async def note_attendance(tx: Transaction, noted: Mapping[UUID, Registration]) -> None:
    """Write who came."""
    await tx.executemany(
        "UPDATE registrations SET attendance = $2, version = version + 1 WHERE registration_id = $1",
        [(one, dict(registration.attendance)) for one, registration in noted.items()],
    )


async def forget(tx: Transaction, action_id: UUID, at: datetime) -> dict[UUID, int]:
    """Erase who came: the sealed blocks, the codes and the keys. How many came stays. Returns the
    version of each that was erased."""
    rows = await tx.fetch(
        """WITH gone AS (
               UPDATE registrations SET name = NULL, contact = NULL, agent_id = NULL, registered_by = NULL,
                   code_hash = NULL, to_tell = NULL, version = version + 1
               WHERE action_id = $1 RETURNING registration_id, version)
           UPDATE subject_keys SET wrapped = NULL, erased_at = $2
           FROM gone WHERE key_subject = 'person:' || registration_id AND wrapped IS NOT NULL
           RETURNING registration_id, version""",
        action_id,
        at,
    )
    return {row["registration_id"]: row["version"] for row in rows}


async def forget_keys(tx: Transaction, registration_ids: Sequence[UUID], at: datetime) -> None:
    """Erase the keys of registrations."""
    await tx.execute(
        """UPDATE subject_keys SET wrapped = NULL, erased_at = $2
           WHERE key_subject = ANY(SELECT 'person:' || one FROM unnest($1::uuid[]) AS one) AND wrapped IS NOT NULL""",
        registration_ids,
        at,
    )


@dataclass(frozen=True, slots=True)
class Untold:
    """Somebody registered who has yet to be told something, with their key as it is kept."""

    registration: Registration
    key: WrappedKey


async def untold(tx: Transaction, action_id: UUID) -> list[Untold]:
    """Those of an action who have yet to be told something, and of whom something is kept; for change."""
    rows = await tx.fetch(
        f"""SELECT {REGISTRATIONS.columns}, key_subject, wrapped, master_key_id
            FROM registrations JOIN subject_keys ON key_subject = 'person:' || registration_id
            WHERE action_id = $1 AND state <> 'cancelled' AND to_tell IS NOT NULL AND contact IS NOT NULL
                AND wrapped IS NOT NULL
            ORDER BY position FOR UPDATE OF registrations""",  # noqa: S608 - constants
        action_id,
    )
    return [
        Untold(REGISTRATIONS.read(row), WrappedKey(row["key_subject"], row["wrapped"], row["master_key_id"]))
        for row in rows
    ]


async def told(tx: Transaction, registration_ids: Sequence[UUID]) -> dict[UUID, int]:
    """A message tells them. Returns the version of each from now on."""
    rows = await tx.fetch(
        """UPDATE registrations SET to_tell = NULL, version = version + 1
           WHERE registration_id = ANY($1::uuid[]) RETURNING registration_id, version""",
        registration_ids,
    )
    return {row["registration_id"]: row["version"] for row in rows}
