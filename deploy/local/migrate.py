"""The deploy step of the databases: roles, one database per service, extensions, then each service's migrations.

Run as ``python -m deploy.local.migrate``. Doing it again changes nothing but what is missing.
"""

import asyncio

import asyncpg

from deploy.local import installed
from deploy.local.addresses import ServiceDatabase, addresses
from deploy.local.credentials import SERVICES
from deploy.local.databases import add_extensions, make_database, make_roles
from deploy.local.stack import Stack


async def migrate(installation: Stack) -> None:
    """Brings the four databases to the newest schema."""
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


def service_database(installation: Stack, service: str) -> ServiceDatabase:
    """Where the database of `service` is on this installation."""
    return addresses(installation.database_server_url, service, service, installation.secrets.database_passwords)


def main() -> None:
    asyncio.run(migrate(installed.present()))


if __name__ == "__main__":
    main()
