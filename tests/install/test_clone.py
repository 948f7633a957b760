"""From nothing: a fresh clone on a machine that has Python, git, a shell and coreutils, and empty caches."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.request import urlopen

import pytest

from deploy.local import ports
from deploy.local.layout import ROOT

pytestmark = [pytest.mark.install, pytest.mark.timeout(1200)]

COREUTILS = (
    "basename", "cat", "chmod", "chown", "cp", "cut", "date", "dd", "df", "dirname", "du", "echo", "env", "expr",
    "false", "head", "id", "install", "ln", "ls", "mkdir", "mktemp", "mv", "nproc", "pwd", "readlink", "realpath",
    "rm", "rmdir", "sleep", "sort", "stat", "tail", "tee", "test", "touch", "tr", "true", "uname", "uniq", "wc",
)  # fmt: skip
SEEN = ("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "LANG")
"""How this machine reaches its registries is its own affair: passed on."""


@pytest.fixture(scope="module")
def bare_machine(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """An environment with an empty HOME and a PATH of nothing more than the README asks for."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "home").mkdir()
    programs = folder / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(Path(sys.base_prefix, "bin", "python3").resolve())
    for name in ("git", "sh", *COREUTILS):
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    kept = {name: value for name, value in os.environ.items() if name.upper().startswith(SEEN)}
    free = {"MAILLAGE_PORT": str(ports.free_port())}
    return {"HOME": str(folder / "home"), "PATH": str(programs), **kept, **free}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, bare_machine: Mapping[str, str]) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("clone") / "maillage"
    # PostgreSQL does not run as root: whom it runs as must be able to reach its folder.
    folder.parent.chmod(0o711)
    folder.parent.parent.chmod(0o711)
    run(["git", "clone", "--quiet", "--no-local", str(ROOT), str(folder)], folder.parent, bare_machine)
    yield folder
    if (folder / ".maillage").exists():
        subprocess.run(["./maillage", "down"], cwd=folder, env=bare_machine, check=False, timeout=120)


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-1500:]}{done.stderr[-1500:]}{errors(folder)}"
    return done.stdout


def errors(folder: Path) -> str:
    """What services said went wrong: who only sees that a command failed does not see why."""
    logs = (folder / ".maillage" / "logs").glob("*.log")
    lines = (line for log in sorted(logs) for line in log.read_text("utf-8", "replace").splitlines())
    return "\n".join(["", *[line[-3000:] for line in lines if '"level":"error"' in line][-5:]])


def test_the_command_explains_itself(clone: Path, bare_machine: Mapping[str, str]) -> None:
    assert "up" in run(["./maillage", "--help"], clone, bare_machine)


def test_the_tests_run(clone: Path, bare_machine: Mapping[str, str]) -> None:
    assert " passed" in run(["./maillage", "test", "tests/directory/test_territories.py"], clone, bare_machine)


def test_the_demonstration_plays_says_where_it_is_and_stops(clone: Path, bare_machine: Mapping[str, str]) -> None:
    address = f"http://localhost:{bare_machine['MAILLAGE_PORT']}"
    assert address in run(["./maillage", "demo"], clone, bare_machine)

    status = run(["./maillage", "status"], clone, bare_machine)
    assert address in status
    assert status.count("en marche") >= 9
    with urlopen(f"{address}/demande", timeout=20) as page:  # noqa: S310 - our own loopback address
        assert page.status == 200

    assert "arrêté" in run(["./maillage", "demo", "--stop"], clone, bare_machine)
    assert "ne tourne pas" in run(["./maillage", "status"], clone, bare_machine)
