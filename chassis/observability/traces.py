"""Traces across HTTP, outbox, Kafka and consumers, by W3C `traceparent`.

Without an OTLP endpoint nothing is recorded and OpenTelemetry's SDK is not even imported,
but the `traceparent` still travels, so that a caller's own trace stays whole.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags, Tracer

from chassis.observability.context import bound

_TRACEPARENT = re.compile(r"^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$")
_KAFKA = {"messaging.system": "kafka"}
_MOST_LINKS = 64
_current: ContextVar[str | None] = ContextVar("maillage_traceparent", default=None)
_tracer: Tracer | None = None


class Traced(Protocol):
    """What a span needs to know of an event."""

    @property
    def id(self) -> object: ...
    @property
    def type(self) -> str: ...
    @property
    def correlationid(self) -> object: ...
    @property
    def traceparent(self) -> str | None: ...


def configure(service: str, otlp_endpoint: str | None) -> None:
    """Record spans and send them to `otlp_endpoint` (OTLP over HTTP); `None` records nothing."""
    global _tracer  # noqa: PLW0603 - one per process, set once at start
    if otlp_endpoint is None:
        _tracer = None
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    endpoint = otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    record_with(provider)


def record_with(provider: trace.TracerProvider) -> None:
    """Record spans with this provider."""
    global _tracer  # noqa: PLW0603
    _tracer = provider.get_tracer("maillage")


def recording() -> bool:
    """Whether spans are recorded in this process."""
    return _tracer is not None


def current_traceparent() -> str | None:
    """The `traceparent` to write into an event made now."""
    return _current.get()


def valid(traceparent: str | None) -> str | None:
    """`traceparent` when it is well formed, else None."""
    return traceparent if traceparent and _TRACEPARENT.match(traceparent) else None


def request_span(method: str, traceparent: str | None) -> AbstractContextManager[trace.Span | None]:
    """The span of one HTTP request, inside the caller's trace when it sent a `traceparent`."""
    return _span(method, SpanKind.SERVER, valid(traceparent), {"http.request.method": method}, make=True)


@contextmanager
def consume_span(events: Traced | Sequence[Traced]) -> Iterator[None]:
    """The span of one event, or of a batch, being handled.

    For one event the span lies in the event's trace and log lines inside carry its ids; a
    batch has a span of its own, linked to the events' traces.
    """
    if isinstance(events, Sequence) and len(events) != 1:
        with _span("batch", SpanKind.CONSUMER, None, _KAFKA, links=events):
            yield
        return
    event = events[0] if isinstance(events, Sequence) else events
    with (
        bound(event_id=str(event.id), correlation_id=str(event.correlationid)),
        _span(event.type, SpanKind.CONSUMER, valid(event.traceparent), _KAFKA),
    ):
        yield


@contextmanager
def _span(
    name: str,
    kind: SpanKind,
    parent: str | None,
    attributes: Mapping[str, str],
    *,
    make: bool = False,
    links: Sequence[Traced] = (),
) -> Iterator[trace.Span | None]:
    if _tracer is None:
        token = _current.set(parent or (_unsampled() if make else None))
        try:
            yield None
        finally:
            _current.reset(token)
        return
    context = trace.set_span_in_context(NonRecordingSpan(_parse(parent))) if parent else None
    with _tracer.start_as_current_span(
        name,
        context=context,
        kind=kind,
        attributes=attributes,
        links=_links(links),
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        token = _current.set(_text(span.get_span_context()))
        try:
            yield span
        except BaseException:
            span.set_status(StatusCode.ERROR)  # without a description: it would hold the exception's message
            raise
        finally:
            _current.reset(token)


def _links(events: Sequence[Traced]) -> list[Link]:
    traceparents = {event.traceparent for event in events}
    return [Link(_parse(one)) for one in sorted(filter(None, map(valid, traceparents)))[:_MOST_LINKS]]


def _unsampled() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


def _parse(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))


def _text(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
