"""SQL of who follows a dossier together."""

from uuid import UUID

from cases.plans.model import Referent
from chassis.database import Transaction


async def referents(tx: Transaction, case_id: UUID) -> list[Referent]:
    """Referents of a dossier, each with their organisation."""
    rows = await tx.fetch(
        """SELECT agent_id, organisation_id, code FROM referents LEFT JOIN agents USING (agent_id)
           WHERE case_id = $1 ORDER BY since, agent_id""",
        case_id,
    )
    return [Referent(**row) for row in rows]
