"""Plays the day: each request is made by who would make it, through the door they would use."""

from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode
from uuid import uuid4

from contracts import communes
from deploy.demo.client import Answer, Client
from deploy.demo.report import Asked
from deploy.demo.script import Ask
from deploy.demo.visitor import Visitor
from deploy.local import oidc
from deploy.local.stack import Stack

REQUESTS, DRAFTS = "/intake/requests", "/intake/drafts"


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
        secrets = self.installation.secrets
        issuer, client_secret = self.installation.issuer, secrets.oidc_client_secret
        return oidc.token(issuer, client_secret, user_name(role), secrets.demo_password)


def user_name(role: str) -> str:
    """Of the sample account that holds this role."""
    return next(account.user_name for account in oidc.ACCOUNTS if account.role == role)


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
    """By the agent's screen."""
    answer = _resumed(doors, script) if script.cut_off else doors.as_("reception").post(REQUESTS, script.body())
    return _asked(script, str(answer.body["reference"]).replace("-", ""), answer.milliseconds)


def _resumed(doors: Doors, script: Ask) -> Answer:
    """The screen has kept what was said before the line was cut; a colleague of the same place completes it."""
    whole, draft = script.body(), f"{DRAFTS}/{uuid4()}"
    begun = {name: whole[name] for name in ("channel", "place", "commune", "summary")}
    doors.as_("reception").put(draft, {"request": begun}, version=None)
    colleague, here = doors.as_("social_worker"), urlencode({"place": whole["place"]})
    found = colleague.get(draft, place=whole["place"])
    kept = colleague.put(f"{draft}?{here}", {"request": found.body["request"] | whole}, version=found.etag)
    return colleague.post(f"{draft}/submission?{here}", {}, version=kept.etag)


def _asked(script: Ask, reference: str, milliseconds: float) -> Asked:
    where, resumed = place(script.commune), script.cut_off
    return Asked(script.hour, script.channel, where, script.situation, reference, None, milliseconds, resumed)


def place(code: str | None, otherwise: str = "") -> str:
    """The commune's name."""
    found = communes.find(code) if code else None
    return found.name if found else otherwise
