"""Agents in PostgreSQL: the chassis's own table, so that grants work while Kafka is away; and their journal."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg

from chassis import agents
from chassis.database import Transaction
from contracts.events import AgentPublished
from directory.agents.model import Change, SubjectTaken
from directory.aggregates import Versioned, of_row

_STATE = """
SELECT agent_id, subject, organisation_id, name, email, grants, retired, sequence AS version FROM agents
"""


async def find(tx: Transaction, agent_id: UUID) -> Versioned[AgentPublished] | None:
    """The agent of that id, if the actor may know them."""
    row = await tx.fetchrow(f"{_STATE} WHERE agent_id = $1", agent_id)
    return of_row(AgentPublished, row) if row else None


async def lock(tx: Transaction, agent_id: UUID) -> None:
    """Make other writers of this agent wait; nothing happens when the actor may not write it."""
    await tx.execute("SELECT FROM agents WHERE agent_id = $1 FOR UPDATE", agent_id)


async def page(tx: Transaction, *, after: UUID | None, limit: int) -> list[Versioned[AgentPublished]]:
    """Agents in function, the newest last."""
    rows = await tx.fetch(
        f"{_STATE} WHERE NOT retired AND ($1::uuid IS NULL OR agent_id > $1) ORDER BY agent_id LIMIT $2", after, limit
    )
    return [of_row(AgentPublished, row) for row in rows]


async def every(tx: Transaction) -> AsyncIterator[Versioned[AgentPublished]]:
    """All of them, retired ones included."""
    async for row in tx.cursor(_STATE):
        yield of_row(AgentPublished, row)


async def keep(tx: Transaction, agent: Versioned[AgentPublished], change: Change) -> None:
    """Write an agent's new state, and the line of the journal. Raises SubjectTaken."""
    try:
        await agents.store(tx, [(agent.state, agent.version)])
    except asyncpg.UniqueViolationError:
        raise SubjectTaken from None
    await tx.execute(
        """INSERT INTO agent_changes (change_id, agent_id, organisation_id, what, grants, changed_at, changed_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        change.change_id,
        agent.state.agent_id,
        agent.state.organisation_id,
        change.what,
        [grant.model_dump() for grant in agent.state.grants],
        change.changed_at,
        change.changed_by,
    )


async def journal(tx: Transaction, agent_id: UUID) -> list[dict[str, Any]]:
    """What was changed about an agent's grants, oldest first."""
    rows = await tx.fetch(
        """SELECT change_id, what, grants, changed_at, changed_by FROM agent_changes
           WHERE agent_id = $1 ORDER BY changed_at, change_id""",
        agent_id,
    )
    return [dict(row) for row in rows]
