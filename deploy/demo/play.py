"""Plays the day: each request is made by who would make it, through the door they would use."""

from dataclasses import dataclass, field
from functools import cached_property
from uuid import uuid4

from contracts import communes
from deploy.demo.client import Client
from deploy.demo.report import Asked
from deploy.demo.script import Ask
from deploy.demo.visitor import Visitor
from deploy.local import oidc
from deploy.local.stack import Stack

REQUESTS = "/intake/requests"


@dataclass
class Doors:
    """One client per sample account, signed in when first needed, and one for anybody."""

    installation: Stack
    _clients: dict[str, Client] = field(default_factory=dict, repr=False)

    @cached_property
    def anybody(self) -> Client:
        return Client(self.installation.public_url)

    def as_(self, role: str) -> Client:
        """The sample account that holds this role."""
        if role not in self._clients:
            self._clients[role] = Client(self.installation.public_url, self._token(role))
        return self._clients[role]

    def _token(self, role: str) -> str:
        account = next(account for account in oidc.ACCOUNTS if account.role == role)
        secrets = self.installation.secrets
        issuer, client_secret = self.installation.issuer, secrets.oidc_client_secret
        return oidc.token(issuer, client_secret, account.user_name, secrets.demo_password)


def ask(doors: Doors, script: Ask) -> Asked:
    """Make one request. Raises Problem when it is refused."""
    return _from_home(doors, script) if script.channel == "web" else _with_an_agent(doors, script)


def _from_home(doors: Doors, script: Ask) -> Asked:
    """By the public form; whoever gave no name comes back to see where the request stands."""
    with Visitor(doors.installation.public_url) as visitor:
        receipt = visitor.ask(script.fields())
        if script.requester is None:
            visitor.follow(receipt)
    return _asked(script, receipt.reference, receipt.milliseconds)


def _with_an_agent(doors: Doors, script: Ask) -> Asked:
    """By the agent's screen; after a cut the same is sent again under the same key."""
    client, key = doors.as_("reception"), uuid4().hex
    if script.cut_off:
        client.cut_off(REQUESTS, script.body(), key=key)
    answer = client.post(REQUESTS, script.body(), key=key)
    return _asked(script, str(answer.body["reference"]).replace("-", ""), answer.milliseconds, answer.replayed)


def _asked(script: Ask, reference: str, milliseconds: float, replayed: bool = False) -> Asked:
    where = place(script.commune)
    return Asked(script.hour, script.channel, where, script.situation, reference, None, milliseconds, replayed)


def place(code: str | None, otherwise: str = "") -> str:
    """The commune's name."""
    found = communes.find(code) if code else None
    return found.name if found else otherwise
