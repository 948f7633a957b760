"""The envelope: what is written is read back whole, by us and by the official CloudEvents library."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import (
    Envelope,
    MalformedEvent,
    UnknownVersion,
    decode,
    derived_id,
    encode,
    event,
    headers,
    new_id,
    parse,
)
from contracts.events import RequestMerged

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


def merged(**attributes: Any) -> Envelope:
    data = RequestMerged(request_id=uuid4(), into=uuid4())
    plain: dict[str, Any] = {"id": new_id(), "source": "/maillage/intake", "sequence": 3, "time": NOW}
    return event(data, **plain | attributes)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcé", max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30)
instants = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001  (the strategy adds the zone)
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=4))]),
)
envelopes = st.builds(
    Envelope,
    id=st.uuids(),
    source=names,
    type=names,
    subject=names,
    time=instants,
    dataschema=st.builds(
        "urn:maillage:{}:{}".format, st.from_regex("[A-Z][a-z]{1,9}", fullmatch=True), st.integers(1, 99)
    ),
    sequence=st.integers(0, 2**63 - 1),
    correlationid=st.uuids(),
    causationid=st.none() | st.uuids(),
    traceparent=st.none() | names,
    data=st.dictionaries(st.text("abc", max_size=5), json_values, max_size=4),
)


@given(envelopes)
def test_what_is_written_is_read_back(envelope: Envelope) -> None:
    assert decode(encode(envelope)) == envelope


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_malformed(value: bytes) -> None:
    with pytest.raises(MalformedEvent):
        decode(value)


@given(st.dictionaries(st.sampled_from(["id", "source", "time", "sequence", "data", "type"]), json_values))
def test_any_value_in_an_attribute_is_read_or_malformed(changed: dict[str, Any]) -> None:
    value = json.dumps(json.loads(encode(merged())) | changed).encode()
    try:
        envelope = decode(value)
    except MalformedEvent:
        return
    assert isinstance(envelope.id, UUID)
    assert envelope.time.tzinfo is not None
    assert isinstance(envelope.data, dict)


def test_the_official_library_reads_it_whole() -> None:
    cause = new_id()
    ours = merged(causationid=cause, traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    theirs = JSONFormat().read(None, encode(ours))
    assert theirs.get_specversion() == "1.0"
    assert theirs.get_id() == str(ours.id)
    assert theirs.get_source() == "/maillage/intake"
    assert theirs.get_type() == "RequestMerged"
    assert theirs.get_subject() == ours.data["request_id"]
    assert theirs.get_time() == NOW
    assert theirs.get_dataschema() == "urn:maillage:RequestMerged:1"
    assert theirs.get_datacontenttype() == "application/json"
    assert theirs.get_data() == ours.data
    extensions = {name: theirs.get_extension(name) for name in ("sequence", "correlationid", "causationid")}
    assert extensions == {
        "sequence": "0000000003",
        "correlationid": str(ours.id),
        "causationid": str(cause),
    }
    assert theirs.get_extension("traceparent") == ours.traceparent


def test_what_the_official_library_writes_is_read_whole() -> None:
    ours = merged(causationid=new_id())
    format = JSONFormat()  # noqa: A001
    assert decode(format.write(format.read(None, encode(ours)))) == ours


def test_the_official_library_reads_it_from_a_kafka_message() -> None:
    ours = merged()
    message = KafkaMessage(headers=dict(headers(ours)), key=ours.subject, value=encode(ours))
    assert from_kafka_event(message).get_data() == ours.data


def test_headers_say_what_routing_needs() -> None:
    ours = merged(traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    found = dict(headers(ours))
    assert found["id"] == str(ours.id).encode()
    assert found["type"] == b"RequestMerged"
    assert found["version"] == b"1"
    assert found["subject"] == ours.subject.encode()
    assert found["correlationid"] == str(ours.id).encode()
    assert found["traceparent"] == b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert found["content-type"].startswith(b"application/cloudevents+json")


def test_times_are_written_in_utc() -> None:
    paris_summer = datetime(2026, 7, 1, 10, 0, tzinfo=timezone(timedelta(hours=2)))
    assert json.loads(encode(merged(time=paris_summer)))["time"] == "2026-07-01T08:00:00Z"


def test_sequences_sort_as_text() -> None:
    written = [json.loads(encode(merged(sequence=number)))["sequence"] for number in (1, 2, 9, 10, 11, 99, 100)]
    assert written == sorted(written)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": "not-a-uuid"}, "id"),
        ({"id": None}, "id"),
        ({"source": ""}, "source"),
        ({"type": 5}, "type"),
        ({"subject": None}, "subject"),
        ({"time": "2026-03-02T09:15:00"}, "time"),
        ({"time": "hier"}, "time"),
        ({"dataschema": "urn:autre:RequestMerged:1"}, "dataschema"),
        ({"dataschema": "urn:maillage:RequestMerged:0"}, "dataschema"),
        ({"sequence": "-1"}, "sequence"),
        ({"sequence": True}, "sequence"),
        ({"sequence": 1.5}, "sequence"),
        ({"causationid": 12}, "causationid"),
        ({"data": ["secret"]}, "data"),
        ({"data": None}, "data"),
        ({"specversion": "0.3"}, "specversion"),
    ],
)
def test_a_malformed_attribute_is_named(change: dict[str, Any], named: str) -> None:
    value = json.dumps(json.loads(encode(merged())) | change).encode()
    with pytest.raises(MalformedEvent, match=rf"\b{named}\b"):
        decode(value)


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"{}"])
def test_what_is_no_event_is_malformed(value: bytes) -> None:
    with pytest.raises(MalformedEvent):
        decode(value)


def test_an_event_without_correlation_begins_its_own_chain() -> None:
    attributes = json.loads(encode(merged()))
    del attributes["correlationid"]
    envelope = decode(json.dumps(attributes).encode())
    assert envelope.correlationid == envelope.id


def test_attributes_of_a_later_release_are_ignored() -> None:
    ours = merged()
    assert decode(json.dumps(json.loads(encode(ours)) | {"tomorrow": 1}).encode()) == ours


def test_data_is_parsed_into_its_type() -> None:
    ours = merged()
    data = parse(ours)
    assert isinstance(data, RequestMerged)
    assert str(data.request_id) == ours.subject


def test_data_that_does_not_fit_is_malformed_and_never_quoted() -> None:
    envelope = decode(encode(merged()).replace(b'"into":"', b'"into":"Camille Exemple '))
    with pytest.raises(MalformedEvent, match=r"RequestMerged: into: uuid_parsing") as caught:
        parse(envelope)
    assert "Camille" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("dataschema", [b"RequestMerged:2", b"RequestMerged:10"])
def test_an_unknown_major_version_is_said(dataschema: bytes) -> None:
    envelope = decode(encode(merged()).replace(b"RequestMerged:1", dataschema))
    with pytest.raises(UnknownVersion) as caught:
        parse(envelope)
    assert (caught.value.type, caught.value.version) == ("RequestMerged", envelope.version)


def test_ids_of_what_begins_here_sort_by_time() -> None:
    ids = [new_id() for _ in range(50)]
    assert ids == sorted(ids)
    assert all(type(one) is UUID and one.version == 7 for one in ids)


@given(st.uuids(), st.text("abcdef-", min_size=1), st.text("abcdef-", min_size=1))
def test_ids_of_what_a_handler_makes_are_the_same_again(cause: UUID, label: str, other: str) -> None:
    assert derived_id(cause, label) == derived_id(cause, label)
    assert (derived_id(cause, label) == derived_id(cause, other)) == (label == other)


@pytest.mark.parametrize("name", ["source", "type", "subject", "traceparent"])
@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\x7f", "a\x85b", "a" * 513], ids=ascii)
def test_attributes_are_short_and_printable(name: str, text: str) -> None:
    """Whoever reads them stores them, indexes them and logs them."""
    value = json.dumps(json.loads(encode(merged())) | {name: text}).encode()
    with pytest.raises(MalformedEvent, match=f"attribute {name} is missing or malformed"):
        decode(value)
