"""Where things lie on this machine: the checkout, and the state folder of one installation."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class State:
    """The folder that holds everything one installation keeps (`.maillage/`, or MAILLAGE_STATE)."""

    folder: Path

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def sms(self) -> Path:
        return self.folder / "sms"

    @property
    def letters(self) -> Path:
        """Letters to print, fetched by the demonstration."""
        return self.folder / "letters"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets.json"

    @property
    def ports(self) -> Path:
        """The ports chosen the last time, as JSON."""
        return self.folder / "ports.json"

    @property
    def lock(self) -> Path:
        """Held (flock) by the supervisor as long as it lives: the only sure sign that it runs."""
        return self.folder / "supervisor.lock"

    @property
    def stack(self) -> Path:
        """What runs now: addresses and process ids, as JSON; absent when nothing runs."""
        return self.folder / "stack.json"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def default_state() -> State:
    return State(Path(os.environ.get("MAILLAGE_STATE", ROOT / ".maillage")))


def cache() -> Path:
    """Downloads, shared by every state folder of this checkout."""
    return ROOT / ".maillage" / "cache"


@contextlib.contextmanager
def installing(cache: Path) -> Iterator[None]:
    """One process at a time puts something in the cache: who waited finds it there."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
