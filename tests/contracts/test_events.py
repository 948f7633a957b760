"""The vocabulary: every event is listed, has its example, its topic and its schema."""

import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel

from contracts import events
from contracts.envelope import decode, encode, parse
from contracts.events import EVENTS, EventData
from contracts.events.cases import case_id_of
from contracts.events.intake import RequestSubmitted
from contracts.generate import RELEASED, SCHEMAS, schema_of
from contracts.references import check_reference
from contracts.themes import THEMATIQUES, THEMES
from contracts.topics import TOPICS

EXAMPLES = Path(events.__file__).parents[1] / "examples"
NAMES = {f"{type}.{version}" for type, version in EVENTS}
# What a person could be recognised by; in an event such a field is sealed.
PERSONAL = {"birth_date", "summary", "plan", "value"}


def example(name: str) -> bytes:
    return (EXAMPLES / f"{name}.json").read_bytes()


def every_model() -> set[type[EventData]]:
    for module in pkgutil.iter_modules(events.__path__):
        importlib.import_module(f"contracts.events.{module.name}")
    return {model for model in EventData.__subclasses__() if model.__module__.startswith("contracts.")}


def test_every_event_is_listed_once() -> None:
    assert set(EVENTS.values()) == every_model()
    assert len(EVENTS) == len(every_model())


def test_every_event_has_an_example_and_schemas_and_nothing_else_has() -> None:
    assert {path.stem for path in EXAMPLES.iterdir()} == NAMES
    assert {path.stem for path in SCHEMAS.iterdir()} == NAMES
    assert {path.stem for path in RELEASED.iterdir()} == NAMES


def test_every_event_is_in_its_topic_s_file() -> None:
    said = {(topic.topic, event) for topic in TOPICS.values() for event in topic.events}
    assert said == {(event.topic, event.__name__) for event in EVENTS.values()}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_an_example_is_a_whole_event(name: str) -> None:
    envelope = decode(example(name))
    assert f"{envelope.type}.{envelope.version}" == name
    data = parse(envelope)
    assert type(data) is EVENTS[envelope.type, envelope.version]
    assert envelope.subject == data.aggregate_id
    assert json.loads(encode(envelope)) == json.loads(example(name))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_an_example_fits_its_released_schema_and_fills_every_field(name: str) -> None:
    data = json.loads(example(name))["data"]
    schema = json.loads((RELEASED / f"{name}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(data)
    assert set(data) == set(schema["properties"])


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_writer_is_allowed_to_write_it(name: str) -> None:
    envelope = decode(example(name))
    writer = envelope.source.removeprefix("/maillage/")
    role = "partners" if writer.startswith("partner-") else writer
    assert role in TOPICS[EVENTS[envelope.type, envelope.version].topic].writers


@pytest.mark.parametrize("model", EVENTS.values(), ids=lambda model: model.__name__)
def test_a_reader_ignores_what_a_later_release_adds(model: type[EventData]) -> None:
    data = json.loads(example(f"{model.__name__}.{model.version}"))["data"]
    assert model.model_validate(data | {"tomorrow": {"x": 1}}) == model.model_validate(data)


def test_enumerations_stay_open() -> None:
    data = json.loads(example("RequestSubmitted.1"))["data"]
    later = data | {"channel": "hologram", "urgency": "calm", "requester": {"role": "neighbour"}}
    read = RequestSubmitted.model_validate(later)
    assert (read.channel, read.urgency, read.requester.role) == ("hologram", "calm", "neighbour")


@pytest.mark.parametrize("model", EVENTS.values(), ids=lambda model: model.__name__)
def test_personal_data_is_always_sealed(model: type[BaseModel]) -> None:
    schema = schema_of(model)  # type: ignore[arg-type]
    parts = [schema, *schema.get("$defs", {}).values()]
    for part in parts:
        for field, described in part.get("properties", {}).items():
            if field in PERSONAL:
                assert "#/$defs/Sealed" in json.dumps(described), field


@pytest.mark.parametrize("name", ["PersonRecorded.1", "AgentPublished.1"])
def test_names_of_people_are_sealed(name: str) -> None:
    assert "#/$defs/Sealed" in json.dumps(json.loads((SCHEMAS / f"{name}.json").read_text())["properties"]["name"])


def test_a_dossier_s_id_never_changes() -> None:
    """Each service works it out by itself, and dossiers exist under it."""
    assert case_id_of(UUID(int=1)) == UUID("0e78f1d4-a37d-54d0-ac81-98abd73973db")


def test_the_examples_use_the_vocabularies() -> None:
    request: dict[str, Any] = json.loads(example("RequestSubmitted.1"))["data"]
    offer = json.loads(example("OfferPublished.1"))["data"]
    assert set(request["themes"]) <= set(THEMES)
    assert set(offer["themes"]) <= set(THEMATIQUES)
    assert check_reference(request["reference"]) == request["reference"]
