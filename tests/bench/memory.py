"""Memory of the whole platform while nobody works: the share (PSS) of every process, Kafka and PostgreSQL included."""

import time

from deploy.local import running
from tests.bench.comparison import Limits
from tests.bench.whole import Whole

MEBIBYTE = 2**20
LIMIT = 1024.0
TOTAL = "total"


def bench(platform: Whole, *, seconds: float) -> Limits:
    """Leave the platform alone for some seconds, then add up `/proc/*/smaps_rollup`."""
    time.sleep(seconds)
    figures = {part.name: part.memory / MEBIBYTE for part in running.parts(running.board_of_running(platform.state))}
    figures[TOTAL] = sum(figures.values())
    note = f"proportional set size, {seconds:.0f} s after the last part had started"
    return Limits("memory", "MiB", figures, {TOTAL: LIMIT}, notes=[note])
