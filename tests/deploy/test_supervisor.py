"""What the supervisor promises: a part that dies comes back, one that cannot start waits longer, stop is stop."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.local import layout, ports, running, supervisor
from deploy.local.child import Child
from deploy.local.part import Program
from deploy.local.problems import Problem
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
