"""The `maillage` script: what it says when the machine refuses, and how the command explains itself."""

import os
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from deploy.local.cli import app
from deploy.local.layout import ROOT


@pytest.fixture(scope="module")
def script() -> ModuleType:
    loader = SourceFileLoader("maillage_script", str(ROOT / "maillage"))
    spec = spec_from_loader("maillage_script", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "Le disque est plein."),
        ("The virtual environment was not created: ensurepip is not available", "Ce Python ne sait pas créer"),
        ("error: Failed to fetch: `…` Caused by: dns error", "Le dépôt de paquets Python ne répond pas."),
        ("ERROR: No matching distribution found for uv==0.13.9", "Le dépôt de paquets Python ne répond pas."),
        ("error: Hash mismatch for `aiokafka==0.14.0`", "Un paquet reçu n'est pas celui qui est attendu."),
        ("something nobody foresaw", "something nobody foresaw"),
    ],
)
def test_a_failed_installation_is_one_sentence_and_a_way_out(script: ModuleType, printed: str, sentence: str) -> None:
    what, way_out = script.diagnosis(printed)

    assert sentence in what
    assert way_out


@pytest.mark.parametrize(
    ("arguments", "before", "scope"),
    [
        (["demo"], "", "production"),
        (["test"], "", "development"),
        (["up"], "development 1234", "development"),
        ([], "production 1234", "production"),
    ],
)
def test_developers_tools_are_installed_when_they_are_needed(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], before: str, scope: str
) -> None:
    stamp = tmp_path / "stamp"
    stamp.write_text(before)
    monkeypatch.setattr(script, "STAMP", stamp)

    assert script.scope_for(arguments) == scope


def _program(file: Path, status: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\nexit {status}\n")
    file.chmod(0o755)


@pytest.mark.parametrize(
    ("programs", "made"),
    [
        ({}, True),
        ({"python": 0}, True),
        ({"python": 0, "uv": 1}, True),
        ({"uv": 0}, True),
        ({"python": 0, "uv": 0}, False),
    ],
    ids=["nothing yet", "interrupted before uv", "interrupted while uv came", "its Python went away", "complete"],
)
def test_an_environment_that_was_interrupted_is_made_again(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: dict[str, int], made: bool
) -> None:
    for name, status in programs.items():
        _program(tmp_path / "bin" / name, status)
    steps: list[list[str]] = []
    monkeypatch.setattr(script, "VENV", tmp_path)
    monkeypatch.setattr(script, "step", lambda title, command: steps.append(command))

    script.make_environment()

    assert [command[1:4] for command in steps] == (
        [["-m", "venv", "--clear"], ["-m", "pip", "install"]] if made else []
    )


@pytest.mark.parametrize(
    "command",
    [
        *("up", "down", "status", "logs", "reset", "migrate", "topics", "token", "test", "lint"),
        *("dead-letters list", "dead-letters show", "dead-letters replay", "dead-letters discard"),
        *("demo", "bench", "communes add", "programmes check", "programmes release"),
    ],
)
def test_every_command_has_help_in_french(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        app([*command.split(), "--help"])

    printed = capsys.readouterr().out
    assert printed.count("\n") > 2
    assert " the " not in printed


def test_modules_compiled_once_are_kept_whatever_the_shell_says(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    script.keep_bytecode()

    assert "PYTHONDONTWRITEBYTECODE" not in os.environ
