"""The directory as its processes have it: its database, its application, agents with grants."""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from chassis.contents import ContentSettings
from chassis.service import Service
from contracts.envelope import Envelope, decode
from deploy.local.addresses import ServiceDatabase
from deploy.local.testing import Broker
from directory.app import compose
from tests import identity
from tests.conftest import ServiceDatabaseFactory, emptied

KEY = base64.b64encode(bytes(32)).decode()
OPERATOR = "exploitation"


def settings_for(database: ServiceDatabase, **more: Any) -> ContentSettings:
    values: dict[str, Any] = {
        "database_url": database.app_url,
        "worker_database_url": database.worker_url,
        "master_key": KEY,
        "cookie_key": KEY,
        "public_url": "http://localhost",
        "oidc_issuer": identity.ISSUER,
        "documents_url": "memory:///",
    }
    return ContentSettings(**values | more)


@dataclass
class Directory:
    """A running directory and ways to ask it."""

    service: Service
    app: FastAPI
    admin_url: str
    http: httpx.AsyncClient
    _given: dict[str, int] = field(default_factory=dict)

    async def grant(self, subject: str, *grants: tuple[str, str], organisation_id: UUID | None = None) -> UUID:
        return await identity.grant(self.service.parts.worker, subject, grants, organisation_id)

    async def ask(self, method: str, path: str, by: str | None = OPERATOR, **more: Any) -> httpx.Response:
        headers = more.pop("headers", {}) | (identity.bearer(by) if by else {})
        return await self.http.request(method, path, headers=headers, **more)

    async def post(self, path: str, body: Any, by: str | None = OPERATOR, key: str | None = None) -> httpx.Response:
        return await self.ask("POST", path, by, json=body, headers={"Idempotency-Key": key or str(uuid4())})

    async def put(self, path: str, body: Any, version: int, by: str | None = OPERATOR) -> httpx.Response:
        return await self.ask("PUT", path, by, json=body, headers={"If-Match": f'"{version}"'})

    async def delete(self, path: str, version: int, by: str | None = OPERATOR) -> httpx.Response:
        return await self.ask("DELETE", path, by, headers={"If-Match": f'"{version}"'})

    async def outbox(self) -> list[Envelope]:
        """What waits to be told, in order."""
        async with self.service.parts.worker.transaction() as tx:
            return [decode(row["value"]) for row in await tx.fetch("SELECT value FROM outbox ORDER BY position")]

    async def told(self, *types: str) -> list[tuple[str, int]]:
        """(type, sequence) of the events of these types that wait to be told."""
        return [(one.type, one.sequence) for one in await self.outbox() if one.type in types]


async def directory_on(database: ServiceDatabase, **settings: Any) -> AsyncIterator[Directory]:
    """The service on that database, with an operator."""
    service = compose(settings_for(database, **settings))
    await service.parts.open()
    async with asked(service, service.application(provider=identity.provider()), database) as directory:
        yield directory
    await service.parts.close()


@asynccontextmanager
async def asked(service: Service, app: FastAPI, database: ServiceDatabase) -> AsyncIterator[Directory]:
    """Ways to ask it, from an address of the test's own."""
    transport, headers = httpx.ASGITransport(app), {"X-Forwarded-For": identity.address()}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as http:
        directory = Directory(service, app, database.admin_url, http)
        await directory.grant(OPERATOR, ("operator", "*"))
        yield directory


_WORDS_KEPT = "CREATE SCHEMA kept; CREATE TABLE kept.search_words AS TABLE search_words"
_WORDS_AGAIN = (
    """DELETE FROM search_words AS now WHERE NOT EXISTS (
           SELECT FROM kept.search_words AS kept WHERE kept.word = now.word AND kept IS NOT DISTINCT FROM now)""",
    "INSERT INTO search_words SELECT * FROM kept.search_words EXCEPT SELECT * FROM search_words",
)
"""The words that migrations bring, and to which searches add."""


@pytest.fixture(scope="session")
async def shared(kept_database: ServiceDatabaseFactory) -> AsyncIterator[tuple[Service, FastAPI, ServiceDatabase]]:
    """One service for the run; `directory` empties it for each test."""
    database = await kept_database("directory")
    connection = await asyncpg.connect(database.admin_url)
    await connection.execute(_WORDS_KEPT)
    await connection.close()
    service = compose(settings_for(database))
    await service.parts.open()
    yield service, service.application(provider=identity.provider()), database
    await service.parts.close()


@pytest.fixture
async def directory(
    shared: tuple[Service, FastAPI, ServiceDatabase], rights_are_read_anew: None
) -> AsyncIterator[Directory]:
    service, app, database = shared
    await emptied(database, *_WORDS_AGAIN)
    service.parts.now = lambda: datetime.now(UTC)
    async with asked(service, app, database) as made:
        yield made


@pytest.fixture
async def connected(service_database: ServiceDatabaseFactory, kafka: Broker, topics: str) -> AsyncIterator[Directory]:
    """A directory that reaches the broker."""
    async for one in directory_on(await service_database("directory"), **broker_settings(kafka, topics, "directory")):
        yield one


def broker_settings(kafka: Broker, topics: str, user: str) -> dict[str, Any]:
    return {"topic_prefix": topics, "session_timeout_seconds": 6, **kafka.settings(user)}


def territory(
    territory_id: str = "saint-brieuc", communes: Sequence[str] = ("22278", "22187"), **more: Any
) -> dict[str, Any]:
    return {
        "territory_id": territory_id, "name": "Saint-Brieuc Armor",
        "communes": list(communes), "valid_from": "2026-01-01",
    } | more  # fmt: skip


def organisation(**more: Any) -> dict[str, Any]:
    return {"name": "Association Exemple", "kind": "association", "territory_ids": ["saint-brieuc"]} | more


def site(**more: Any) -> dict[str, Any]:
    return {"name": "Maison de l’Exemple", "address": "1 place de l’Exemple", "commune": "22278"} | more


def offer(organisation_id: str, **more: Any) -> dict[str, Any]:
    usual = {"name": "Permanence logement", "themes": ["logement-hebergement"], "territory_ids": ["saint-brieuc"]}
    return usual | {"organisation_id": organisation_id} | more


def agent(organisation_id: str, subject: str = "accueil", **more: Any) -> dict[str, Any]:
    usual = {
        "name": "Camille Exemple",
        "email": "camille@maillage.example",
        "grants": [{"role": "reception", "territory_id": "saint-brieuc"}],
    }
    return {"subject": subject, "organisation_id": organisation_id} | usual | more
