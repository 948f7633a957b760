"""Rate limits for anonymous routes: a bucket of tokens per client address, in this process.

Own code rather than a library: `limits` would be the candidate, but a bucket is a dozen
lines and the known libraries count windows, which let twice the rate through at their edge.
"""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from starlette.types import Scope

_MOST_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` requests at once, then `per_second`."""

    burst: float
    per_second: float


READS = Rate(burst=240, per_second=20)
WRITES = Rate(burst=60, per_second=1)
"""A whole waiting room may share one address."""


class Limiter:
    """Buckets by client. `now` is a monotonic clock in seconds."""

    def __init__(self, rate: Rate, now: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._now = now
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def take(self, client: bytes) -> float:
        """Seconds to wait before the next request of this client is accepted; 0 accepts this one."""
        now = self._now()
        tokens, since = self._buckets.pop(client, (self._rate.burst, now))
        tokens = min(self._rate.burst, tokens + (now - since) * self._rate.per_second)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate.per_second
        self._buckets[client] = (tokens - (wait == 0), now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return wait


_SALT = secrets.token_bytes(16)


def client_of(scope: Scope) -> bytes:
    """A hash of the client's address, good for this process only.

    `X-Forwarded-For` counts only from the loopback, where the proxy is, and only its last
    entry, which the proxy wrote.
    """
    address = (scope.get("client") or ("", 0))[0]
    if address in ("127.0.0.1", "::1", ""):
        forwarded = next((value for name, value in reversed(scope["headers"]) if name == b"x-forwarded-for"), b"")
        address = forwarded.decode("latin-1").rsplit(",", 1)[-1].strip() or address
    return hashlib.blake2b(address.encode(), digest_size=16, key=_SALT).digest()
