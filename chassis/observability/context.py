"""What is going on right now: the ids that every log line and every outgoing event carry along."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})
_ids: ContextVar[Mapping[str, str]] = ContextVar("maillage_ids", default=_NOTHING)


def current_ids() -> Mapping[str, str]:
    """Ids bound for the task at hand: `request_id`, `correlation_id`, `event_id`, …"""
    return _ids.get()


def correlation_id() -> str | None:
    """The id shared by everything one request or one first event has caused."""
    return _ids.get().get("correlation_id")


@contextmanager
def bound(**ids: str | None) -> Iterator[None]:
    """Add ids for the duration of the block; `None` leaves an id as it is."""
    token = _ids.set({**_ids.get(), **{name: value for name, value in ids.items() if value is not None}})
    try:
        yield
    finally:
        _ids.reset(token)
