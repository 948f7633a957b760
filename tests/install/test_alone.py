"""Each distribution installs and starts with what it says it needs, and nothing else of ours."""

import json
import subprocess
import time
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.local import ports
from deploy.local.credentials import SERVICES, Secrets
from deploy.local.layout import State
from deploy.local.stack import LOCAL_PORTS, Stack
from tests.install.alone import environment_of

pytestmark = [pytest.mark.install, pytest.mark.timeout(900)]


def test_contracts_stand_alone(tmp_path: Path) -> None:
    environment = environment_of(tmp_path, "contracts")

    assert environment.import_everything("contracts") > 5
    assert not environment.knows("chassis")
    assert not environment.knows("fastapi")


def test_the_chassis_stands_on_contracts_alone(tmp_path: Path) -> None:
    environment = environment_of(tmp_path, "contracts", "chassis")

    assert environment.import_everything("chassis") > 20
    assert not any(map(environment.knows, (*SERVICES, "deploy")))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_stands_on_contracts_and_chassis_alone(tmp_path: Path, service: str) -> None:
    environment = environment_of(tmp_path, "contracts", "chassis", f"services/{service}")
    port = ports.free_port()
    stack = Stack(State(tmp_path), Secrets(), dict.fromkeys((*LOCAL_PORTS, "public"), 1) | {service: port}, {})
    settings = stack.service_environment(service)

    assert environment.import_everything(service) > 5
    document = json.loads(environment.run("-m", service, "openapi", settings=settings))
    OpenAPIV31SpecValidator(document).validate()
    with environment.running("-m", service, "all", settings=settings) as process:
        assert answer_of(f"http://127.0.0.1:{port}/live", process) == 200
        assert answer_of(f"http://127.0.0.1:{port}/ready", process) == 503, "neither database nor Kafka is there"
    assert process.returncode == 0
    # A library or other brings a `tests` of its own.
    ours = (*SERVICES, "deploy", "tests.conftest")
    assert not any(environment.knows(other) for other in ours if other != service)


def answer_of(url: str, process: "subprocess.Popen[bytes]") -> int:
    """The HTTP status, once the process listens."""
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except (OSError, HTTPException):
            time.sleep(0.05)
    raise AssertionError("it never listened")
