"""Generated documents are up to date and valid, and a break with what was released is caught."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from contracts import generate
from contracts.asyncapi import document
from contracts.compatibility import Change, changes
from contracts.envelope import decode, headers, named_headers
from contracts.events import EVENTS
from contracts.topics import TOPICS

CONTRACTS = Path(generate.__file__).parent
ASYNCAPI = json.loads((Path(__file__).parent / "vendor" / "asyncapi-3.0.0.json").read_text("utf-8"))


def test_generated_files_are_up_to_date() -> None:
    assert generate.stale(generate.files()) == []


def test_nothing_breaks_what_was_released() -> None:
    assert {name: found for name, found in generate.since_release().items() if any(c.breaks for c in found)} == {}


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
    registry: Registry[Any] = Registry().with_resources(
        [("https://maillage.example/asyncapi.yaml", DRAFT202012.create_resource(written))]
        + [
            (f"https://maillage.example/schemas/{path.name}", DRAFT202012.create_resource(json.loads(path.read_text())))
            for path in generate.SCHEMAS.glob("*.json")
        ]
    )
    for name in written["components"]["messages"]:
        place = f"https://maillage.example/asyncapi.yaml#/components/messages/{name}/payload/schema"
        validator = Draft202012Validator({"$ref": place}, registry=registry)
        example = json.loads((CONTRACTS / "examples" / f"{name}.json").read_text("utf-8"))
        validator.validate(example)
        assert not validator.is_valid(example | {"data": {}})


def test_the_headers_of_every_example_are_those_of_the_document() -> None:
    published = document()["components"]["schemas"]["Headers"]["schema"]
    for path in (CONTRACTS / "examples").glob("*.json"):
        envelope = decode(path.read_bytes())
        told = {name: value.decode() for name, value in headers(replace(envelope, traceparent="00-1-1-01"))}
        assert list(published["properties"]) == list(told)
        Draft202012Validator(published).validate(told)
        Draft202012Validator(published).validate(named_headers(replace(envelope, traceparent=None)))


SCHEMA: dict[str, Any] = {
    "$defs": {"Part": {"type": "object", "properties": {"role": {"type": "string"}}, "required": ["role"]}},
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "kind": {"anyOf": [{"enum": ["a", "b"], "type": "string"}, {"type": "string"}]},
        "stage": {"anyOf": [{"const": "a", "type": "string"}, {"type": "string"}]},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
    },
    "required": ["id"],
}


Edit = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], object]


def after(edit: Edit) -> list[Change]:
    """What changes when `edit` was made to the schema, its fields and its part."""
    schema = copy.deepcopy(SCHEMA)
    edit(schema, schema["properties"], schema["$defs"]["Part"])
    return changes(SCHEMA, schema)


ADDITIONS: dict[str, Edit] = {
    "a new optional field": lambda schema, fields, part: fields.update(extra={"type": "string"}),
    "a new optional field in a part": lambda schema, fields, part: part["properties"].update(extra={"type": "integer"}),
    "a new value": lambda schema, fields, part: fields["kind"]["anyOf"][0]["enum"].append("c"),
    "a second value": lambda schema, fields, part: fields.update(
        stage={"anyOf": [{"enum": ["a", "b"], "type": "string"}, {"type": "string"}]}
    ),
}
BREAKS: dict[str, Edit] = {
    "a new required field": lambda schema, fields, part: (
        fields.update(extra={"type": "string"}),
        schema["required"].append("extra"),
    ),
    "a new required field in a part": lambda schema, fields, part: (
        part["properties"].update(extra={"type": "integer"}),
        part["required"].append("extra"),
    ),
    "a field removed": lambda schema, fields, part: fields.pop("note"),
    "a field removed from a part": lambda schema, fields, part: part["properties"].pop("role"),
    "another type": lambda schema, fields, part: fields.update(id={"type": "integer"}),
    "another format": lambda schema, fields, part: fields["id"].update(format="date"),
    "null no longer allowed": lambda schema, fields, part: fields.update(note={"type": "string"}),
    "a value removed": lambda schema, fields, part: fields["kind"]["anyOf"][0]["enum"].remove("a"),
    "the only value replaced": lambda schema, fields, part: fields["stage"]["anyOf"][0].update(const="b"),
    "an enumeration closed": lambda schema, fields, part: fields.update(kind={"enum": ["a"], "type": "string"}),
    "optional made required": lambda schema, fields, part: schema["required"].append("note"),
    "required made optional": lambda schema, fields, part: schema["required"].remove("id"),
    "a narrower pattern": lambda schema, fields, part: fields["id"].update(pattern="^a"),
    "another type of item": lambda schema, fields, part: fields["parts"].update(items={"type": "string"}),
}


@pytest.mark.parametrize("edit", ADDITIONS.values(), ids=ADDITIONS)
def test_an_addition_breaks_nothing(edit: Edit) -> None:
    found = after(edit)
    assert found
    assert not any(change.breaks for change in found)


@pytest.mark.parametrize("edit", BREAKS.values(), ids=BREAKS)
def test_anything_else_is_a_break(edit: Edit) -> None:
    assert any(change.breaks for change in after(edit))


def test_words_are_no_change() -> None:
    assert after(lambda schema, fields, part: schema.update(description="other words")) == []


def test_a_break_names_its_place() -> None:
    found = after(BREAKS["a field removed from a part"])
    assert Change("parts[].role", "field removed", breaks=True) in found


def test_a_removed_event_is_a_break(tmp_path: Path) -> None:
    (tmp_path / "Forgotten.1.json").write_text(json.dumps(SCHEMA), "utf-8")
    (change,) = generate.since_release(tmp_path)["Forgotten.1"]
    assert change.breaks


def test_an_addition_says_who_upgrades_first() -> None:
    (note,) = generate.upgrade_notes({"RequestSubmitted.1": [Change("extra", "field added", breaks=False)]})
    assert note == "RequestSubmitted.1: extra: field added. Upgrade first: cases, notifications; then: intake."


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
