"""Contestants are processes: ours as shipped, the baselines each with nothing imported but what it needs."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import perf_counter
from typing import Any

from deploy.local import ports
from deploy.local.layout import ROOT
from tests.bench.comparison import Pace

LOOK_SECONDS = 0.005
LAST_LINES = 2000
NONE = Pace(0, 0)


class Ended(Exception):
    """A contestant ended before its time; the message holds the end of what it wrote."""


@dataclass
class Stopwatch:
    """Holds the pace once the measured block has ended."""

    pace: Pace = NONE


class Contestant:
    """A running process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    def processor_seconds(self) -> float:
        """Processor time it has used so far."""
        fields = Path("/proc", str(self.pid), "stat").read_text().rpartition(")")[2].split()
        user, system = fields[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @contextlib.contextmanager
    def paced(self, units: int) -> Iterator["Stopwatch"]:
        """Measure the block as the work on so many units."""
        stopwatch = Stopwatch()
        began, used = perf_counter(), self.processor_seconds()
        yield stopwatch
        took, used = perf_counter() - began, self.processor_seconds() - used
        stopwatch.pace = Pace(units / took, used / units * 1e6)

    def check(self) -> None:
        """Raises Ended when it no longer runs."""
        if self._process.returncode is not None:
            raise Ended(self._log.read_text(errors="replace")[-LAST_LINES:])

    async def until(self, condition: Callable[[], Awaitable[bool]], seconds: float = 120) -> None:
        """Look until the condition holds. Raises Ended, TimeoutError when the contestant is stuck."""
        async with asyncio.timeout(seconds):
            while not await condition():
                self.check()
                await asyncio.sleep(LOOK_SECONDS)

    async def listening(self, port: int) -> None:
        """Wait until it accepts connections."""

        async def open_port() -> bool:
            return not ports.is_free(port)

        await self.until(open_port)


@contextlib.asynccontextmanager
async def running(command: Sequence[str], environment: Mapping[str, str]) -> AsyncIterator[Contestant]:
    """Start `python -m command…`; it ends with the block."""
    with NamedTemporaryFile(suffix=".log") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log
        )
        try:
            yield Contestant(process, Path(log.name))
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 15)
    except TimeoutError:
        process.kill()
        await process.wait()


def baseline(name: str, **arguments: Any) -> "contextlib.AbstractAsyncContextManager[Contestant]":
    """Run `tests.bench.baselines.<name>`; its arguments, passwords among them, travel in the environment."""
    return running(["tests.bench.baselines", name], {"BASELINE": json.dumps(arguments)})


def service(
    name: str, role: str, environment: Mapping[str, str]
) -> "contextlib.AbstractAsyncContextManager[Contestant]":
    """Run one role of a service, as shipped."""
    return running([name, role], {"MAILLAGE_HTTP_PORT": str(ports.free_port()), "MALLOC_ARENA_MAX": "1", **environment})
