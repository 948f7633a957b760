"""The command line of a service, where the user of the machine has no name (a container's uid)."""

import sys

import pytest

from chassis import command
from chassis.service import Service
from chassis.settings import Settings
from tests.chassis.web.sample import sample_settings


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_entry() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(command, "getuser", no_entry)


def compose(settings: Settings) -> Service:
    raise SystemExit("composed")


@pytest.mark.parametrize("role", ["all", "serve", "openapi", "dead-letters"])
def test_a_service_starts_for_a_user_without_a_name(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sample", role])
    with pytest.raises(SystemExit, match="composed"):
        command.main("sample", sample_settings, compose)  # type: ignore[arg-type]


def test_a_decision_needs_somebody_s_name() -> None:
    with pytest.raises(SystemExit, match="--by"):
        command._user()
