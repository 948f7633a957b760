"""The envelope every event travels in: CloudEvents 1.0, structured JSON.

Extension attributes: `sequence` (version of the aggregate, unique per source and subject; on the wire a
decimal padded with zeros, since CloudEvents' sequence extension wants text that sorts), `correlationid` (the
event a chain began with), `causationid` (the event that made a handler write this one) and `traceparent` (W3C
Trace Context).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError
from uuid_utils.compat import uuid5, uuid7

from contracts.events import EVENTS, EventData

SPECVERSION = "1.0"
CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
SCHEMA_PREFIX = "urn:maillage:"
LONGEST_ATTRIBUTE = 512
"""Characters of an attribute that is text, such as the subject: what fits a key of PostgreSQL's indexes."""


class MalformedEvent(Exception):
    """The bytes are no event, or its data is not what its type promises. The reason names what is wrong and
    never holds a value: it may be logged."""


class UnknownVersion(Exception):
    """There is no model for this event type in this major version."""

    def __init__(self, type: str, version: int) -> None:
        super().__init__(f"no model for {type} in major version {version}")
        self.type = type
        self.version = version


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event, its data still the raw JSON object. `time` is aware; `subject` is the Kafka key."""

    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    dataschema: str
    sequence: int
    correlationid: UUID
    causationid: UUID | None
    traceparent: str | None
    data: dict[str, Any]

    @property
    def version(self) -> int:
        """Major version of the data's schema."""
        return _version_in(self.dataschema)


@lru_cache(maxsize=256)  # asked several times of each event, and there are few
def _version_in(dataschema: str) -> int:
    return int(dataschema.rpartition(":")[2])


def new_id() -> UUID:
    """An id for what begins here (UUIDv7, so that rows stay in order of arrival)."""
    return uuid7()


def derived_id(cause: UUID, label: str) -> UUID:
    """The id of what `cause` makes (UUIDv5): making it again makes the same."""
    return uuid5(cause, label)


def dataschema_of(type: str, version: int) -> str:
    """The `dataschema` attribute: event type and major version."""
    return f"{SCHEMA_PREFIX}{type}:{version}"


def event(
    data: EventData,
    *,
    id: UUID,
    source: str,
    sequence: int,
    time: datetime,
    subject: str | None = None,
    correlationid: UUID | None = None,
    causationid: UUID | None = None,
    traceparent: str | None = None,
) -> Envelope:
    """Puts data in its envelope. The subject is the data's aggregate unless said otherwise, and an event
    without correlation begins a chain of its own."""
    type = data.__class__.__name__
    return Envelope(
        id=id,
        source=source,
        type=type,
        subject=subject or data.aggregate_id,
        time=time,
        dataschema=dataschema_of(type, data.version),
        sequence=sequence,
        correlationid=correlationid or id,
        causationid=causationid,
        traceparent=traceparent,
        data=data.model_dump(mode="json", exclude_none=True),
    )


def parse(envelope: Envelope) -> EventData:
    """The data, validated and typed.

    Raises UnknownVersion when no model exists for its type and version, MalformedEvent when it does not fit.
    """
    model = EVENTS.get((envelope.type, envelope.version))
    if model is None:
        raise UnknownVersion(envelope.type, envelope.version)
    try:
        return model.model_validate(envelope.data)
    except ValidationError as error:
        raise MalformedEvent(f"{envelope.type}: {_faults(error)}") from None


def _faults(error: ValidationError) -> str:
    """Where and what kind, without the value."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in faults[:5])


def headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    """Kafka headers: enough to route or skip an event without reading its body."""
    return [(name, text.encode()) for name, text in named_headers(envelope).items()]


def named_headers(envelope: Envelope) -> dict[str, str]:
    """The headers as text.

    `content-type` says that the event is structured. The other names lack the prefix `ce_`, which would
    announce CloudEvents' binary mode.
    """
    named = {
        "content-type": CONTENT_TYPE,
        "id": str(envelope.id),
        "type": envelope.type,
        "version": str(envelope.version),
        "subject": envelope.subject,
        "correlationid": str(envelope.correlationid),
    }
    return named if envelope.traceparent is None else {**named, "traceparent": envelope.traceparent}


def encode(envelope: Envelope) -> bytes:
    """The event as CloudEvents structured JSON, in UTF-8."""
    attributes: dict[str, Any] = {
        "specversion": SPECVERSION,
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.subject,
        "time": envelope.time.astimezone(UTC),
        "datacontenttype": "application/json",
        "dataschema": envelope.dataschema,
        "sequence": f"{envelope.sequence:010d}",
        "correlationid": envelope.correlationid,
    }
    if envelope.causationid is not None:
        attributes["causationid"] = envelope.causationid
    if envelope.traceparent is not None:
        attributes["traceparent"] = envelope.traceparent
    attributes["data"] = envelope.data
    return orjson.dumps(attributes, default=_plain, option=orjson.OPT_UTC_Z)


def _plain(value: object) -> str:
    """asyncpg's own UUIDs are no JSON to orjson."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError


def decode(value: bytes) -> Envelope:
    """Reads what `encode` wrote, or what another CloudEvents library wrote with our extensions.

    Raises MalformedEvent. The data is only known to be a JSON object: `parse` validates it.
    """
    attributes = _json_object(value)
    if attributes.get("specversion") != SPECVERSION:
        raise MalformedEvent("specversion is not 1.0")
    attributes.setdefault("correlationid", attributes.get("id"))
    read = {}
    for name, reader in _READERS:
        try:
            read[name] = reader(attributes.get(name))
        except (ValueError, TypeError, AttributeError):
            raise MalformedEvent(f"attribute {name} is missing or malformed") from None
    return Envelope(**read)


def _json_object(value: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise MalformedEvent("not JSON") from None
    if not isinstance(read, dict):
        raise MalformedEvent("not a JSON object")
    return read


def _text(value: Any) -> str:
    """Stored and indexed by who reads it: short, and without what PostgreSQL or a terminal stumbles over."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ATTRIBUTE or _CONTROL.search(value):
        raise ValueError
    return value


def _instant(value: Any) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError
    return instant


def _dataschema(value: Any) -> str:
    if _DATASCHEMA.fullmatch(value) is None:
        raise ValueError
    return _text(value)


def _sequence(value: Any) -> int:
    number = int(value)
    if isinstance(value, bool | float) or not 0 <= number < 2**63:
        raise ValueError
    return number


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _optional(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else reader(value)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DATASCHEMA = re.compile(rf"{SCHEMA_PREFIX}[A-Za-z][A-Za-z0-9]*:[1-9][0-9]{{0,5}}")
_READERS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("id", UUID),
    ("source", _text),
    ("type", _text),
    ("subject", _text),
    ("time", _instant),
    ("dataschema", _dataschema),
    ("sequence", _sequence),
    ("correlationid", UUID),
    ("causationid", _optional(UUID)),
    ("traceparent", _optional(_text)),
    ("data", _object),
)
