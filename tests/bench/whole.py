"""The whole platform, started as `./maillage up` does, in a state folder of its own."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from deploy.demo import operating, partner, setup
from deploy.demo.client import Client
from deploy.local import installed, oidc, running
from deploy.local.broker import ADMIN
from deploy.local.layout import State
from deploy.local.migrate import service_database
from deploy.local.stack import Stack
from deploy.local.testing import temporary_state
from tests.bench.ground import kafka_options

STATE = "MAILLAGE_STATE"


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
    """Everything stops and is gone after the block."""
    before = os.environ.get(STATE)
    with temporary_state() as state:
        os.environ[STATE] = str(state.folder)
        try:
            running.start(state, lambda text: None)
            yield Whole(state, installed.present_and_running())
        finally:
            running.stop(state, lambda text: None)
            _restore(before)


def _restore(before: str | None) -> None:
    if before is None:
        del os.environ[STATE]
    else:
        os.environ[STATE] = before
