"""The checks of the code, each with its own tool; they all run even when one fails."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.credentials import SERVICES
from deploy.local.layout import ROOT

SOURCES = ("contracts", "chassis", "services", "deploy", "tests", "maillage")
TRANSLATED = ("contracts", "chassis", *(f"services/{service}/{service}" for service in SERVICES))
DISTRIBUTIONS = ("contracts", "chassis", "deploy", *(f"services/{service}" for service in SERVICES))


def checks() -> dict[str, list[str]]:
    """Name → command, run from the root of the checkout."""
    migrations = sorted(str(file.relative_to(ROOT)) for file in ROOT.glob("**/migrations/**/*.sql") if _ours(file))
    return {
        "ruff check": ["ruff", "check", *SOURCES],
        "ruff format": ["ruff", "format", "--check", *SOURCES],
        "mypy": ["mypy", *DISTRIBUTIONS, "tests"],
        "import-linter": ["lint-imports"],
        **{f"deptry {folder}": _deptry(folder) for folder in DISTRIBUTIONS},
        "squawk": ["squawk", *migrations],
        "translations": ["python", "-m", "chassis.web.translations", "--check", *TRANSLATED],
        "langage clair": ["python", "-m", "notifications.plain_language"],
    }


def _deptry(folder: str) -> list[str]:
    """Each distribution declares what it imports itself; Starlette comes with FastAPI, whose classes it holds."""
    names = "maillage-chassis=chassis,maillage-contracts=contracts,fastapi=fastapi|starlette"
    options = ["--config", f"{folder}/pyproject.toml", "--known-first-party", Path(folder).name]
    return ["deptry", folder, *options, "--package-module-name-map", names]


def _ours(file: Path) -> bool:
    return not {".venv", ".maillage"} & set(file.relative_to(ROOT).parts)


def run() -> int:
    """Runs every check and prints which failed; the exit status is their number."""
    failed = [name for name, command in checks().items() if _fails(name, command)]
    print(f"Échecs : {', '.join(failed)}" if failed else "Tout est en ordre.")
    return len(failed)


def _fails(name: str, command: Sequence[str]) -> bool:
    print(f"— {name}", flush=True)
    tool = Path(sys.executable).parent / command[0]
    executable = str(tool) if tool.exists() else shutil.which(command[0]) or command[0]
    return subprocess.run([executable, *command[1:]], cwd=ROOT, check=False).returncode != 0
