"""Plays the day: each request is made by who would make it, through the door they would use."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID, uuid4

from contracts import communes
from deploy.demo.client import Answer, Client
from deploy.demo.partner import Line, Software
from deploy.demo.report import Asked
from deploy.demo.script import Ask, Letter
from deploy.local import oidc
from deploy.local.credentials import SAMPLE_PARTNER
from deploy.local.stack import Stack

BY_RESIDENTS, BY_AGENTS = "/intake/public/requests", "/intake/requests"


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
    at_home = script.channel == "web"
    client, path = (doors.anybody, BY_RESIDENTS) if at_home else (doors.as_("reception"), BY_AGENTS)
    key = uuid4().hex
    if script.cut_off:
        client.cut_off(path, script.body(), key=key)
    answer = client.post(path, script.body(), key=key)
    return _asked(script, answer)


def _asked(script: Ask, answer: Answer) -> Asked:
    return Asked(
        script.hour,
        script.channel,
        place(script.commune),
        script.situation,
        request_id=UUID(answer.body["request_id"]),
        answered_ms=answer.milliseconds,
        replayed=answer.replayed,
    )


def place(code: str | None, otherwise: str = "") -> str:
    """The commune's name."""
    found = communes.find(code) if code else None
    return found.name if found else otherwise


def play(doors: Doors, day: Iterable[Ask], show: Callable[[Ask], None]) -> list[Asked]:
    """Make every request of the day, in order."""
    made = []
    for script in day:
        show(script)
        made.append(ask(doors, script))
    return made


def partner_line(installation: Stack) -> Line:
    """How the sample partner reaches Kafka: under its own name, or none on a broker without users."""
    administration = installation.administration
    user = SAMPLE_PARTNER if administration.username is not None else None
    return Line(administration.bootstrap, user, installation.secrets.kafka_passwords[SAMPLE_PARTNER])


def send(
    software: Software, line: Line, letters: Iterable[Letter], *, run: str, unknown_commune: str, otherwise: str
) -> list[Asked]:
    """Send the partner's letters; `run` makes its references new. The malformed ones are no requests: not returned."""
    envelopes, asked = [], []
    counts: dict[str, int] = {}
    for letter in letters:
        number = counts[letter.file] = counts.get(letter.file, 0) + 1
        reference, now = f"{run}-{letter.file}", datetime.now(UTC)
        if letter.malformed:
            envelopes.append(software.malformed(reference, number, at=now))
            continue
        envelope = software.letter(reference, number, letter.body(unknown_commune), at=now)
        envelopes.append(envelope)
        where = place(letter.commune, otherwise)
        asked.append(Asked(letter.hour, "partner", where, letter.situation, letter_id=envelope.id))
    line.send(envelopes)
    return asked
