"""The tasks on the dossier's page, and whom they may be given to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cases.dossiers.view import Dossier
from cases.tasks import view
from cases.tasks.model import Kind
from chassis import agents
from chassis.database import Transaction
from chassis.service import Parts


async def section(tx: Transaction, parts: Parts, read: Dossier, actor_id: UUID | None) -> dict[str, Any]:
    """What the dossier's page shows of its tasks, and whom they may be given to."""
    if not read.works_here:
        return {}
    today = parts.now().astimezone(parts.settings.zone).date()
    found = await view.of_dossier(tx, parts.keyring, read.case.case_id, Kind.TASK, today)
    possible = await agents_of(tx, read, actor_id)
    names = await names_of(tx, parts, [*possible, *(one.task.agent_id for one in found)])
    return {
        "tasks": found,
        "task_names": names,
        "task_agents": [(str(agent), names[agent]) for agent in possible],
        "task_choices": [(str(one.task.task_id), str(one.what)) for one in found if one.task.open],
    }


async def names_of(tx: Transaction, parts: Parts, agent_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What agents are called."""
    contacts = await agents.contacts(tx, agent_ids)
    names = await parts.keyring.open(tx, [contact.name for contact in contacts.values()])
    return {agent_id: str(name) for agent_id, name in zip(contacts, names, strict=True)}


async def agents_of(tx: Transaction, read: Dossier, actor_id: UUID | None) -> list[UUID]:
    """Who is in charge of the dossier, and who reads it now; those still in function."""
    charged = {one for one in (actor_id, read.case.coordinator_id, *read.case.referent_ids) if one is not None}
    return sorted(await agents.contacts(tx, list(charged)))
