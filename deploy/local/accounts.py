"""Which sample account holds a grant, as the directory's database says."""

import asyncpg

from deploy.local.migrate import service_database
from deploy.local.oidc import ACCOUNTS
from deploy.local.problems import Problem
from deploy.local.stack import Stack

HOLDER = """
SELECT subject FROM agents CROSS JOIN jsonb_array_elements(grants) AS held
WHERE NOT retired AND subject = ANY($1) AND held ->> 'role' = $2 AND held ->> 'territory_id' IN ($3, '*')
ORDER BY held ->> 'territory_id' = '*', subject LIMIT 1
"""


async def holding(installation: Stack, role: str, territory: str) -> str:
    """The user name of a sample account that holds `role` on `territory` ("*": on all), the narrowest first.

    Raises:
        Problem: none does.
    """
    connection = await asyncpg.connect(service_database(installation, "directory").admin_url)
    try:
        names = [account.user_name for account in ACCOUNTS]
        found: str | None = await connection.fetchval(HOLDER, names, role, territory)
    finally:
        await connection.close()
    if found is None:
        raise Problem(
            f"Aucun compte d'exemple n'a le droit « {role} » sur « {territory} ».",
            "Donnez ce droit à un agent dans l'annuaire.",
        )
    return found
