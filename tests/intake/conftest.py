"""Intake on a database of its own, asked over HTTP."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from chassis.database import Database
from chassis.service import Service
from contracts.envelope import Envelope, decode
from contracts.events import TerritoryPublished
from deploy.local.addresses import ServiceDatabase
from intake.app import compose
from intake.settings import IntakeSettings
from intake.territories import store
from tests.conftest import ServiceDatabaseFactory, emptied
from tests.identity import address, bearer, grant, provider

KEY = base64.b64encode(bytes(range(32))).decode()
SAINT_BRIEUC, SAINT_FLOUR = "22278", "15187"
TERRITORIES = {"saint-brieuc": (SAINT_BRIEUC, "22055"), "saint-flour": (SAINT_FLOUR,)}


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Intake:
    """The service, its HTTP application, and what a test looks at."""

    service: Service
    app: FastAPI
    database: ServiceDatabase
    address: str = field(default_factory=address)

    @property
    def worker(self) -> Database:
        return self.service.parts.worker

    @property
    def people(self) -> Database:
        return self.service.parts.app

    def client(self, subject: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A program that acts for `subject`, or for nobody."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://localhost:8080",
            headers={"X-Forwarded-For": self.address, **(bearer(subject) if subject else {}), **headers},
        )

    async def ask(self, body: dict[str, Any], subject: str | None = None, key: str | None = None) -> httpx.Response:
        """Submit a request, as an agent or as a resident."""
        path = "/intake/requests" if subject else "/intake/public/requests"
        async with self.client(subject) as client:
            return await client.post(path, json=body, headers={"Idempotency-Key": key or str(uuid4())})

    async def told(self, *types: str) -> list[Envelope]:
        """Events in the outbox, in order."""
        async with self.worker.transaction() as tx:
            rows = await tx.fetch("SELECT value FROM outbox ORDER BY position")
        events = [decode(row["value"]) for row in rows]
        return [event for event in events if not types or event.type in types]

    async def count(self, table: str) -> int:
        async with self.worker.transaction() as tx:
            return int(await tx.fetchval(f"SELECT count(*) FROM {table}"))


def settings_for(database: ServiceDatabase, **more: Any) -> IntakeSettings:
    values: dict[str, Any] = {
        "database_url": database.app_url,
        "worker_database_url": database.worker_url,
        "master_key": KEY,
        "cookie_key": KEY,
        "session_timeout_seconds": 6,
    }
    return IntakeSettings(**values | more)


@asynccontextmanager
async def opened(database: ServiceDatabase, **more: Any) -> AsyncIterator[Intake]:
    service = compose(settings_for(database, **more))
    await service.parts.open()
    await publish_territories(service.parts.worker)
    yield Intake(service, service.application(provider=provider()), database)
    await service.parts.close()


async def publish_territories(worker: Database) -> None:
    published = [
        TerritoryPublished(territory_id=name, name=name, communes=communes, valid_from=date(2020, 1, 1))
        for name, communes in TERRITORIES.items()
    ]
    async with worker.transaction() as tx:
        await store.keep_territories(tx, [(one, 1) for one in published])


@pytest.fixture(scope="module")
def intake_settings() -> dict[str, Any]:
    """Settings of the module's own."""
    return {}


@pytest.fixture(scope="session")
async def intake_database(kept_database: ServiceDatabaseFactory) -> ServiceDatabase:
    return await kept_database("intake")


@pytest.fixture(scope="session")
async def usual(intake_database: ServiceDatabase) -> AsyncIterator[Intake]:
    """One service for the run; `intake` empties it for each test."""
    async with opened(intake_database) as made:
        yield made


@pytest.fixture(scope="module")
async def running(usual: Intake, intake_settings: dict[str, Any]) -> AsyncIterator[Intake]:
    if not intake_settings:
        yield usual
        return
    async with opened(usual.database, **intake_settings) as made:
        yield made


@pytest.fixture
async def intake(running: Intake, rights_are_read_anew: None) -> Intake:
    """Intake that knows two territories and nobody, asked from an address of the test's own."""
    await emptied(running.database, "DELETE FROM communes WHERE code = '22999'")
    await publish_territories(running.worker)
    running.service.parts.now = now
    return Intake(running.service, running.app, running.database)


@pytest.fixture
async def reception(intake: Intake) -> str:
    """An agent at reception in Saint-Brieuc."""
    await grant(intake.worker, "accueil", [("reception", "saint-brieuc")])
    return "accueil"


@pytest.fixture
async def social_worker(intake: Intake) -> str:
    """A social worker in Saint-Brieuc."""
    await grant(intake.worker, "travailleuse-sociale", [("social_worker", "saint-brieuc")])
    return "travailleuse-sociale"


def resident(**changes: Any) -> dict[str, Any]:
    """A resident's request for herself."""
    person = {
        "given_name": "Camille",
        "family_name": "Exemple",
        "contact_points": [{"kind": "email", "value": "camille@example.org", "safe_to_write": True}],
    }
    body = {
        "commune": SAINT_BRIEUC,
        "themes": ["housing"],
        "summary": "Le bail se termine.",
        "requester": {"role": "self", "person": person},
    }
    return body | changes
