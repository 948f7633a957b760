"""How the tests are run: several processes at once, each with a stack of its own; faults one after another."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

from deploy.local import layout

SLOW_MARKS = ("fault", "matrix", "scale", "install")
"""Left out of the daily run."""
MOST_PROCESSES = 5
"""Each keeps a Kafka and a PostgreSQL: about 500 MB. One more than processors: tests wait for servers a fifth of the
time."""

INTERRUPTED = 2
"""Pytest's exit status after Ctrl-C."""


def run(paths: Sequence[str], *, everything: bool) -> int:
    """Runs the tests and returns pytest's exit status, the first that is not 0. An interrupted run is the last."""
    statuses: list[int] = []
    chosen = any(not path.startswith("-") for path in paths)
    for options in _runs(chosen=chosen, everything=everything):
        statuses.append(run_to_its_end("pytest", *options, *paths))
        if statuses[-1] == INTERRUPTED:
            break
    return next(filter(None, statuses), 0)


def _runs(*, chosen: bool, everything: bool) -> Iterator[list[str]]:
    """Options of each run of pytest. Paths somebody chose are few: they stay in one process."""
    processes = min((os.cpu_count() or 1) + 1, MOST_PROCESSES)
    together = [] if chosen else ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"]
    if chosen and everything:
        yield []
    elif everything:
        yield [*together, "-m", "not fault"]
        yield ["-m", "fault"]
    else:
        yield [*together, "-m", " and ".join(f"not {mark}" for mark in SLOW_MARKS)]


def run_to_its_end(module: str, *arguments: str) -> int:
    """Runs a module of the repository and returns its exit status, also after Ctrl-C."""
    program = subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=layout.ROOT)
    while True:
        try:
            return program.wait()
        except KeyboardInterrupt:
            continue  # it was told too, and stops its servers first
