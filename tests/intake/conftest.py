"""Intake on a database of its own, asked over HTTP."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import asyncpg
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
from tests.identity import bearer, grant, provider

KEY = base64.b64encode(bytes(range(32))).decode()
SAINT_BRIEUC, SAINT_FLOUR = "22278", "15187"
TERRITORIES = {"saint-brieuc": (SAINT_BRIEUC, "22055"), "saint-flour": (SAINT_FLOUR,)}


@dataclass
class Intake:
    """The service, its HTTP application, and what a test looks at."""

    service: Service
    app: FastAPI
    database: ServiceDatabase

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
            headers={**(bearer(subject) if subject else {}), **headers},
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
async def intake_database(module_database: Any) -> ServiceDatabase:
    """A database for the tests of a module."""
    made: ServiceDatabase = await module_database("intake")
    return made


async def emptied(database: ServiceDatabase) -> ServiceDatabase:
    """The database as its migrations left it."""
    admin = await asyncpg.connect(database.admin_url)
    try:
        tables = await admin.fetchval(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename NOT IN ('communes', 'alembic_version')"
        )
        await admin.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE; DELETE FROM communes WHERE code = '22999'")
    finally:
        await admin.close()
    return database


@pytest.fixture
async def intake(intake_database: ServiceDatabase) -> AsyncIterator[Intake]:
    async with opened(await emptied(intake_database)) as made:
        yield made


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
