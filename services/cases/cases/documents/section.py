"""The documents on the dossier's page."""

from typing import Any

from cases.documents import store
from cases.dossiers.view import Dossier
from chassis.actor import Actor
from chassis.contents import ACCEPTED
from chassis.database import Transaction
from chassis.service import Parts


async def section(tx: Transaction, parts: Parts, actor: Actor, read: Dossier) -> dict[str, Any]:
    """What the template shows: documents this reader may read, and which of them they may delete."""
    if not read.works_here:
        return {}
    found = await store.of_case(tx, read.case.case_id)
    names = await parts.keyring.open(tx, [one.name for one in found])
    named = [(one, str(name or "")) for one, name in zip(found, names, strict=True)]
    manages = "manager" in read.roles
    return {
        "documents": named,
        "document_types": ACCEPTED,
        "deletable_documents": [
            (str(one.document_id), name) for one, name in named if manages or one.added_by == actor.agent_id
        ],
    }
