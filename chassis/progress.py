"""Liveness is progress: a part that has work must finish some of it from time to time."""

from collections.abc import Callable
from time import monotonic


class Progress:
    """How a part of a process tells that it lives. Seconds of a monotonic clock."""

    def __init__(self, name: str, *, patience: float = 120.0, now: Callable[[], float] = monotonic) -> None:
        self.name = name
        self._patience = patience
        self._now = now
        self._working_since: float | None = None

    def working(self) -> None:
        """A piece of work begins."""
        if self._working_since is None:
            self._working_since = self._now()

    def done(self) -> None:
        """A piece of work is finished."""
        self._working_since = None

    idle = done
    """Nothing to do, or waiting for a broker or database that is away: alive all the same."""

    def stuck(self) -> bool:
        """Whether one piece of work has taken longer than the patience."""
        return self._working_since is not None and self._now() - self._working_since > self._patience
