"""What a deploy step depends on, as one short text: the same text, nothing to do again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from deploy.local.layout import ROOT
from deploy.local.stack import Stack


def of_files(files: Iterable[Path]) -> str:
    """SHA-256 over names and contents, whatever the order given."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def topics(installation: Stack) -> str:
    """Changes with the topics of the contracts, what the step makes of them, the users and the broker."""
    step = ROOT / "deploy" / "local" / "topics.py"
    described = of_files([*(ROOT / "contracts" / "topics").glob("*.yaml"), step])
    users = hashlib.sha256(repr(sorted(installation.secrets.kafka_passwords.items())).encode()).hexdigest()
    return f"{described} {users} {installation.administration.bootstrap}"


def migrations(installation: Stack) -> str:
    """Changes with any migration, with the reference data they load, and with the server."""
    folders = [
        ROOT / "chassis" / "migrations",
        *ROOT.glob("services/*/*/migrations"),
        ROOT / "contracts" / "reference",
    ]
    files = (file for folder in folders for file in folder.rglob("*") if file.suffix not in {"", ".pyc"})
    return f"{of_files(files)} {hashlib.sha256(installation.database_server_url.encode()).hexdigest()}"
