"""The deploy step of the databases: roles, one database per service, extensions, then each service's migrations.

Run as ``python -m deploy.local.migrate``. Doing it again changes nothing but what is missing.
"""

import asyncio
import os
import sys

import asyncpg

from deploy.local import installed, services
from deploy.local.addresses import ServiceDatabase, addresses
from deploy.local.credentials import SERVICES
from deploy.local.databases import add_extensions, make_database, make_roles
from deploy.local.oidc import ACCOUNTS
from deploy.local.problems import Problem
from deploy.local.stack import Stack

ANY_OPERATOR = """
SELECT EXISTS (
    SELECT FROM agents CROSS JOIN jsonb_array_elements(grants) AS held
    WHERE NOT retired AND held ->> 'role' = 'operator'
)
"""


async def migrate(installation: Stack) -> None:
    """Brings the four databases to the newest schema, and names the first operator when nobody is."""
    from chassis import migrations

    passwords = installation.secrets.database_passwords
    admin = await asyncpg.connect(installation.database_server_url)
    try:
        await make_roles(admin, passwords)
        for service in SERVICES:
            await make_database(admin, service, service)
    finally:
        await admin.close()
    for service in SERVICES:
        database = service_database(installation, service)
        await add_extensions(database.admin_url)
        await migrations.upgrade(database.owner_url, service)
    if await _somebody_operates(installation):
        _follow_the_official_list(installation)
    else:
        await _first_operator(installation)


async def _somebody_operates(installation: Stack) -> bool:
    admin = await asyncpg.connect(service_database(installation, "directory").admin_url)
    try:
        return bool(await admin.fetchval(ANY_OPERATOR))
    finally:
        await admin.close()


def _follow_the_official_list(installation: Stack) -> None:
    """This release may bring another list of communes than the one the databases hold."""
    for service, *command in (("intake", "communes", "load"), ("directory", "territories")):
        sys.stdout.write(services.ask(installation, service, *command))


async def _first_operator(installation: Stack) -> None:
    """Nobody can grant anything before. With an external identity provider its accounts are for you to name."""
    if installation.environment.get("MAILLAGE_OIDC_ISSUER"):
        return
    account = next(account for account in ACCOUNTS if account.role == "operator")
    command = [sys.executable, "-m", "directory", "operator", "--subject", account.user_name]
    command += ["--name", account.name, "--email", account.email]
    environment = {**os.environ, **installation.service_environment("directory")}
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    if await process.wait() != 0:
        raise Problem("Le premier exploitant n'a pas pu être nommé.", "Voir ./maillage logs migrate.")


def service_database(installation: Stack, service: str) -> ServiceDatabase:
    """Where the database of `service` is on this installation."""
    return addresses(installation.database_server_url, service, service, installation.secrets.database_passwords)


def main() -> None:
    asyncio.run(migrate(installed.present()))


if __name__ == "__main__":
    main()
