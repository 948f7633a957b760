"""Whether the database is away is one question, whoever asks it."""

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from chassis.database import is_away
from chassis.web import problems
from tests.chassis.conftest import Side, SideFactory


@pytest.fixture
async def service(side: SideFactory) -> Side:
    return await side("cases")


async def test_a_value_the_client_refuses_is_no_outage(service: Side) -> None:
    async with service.worker.transaction() as tx:
        with pytest.raises(asyncpg.DataError) as refused:
            await tx.fetchval("SELECT $1::bigint", 2**70)
    assert not is_away(refused.value)
    assert not is_away(asyncpg.exceptions.ClientConfigurationError("an address that is none"))


async def test_a_connection_that_is_lost_is_an_outage(service: Side) -> None:
    with pytest.raises(Exception) as lost:  # noqa: PT011 - what it is, is the question
        async with service.worker.transaction() as tx:
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert is_away(lost.value)


@pytest.mark.parametrize(
    ("raised", "status", "slug"),
    [
        ("number", 422, "invalid"),
        (asyncpg.DeadlockDetectedError("Madame Exemple"), 503, "unavailable"),
        (asyncpg.SerializationError("Madame Exemple"), 503, "unavailable"),
        (asyncpg.InterfaceError("connection is closed"), 503, "unavailable"),
    ],
    ids=["a number beyond 64 bits", "deadlock", "serialization", "lost"],
)
async def test_what_a_request_is_answered(service: Side, raised: Exception | str, status: int, slug: str) -> None:
    app = FastAPI()
    problems.install(app, {})

    @app.get("/")
    async def fails() -> None:
        if isinstance(raised, Exception):
            raise raised
        async with service.app.transaction() as tx:
            await tx.fetchval("SELECT $1::bigint", 2**70)

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://maillage.test") as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:maillage:problem:{slug}")
    assert "Madame" not in answer.text
