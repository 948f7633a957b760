"""The circuit breaker: a bad release must not empty a topic into the dead letters."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When most of the last events failed, stop; look again after a while (seconds)."""

    events: int = 20
    """Fewer than these prove nothing."""
    share: float = 0.5
    rest: float = 30.0


class Breaker:
    """Counts the outcomes of the latest events, each event once."""

    def __init__(self, policy: BreakerPolicy | None = None, now: Callable[[], float] = monotonic) -> None:
        self._policy = policy or BreakerPolicy()
        self._now = now
        self._failed: deque[bool] = deque(maxlen=self._policy.events)
        self._opened_at: float | None = None

    def succeeded(self, count: int = 1) -> None:
        """Events were handled: a breaker that looked again closes."""
        self._failed.extend([False] * min(count, self._policy.events))
        self._opened_at = None

    def failed(self) -> None:
        """An event failed for good (not because something was away)."""
        self._failed.append(True)
        full = len(self._failed) == self._policy.events
        if full and sum(self._failed) > self._policy.share * self._policy.events:
            self._opened_at = self._now()

    @property
    def open(self) -> bool:
        """Whether to stop: nothing more goes to the dead letters."""
        return self._opened_at is not None

    @property
    def resting(self) -> float:
        """Seconds until it looks again; 0 when it may."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._opened_at + self._policy.rest - self._now())
