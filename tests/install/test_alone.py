"""Each distribution installs and starts with what it says it needs, and nothing else of ours."""

import json
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

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
    stack = Stack(State(tmp_path), Secrets(), dict.fromkeys((*LOCAL_PORTS, "public"), 1), {})

    assert environment.import_everything(service) > 5
    document = json.loads(environment.run("-m", service, "openapi", settings=stack.service_environment(service)))
    OpenAPIV31SpecValidator(document).validate()
    assert not any(environment.knows(other) for other in (*SERVICES, "deploy", "tests") if other != service)
