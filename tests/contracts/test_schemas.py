"""Generated documents are up to date and valid, and a break with what was released is caught."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from contracts import generate
from contracts.asyncapi import document
from contracts.compatibility import Change, changes
from contracts.events import EVENTS
from contracts.topics import TOPICS

CONTRACTS = Path(generate.__file__).parent
ASYNCAPI = json.loads((Path(__file__).parent / "vendor" / "asyncapi-3.0.0.json").read_text("utf-8"))


def test_generated_files_are_up_to_date() -> None:
    assert generate.stale(generate.files()) == []


def test_nothing_breaks_what_was_released() -> None:
    assert {
        name: found for name, found in generate.since_release().items() if any(c.breaks for c in found)
    } == {}


def test_the_asyncapi_document_is_valid() -> None:
    written = yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text("utf-8"))
    Draft7Validator(ASYNCAPI).validate(written)
    assert set(written["channels"]) == set(TOPICS)


def test_an_invalid_asyncapi_document_would_be_seen() -> None:
    wrong = document()
    wrong["channels"]["intake-events"]["address"] = 5
    assert not Draft7Validator(ASYNCAPI).is_valid(wrong)


def test_every_example_fits_its_message_of_the_asyncapi_document() -> None:
    written = document()
    resources = [("", Resource(written, DRAFT202012))] + [
        (f"./schemas/{path.name}", Resource(json.loads(path.read_text("utf-8")), DRAFT202012))
        for path in generate.SCHEMAS.glob("*.json")
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    for name, message in written["components"]["messages"].items():
        example = json.loads((CONTRACTS / "examples" / f"{name}.json").read_text("utf-8"))
        schema = message["payload"]["schema"]
        Draft202012Validator(schema, registry=registry).validate(example)
        assert not Draft202012Validator(schema, registry=registry).is_valid(example | {"data": {}})


SCHEMA: dict[str, Any] = {
    "$defs": {"Part": {"type": "object", "properties": {"role": {"type": "string"}}, "required": ["role"]}},
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "kind": {"anyOf": [{"enum": ["a", "b"], "type": "string"}, {"type": "string"}]},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
    },
    "required": ["id"],
}


def changed(edit: str) -> dict[str, Any]:
    """SCHEMA after one edit, named as a person would say it."""
    schema = copy.deepcopy(SCHEMA)
    fields, part = schema["properties"], schema["$defs"]["Part"]
    match edit:
        case "a description":
            schema["description"] = "other words"
        case "a new optional field":
            fields["extra"] = {"type": "string"}
        case "a new value":
            fields["kind"]["anyOf"][0]["enum"].append("c")
        case "a new optional field in a part":
            part["properties"]["extra"] = {"type": "integer"}
        case "a new required field":
            fields["extra"] = {"type": "string"}
            schema["required"].append("extra")
        case "a new required field in a part":
            part["properties"]["extra"] = {"type": "integer"}
            part["required"].append("extra")
        case "a field removed":
            del fields["note"]
        case "a field removed from a part":
            del part["properties"]["role"]
        case "another type":
            fields["id"] = {"type": "integer"}
        case "another format":
            fields["id"]["format"] = "date"
        case "null no longer allowed":
            fields["note"] = {"type": "string"}
        case "a value removed":
            fields["kind"]["anyOf"][0]["enum"].remove("a")
        case "an enumeration closed":
            fields["kind"] = {"enum": ["a", "b"], "type": "string"}
        case "optional made required":
            schema["required"].append("note")
        case "required made optional":
            schema["required"].remove("id")
        case "a narrower pattern":
            fields["id"]["pattern"] = "^a"
        case "another type of item":
            fields["parts"]["items"] = {"type": "string"}
    return schema


@pytest.mark.parametrize(
    ("edit", "verdict"),
    [
        ("nothing", "same"),
        ("a description", "same"),
        ("a new optional field", "addition"),
        ("a new optional field in a part", "addition"),
        ("a new value", "addition"),
        ("a new required field", "break"),
        ("a new required field in a part", "break"),
        ("a field removed", "break"),
        ("a field removed from a part", "break"),
        ("another type", "break"),
        ("another format", "break"),
        ("null no longer allowed", "break"),
        ("a value removed", "break"),
        ("an enumeration closed", "break"),
        ("optional made required", "break"),
        ("required made optional", "break"),
        ("a narrower pattern", "break"),
        ("another type of item", "break"),
    ],
)
def test_events_change_by_addition_only(edit: str, verdict: str) -> None:
    found = changes(SCHEMA, changed(edit))
    kinds = {"break" if change.breaks else "addition" for change in found} or {"same"}
    assert verdict in kinds
    assert verdict == "break" or kinds == {verdict}


def test_a_break_names_its_place() -> None:
    found = changes(SCHEMA, changed("a field removed from a part"))
    assert Change("parts[].role", "field removed", breaks=True) in found


def test_a_removed_event_is_a_break(tmp_path: Path) -> None:
    (tmp_path / "Forgotten.1.json").write_text(json.dumps(SCHEMA), "utf-8")
    (change,) = generate.since_release(tmp_path)["Forgotten.1"]
    assert change.breaks


def test_an_addition_says_who_upgrades_first() -> None:
    (note,) = generate.upgrade_notes({"RequestSubmitted.1": [Change("extra", "field added", breaks=False)]})
    assert (
        note == "RequestSubmitted.1: extra: field added. Upgrade first: cases, notifications; then: intake."
    )


def test_the_command_fails_on_a_break_and_on_a_stale_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--check"]) == 0
    broken = {"RequestMerged.1": [Change("into", "field removed", breaks=True)]}
    with monkeypatch.context() as patched:
        patched.setattr(generate, "since_release", lambda: broken)
        assert generate.main(["--check"]) == 1
    assert "BREAK RequestMerged.1: into: field removed" in capsys.readouterr().out
    path = tmp_path / "old.json"
    with monkeypatch.context() as patched:
        patched.setattr(generate, "files", lambda: {path: "{}"})
        patched.setattr(generate, "HERE", tmp_path / "contracts")
        patched.setattr(generate, "SCHEMAS", tmp_path)
        assert generate.main(["--check"]) == 1
    assert "STALE" in capsys.readouterr().out


def test_every_event_has_a_message_in_the_document() -> None:
    assert set(document()["components"]["messages"]) == {f"{type}.{version}" for type, version in EVENTS}
