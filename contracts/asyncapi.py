"""The AsyncAPI 3.0 document: topics and events, for people and tools outside."""

from collections.abc import Iterator
from typing import Any

from contracts.envelope import CONTENT_TYPE as STRUCTURED
from contracts.envelope import SCHEMA_PREFIX, SPECVERSION, dataschema_of
from contracts.events import EVENTS, EventData
from contracts.topics import TOPICS, Topic

Node = dict[str, Any]

JSON_SCHEMA = "application/schema+json;version=draft-2020-12"
CONTENT_TYPE = "application/cloudevents+json"


def document() -> Node:
    """The whole document. Schemas of data are referred to in `schemas/`, beside it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Maillage",
            "version": "1.0.0",
            "description": "Events between the services of Maillage, and from its partners.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.topic: _channel(topic) for topic in TOPICS.values()},
        "operations": dict(_operations()),
        "components": {
            "messages": {_name(event): _message(event) for event in EVENTS.values()},
            "schemas": {"Envelope": _multi_format(_envelope()), "Headers": _multi_format(_headers())},
        },
    }


def _name(event: type[EventData]) -> str:
    return f"{event.__name__}.{event.version}"


def _channel(topic: Topic) -> Node:
    events = [event for event in EVENTS.values() if event.topic == topic.topic]
    return {
        "address": topic.topic,
        "description": topic.about,
        "messages": {_name(event): {"$ref": f"#/components/messages/{_name(event)}"} for event in events},
        "bindings": {"kafka": _kafka(topic)},
        "x-owner": topic.owner,
        "x-key": topic.key,
        "x-restricted": topic.restricted,
    }


def _kafka(topic: Topic) -> Node:
    milliseconds = -1 if topic.retention is None else int(topic.retention.total_seconds() * 1000)
    return {
        "topic": topic.topic,
        "partitions": topic.partitions,
        "topicConfiguration": {"cleanup.policy": [topic.cleanup], "retention.ms": milliseconds},
        "bindingVersion": "0.5.0",
    }


def _operations() -> Iterator[tuple[str, Node]]:
    for topic in TOPICS.values():
        channel = {"$ref": f"#/channels/{topic.topic}"}
        for writer in topic.writers:
            yield f"{writer}-sends-{topic.topic}", {"action": "send", "channel": channel}
        for consumer in topic.consumers:
            yield f"{consumer}-receives-{topic.topic}", {"action": "receive", "channel": channel}


def _message(event: type[EventData]) -> Node:
    data = {
        "properties": {
            "type": {"const": event.__name__},
            "dataschema": {"const": dataschema_of(event.__name__, event.version)},
            "data": {"$ref": f"./schemas/{_name(event)}.json"},
        }
    }
    envelope = {"$ref": "#/components/schemas/Envelope/schema"}
    return {
        "name": event.__name__,
        "title": f"{event.__name__}, version {event.version}",
        "summary": " ".join((event.__doc__ or "").split()),
        "contentType": CONTENT_TYPE,
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": _multi_format({"allOf": [envelope, data]}),
    }


def _multi_format(schema: Node) -> Node:
    return {"schemaFormat": JSON_SCHEMA, "schema": schema}


def _text(**keywords: Any) -> Node:
    return {"type": "string", **keywords}


def _envelope() -> Node:
    return {
        "type": "object",
        "properties": {
            "specversion": {"const": SPECVERSION},
            "id": _text(format="uuid"),
            "source": _text(format="uri-reference", minLength=1),
            "type": _text(minLength=1),
            "subject": _text(minLength=1, description="the aggregate's id, and the key in Kafka"),
            "time": _text(format="date-time"),
            "datacontenttype": {"const": "application/json"},
            "dataschema": _text(pattern=rf"^{SCHEMA_PREFIX}[A-Za-z][A-Za-z0-9]*:[1-9][0-9]*$"),
            "sequence": _text(pattern=r"^[0-9]+$", description="version of the aggregate, unique per source"),
            "correlationid": _text(format="uuid", description="the event the chain began with"),
            "causationid": _text(format="uuid", description="the event that made this one"),
            "traceparent": _text(minLength=1, description="W3C Trace Context"),
            "data": {"type": "object"},
        },
        "required": [
            "specversion",
            "id",
            "source",
            "type",
            "subject",
            "time",
            "dataschema",
            "sequence",
            "data",
        ],
    }


def _headers() -> Node:
    """What `envelope.named_headers` writes; those named as an attribute of the envelope repeat it."""
    attributes = _envelope()["properties"]
    return {
        "type": "object",
        "description": "Enough to route or skip an event without reading its body.",
        "properties": {
            "content-type": {"const": STRUCTURED},
            "id": attributes["id"],
            "type": attributes["type"],
            "version": _text(pattern=r"^[1-9][0-9]*$", description="major version of the data's schema"),
            "subject": attributes["subject"],
            "correlationid": attributes["correlationid"],
            "traceparent": attributes["traceparent"],
        },
    }
