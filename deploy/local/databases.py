"""The services' databases: group roles, login roles, one database each, and who may connect to it."""

from collections.abc import Mapping, Sequence

import asyncpg

from deploy.local.credentials import ROLES

EXTENSIONS = ("btree_gin", "btree_gist", "fuzzystrmatch", "pg_trgm", "unaccent")
# Policies name these groups, whatever the login roles of a deployment are called.
GROUPS = {"app": "maillage_app", "worker": "maillage_worker"}


async def make_roles(admin: asyncpg.Connection, passwords: Mapping[str, str], prefix: str = "") -> None:
    """The group roles and every `<service>_<role>` of `passwords`; running it again renews the passwords."""
    for group in GROUPS.values():
        await _ensure_role(admin, group, "NOLOGIN")
    for name, password in passwords.items():
        login, role = prefix + name, name.rpartition("_")[2]
        literal = await admin.fetchval("SELECT quote_literal($1)", password)
        await _ensure_role(admin, login, f"LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {literal}")
        if role in GROUPS:
            await admin.execute(f'GRANT {GROUPS[role]} TO "{login}"')


async def _ensure_role(admin: asyncpg.Connection, name: str, attributes: str) -> None:
    exists = await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name)
    await admin.execute(f'{"ALTER" if exists else "CREATE"} ROLE "{name}" {attributes}')


async def make_database(
    admin: asyncpg.Connection, name: str, service: str, *, prefix: str = "", template: str | None = None
) -> bool:
    """The database `name`, open to the three roles of `service` alone; False when it was already there."""
    if await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        return False
    origin = f' TEMPLATE "{template}"' if template else ""
    await admin.execute(f'CREATE DATABASE "{name}" OWNER "{prefix}{service}_owner"{origin}')
    logins = ", ".join(f'"{prefix}{service}_{role}"' for role in ROLES)
    await admin.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
    await admin.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {logins}')
    return True


async def add_extensions(database_url: str, extensions: Sequence[str] = EXTENSIONS) -> None:
    """The extensions migrations may use, made by the superuser: owners may not."""
    connection = await asyncpg.connect(database_url)
    try:
        for extension in extensions:
            await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    finally:
        await connection.close()
