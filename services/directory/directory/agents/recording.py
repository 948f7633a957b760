"""Writing an agent: state, journal, key and event, in one transaction. Names and addresses are sealed."""

from datetime import datetime
from uuid import UUID

from chassis import outbox
from chassis.database import Transaction
from chassis.sealing import Keyring, key_issued, remember
from contracts.events import AgentPublished
from directory.agents import store
from directory.agents.model import Change, Identity, NewAgent
from directory.aggregates import SOURCE, Versioned, publish, telling


async def record(
    tx: Transaction,
    keyring: Keyring,
    new: NewAgent,
    *,
    agent_id: UUID,
    event_id: UUID,
    at: datetime,
    by: UUID | None,
) -> Versioned[AgentPublished]:
    """A new agent, with a key of their own. Raises SubjectTaken."""
    key, wrapped = keyring.master.issue(f"person:{agent_id}")
    state = AgentPublished(
        agent_id=agent_id,
        subject=new.subject,
        organisation_id=new.organisation_id,
        name=key.seal(new.name, event_id=event_id, name="name"),
        email=key.seal(new.email, event_id=event_id, name="email"),
        grants=new.published,
    )
    agent = Versioned(state, 1)
    await store.keep(tx, agent, Change(event_id, "created", state, at, by))
    await remember(tx, [wrapped])
    told = telling(agent, id=event_id, at=at)
    await outbox.append(tx, key_issued(wrapped, cause=event_id, source=SOURCE, template=told), told)
    return agent


async def renamed(
    tx: Transaction, keyring: Keyring, state: AgentPublished, identity: Identity, *, event_id: UUID
) -> AgentPublished:
    """The agent's state with another name and address, sealed for the event that will tell it."""
    key = await keyring.key_of(tx, f"person:{state.agent_id}")
    assert key is not None, "an agent in function has a key"
    sealed = {
        "name": key.seal(identity.name, event_id=event_id, name="name"),
        "email": key.seal(identity.email, event_id=event_id, name="email"),
    }
    return state.model_copy(update=sealed)


async def change(tx: Transaction, known: Versioned[AgentPublished], change: Change) -> Versioned[AgentPublished]:
    """Keep and tell the state that `change` leads to."""
    agent = Versioned(change.agent, known.version + 1)
    await store.keep(tx, agent, change)
    await publish(tx, agent, id=change.change_id, at=change.changed_at)
    return agent
