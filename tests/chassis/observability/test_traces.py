"""The `traceparent` travels whether or not spans are recorded."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import APIRouter
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.observability import traces
from chassis.observability.context import current_ids
from tests.chassis.web.sample import Issuer, sample_settings

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = f"00-{TRACE}-00f067aa0ba902b7-01"


@dataclass(frozen=True)
class Event:
    id: str = "e-1"
    type: str = "RequestSubmitted"
    correlationid: str = "c-1"
    traceparent: str | None = GIVEN


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces.record_with(provider)
    yield exporter
    traces.configure("sample", None)
    provider.shutdown()


def test_without_an_endpoint_the_traceparent_travels() -> None:
    with traces.request_span("GET", GIVEN) as span:
        assert span is None
        assert traces.current_traceparent() == GIVEN
    with traces.request_span("GET", None):
        made = traces.current_traceparent()
        assert made is not None
        assert traces.valid(made)
        assert made.endswith("-00")
    assert traces.current_traceparent() is None


def test_without_an_endpoint_the_sdk_is_not_imported() -> None:
    code = (
        "import sys; from chassis.observability import traces; traces.configure('x', None); "
        "sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "text", [None, "", "garbage", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{TRACE}-{'0' * 16}-01", GIVEN + "\n<x>"]
)
def test_a_malformed_traceparent_is_ignored(text: str | None) -> None:
    assert traces.valid(text) is None


def test_an_event_is_handled_in_its_trace(exported: InMemorySpanExporter) -> None:
    with traces.consume_span(Event()):
        assert current_ids()["event_id"] == "e-1"
        assert current_ids()["correlation_id"] == "c-1"
        inner = traces.current_traceparent()
    (span,) = exported.get_finished_spans()
    assert inner is not None
    assert inner.split("-")[1] == TRACE
    assert span.name == "RequestSubmitted"


def test_a_batch_links_to_the_traces_of_its_events(exported: InMemorySpanExporter) -> None:
    with traces.consume_span([Event(), Event(), Event(traceparent=None)]):
        pass
    (span,) = exported.get_finished_spans()
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE]


def test_an_error_is_marked_without_its_message(exported: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Camille"), traces.consume_span(Event()):
        raise ValueError("Camille Exemple")
    (span,) = exported.get_finished_spans()
    assert not span.status.is_ok
    assert "Camille" not in span.to_json()


async def test_a_request_becomes_one_span_named_by_its_template(exported: InMemorySpanExporter) -> None:
    seen: list[str | None] = []
    (span,) = await _spans_of_one_request(exported, seen)
    assert seen[0] is not None
    assert seen[0].split("-")[1] == TRACE
    assert span.name == "GET /things/{thing_id}"
    assert "secret-7" not in span.to_json()


async def _spans_of_one_request(exported: InMemorySpanExporter, seen: list[str | None]) -> tuple[ReadableSpan, ...]:
    from chassis.web.app import create_app
    from tests.chassis.web.sample import EndingsInMemory, database_answers, grants

    router = APIRouter()

    @router.get("/things/{thing_id}")
    async def thing(thing_id: str) -> str:
        seen.append(traces.current_traceparent())
        return thing_id

    issuer = Issuer()
    app = create_app(
        "sample",
        sample_settings(),
        [router],
        anonymous=["GET /things/{thing_id}"],
        grants=grants,
        endings=EndingsInMemory(),
        readiness=database_answers,
    )
    assert issuer.up
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://maillage.test") as client:
        answer = await client.get("/things/secret-7?name=secret-7", headers={"traceparent": GIVEN})
    assert answer.status_code == 200
    return exported.get_finished_spans()
