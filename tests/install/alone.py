"""Installs some of our distributions, built as they are shipped, in a fresh virtual environment of their own."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.layout import ROOT

UV = str(Path(sys.executable).parent / "uv")
OURS = ("maillage-contracts", "maillage-chassis")
# All but what is run rather than imported: a package's command, and the script Alembic runs itself.
EVERY_MODULE = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
names = [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    if not name.endswith((".__main__", ".migrations.env")):
        importlib.import_module(name)
print(len(names))
"""


_KNOWN = """
import sys
from importlib.util import find_spec
try:
    print(find_spec(sys.argv[1]) is not None)
except ModuleNotFoundError:
    print(False)
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment in `folder`, with nothing of this checkout in sight."""

    folder: Path

    def run(self, *arguments: str, settings: Mapping[str, str] | None = None) -> str:
        """Runs its Python, outside the checkout; returns what it printed. Fails with the end of its errors."""
        return _run(
            [str(self.folder / "bin" / "python"), "-P", *arguments], self.folder, {"PYTHONPATH": "", **(settings or {})}
        )

    @contextlib.contextmanager
    def running(self, *arguments: str, settings: Mapping[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
        """Its Python at work, outside the checkout, until the block ends."""
        command = [str(self.folder / "bin" / "python"), "-P", *arguments]
        with subprocess.Popen(
            command, cwd=self.folder, env={**os.environ, "PYTHONPATH": "", **settings}, stdout=subprocess.DEVNULL
        ) as process:
            try:
                yield process
            finally:
                process.terminate()

    def import_everything(self, package: str) -> int:
        """Imports every module of a package; returns how many there are."""
        return int(self.run("-c", EVERY_MODULE, package))

    def knows(self, package: str) -> bool:
        """Whether that package or module can be imported."""
        return self.run("-c", _KNOWN, package).strip() == "True"


def environment_of(folder: Path, *distributions: str) -> Environment:
    """The environment of these distributions (folders of the checkout): what the lock says, checked by hash."""
    lock, venv = folder / "lock.txt", folder / "venv"
    projects = [f"{name}/pyproject.toml" for name in distributions]
    unlisted = [word for name in OURS for word in ("--no-emit-package", name)]
    _uv("pip", "compile", *projects, *unlisted, "-c", "locks/maillage.txt", "--generate-hashes", "-o", str(lock))
    _uv("venv", "--python", sys.executable, str(venv))
    python = ["--python", str(venv / "bin" / "python")]
    _uv("pip", "sync", *python, "--require-hashes", str(lock))
    built_with = ["--build-constraint", "locks/uv.txt"]
    _uv("pip", "install", *python, "--no-deps", *built_with, *(f"./{name}" for name in distributions))
    _uv("pip", "check", *python)
    return Environment(venv)


def _uv(*arguments: str) -> None:
    _run([UV, *arguments, "--quiet"], ROOT, {})


def _run(command: Sequence[str], folder: Path, more: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **more}, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, f"{' '.join(command[:4])}: {done.stderr[-2000:]}"
    return done.stdout
