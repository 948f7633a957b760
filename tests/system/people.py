"""People who use the platform over HTTP: an agent with a token, a resident without one."""

from typing import Any
from uuid import uuid4

import httpx

from tests.system.platform import Platform, Process


class Person:
    """Somebody who speaks to services; an empty `subject` is a resident, who has no account."""

    def __init__(self, platform: Platform, subject: str = "") -> None:
        self._platform = platform
        self._headers = platform.servers.issuer.bearer(subject) if subject else {}

    async def ask(self, process: Process, method: str, path: str, **given: Any) -> httpx.Response:
        """Any request at all; `given` as httpx takes it."""
        headers = {"Accept": "application/json", **self._headers, **given.pop("headers", {})}
        return await self._platform.http.request(method, process.url + path, headers=headers, **given)

    async def get(self, process: Process, path: str) -> dict[str, Any]:
        return self._body(await self.ask(process, "GET", path))

    async def create(self, process: Process, path: str, body: Any) -> dict[str, Any]:
        """A POST that creates, under a new key."""
        return self._body(await self.ask(process, "POST", path, json=body, headers={"Idempotency-Key": str(uuid4())}))

    async def change(
        self, process: Process, path: str, body: Any, version: int, *, method: str = "POST"
    ) -> dict[str, Any]:
        """An edit of what was last seen in that version."""
        return self._body(await self.ask(process, method, path, json=body, headers={"If-Match": f'"{version}"'}))

    async def may(self, process: Process, path: str) -> bool:
        """Whether a page of the service opens: the grants have arrived there."""
        return (await self.ask(process, "GET", path)).status_code == 200

    def _body(self, answer: httpx.Response) -> dict[str, Any]:
        asked = f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:600]}"
        assert answer.is_success, f"{asked}; logged: {self._platform.complaints()}"
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found
