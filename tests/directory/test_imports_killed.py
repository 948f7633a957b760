"""An import killed in the middle, as a process, and started again: nothing is lost, nothing is told twice."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chassis.database import Connection
from deploy.local.addresses import ServiceDatabase
from tests.bench.feed import Feed
from tests.conftest import ServiceDatabaseFactory
from tests.directory.conftest import KEY

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]
SERVICES = 2_500


async def started(database: ServiceDatabase, files: tuple[Path, Path]) -> asyncio.subprocess.Process:
    structures, services = map(str, files)
    settings = {
        "DATABASE_URL": database.app_url,
        "WORKER_DATABASE_URL": database.worker_url,
        "MASTER_KEY": KEY,
        "COOKIE_KEY": KEY,
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
    }
    environment = {f"MAILLAGE_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "directory", "import", "--structures", structures, "--services", services]
    return await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(240):
        while not await condition():
            await asyncio.sleep(0.01)


async def made(admin: Connection) -> Mapping[str, Any]:
    """All that an import leaves behind, but for what is of its day."""
    return {
        name: await admin.fetch(query)
        for name, query in {
            "offers": "SELECT offer_id, name, version, places, themes FROM offers ORDER BY offer_id",
            "organisations": "SELECT organisation_id, name, version FROM organisations ORDER BY organisation_id",
            "sites": "SELECT site_id, address, version FROM sites ORDER BY site_id",
            "found": """SELECT offer_id, place, site_id, search::text, area, hours, timetable_id
                FROM findable ORDER BY offer_id, place""",
            "not found yet": "SELECT offer_id FROM findable_due",
            "entries": "SELECT kind, entry_id, line, digest, version FROM import_entries ORDER BY kind, entry_id",
            "lines": "SELECT kind, line, set_aside, remarks FROM import_lines ORDER BY kind, line",
            "events": "SELECT key FROM outbox ORDER BY key",
            "counts": "SELECT counts FROM import_runs WHERE state = 'finished'",
        }.items()
    }


WHEN = {
    "between batches": "SELECT (position ->> 'service')::int BETWEEN 1 AND $1 FROM import_runs",
    "before all that came in is found": "SELECT count(*) BETWEEN 1 AND $1 FROM findable_due",
}


@pytest.mark.parametrize("when", WHEN.values(), ids=WHEN)
async def test_killed_in_the_middle_and_started_again(
    service_database: ServiceDatabaseFactory, tmp_path: Path, when: str
) -> None:
    files = Feed(SERVICES).write(tmp_path)
    killed, whole = await service_database("directory"), await service_database("directory")
    admin, other = await asyncpg.connect(killed.admin_url), await asyncpg.connect(whole.admin_url)

    async def under_way() -> bool:
        return bool(await admin.fetchval(when, SERVICES - 1))

    first = await started(killed, files)
    await until(under_way)
    first.kill()
    await first.wait()
    assert await admin.fetchval("SELECT state FROM import_runs") == "running"
    assert await (await started(killed, files)).wait() == 0
    assert await (await started(whole, files)).wait() == 0

    assert await admin.fetchval("SELECT count(*) FROM import_runs") == 1
    assert await made(admin) == await made(other)
    assert await admin.fetchval("SELECT count(*) = count(DISTINCT key) FROM outbox")
    await admin.close()
    await other.close()
