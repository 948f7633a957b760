"""Canaille as the local OpenID Connect provider, in a virtual environment of its own.

Issuer: `http://localhost:<port>` (its own port: Canaille builds absolute addresses). Access tokens and ID tokens
are RS256 JWTs; `aud` is the client id, `sub` the user name, which is what AgentPublished.subject holds.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from deploy.local import ports
from deploy.local.child import Child
from deploy.local.files import write_private
from deploy.local.layout import ROOT, installing
from deploy.local.problems import Problem

CLIENT_ID = "maillage"
LOCK = ROOT / "locks" / "canaille.txt"


@dataclass(frozen=True)
class Account:
    """A seeded sample account; `role` is the grant the directory's first data give it."""

    user_name: str
    given_name: str
    family_name: str
    role: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def email(self) -> str:
        return f"{self.user_name}@maillage.example"


ACCOUNTS = (
    Account("agent", "Agent", "Exemple", "reception"),
    Account("travail-social", "Travail-Social", "Exemple", "social_worker"),
    Account("coordination", "Coordination", "Exemple", "coordinator"),
    Account("responsable", "Responsable", "Exemple", "manager"),
    Account("cellule", "Cellule", "Exemple", "cell"),
    Account("exploitation", "Exploitation", "Exemple", "operator"),
)


def environment(cache: Path) -> Path:
    """The virtual environment of the present lock: another lock, another folder."""
    return cache / f"canaille-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"


def installed(cache: Path) -> bool:
    return (environment(cache) / "ready").exists()


def install(cache: Path) -> Path:
    """Makes the virtual environment when it is missing and returns it.

    Raises:
        Problem: the package registry does not answer, or the disk is full.
    """
    with installing(cache):
        return environment(cache) if installed(cache) else _install(environment(cache))


def _install(target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    uv = str(Path(sys.executable).parent / "uv")
    _run(uv, "venv", "--quiet", "--python", sys.executable, str(target))
    python = str(target / "bin" / "python")
    _run(uv, "pip", "sync", "--quiet", "--python", python, "--require-hashes", "--compile-bytecode", str(LOCK))
    (target / "ready").touch()
    return target


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(
            f"Le fournisseur d'identité n'a pas pu être installé : {done.stderr.strip()[-400:]}",
            "Vérifiez la connexion au dépôt de paquets et la place sur le disque, puis relancez la commande.",
        )


@dataclass
class Canaille:
    """The provider, its database in `folder`."""

    folder: Path
    environment: Path
    log: Path
    port: int
    public_url: str
    client_secret: str = field(repr=False)
    flask_key: str = field(repr=False)
    signing_key: Mapping[str, Any] = field(repr=False)
    password: str = field(repr=False)

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    @cached_property
    def child(self) -> Child:
        script = Path(__file__).parent / "canaille_provider.py"
        command = [str(self.environment / "bin" / "python"), "-P", str(script), str(self._settings)]
        return Child("canaille", command, log=self.log, environment={"MALLOC_ARENA_MAX": "1"})

    async def start(self) -> None:
        """Writes the settings and starts; the first start makes the database, the client and the accounts."""
        write_private(self._settings, json.dumps(self._configuration()))
        await self.child.start()

    async def ready(self) -> None:
        await ports.listening(self.child, self.port)

    async def stop(self) -> None:
        await self.child.stop()

    @property
    def _settings(self) -> Path:
        return self.folder / "settings.json"

    def _configuration(self) -> dict[str, Any]:
        return {
            "port": self.port,
            "issuer": self.issuer,
            "public_url": self.public_url,
            "database": str(self.folder / "canaille.sqlite"),
            "secret_key": self.flask_key,
            "jwk": dict(self.signing_key),
            "client_secret": self.client_secret,
            "password": self.password,
            "accounts": [{**asdict(account), "email": account.email} for account in ACCOUNTS],
        }


def token(issuer: str, client_secret: str, user_name: str, password: str) -> str:
    """A bearer token for a seeded account, by the password grant: for trying the API by hand.

    Raises:
        Problem: the provider refused or did not answer.
    """
    import httpx

    form = {
        "grant_type": "password",
        "username": user_name,
        "password": password,
        "scope": "openid profile email",
    }
    try:
        answer = httpx.post(f"{issuer}/oauth/token", data=form, auth=(CLIENT_ID, client_secret), timeout=10)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Problem("Le fournisseur d'identité ne répond pas.", "Lancez `./maillage up`.") from error
    return str(answer.json()["access_token"])
