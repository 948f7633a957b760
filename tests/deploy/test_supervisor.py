"""What the supervisor promises: a part that dies comes back, one that cannot start waits longer, stop is stop."""

import asyncio
import errno
import io
import json
import os
import re
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deploy.local import layout, ports, running, supervisor
from deploy.local.child import Child
from deploy.local.credentials import Secrets
from deploy.local.part import Part, Program
from deploy.local.postgres import Postgres
from deploy.local.problems import Problem
from deploy.local.stack import Stack
from deploy.local.supervisor import Board, Supervised, next_pause


@pytest.mark.parametrize(
    ("pause", "lived_seconds", "expected"),
    [
        (0.5, 0, 1.0),
        (1.0, 2, 2.0),
        (16.0, 1, 30.0),
        (30.0, 1, 30.0),
        (30.0, 31, 0.5),
    ],
)
def test_pauses_grow_while_it_dies_young(pause: float, lived_seconds: float, expected: float) -> None:
    assert next_pause(pause, lived_seconds) == expected


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "stack.json", {})


@pytest.fixture
async def web_server(tmp_path: Path, board: Board) -> AsyncIterator[Supervised]:
    port = ports.free_port()
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    part = Supervised("web", Program(Child("web", command, tmp_path / "web.log"), port), board)
    part.start()
    await part.ready.wait()
    yield part
    await part.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def shown(board: Board, name: str) -> dict[str, Any]:
    part: dict[str, Any] = json.loads(board.file.read_text())["parts"][name]
    return part


async def test_a_killed_part_comes_back(
    web_server: Supervised, board: Board, capsys: pytest.CaptureFixture[str]
) -> None:
    killed = web_server.part.child.pid
    os.kill(killed, signal.SIGKILL)

    await until(lambda: shown(board, "web")["state"] == "running" and shown(board, "web")["pid"] != killed)

    assert shown(board, "web")["restarts"] == 1
    assert "web s'est arrêté (SIGKILL) ; redémarrage dans 0.5 s" in capsys.readouterr().out


async def test_a_part_gives_way_once_it_serves_not_while_it_starts(tmp_path: Path, board: Board) -> None:
    port, ours = ports.free_port(), os.getpriority(os.PRIO_PROCESS, 0)
    serving = "import http.server as web, os; print(os.nice(0), flush=True); web.test(port=%d, bind='127.0.0.1')"
    child = Child("web", [sys.executable, "-c", serving % port], tmp_path / "web.log", niceness=min(ours + 5, 19))
    part = Supervised("web", Program(child, port), board)
    part.start()
    await part.ready.wait()

    assert child.log.read_text().splitlines()[0] == str(ours)
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == child.niceness
    await part.stop()


async def test_a_stopped_part_leaves_no_process(web_server: Supervised, board: Board) -> None:
    pid = web_server.part.child.pid

    await web_server.stop()

    assert shown(board, "web")["state"] == "stopped"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_part_that_cannot_start_says_why(
    tmp_path: Path, board: Board, capsys: pytest.CaptureFixture[str]
) -> None:
    child = Child("broken", [sys.executable, "-c", "raise SystemExit('no database')"], tmp_path / "broken.log")
    part = Supervised("broken", Program(child, ports.free_port()), board)
    part.start()
    await until(lambda: board.file.exists() and shown(board, "broken")["restarts"] == 1)
    await part.stop()

    assert "broken s'est arrêté au démarrage : no database" in capsys.readouterr().out


@dataclass
class Stub:
    """A part that starts once `may_start` is set, and cannot be started or stopped when `failure` says so."""

    child: Child
    failure: Exception | None = None
    may_start: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: bool = False

    async def start(self) -> None:
        if self.failure is not None:
            raise self.failure
        await self.child.start()

    async def ready(self) -> None:
        await self.may_start.wait()

    async def stop(self) -> None:
        await self.child.stop()
        self.stopped = True
        if self.failure is not None:
            raise self.failure


def stub(folder: Path, name: str, failure: Exception | None = None) -> Stub:
    return Stub(Child(name, ["sleep", "600"], folder / f"{name}.log"), failure)


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), ValueError("nobody foresaw this")])
async def test_whatever_a_part_raises_it_is_started_again(
    tmp_path: Path, board: Board, capsys: pytest.CaptureFixture[str], failure: Exception
) -> None:
    part = Supervised("broken", stub(tmp_path, "broken", failure), board)
    part.start()
    await until(lambda: board.file.exists() and shown(board, "broken")["restarts"] >= 2)
    await part.stop()

    assert "broken n'a pas pu être lancé" in capsys.readouterr().out
    assert shown(board, "broken")["state"] == "stopped"


async def test_a_full_disk_under_the_board_and_the_log_ends_no_supervision(
    web_server: Supervised, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = web_server.part.child.pid

    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Full())
        patched.setattr(board, "file", Path("/proc/no/such/place.json"))
        os.kill(killed, signal.SIGKILL)
        await until(lambda: web_server.part.child.pid != killed and web_server.part.child.running)

    board.write()
    await until(lambda: shown(board, "web")["state"] == "running")


async def test_pauses_do_not_count_as_life(
    tmp_path: Path, board: Board, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_SECONDS", 0.4)
    monkeypatch.setattr(supervisor, "HEALTHY_AFTER_SECONDS", 0.3)
    part = Supervised("broken", stub(tmp_path, "broken", Problem("Rien ne va.", "Attendre.")), board)
    part.start()
    await until(lambda: board.file.exists() and shown(board, "broken")["restarts"] >= 5)
    await part.stop()

    pauses = re.findall(r"redémarrage dans (\S+) s", capsys.readouterr().out)
    assert pauses[:5] == ["0.1", "0.2", "0.4", "0.4", "0.4"]


@dataclass(frozen=True)
class Small(Stack):
    """An installation of stubs: its supplies, then its services."""

    supplies: Mapping[str, Stub] = field(default_factory=dict)
    programs: Mapping[str, Stub] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, Part]:
        return dict(self.supplies)

    @property
    def services(self) -> dict[str, Part]:
        return dict(self.programs)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Small:
    async def nothing_to_do(*_: object) -> None:
        pass

    monkeypatch.setattr(supervisor, "_after", nothing_to_do)
    parts = {name: stub(tmp_path, name) for name in ("caddy", "canaille", "mail", "intake", "cases")}
    supplies = {name: parts[name] for name in ("caddy", "canaille", "mail")}
    services = {name: parts[name] for name in ("intake", "cases")}
    return Small(layout.State(tmp_path), Secrets(), {}, {}, supplies, services)


async def test_it_runs_once_every_part_answers(small: Small, board: Board) -> None:
    running_all = asyncio.create_task(supervisor.run(small, board))
    late = small.supplies["canaille"]
    for part in {**small.supplies, **small.programs}.values():
        if part is not late:
            part.may_start.set()
    await until(lambda: sum(sight.state == "running" for sight in board.parts.values()) == 4)
    for _ in range(10):  # whatever follows from it has happened
        await asyncio.sleep(0)
    assert board.phase == "starting"

    late.may_start.set()
    await until(lambda: board.phase == "running")
    running_all.cancel()
    await asyncio.gather(running_all, return_exceptions=True)
    assert not any(part.child.running for part in (*small.supplies.values(), *small.programs.values()))


async def test_stopping_goes_on_whatever_fails(small: Small, board: Board) -> None:
    running_all = asyncio.create_task(supervisor.run(small, board))
    everything = (*small.supplies.values(), *small.programs.values())
    for part in everything:
        part.may_start.set()
    await until(lambda: board.phase == "running")
    small.programs["intake"].failure = OSError(28, "No space left on device")
    running_all.cancel()
    await asyncio.gather(running_all, return_exceptions=True)

    assert all(part.stopped for part in everything)
    assert {sight.state for sight in board.parts.values()} == {"stopped"}


async def test_children_end_with_whoever_started_them(tmp_path: Path) -> None:
    """A supervisor killed outright must not leave a broker behind on the data of the next one."""
    script = f"""
import asyncio, pathlib
from deploy.local.child import Child
async def main():
    child = Child("sleeper", ["sleep", "600"], pathlib.Path({str(tmp_path / "log")!r}))
    await child.start()
    print(child.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())

    parent.kill()
    await parent.wait()

    # An orphan nobody waits for stays as a zombie when this machine's init does not collect it.
    await until(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes())


def test_two_supervisors_never_share_a_state_folder(tmp_path: Path) -> None:
    state = layout.State(tmp_path)
    with supervisor.only_one(state):
        assert running.is_running(state)
        with pytest.raises(Problem, match="tourne déjà"), supervisor.only_one(state):
            pass

    assert not running.is_running(state)


def test_what_a_crash_left_is_told_from_what_runs(tmp_path: Path, board: Board) -> None:
    state = layout.State(tmp_path)
    board.phase = "running"
    board.write()

    assert running.left_by_a_crash(state)
    with supervisor.only_one(state):
        assert not running.left_by_a_crash(state)


def test_a_supervisor_asked_in_its_first_moment_is_waited_for(tmp_path: Path, board: Board) -> None:
    """It holds the lock a moment before its board says anything."""
    state = layout.State(tmp_path)
    with supervisor.only_one(state):
        first_word = threading.Timer(0.3, board.write)
        first_word.start()
        seen = running.parts(running.board_of_running(state))
        first_word.join()

    assert [(part.name, part.pid) for part in seen] == [("supervisor", os.getpid())]


async def test_what_it_keeps_is_nobody_elses(tmp_path: Path) -> None:
    state = layout.State(tmp_path / "state")
    port = ports.free_port()
    (state.folder / "mail").mkdir(parents=True, mode=0o755)  # as an earlier version left it
    server = Postgres(state.folder / "postgres", state.log("postgres"), "sample-password", durable=False)
    command = [sys.executable, "-m", "deploy.local.mail", str(port), str(state.mail)]
    sink = Program(Child("mail", command, state.log("mail")), port)
    before = os.umask(0o022)
    try:
        supervisor.keep_private(state)
        for part in (server, sink):
            await part.start()
            await part.ready()
    finally:
        os.umask(before)
        for part in (server, sink):
            await part.stop()

    others = {entry.name: entry.stat().st_mode & 0o077 for entry in state.folder.iterdir()}
    assert others == dict.fromkeys(others, 0)
    assert {"mail", "logs", "postgres"} <= set(others)
