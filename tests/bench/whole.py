"""The whole platform, started as `./maillage up` does, in a state folder of its own."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from deploy.demo import operating, partner, setup
from deploy.demo.client import Client
from deploy.local import credentials, oidc, running
from deploy.local.broker import ADMIN
from deploy.local.layout import ROOT, State
from deploy.local.migrate import service_database
from deploy.local.stack import Stack, kept_ports
from deploy.local.testing import temporary_state
from tests.bench.ground import kafka_options


@dataclass(frozen=True)
class Whole:
    """A platform that runs, with nobody in its directory yet."""

    state: State
    installation: Stack

    def agent(self) -> dict[str, str]:
        """Make the sample département; returns the headers of an agent at reception, once intake knows them."""
        address, keys = self.installation.public_url, partner.public_keys(self.installation.secrets.partner_signing_key)
        token = self._token("reception")
        with Client(address, self._token("operator")) as operator, Client(address, token) as agent:
            setup.prepare(operator, keys)
            operating.until(lambda: agent.status("/intake/requests") == HTTPStatus.OK, "les droits chez intake")
        return {"Authorization": f"Bearer {token}"}

    def _token(self, role: str) -> str:
        account = next(account for account in oidc.ACCOUNTS if account.role == role)
        secrets = self.installation.secrets
        return oidc.token(
            self.installation.issuer, secrets.oidc_client_secret, account.user_name, secrets.demo_password
        )

    def database_url(self, service: str) -> str:
        """The administrator's address of a service's database."""
        return service_database(self.installation, service).admin_url

    def kafka(self) -> dict[str, Any]:
        """Keyword arguments of an aiokafka client that may read everything."""
        return kafka_options(
            self.installation.administration.bootstrap, ADMIN, self.installation.secrets.kafka_admin_password
        )


@contextlib.contextmanager
def whole_platform() -> Iterator[Whole]:
    """Everything stops and is gone after the block. Raises RuntimeError when it does not start."""
    with temporary_state() as state:
        try:
            _up(state)
            secrets = credentials.load_or_make(state.secrets)
            yield Whole(state, Stack(state, secrets, kept_ports(state), os.environ))
        finally:
            running.stop(state, lambda text: None)


def _up(state: State) -> None:
    environment = {**os.environ, "MAILLAGE_STATE": str(state.folder)}
    command = [sys.executable, "-m", "deploy.local", "up"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the platform did not start: {done.stderr}")
