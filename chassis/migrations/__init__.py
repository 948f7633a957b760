"""Schema changes: Alembic runs plain SQL files, in two lines of history.

A service's database holds the chassis's tables (branch `chassis`, in `versions/` here) and
its own (branch `<service>`, in `<service>/migrations/`). A revision is two files of one
name: `NNNN_what.py`, which says what it follows and calls `apply`, and `NNNN_what.sql`,
which squawk checks: safe on a live table, expanding only; what a change makes useless is
dropped one release later. What takes long on a large table is a revision of its own, that
calls `apply_live`.
"""

import asyncio
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command, op
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_ONE_AT_A_TIME = 0x4D61696C
"""Advisory lock held while a database is migrated."""


def apply(revision_file: str) -> None:
    """Run the SQL beside a revision file, several statements at once, without parameters."""
    sql = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.dbapi_connection
    driver.run_async(lambda connection: connection.execute(sql))


def apply_live(revision_file: str) -> None:
    """Run the SQL beside a revision file outside of any transaction, one paragraph after the other: rows are filled in
    a few at a time, indexes made while others write. Doing it again must finish what an interruption left half done."""
    sql = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    with op.get_context().autocommit_block():
        driver: Any = op.get_bind().connection.dbapi_connection
        for paragraph in sql.split("\n\n"):
            driver.run_async(lambda connection, part=paragraph: connection.execute(part))


def configuration(service: str) -> Config:
    """Alembic's configuration for a service's two branches."""
    config = Config()
    config.set_main_option("script_location", str(files("chassis") / "migrations"))
    config.set_main_option("path_separator", "newline")
    locations = [files("chassis") / "migrations" / "versions", files(service) / "migrations"]
    config.set_main_option("version_locations", "\n".join(str(location) for location in locations))
    return config


def _upgrade(connection: Connection, service: str) -> None:
    config = configuration(service)
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")


async def upgrade(owner_database_url: str, service: str) -> None:
    """Bring a service's database to the newest revision of both branches.

    `owner_database_url` connects as `<service>_owner`. Doing it again changes nothing; two
    at once wait for each other. Raises what asyncpg and Alembic raise; a revision that
    fails leaves nothing behind, or what the next try goes on from.
    """
    url = "postgresql+asyncpg://" + owner_database_url.split("://", 1)[1]
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_lock({_ONE_AT_A_TIME})")
            # A revision that waits for a busy table would make every request wait behind it.
            await connection.exec_driver_sql("SET lock_timeout = '5s'")
            await connection.commit()
            await connection.run_sync(_upgrade, service)
            await connection.commit()
    finally:
        await engine.dispose()


def main(owner_database_url: str, service: str) -> None:
    """`upgrade` for a program without an event loop."""
    asyncio.run(upgrade(owner_database_url, service))
