"""Agents and their grants: the replica of the directory's, from which every service knows who may do what."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.actor import Actor, Grant
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from chassis.sealing import WrappedKey, remember
from contracts.events import AgentPublished, PersonKeyIssued
from contracts.sealed import Sealed

_STORE = """
INSERT INTO agents (agent_id, subject, organisation_id, name, email, grants, retired, sequence)
SELECT * FROM jsonb_to_recordset($1) AS newest (agent_id uuid, subject text, organisation_id uuid,
    name jsonb, email jsonb, grants jsonb, retired boolean, sequence bigint)
ON CONFLICT (agent_id) DO UPDATE SET subject = excluded.subject, organisation_id = excluded.organisation_id,
    name = excluded.name, email = excluded.email, grants = excluded.grants, retired = excluded.retired,
    sequence = excluded.sequence
WHERE excluded.sequence > agents.sequence
"""


async def store(tx: Transaction, agents: Sequence[tuple[AgentPublished, int]]) -> None:
    """Keep agents' newest state: (state, sequence). An older sequence changes nothing."""
    latest = {agent.agent_id: (agent, sequence) for agent, sequence in sorted(agents, key=lambda one: one[1])}
    await tx.execute(
        _STORE,
        [agent.model_dump(mode="json") | {"sequence": sequence} for agent, sequence in latest.values()],
    )


async def actor_of(tx: Transaction, subject: str) -> Actor | None:
    """The actor behind the identity provider's `sub`; None when no grant is known for it."""
    row = await tx.fetchrow(
        """SELECT agent_id, organisation_id, grants FROM agents
           WHERE subject = $1 AND NOT retired ORDER BY sequence DESC LIMIT 1""",
        subject,
    )
    if row is None:
        return None
    grants = tuple(Grant(grant["role"], grant["territory_id"]) for grant in row["grants"])
    return Actor("agent", subject, row["agent_id"], row["organisation_id"], grants)


@dataclass(frozen=True, slots=True)
class Contact:
    """How the platform names and reaches an agent: both sealed under the agent's own key."""

    agent_id: UUID
    name: Sealed
    email: Sealed


async def contacts(tx: Transaction, agent_ids: Sequence[UUID]) -> dict[UUID, Contact]:
    """Names and addresses of agents still in function."""
    rows = await tx.fetch(
        "SELECT agent_id, name, email FROM agents WHERE agent_id = ANY($1::uuid[]) AND NOT retired", agent_ids
    )
    return {
        row["agent_id"]: Contact(
            row["agent_id"], Sealed.model_validate(row["name"]), Sealed.model_validate(row["email"])
        )
        for row in rows
    }


async def managers_of(tx: Transaction, territory_ids: Sequence[str]) -> dict[str | None, list[UUID]]:
    """The agents in function who manage each territory; where it has none of its own, those who manage them all.
    Always in the same order."""
    rows = await tx.fetch(
        """SELECT place AS territory_id, array_agg(DISTINCT agent_id) FILTER (WHERE granted = place) AS own,
               array_agg(DISTINCT agent_id) FILTER (WHERE granted = '*') AS everywhere
           FROM unnest($1::text[]) AS place, agents, LATERAL (
               SELECT one ->> 'territory_id' AS granted FROM jsonb_array_elements(grants) AS one
               WHERE one ->> 'role' = 'manager'
           ) AS theirs
           WHERE NOT retired AND granted IN (place, '*') GROUP BY place""",
        territory_ids,
    )
    return {row["territory_id"]: sorted(row["own"] or row["everywhere"]) for row in rows}


def replica_handlers() -> Handlers:
    """What every service listens to: agents, and the keys of persons and cases."""
    handlers = Handlers()

    @handlers.on(AgentPublished, replica=True)
    async def agents_published(tx: Transaction, received: Sequence[Received[AgentPublished]]) -> None:
        await store(tx, [(one.data, one.envelope.sequence) for one in received])

    @handlers.on(PersonKeyIssued, replica=True)
    async def keys_issued(tx: Transaction, received: Sequence[Received[PersonKeyIssued]]) -> None:
        await remember(
            tx,
            [WrappedKey(one.data.key_subject, one.data.wrapped, one.data.master_key_id) for one in received],
        )

    return handlers
