"""Keeps the platform running: starts every part in order, restarts what dies, leaves nothing behind.

Run as ``python -m deploy.local.supervisor``; SIGTERM or SIGINT stops everything. It imports little on purpose:
it lives as long as the platform does.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.local import credentials, fingerprint, layout, stack
from deploy.local.files import write_private
from deploy.local.part import Part
from deploy.local.problems import Problem
from deploy.local.stack import Stack

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# A process that lived this long did not die of what killed the one before it.
HEALTHY_AFTER_SECONDS = 30.0
HOLDING_PEOPLE = ("mail", "sms", "canaille", "kafka")
"""Folders of the installation that its own user alone enters, as it does the logs."""


@dataclass
class Sight:
    """What is known of one part; `state` is one of: starting, running, waiting (before a restart), stopped."""

    state: str = "starting"
    pid: int | None = None
    restarts: int = 0
    since: float = field(default_factory=time.time)


@dataclass
class Board:
    """What runs, kept in a file that the command reads; every change is written at once.

    Where it cannot be written (a full disk), what runs goes on and the next change is tried again.
    """

    file: Path
    addresses: dict[str, str]
    parts: dict[str, Sight] = field(default_factory=dict)
    phase: str = "starting"
    problem: str | None = None

    def show(self, name: str, state: str, pid: int | None = None) -> None:
        sight = self.parts.setdefault(name, Sight())
        sight.restarts += state == "waiting"
        sight.state, sight.pid, sight.since = state, pid, time.time()
        self.write()

    def write(self) -> None:
        content = {
            "supervisor": os.getpid(),
            "phase": self.phase,
            "problem": self.problem,
            "addresses": self.addresses,
            "parts": {name: asdict(sight) for name, sight in self.parts.items()},
        }
        with contextlib.suppress(OSError):
            write_private(self.file, json.dumps(content, indent=1))


def say(sentence: str) -> None:
    """One dated line in the supervisor's log, unless the disk is full."""
    with contextlib.suppress(OSError):
        print(time.strftime("%H:%M:%S"), sentence, flush=True)


def next_pause(pause: float, lived_seconds: float) -> float:
    """How long to wait before the next start, after `pause` the last time (0: never yet): doubled each time, short
    again after a healthy life."""
    if lived_seconds >= HEALTHY_AFTER_SECONDS:
        return FIRST_PAUSE_SECONDS
    return min(max(pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)


@dataclass
class Supervised:
    """A part that is started again whenever it ends, until `stop`.

    `ready` is set once it has served for the first time. What goes wrong is said and shown on the board, never raised.
    """

    name: str
    part: Part
    board: Board
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    def start(self) -> None:
        self.task = asyncio.create_task(self._keep_running(), name=self.name)

    async def stop(self) -> None:
        """Returns once its process is gone and none will follow."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await self._end()
        self.board.show(self.name, "stopped")

    async def _keep_running(self) -> None:
        pause = 0.0
        while True:
            started = time.monotonic()
            self.board.show(self.name, "starting")
            reason = await self._run_once()
            pause = next_pause(pause, time.monotonic() - started)
            self.board.show(self.name, "waiting")
            say(f"{self.name} {reason} ; redémarrage dans {pause:g} s")
            await asyncio.sleep(pause)

    async def _run_once(self) -> str:
        """One life of the part; returns how it ended."""
        try:
            await self.part.start()
            self.board.show(self.name, "starting", self.part.child.pid)
            await self.part.ready()
            self.part.child.give_way()
        except Problem as problem:
            await self._end()
            return f"n'a pas démarré ({problem.what})"
        except Exception as error:
            # Whatever it is, the others go on and this one is tried again.
            await self._end()
            return f"n'a pas pu être lancé ({error!r})"
        self.board.show(self.name, "running", self.part.child.pid)
        self.ready.set()
        return f"s'est arrêté ({_ending(await self.part.child.wait())})"

    async def _end(self) -> None:
        try:
            await self.part.stop()
        except Exception as error:
            say(f"{self.name} ne s'arrête pas proprement ({error!r})")


def _ending(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"code {status}"


async def once(module: str, state: layout.State) -> None:
    """Runs a deploy step to its end in a process of its own, so that what it imports does not stay in memory.

    Raises:
        Problem: the step failed; its log says why.
    """
    log = state.log(module.rpartition(".")[2])
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, stdout=output, stderr=output)
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
    if status != 0:
        raise Problem(f"L'étape {log.stem} a échoué.", f"Voir {log}.")


async def run(installation: Stack, board: Board) -> None:
    """Runs everything until it is cancelled; the services stop first, then what they stand on.

    Raises:
        Problem: a deploy step failed, in a group.
    """
    supplies = {name: Supervised(name, part, board) for name, part in installation.parts.items()}
    services = {name: Supervised(name, part, board) for name, part in installation.services.items()}
    try:
        for part in supplies.values():
            part.start()
        async with asyncio.TaskGroup() as steps:
            steps.create_task(_after(supplies.get("kafka"), "deploy.local.topics", installation, fingerprint.topics))
            await _after(supplies.get("postgres"), "deploy.local.migrate", installation, fingerprint.migrations)
            # They do without Kafka until it is there: no need to make people wait for it.
            for service in services.values():
                service.start()
        # The address is said when it answers, and when people can sign in there.
        await asyncio.gather(*(part.ready.wait() for part in (*supplies.values(), *services.values())))
        board.phase = "running"
        board.write()
        await asyncio.Event().wait()
    finally:
        for group in (services, supplies):
            await asyncio.gather(*(part.stop() for part in group.values()))


async def _after(supply: Supervised | None, step: str, installation: Stack, wanted: Callable[[Stack], str]) -> None:
    """Runs a deploy step once what it works on is ready, unless nothing changed since the last time.

    An external supply (None) is taken to be ready.
    """
    if supply is not None:
        await supply.ready.wait()
    stamp = installation.state.folder / f"{step.rpartition('.')[2]}.done"
    fresh = wanted(installation)
    if not stamp.exists() or stamp.read_text() != fresh:
        await once(step, installation.state)
        stamp.write_text(fresh)


@contextlib.contextmanager
def only_one(state: layout.State) -> Iterator[None]:
    """Holds the lock of the state folder; two supervisors on the same data would destroy it.

    Raises:
        Problem: another one holds it.
    """
    with state.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Problem("Maillage tourne déjà.", "Arrêtez-le d'abord : ./maillage down") from error
        yield


def keep_private(state: layout.State) -> None:
    """What this process and its children keep (mails, accounts, events, logs) is for nobody else on this machine.

    The folder itself stays open to those who only pass through: as root, PostgreSQL runs as somebody else.
    """
    os.umask(0o077)
    state.logs.mkdir(parents=True, exist_ok=True)
    for folder in (state.logs, *map(state.folder.joinpath, HOLDING_PEOPLE)):
        if folder.exists():
            folder.chmod(0o700)


async def main() -> int:
    """The supervisor's whole life; its exit status is 1 when the platform could not start."""
    state = layout.default_state()
    keep_private(state)
    with only_one(state):
        environment = dict(os.environ)
        installation = Stack(
            state,
            credentials.load_or_make(state.secrets),
            stack.choose_ports(state, environment),
            environment,
        )
        board = Board(state.stack, {"public": installation.public_url, "issuer": installation.issuer})
        board.write()
        say(f"démarrage, adresse {installation.public_url}")
        running = asyncio.create_task(run(installation, board))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        return await _report(running, board)


async def _report(running: "asyncio.Task[None]", board: Board) -> int:
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await running
    except* (Problem, OSError) as problems:
        board.problem = " ".join(str(problem) for problem in problems.exceptions)
        say(board.problem)
    board.phase = "stopped"
    board.write()
    say("arrêté")
    return 1 if board.problem else 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except Problem as problem:
        sys.exit(str(problem))
