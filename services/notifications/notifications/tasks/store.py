"""Inboxes in the database: filled by events, read and ticked off by their agents."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.database import Transaction
from notifications.tasks.model import KEPT, Task

_ADD = """
INSERT INTO tasks (task_id, agent_id, kind, link, due_on, late, subject, caused_at)
SELECT task_id, agent_id, kind, link, due_on, late, subject, caused_at
FROM jsonb_to_recordset($1) AS new (task_id uuid, agent_id uuid, kind text, link text, due_on date, late boolean,
    subject uuid, caused_at timestamptz)
ON CONFLICT DO NOTHING RETURNING agent_id
"""


async def add(tx: Transaction, tasks: Sequence[Task]) -> set[UUID]:
    """Keep tasks once. Returns the agents who have new ones."""
    rows = await tx.fetch(_ADD, [asdict(one) for one in tasks]) if tasks else []
    return {row["agent_id"] for row in rows}


async def name_agents(tx: Transaction, named: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Keep who was last named by a case's events: (case, agent, when)."""
    newest = {case_id: (agent_id, at) for case_id, agent_id, at in sorted(named, key=lambda one: one[2])}
    await tx.execute(
        """INSERT INTO case_agents AS known (case_id, agent_id, named_at)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
           ON CONFLICT (case_id) DO UPDATE SET agent_id = excluded.agent_id, named_at = excluded.named_at
           WHERE excluded.named_at > known.named_at""",
        list(newest),
        [agent_id for agent_id, _ in newest.values()],
        [at for _, at in newest.values()],
    )


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that reached nobody."""

    event_type: str
    subject: UUID
    territory_id: str | None


async def undelivered(tx: Transaction, message_id: UUID) -> Undelivered | None:
    """What is known of it; None for one to an agent, who finds what it told in their inbox."""
    row = await tx.fetchrow(
        """SELECT event_type, subject, territory_id FROM deliveries
           WHERE delivery_id = $1 AND recipient_kind <> 'agent'""",
        message_id,
    )
    return Undelivered(**row) if row else None


_IN_CHARGE = """
WITH named AS (SELECT agent_id FROM case_agents JOIN agents USING (agent_id) WHERE case_id = $1 AND NOT retired)
SELECT agent_id FROM named
UNION ALL SELECT agent_id FROM agents WHERE NOT EXISTS (SELECT FROM named) AND NOT retired
    AND EXISTS (SELECT FROM jsonb_array_elements(grants) AS held
        WHERE held ->> 'role' = 'manager' AND held ->> 'territory_id' IN ($2, '*'))
"""


async def in_charge(tx: Transaction, case_id: UUID, territory_id: str | None) -> Sequence[UUID]:
    """The agent last named by the case's events; where nobody was, or they left, the managers of the territory."""
    return [row["agent_id"] for row in await tx.fetch(_IN_CHARGE, case_id, territory_id)]


# Morning mails ----------------------------------------------------------------------------------


async def awaiting(tx: Transaction, due_date_ids: Sequence[UUID]) -> set[UUID]:
    """Those that are to fire anyway. One that is firing right now is waited for: it may not count what comes now."""
    rows = await tx.fetch(
        "SELECT due_date_id FROM due_dates WHERE due_date_id = ANY($1::uuid[]) AND state = 'waiting' FOR UPDATE",
        due_date_ids,
    )
    return {row["due_date_id"] for row in rows}


@dataclass(frozen=True, slots=True)
class Morning:
    """What an agent's morning mail counts. `wanted`: they take one, and are in function."""

    wanted: bool
    fresh: int
    pending: int
    version: int


_MORNING = """
WITH fresh AS (
    UPDATE tasks SET told_at = $2
    WHERE agent_id = $1 AND done_at IS NULL AND void_at IS NULL AND seen_at IS NULL AND told_at IS NULL RETURNING 1)
SELECT digest AND EXISTS (SELECT FROM agents WHERE agent_id = $1 AND NOT retired) AS wanted,
    (SELECT count(*) FROM fresh) AS fresh,
    (SELECT count(*) FROM tasks WHERE agent_id = $1 AND done_at IS NULL AND void_at IS NULL) AS pending,
    version + 1 AS version
FROM inboxes WHERE agent_id = $1
"""


async def forget(tx: Transaction, agent_id: UUID, now: datetime) -> None:
    """Drop an agent's tasks that were done, or made untrue, longer ago than they are kept."""
    await tx.execute("DELETE FROM tasks WHERE agent_id = $1 AND (done_at < $2 OR void_at < $2)", agent_id, now - KEPT)


async def morning(tx: Transaction, agent_id: UUID, now: datetime) -> Morning | None:
    """Count what is new as told. None for an agent who was never told anything."""
    row = await tx.fetchrow(_MORNING, agent_id, now)
    return Morning(**row) if row else None


# The agent's own --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """A task as its agent sees it. `place` rises with time."""

    task_id: UUID
    place: int
    kind: str
    due_on: date | None
    late: bool
    caused_at: datetime
    seen_at: datetime | None
    done_at: datetime | None


LISTED = """
SELECT task_id, place, kind, due_on, late, caused_at, seen_at, done_at FROM tasks
WHERE agent_id = $1 AND void_at IS NULL AND done_at IS NULL AND ($2::bigint IS NULL OR place < $2)
ORDER BY place DESC LIMIT $3
"""
LISTED_DONE = LISTED.replace("done_at IS NULL AND", "done_at IS NOT NULL AND")


async def listed(tx: Transaction, agent_id: UUID, *, done: bool, after: int | None, limit: int) -> Sequence[Shown]:
    """An agent's tasks, newest first; `after` is the last place already shown."""
    return [Shown(**row) for row in await tx.fetch(LISTED_DONE if done else LISTED, agent_id, after, limit)]


@dataclass(frozen=True, slots=True)
class Inbox:
    """What an inbox holds. `version` rises with each change; `digest`: whether its agent takes a morning mail."""

    version: int
    digest: bool
    pending: int
    unseen: int


async def inbox(tx: Transaction, agent_id: UUID) -> Inbox:
    row = await tx.fetchrow(
        """SELECT coalesce(max(version), 0) AS version, coalesce(bool_and(digest), true) AS digest, pending, unseen
           FROM (SELECT count(*) AS pending, count(*) FILTER (WHERE seen_at IS NULL) AS unseen FROM tasks
               WHERE agent_id = $1 AND done_at IS NULL AND void_at IS NULL) AS counted
           LEFT JOIN inboxes ON agent_id = $1 GROUP BY pending, unseen""",
        agent_id,
    )
    assert row is not None
    return Inbox(**row)


class NoSuchTask(Exception):
    """None of the actor's own."""


async def see(tx: Transaction, agent_id: UUID, task_id: UUID, at: datetime) -> str:
    """It was opened: where it leads. Raises NoSuchTask."""
    link = await tx.fetchval(
        "UPDATE tasks SET seen_at = coalesce(seen_at, $3) WHERE task_id = $2 AND agent_id = $1 RETURNING link",
        agent_id,
        task_id,
        at,
    )
    if link is None:
        raise NoSuchTask
    return str(link)


async def tick(tx: Transaction, agent_id: UUID, task_id: UUID, at: datetime | None) -> None:
    """It is done, or with None it is not. Raises NoSuchTask."""
    status = await tx.execute(
        """UPDATE tasks SET done_at = $3, seen_at = coalesce(seen_at, $3) WHERE task_id = $2 AND agent_id = $1""",
        agent_id,
        task_id,
        at,
    )
    if status.endswith(" 0"):
        raise NoSuchTask


async def want_digest(tx: Transaction, agent_id: UUID, *, wanted: bool) -> None:
    """Whether an agent takes a morning mail."""
    await tx.execute(
        """INSERT INTO inboxes (agent_id, digest) VALUES ($1, $2)
           ON CONFLICT (agent_id) DO UPDATE SET digest = excluded.digest""",
        agent_id,
        wanted,
    )
