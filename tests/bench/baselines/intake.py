"""A service as one would write it by hand: FastAPI, asyncpg, two inserts in a transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

TABLES = """
CREATE TABLE person (
    person_id uuid PRIMARY KEY,
    given_name text,
    family_name text,
    email text
);
CREATE TABLE request (
    request_id uuid PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    person_id uuid REFERENCES person,
    commune text NOT NULL,
    themes text[] NOT NULL,
    summary text,
    received_at timestamptz NOT NULL DEFAULT now(),
    promised_on date NOT NULL
)
"""
POOL = 10


class ContactPoint(BaseModel):
    kind: str
    value: str
    safe_to_write: bool = False


class Person(BaseModel):
    given_name: str | None = None
    family_name: str | None = None
    contact_points: list[ContactPoint] = []


class Requester(BaseModel):
    role: str = "self"
    person: Person | None = None


class NewRequest(BaseModel):
    commune: str
    themes: list[str]
    summary: str = ""
    requester: Requester


class Created(BaseModel):
    request_id: UUID
    reference: str
    promised_on: date


async def run(database_url: str, port: int) -> None:
    """Serves until it is stopped."""
    config = uvicorn.Config(application(database_url), host="127.0.0.1", port=port, log_config=None, access_log=False)
    await uvicorn.Server(config).serve()


def application(database_url: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database_url, max_size=POOL) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/requests", status_code=201)
    async def create(asked: NewRequest) -> Created:
        pool: Any = app.state.pool
        person_id, person = uuid4(), asked.requester.person or Person()
        promised = datetime.now(UTC).date() + timedelta(3)
        made = Created(request_id=uuid4(), reference=uuid4().hex[:12], promised_on=promised)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO person (person_id, given_name, family_name, email) VALUES ($1, $2, $3, $4)",
                person_id,
                person.given_name,
                person.family_name,
                next((point.value for point in person.contact_points if point.kind == "email"), None),
            )
            await connection.execute(
                """INSERT INTO request (request_id, reference, person_id, commune, themes, summary, promised_on)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)""",
                made.request_id,
                made.reference,
                person_id,
                asked.commune,
                asked.themes,
                asked.summary,
                made.promised_on,
            )
        return made

    return app
