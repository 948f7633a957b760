"""`maillage programmes`: what it finds in files of programmes, and what it says."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from contracts.programmes import SHIPPED
from deploy.local import programmes as command
from deploy.local.cli import app
from deploy.local.problems import Problem

MASP = (SHIPPED / "masp.yaml").read_text("utf-8")


@pytest.fixture(autouse=True)
def no_overlay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILLAGE_PROGRAMMES", raising=False)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def written(folder: Path, text: str, name: str = "ours.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_programmes_are_in_order_and_say_what_was_released(console: Console) -> None:
    command.check(console, None)
    assert "tout est correct" in said(console)


def test_a_file_that_cannot_be_used_fails_the_check_with_its_place(console: Console, tmp_path: Path) -> None:
    path = written(tmp_path, MASP.replace("version: 1", "version: 2").replace("kind: measure", "kind: mesure"))
    with pytest.raises(Problem) as caught:
        command.check(console, tmp_path)
    assert caught.value.what.startswith(f"{path}, ligne 5 : « kind » doit être ")


def test_the_folder_of_the_environment_is_checked(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "id: nothing")
    monkeypatch.setenv("MAILLAGE_PROGRAMMES", str(tmp_path))
    with pytest.raises(Problem, match=r"ours\.yaml"):
        command.check(console, None)


def test_a_released_version_may_not_change_in_place(console: Console, tmp_path: Path) -> None:
    ours = MASP.replace("version: 1", "version: 7")
    written(tmp_path, ours)
    command.release(console, tmp_path)
    assert "masp 7" in said(console)
    written(tmp_path, f"# A comment changes nothing.\n{ours}")
    command.check(console, tmp_path)
    path = written(tmp_path, ours.replace("P2Y", "P3Y"))
    with pytest.raises(Problem, match="la version 7 de « masp » est publiée et a changé") as caught:
        command.check(console, tmp_path)
    assert str(path) in caught.value.what
    written(tmp_path, ours)
    written(tmp_path, ours.replace("version: 7", "version: 8").replace("P2Y", "P3Y"), "next.yaml")
    command.check(console, tmp_path)


def test_a_released_version_may_not_go(console: Console, tmp_path: Path) -> None:
    path = written(tmp_path, MASP.replace("version: 1", "version: 7"))
    command.release(console, tmp_path)
    path.unlink()
    with pytest.raises(Problem, match="« masp 7 » est publiée et n'y est plus"):
        command.check(console, tmp_path)


def test_a_shipped_version_may_not_be_rewritten_by_a_departement(console: Console, tmp_path: Path) -> None:
    written(tmp_path, MASP)
    command.check(console, tmp_path)
    written(tmp_path, MASP.replace("ordinary: 10", "ordinary: 20"))
    with pytest.raises(Problem, match="version 1 de « masp »"):
        command.check(console, tmp_path)


def test_what_changes_between_two_versions_is_shown(console: Console, tmp_path: Path) -> None:
    changed = MASP.replace("version: 1", "version: 2").replace("at_least: P6M", "at_least: P3M")
    written(tmp_path, changed.replace("  - {code: charges, label: Justificatifs du loyer et des charges}\n", ""))
    command.diff(console, "masp", 1, 2, tmp_path)
    shown = {tuple(cell.strip() for cell in line.split("│")[1:4]) for line in said(console).splitlines() if "│" in line}
    assert shown == {
        ("version", "1", "2"),
        ("terms › contract › at_least", "P6M", "P3M"),
        ("documents › charges › code", "charges", "—"),
        ("documents › charges › label", "Justificatifs du loyer et des charges", "—"),
    }


def test_two_versions_that_say_the_same_and_one_that_is_not_there(console: Console) -> None:
    command.diff(console, "masp", 1, 1, None)
    assert "la même chose" in said(console)
    with pytest.raises(Problem, match="masp version 99"):
        command.diff(console, "masp", 1, 99, None)


def test_every_version_is_listed(console: Console, tmp_path: Path) -> None:
    written(tmp_path, MASP.replace("version: 1", "version: 2"))
    command.listing(console, tmp_path)
    [line] = [line for line in said(console).splitlines() if "masp" in line]
    assert "1, 2" in line
    assert "cellule départementale" in said(console)


@pytest.mark.parametrize("asked", [["check"], ["list"], ["diff", "masp", "1", "1"]])
def test_the_commands_are_there(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    app(["programmes", *asked], result_action="return_value")
    assert capsys.readouterr().out
