"""People at work: many requests at once over HTTP, each kept on asking until it is acknowledged."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.references import check_reference
from tests.system.platform import AGENT, COMMUNES, TERRITORY, Platform, Process

TAKEN_BACK = 10
"""One request in so many is withdrawn."""
CHANNELS = ("desk", "phone")
AT_ONCE = 24
GIVE_UP_AFTER = 240.0
AWAY = (409, 503)
"""Answers after which a client asks again: the same request is under way, or the database does not answer."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A 201 as its receiver kept it. `email` is where an acknowledgement must arrive, once.

    `withdrawn`: it was taken back afterwards, and that was acknowledged too.
    """

    number: int
    idempotency_key: str
    request_id: UUID
    reference: str
    email: str | None
    withdrawn: bool


def request_of(number: int, email: str | None) -> dict[str, Any]:
    """A sample request. Its requester is invented and known by a number alone."""
    point = {"kind": "email", "value": email, "safe_to_write": True}
    person = {"given_name": "Essai", "family_name": f"Exemple {number}", "contact_points": [point] if email else []}
    return {
        "commune": COMMUNES[TERRITORY][number % 3],
        "channel": CHANNELS[number % 2],
        "themes": ["housing"],
        "summary": f"Demande d'essai {number}",
        "requester": {"role": "self", "person": person},
    }


@dataclass
class Desk:
    """Agents who submit requests to one process of intake, and never give one up before its 201.

    Every `emails`-th requester leaves an address that is safe to write to (0: none does). Of the others some take
    their request back at once: their dossiers have two events whose order matters.
    """

    platform: Platform
    intake: Process
    emails: int = 4
    acknowledged: list[Acknowledged] = field(default_factory=list)
    tried_again: int = 0
    """Attempts that got no 201: the connection broke, or the service was away."""
    repeated: int = 0
    """Answers that were those of an earlier attempt: it had been stored, its answer lost."""
    _numbers: int = 0

    async def submit(self, count: int) -> list[Acknowledged]:
        """Submits `count` more requests, `AT_ONCE` at a time; returns when each has its 201."""
        numbers = iter(range(self._numbers, self._numbers + count))
        self._numbers += count
        before = len(self.acknowledged)
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        headers = self.platform.servers.issuer.bearer(AGENT)
        client = httpx.AsyncClient(headers=headers, limits=limits, timeout=GIVE_UP_AFTER)
        async with client, asyncio.TaskGroup() as agents:
            for _ in range(AT_ONCE):
                agents.create_task(self._work(client, numbers))
        return self.acknowledged[before:]

    async def _work(self, client: httpx.AsyncClient, numbers: Any) -> None:
        for number in numbers:
            email = f"essai-{number}@exemple.fr" if self.emails and number % self.emails == 0 else None
            self.acknowledged.append(await self._submit(client, number, email))

    async def _submit(self, client: httpx.AsyncClient, number: int, email: str | None) -> Acknowledged:
        """One request, with one key, until it is acknowledged."""
        key, body = str(uuid4()), request_of(number, email)
        given = (await self._insist(client, "", 201, json=body, headers={"Idempotency-Key": key})).json()
        withdrawn = not email and number % TAKEN_BACK == 1
        if withdrawn:
            await self._insist(client, f"/{given['request_id']}/withdraw", 204)
        reference = check_reference(given["reference"])
        return Acknowledged(number, key, UUID(given["request_id"]), reference, email, withdrawn)

    async def _insist(self, client: httpx.AsyncClient, path: str, status: int, **given: Any) -> httpx.Response:
        """Asks until the answer is `status`."""
        async with asyncio.timeout(GIVE_UP_AFTER):
            while (answer := await self._ask(client, path, status, **given)) is None:
                self.tried_again += 1
                await asyncio.sleep(0.05)
        self.repeated += answer.headers.get("idempotency-replayed") == "true"
        return answer

    async def _ask(self, client: httpx.AsyncClient, path: str, status: int, **given: Any) -> httpx.Response | None:
        """None when there was no answer, or the service said that it is away for the moment."""
        try:
            answer = await client.post(f"{self.intake.url}/intake/requests{path}", **given)
        except httpx.TransportError:
            return None
        if answer.status_code in AWAY:
            return None
        assert answer.status_code == status, f"refused: {answer.status_code} {answer.text[:300]}"
        return answer

    def until(self, count: int) -> Callable[[], Any]:
        """A condition for `Platform.until`: that many requests are acknowledged."""

        async def reached() -> bool:
            return len(self.acknowledged) >= count

        return reached
