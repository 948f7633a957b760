"""Logs without personal data: an event is a constant sentence, its fields come from one list.

Whatever is not on the list is left out and its name reported under `refused`, so that a
name or a phone number given to the logger by mistake stays in the process. For the same
reason an exception is told by its type and frames, never by its message, and a line of a
library by its unformatted template.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO
from uuid import UUID

import orjson
import structlog

from chassis.observability.context import current_ids

FIELDS: Final = frozenset((
    # written by this module
    "at", "level", "event", "service", "logger", "refused", "error", "frames", "caused_by",
    # ids, bound for the task at hand
    "request_id", "correlation_id", "causation_id", "event_id",
    # HTTP: the route's template, never the address itself
    "method", "route", "status", "milliseconds", "problem",
    # Kafka
    "topic", "partition", "partitions", "offset", "position", "group", "event_type", "consumer", "lag",
    # work
    "role", "attempt", "attempts", "count", "events", "handled", "sent", "duplicates", "seconds", "size",
    "state", "reason", "rule", "channel", "stage", "kind", "programme", "programme_version", "commune",
    "due_on", "version", "revision", "port", "host", "pid", "signal", "setting", "what", "where",
    # ids of things
    "case_id", "conference_id", "message_id", "organisation_id", "territory_id", "agent_id", "due_date_id",
    "dead_letter_id", "offer_id", "consent_id", "key_id", "batch_id", "webhook_id",
))  # fmt: skip
"""Every field a log line may have."""

LONGEST: Final = 200
"""Characters of a field's text that are kept."""

FORMATTED_LIBRARIES: Final = ("uvicorn", "aiokafka", "alembic")
"""Libraries whose log arguments are addresses, topics and counts, never records or rows."""

_Event = MutableMapping[str, Any]
_SCALARS = frozenset({int, float, bool, type(None), UUID, datetime, date})


def configure(service: str, *, log_format: str = "json", level: str = "info", stream: TextIO | None = None) -> None:
    """Send every log line of the process, the libraries' too, to `stream` (standard output).

    `log_format` is `json` (one object a line) or `console` (for a terminal).
    """
    output = stream or sys.stdout
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer = _render_json if log_format == "json" else structlog.dev.ConsoleRenderer(event_key="event")
    processors: list[structlog.typing.Processor] = [
        _stamp(service), structlog.processors.add_log_level, _tell_exception, keep_listed_fields, renderer,
    ]  # fmt: skip
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda name="": _NamedLogger(output, name),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_LibraryHandler()]
    root.setLevel(max(number, logging.INFO))
    _quieten()


def _quieten() -> None:
    """Our own line per request replaces uvicorn's; clients that log addresses at INFO say less."""
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("httpx", "httpcore", "aiokafka", "faststream"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry `name`. Events are constant sentences; values go in fields of `FIELDS`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
    return logger


class _NamedLogger(structlog.WriteLogger):
    """Writes lines, and knows the module that has them written."""

    def __init__(self, output: TextIO, name: str) -> None:
        super().__init__(output)
        self.name = name


def _stamp(service: str) -> structlog.typing.Processor:
    def stamp(logger: Any, _: str, event: _Event) -> _Event:
        name = getattr(logger, "name", "")
        return {"at": datetime.now(UTC), "service": service, "logger": name, **current_ids(), **event}

    return stamp


def keep_listed_fields(_: Any, __: str, event: _Event) -> _Event:
    """Leave out the fields that are not listed, and shorten what is long."""
    kept = {name: _plain(value) for name, value in event.items() if name in FIELDS}
    if len(kept) != len(event):
        kept["refused"] = sorted(name for name in event if name not in FIELDS)
    return kept


def _plain(value: object) -> object:
    if type(value) in _SCALARS:
        return value
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[:LONGEST]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    return type(value).__name__


def _tell_exception(_: Any, __: str, event: _Event) -> _Event:
    told = event.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()[1]
    if isinstance(told, tuple):
        told = told[1]
    if isinstance(told, BaseException):
        event["error"] = type(told).__qualname__
        event["frames"] = _frames(told.__traceback__)
        event["caused_by"] = _causes(told)
    return event


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-12:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def _causes(error: BaseException) -> list[str]:
    causes: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(causes) < 5:
        causes.append(type(cause).__qualname__)
        cause = cause.__cause__ or cause.__context__
    return causes


def _render_json(_: Any, __: str, event: _Event) -> str:
    return orjson.dumps(event, default=str).decode()


class _LibraryHandler(logging.Handler):
    """Turns a line of a library into one of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(max(record.levelno, logging.DEBUG), _library_event(record), exc_info=record.exc_info or None)


def _library_event(record: logging.LogRecord) -> str:
    """What may be told of a library's line: all of it, its template, or only where it comes from."""
    if record.name.split(".", 1)[0] in FORMATTED_LIBRARIES:
        return record.getMessage().split("\n", 1)[0][:LONGEST]
    if record.args:
        return str(record.msg).split("\n", 1)[0][:LONGEST]
    if record.name in ("asyncio", "py.warnings"):
        return str(record.msg).split("\n", 1)[0].split("=", 1)[0][:LONGEST]
    return f"line {record.lineno} of {record.filename}"
