"""Suspected duplicates over HTTP: found after a request, decided by who may, undone for a time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from chassis.handlers import Received
from contracts.envelope import parse
from intake.duplicates.handlers import duplicate_handlers
from tests.identity import grant
from tests.intake.conftest import SAINT_BRIEUC, Intake, resident

OURS, THEIRS = UUID(int=1), UUID(int=2)
WHY = {"because": "Même personne au téléphone."}


def person(**changes: Any) -> dict[str, Any]:
    """Somebody plainly invented."""
    phone = {"kind": "phone", "value": "0639980102", "safe_to_write": True}
    return {
        "given_name": "Camille",
        "family_name": "Exemple",
        "birth_date": "1987-03-12",
        "contact_points": [phone],
    } | changes


def asking(commune: str = SAINT_BRIEUC, **changes: Any) -> dict[str, Any]:
    return resident(commune=commune, requester={"role": "self", "person": person(**changes)})


@dataclass
class Desk:
    """Intake with agents of two organisations, and what a test asks of it."""

    intake: Intake

    async def agent(self, name: str, *roles: tuple[str, str], organisation: UUID = OURS) -> str:
        await grant(self.intake.worker, name, roles, organisation_id=organisation)
        return name

    async def take(self, by: str | None, commune: str = SAINT_BRIEUC, **changes: Any) -> dict[str, Any]:
        """A request is taken in, and what the consumer does of it done."""
        body = asking(commune, **changes) | ({"channel": "desk"} if by else {})
        answer = await self.intake.ask(body, by)
        assert answer.status_code == 201, answer.text
        await self.consume()
        made: dict[str, Any] = answer.json()
        return made

    async def consume(self) -> None:
        """Handle people told so far, as the consumer does; told again, they change nothing."""
        handlers = duplicate_handlers()
        received = [Received(one, parse(one)) for one in await self.intake.told("PersonRecorded", "PersonChanged")]
        async with self.intake.worker.transaction() as tx:
            await handlers.subscription(received[0].envelope).handler(tx, received)

    async def get(self, path: str, by: str) -> httpx.Response:
        async with self.intake.client(by) as client:
            return await client.get(f"/intake{path}")

    async def waiting(self, by: str) -> list[dict[str, Any]]:
        answer = await self.get("/duplicates", by)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def decide(
        self, by: str, suspicion: dict[str, Any], what: str, version: int | None = None, **body: Any
    ) -> httpx.Response:
        headers = {"If-Match": f'"{version or suspicion["version"]}"'}
        async with self.intake.client(by) as client:
            path = f"/intake/duplicates/{suspicion['suspicion_id']}/{what}"
            return await client.post(path, json=WHY | body, headers=headers)


@pytest.fixture
async def desk(intake: Intake) -> AsyncIterator[Desk]:
    return Desk(intake)


@pytest.fixture
async def twice(desk: Desk) -> tuple[str, dict[str, Any]]:
    """Somebody who called, then came to the desk of the same organisation: the agent, and the suspicion."""
    agent = await desk.agent("accueil", ("reception", "saint-brieuc"))
    await desk.take(agent)
    await desk.take(agent, given_name="Camile", birth_date="1987-03-13")
    [found] = await desk.waiting(agent)
    return agent, found


async def test_whoever_asks_twice_is_found_and_shown_side_by_side(
    desk: Desk, twice: tuple[str, dict[str, Any]]
) -> None:
    agent, found = twice
    assert found["reasons"] == ["même téléphone", "nom proche", "même date de naissance à un chiffre près"]
    shown = await desk.get(f"/duplicates/{found['suspicion_id']}", agent)
    assert shown.headers["etag"] == '"1"'
    assert [one["given_name"] for one in shown.json()["people"]] == ["Camille", "Camile"]
    assert [len(one["requests"]) for one in shown.json()["people"]] == [1, 1]
    assert shown.json()["people"][0]["contact_points"][0]["value"] == "+33639980102"
