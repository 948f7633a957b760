"""What reaches the log, and what never does."""

import ast
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from chassis.observability import logs
from chassis.observability.context import bound, current_ids
from chassis.web.pages import chassis_folder

NAME = "Camille Exemple"


def lines(log_stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in log_stream.getvalue().splitlines()]


def test_a_line_holds_listed_fields_and_names_the_refused(log_stream: io.StringIO) -> None:
    log = logs.get_logger("here")
    with bound(request_id="r-1"):
        log.info("a request came", count=2, case_id=UUID(int=1), person=NAME, state={"name": NAME})
    (line,) = lines(log_stream)
    assert line["event"] == "a request came"
    assert (line["service"], line["logger"], line["level"], line["request_id"]) == ("sample", "here", "info", "r-1")
    assert line["count"] == 2
    assert line["case_id"] == str(UUID(int=1))
    assert line["state"] == "dict"
    assert line["refused"] == ["person"]
    assert NAME not in log_stream.getvalue()


def test_an_exception_is_told_by_type_and_place(log_stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise ValueError(f"bad {NAME}") from error
    except ValueError:
        logs.get_logger("here").exception("it failed")
    (line,) = lines(log_stream)
    assert (line["error"], line["caused_by"]) == ("ValueError", ["KeyError"])
    assert line["frames"][-1].startswith("test_logs.py:")
    assert NAME not in log_stream.getvalue()


@pytest.mark.parametrize(
    ("logger", "arguments", "event"),
    [
        ("somelib", ("row %s is bad", NAME), "row %s is bad"),
        ("somelib", (f"row {NAME} is bad",), "line"),
        ("aiokafka.conn", ("Unable to connect to %s:%s", "127.0.0.1", 9), "Unable to connect to 127.0.0.1:9"),
        ("asyncio", (f"Task exception was never retrieved\nfuture: {NAME}",), "Task exception was never retrieved"),
    ],
)
def test_a_library_says_no_more_than_its_template(
    log_stream: io.StringIO, logger: str, arguments: tuple[Any, ...], event: str
) -> None:
    logging.getLogger(logger).warning(*arguments)
    (line,) = lines(log_stream)
    assert line["event"].startswith(event)
    assert line["logger"] == logger
    assert NAME not in log_stream.getvalue()


def test_uvicorn_writes_no_access_log(log_stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info("GET /suivi/%s", NAME)
    assert lines(log_stream) == []


def test_long_texts_are_cut(log_stream: io.StringIO) -> None:
    logs.get_logger("here").info("long", reason="x" * 1000)
    assert len(lines(log_stream)[0]["reason"]) == logs.LONGEST


def test_the_terminal_gets_the_same_in_colour(log_stream: io.StringIO) -> None:
    logs.configure("sample", log_format="console", stream=log_stream)
    logs.get_logger("here").warning("hello", person=NAME, count=1)
    assert "hello" in log_stream.getvalue()
    assert NAME not in log_stream.getvalue()


def test_ids_are_bound_for_the_block_only() -> None:
    with bound(request_id="a"), bound(event_id="b", request_id=None):
        assert dict(current_ids()) == {"request_id": "a", "event_id": "b"}
    assert dict(current_ids()) == {}


_SAYING = {"debug", "info", "warning", "error", "exception", "critical"}


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SAYING:
            target = node.func.value
            if isinstance(target, ast.Name) and target.id in {"log", "logger"}:
                yield node


def _sources() -> list[Path]:
    root = chassis_folder().parent
    return [file for folder in ("chassis", "services") for file in sorted((root / folder).rglob("*.py"))]


@pytest.mark.parametrize("source", _sources(), ids=lambda path: "/".join(path.parts[-3:]))
def test_events_are_constant_and_fields_are_listed(source: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        calls = list(_calls(ast.parse(source.read_text(encoding="utf-8"))))
    for call in calls:
        assert isinstance(call.args[0], ast.Constant), f"line {call.lineno}: the event is not constant"
        names = {keyword.arg for keyword in call.keywords} - {"exc_info"}
        assert names <= logs.FIELDS, f"line {call.lineno}: {names - logs.FIELDS}"
