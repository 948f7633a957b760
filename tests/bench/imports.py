"""The import of a national feed of 100,000 services, 2 % of its lines broken, as an operator starts it: how long it
lasts, and the most memory its process ever held. Then the same files again, which change nothing."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from chassis.database import Connection
from tests.bench.comparison import Limits
from tests.bench.feed import Feed
from tests.bench.ground import Ground, connected
from tests.bench.memory import MEBIBYTE
from tests.bench.processes import Contestant, running

SERVICES: Final = 100_000
LIMITS: Final = {"import (s)": 60.0, "most memory (MiB)": 400.0}
LOOK_SECONDS: Final = 0.05
LONGEST: Final = 600


@dataclass
class Taken:
    """How an import went."""

    seconds: float
    memory: float


async def bench(ground: Ground, scale: float) -> Limits:
    """A feed made, taken in, taken in again."""
    feed = Feed(max(20, int(SERVICES * scale)))
    with TemporaryDirectory() as folder:
        files = feed.write(Path(folder))
        async with ground.database("directory") as database, connected(database.admin_url) as admin:
            environment = ground.environment("directory", database, "bench-")
            first = await take(files, environment, admin)
            events = await admin.fetchval("SELECT count(*) FROM outbox")
            again = await take(files, environment, admin)
            told_again = await admin.fetchval("SELECT count(*) FROM outbox") - events
            aside = await admin.fetchval("SELECT count(*) FROM import_lines WHERE set_aside") // 2
    figures = {
        "import (s)": first.seconds,
        "most memory (MiB)": max(first.memory, again.memory),
        "the same again (s)": again.seconds,
        "events": float(events),
        "events of the same again": float(told_again),
    }
    note = f"{feed.services} services of {feed.structures} structures, {aside} lines set aside"
    return Limits("import", "s, MiB", figures, LIMITS, notes=[note])


async def take(files: tuple[Path, Path], environment: dict[str, str], admin: Connection) -> Taken:
    """Run the command to its end."""
    structures, services = map(str, files)
    before, began, memory = await _finished(admin), time.perf_counter(), 0.0
    command = ["directory", "import", "--structures", structures, "--services", services]
    async with running(command, environment) as process:

        async def over() -> bool:
            nonlocal memory
            memory = max(memory, most_memory(process))
            await asyncio.sleep(LOOK_SECONDS)
            return await _finished(admin) > before

        await process.until(over, LONGEST)
        return Taken(time.perf_counter() - began, memory)


async def _finished(admin: Connection) -> int:
    count: int = await admin.fetchval("SELECT count(*) FROM import_runs WHERE state = 'finished'")
    return count


def most_memory(process: Contestant) -> float:
    """MiB of physical memory the process held at its peak so far; 0 once it has ended."""
    status = Path("/proc", str(process.pid), "status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 / MEBIBYTE for line in lines if line.startswith("VmHWM")), 0.0)
