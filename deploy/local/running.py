"""The platform that runs, seen from the command: start it, stop it, read what its supervisor shows."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local import layout
from deploy.local.problems import Problem

SUPERVISOR = "supervisor"
# Patience for a machine busy with something else; a part that fails is seen at once.
START_SECONDS = 240.0
STOP_SECONDS = 60.0
FIRST_WORD_SECONDS = 20.0
# A part that died this often while starting will not come up by itself.
HOPELESS_RESTARTS = 3
KEPT_BY_RESET = {"cache", "home", "install.lock"}


@dataclass(frozen=True)
class PartView:
    """One part as the supervisor last showed it; `memory` is its share (PSS) in bytes, children included."""

    name: str
    state: str
    pid: int | None
    restarts: int
    memory: int


def is_running(state: layout.State) -> bool:
    """Whether a supervisor holds the lock of this state folder; a file left by a crash does not count."""
    if not state.lock.exists():
        return False
    with state.lock.open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def board(state: layout.State) -> dict[str, Any]:
    """What the supervisor shows: phase, problem, addresses, parts; empty when nothing ever ran."""
    if not state.stack.exists():
        return {}
    content: dict[str, Any] = json.loads(state.stack.read_text())
    return content


def board_of_running(state: layout.State) -> dict[str, Any]:
    """What the supervisor shows, waited for in the moment between its lock and its first word; empty when none runs.

    Raises:
        Problem: it says nothing.
    """
    deadline = time.monotonic() + FIRST_WORD_SECONDS
    while is_running(state):
        if shown := board(state):
            return shown
        if time.monotonic() > deadline:
            raise Problem("Le superviseur ne dit pas ce qu'il fait.", f"Voir {state.log(SUPERVISOR)}.")
        time.sleep(0.05)
    return {}


def left_by_a_crash(state: layout.State) -> bool:
    """Whether the last supervisor ended without stopping what it ran (which ended with it)."""
    return not is_running(state) and board(state).get("phase") not in {None, "stopped"}


def start(state: layout.State, show: Callable[[str], None]) -> None:
    """Starts the supervisor and waits until everything serves; Ctrl-C meanwhile stops everything.

    Raises:
        Problem: it already runs, a step failed, or a part does not come up.
    """
    if is_running(state):
        raise Problem("Maillage tourne déjà.", "./maillage status montre où ; ./maillage down l'arrête.")
    state.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    state.stack.unlink(missing_ok=True)
    with state.log(SUPERVISOR).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.supervisor"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_serving(state, process, show)
    except BaseException:
        process.terminate()
        process.wait()
        raise


def _wait_until_serving(state: layout.State, process: "subprocess.Popen[bytes]", show: Callable[[str], None]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        shown = board(state)
        if shown.get("phase") == "running":
            return
        if process.poll() is not None:
            raise _did_not_start(state, shown)
        show(_awaited(shown))
        if time.monotonic() > deadline or _hopeless(shown):
            raise _not_serving(state, shown)
        time.sleep(0.1)


def _awaited(shown: dict[str, Any]) -> str:
    waiting = [name for name, part in shown.get("parts", {}).items() if part["state"] != "running"]
    return "attente de " + ", ".join(waiting) if waiting else "préparation des bases et des sujets"


def _hopeless(shown: dict[str, Any]) -> bool:
    return any(part["restarts"] >= HOPELESS_RESTARTS for part in shown.get("parts", {}).values())


def _did_not_start(state: layout.State, shown: dict[str, Any]) -> Problem:
    log = state.log(SUPERVISOR)
    said = shown.get("problem") or log.read_text(errors="replace").strip().splitlines()[-1]
    return Problem(f"Maillage n'a pas démarré : {said}", f"Voir {log}.")


def _not_serving(state: layout.State, shown: dict[str, Any]) -> Problem:
    late = [name for name, part in shown.get("parts", {}).items() if part["state"] != "running"]
    logs = ", ".join(str(state.log(name)) for name in late)
    return Problem(f"Maillage n'a pas démarré ; sans réponse : {', '.join(late)}.", f"Voir {logs}.")


def stop(state: layout.State, show: Callable[[str], None]) -> bool:
    """Stops everything and waits for it; False when nothing ran.

    Raises:
        Problem: the supervisor does not end.
    """
    shown = board_of_running(state)
    if not shown:
        return False
    supervisor = int(shown["supervisor"])
    os.kill(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_running(state):
        left = [name for name, part in board(state).get("parts", {}).items() if part["state"] != "stopped"]
        show("reste " + ", ".join(left) if left else "fin")
        if time.monotonic() > deadline:
            raise Problem("Le superviseur ne s'arrête pas.", f"Arrêtez-le de force : kill -9 {supervisor}")
        time.sleep(0.1)
    return True


def wait_until_stopped(state: layout.State) -> None:
    """Returns once the supervisor has ended, whoever asked it to."""
    while is_running(state):
        time.sleep(0.5)


def parts(shown: dict[str, Any]) -> list[PartView]:
    """Every part on the board of the supervisor that runs, with its memory; the supervisor first."""
    seen = {SUPERVISOR: {"state": "running", "pid": shown["supervisor"], "restarts": 0}, **shown["parts"]}
    own_line = {part["pid"] for part in seen.values() if part["pid"]}
    return [
        PartView(name, part["state"], part["pid"], part["restarts"], _memory(part["pid"], own_line))
        for name, part in seen.items()
    ]


def _memory(pid: int | None, own_line: set[int]) -> int:
    """Share of memory of a process and its children, without those that have a line of their own (Linux only)."""
    if pid is None:
        return 0
    try:
        process = Path("/proc") / str(pid)
        share = next(line for line in (process / "smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
        children = [int(child) for child in (process / "task" / str(pid) / "children").read_text().split()]
    except OSError:
        # It just ended, or this system has no /proc.
        return 0
    return int(share.split()[1]) * 1024 + sum(_memory(child, own_line) for child in children if child not in own_line)


def data_of(state: layout.State) -> Iterator[Path]:
    """What a reset deletes: everything but downloads."""
    if state.folder.exists():
        yield from (entry for entry in state.folder.iterdir() if entry.name not in KEPT_BY_RESET)


def show_log(state: layout.State, name: str, *, follow: bool) -> None:
    """Prints the log of a part, then what is added to it for as long as `follow` says.

    Raises:
        Problem: there is no such log.
    """
    log = state.log(name)
    if not log.exists():
        known = ", ".join(sorted(file.stem for file in state.logs.glob("*.log"))) or "aucun pour l'instant"
        raise Problem(f"Il n'y a pas de journal « {name} ».", f"Journaux : {known}.")
    with log.open(errors="replace") as file:
        while True:
            for line in file:
                sys.stdout.write(line)
            sys.stdout.flush()
            if not follow:
                return
            time.sleep(0.3)
