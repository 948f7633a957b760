"""Each service's OpenAPI document, as its command prints it, is valid and says what a client needs."""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.local.credentials import SERVICES, Secrets
from deploy.local.layout import State
from deploy.local.stack import LOCAL_PORTS, Stack

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture(params=SERVICES)
def document(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[str, Any]:
    """What `python -m <service> openapi` prints; nothing it is told of needs to run."""
    stack = Stack(State(tmp_path), Secrets(), dict.fromkeys((*LOCAL_PORTS, "public"), 1), {})
    for name, value in stack.service_environment(request.param).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", [request.param, "openapi"])
    runpy.run_module(request.param, run_name="__main__")
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [
        operation["operationId"]
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    ]

    assert names
    assert len(names) == len(set(names))
