"""The same key creates once, whatever happens, on the real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Form, Request
from starlette.responses import HTMLResponse, Response

from chassis.actor import PUBLIC
from chassis.database import Database, Transaction
from chassis.web.app import create_app
from chassis.web.idempotency import (
    REMEMBER,
    Answer,
    Idempotency,
    IdempotencyKey,
    KeyTaken,
    as_response,
    once,
    purge,
    recall,
    remember,
)
from chassis.web.pages import render
from chassis.web.problems import Problem
from chassis.web.rates import Rate
from tests.chassis.web.sample import AT, TEMPLATES, EndingsInMemory, browser, database_answers, grants, sample_settings
from tests.chassis.web.test_identity import token_in
from tests.conftest import ServiceDatabaseFactory

HASH = bytes(32)


@pytest.fixture
async def database(service_database: ServiceDatabaseFactory) -> AsyncIterator[Database]:
    made = await service_database("intake")
    database = Database(made.app_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def worker(service_database: ServiceDatabaseFactory) -> AsyncIterator[Database]:
    made = await service_database("intake")
    database = Database(made.worker_url)
    await database.open()
    yield database
    await database.close()


def creating(database: Database, made: list[str], gate: asyncio.Event | None = None) -> APIRouter:
    router = APIRouter()

    async def create(tx: Transaction) -> Answer:
        made.append("one")
        if gate is not None:
            await gate.wait()
        return Answer(201, {"number": len(made)})

    async def answer(key: IdempotencyKey) -> Response:
        return as_response(await once(lambda: database.transaction(PUBLIC), key, create))

    @router.post("/things")
    async def thing(key: Idempotency, content: dict[str, Any]) -> Response:
        return await answer(key)

    @router.get("/form")
    async def form(request: Request) -> HTMLResponse:
        return render(request, "sample/demo.html", errors={}, received_at=AT)

    @router.post("/form")
    async def posted(key: Idempotency, name: Annotated[str, Form()]) -> Response:
        return await answer(key)

    return router


def app_of(router: APIRouter, **options: Any) -> FastAPI:
    return create_app(
        "sample",
        sample_settings(oidc_issuer=""),
        [router],
        anonymous=["POST /things", "GET /form", "POST /form"],
        grants=grants,
        endings=EndingsInMemory(),
        readiness=database_answers,
        writes=Rate(1000, 1000),
        **options,
    )


async def test_the_same_again_gets_the_same_answer(database: Database) -> None:
    made: list[str] = []
    async with browser(app_of(creating(database, made))) as client:
        headers = {"idempotency-key": "first-key-1", "accept": "application/json"}
        first = await client.post("/things", json={"a": 1}, headers=headers)
        again = await client.post("/things", json={"a": 1}, headers=headers)
        other_body = await client.post("/things", json={"a": 2}, headers=headers)
        quoted = await client.post("/things", json={"a": 1}, headers=headers | {"idempotency-key": '"first-key-1"'})
        other_key = await client.post("/things", json={"a": 1}, headers=headers | {"idempotency-key": "other-key-1"})
    assert (first.status_code, first.json()) == (201, {"number": 1})
    assert "idempotency-replayed" not in first.headers
    assert (again.status_code, again.json(), again.headers["idempotency-replayed"]) == (201, {"number": 1}, "true")
    assert quoted.json() == {"number": 1}
    assert other_body.json()["type"] == "urn:maillage:problem:idempotency-mismatch"
    assert other_key.json() == {"number": 2}


@pytest.mark.parametrize("key", [None, "short", "with space in it", "é" * 10, "x" * 129])
async def test_a_key_is_needed(database: Database, key: str | None) -> None:
    async with browser(app_of(creating(database, []))) as client:
        headers = httpx.Headers({"accept": "application/json"}, encoding="utf-8")
        if key is not None:
            headers["idempotency-key"] = key
        answer = await client.post("/things", json={}, headers=headers)
    assert answer.status_code == 400


async def test_two_at_once_create_one(database: Database) -> None:
    made: list[str] = []
    gate = asyncio.Event()
    async with browser(app_of(creating(database, made, gate))) as client:
        headers = {"idempotency-key": "both-at-once", "accept": "application/json"}
        both = [asyncio.create_task(client.post("/things", json={}, headers=headers)) for _ in range(2)]
        while len(made) < 2:
            await asyncio.sleep(0)
        gate.set()
        first, second = await asyncio.gather(*both)
    assert first.json() == second.json()
    assert [one.headers.get("idempotency-replayed") for one in (first, second)].count("true") == 1
    async with database.transaction(PUBLIC) as tx:
        assert await tx.fetchval("SELECT count(*) FROM idempotency_keys") == 1


async def test_a_form_sent_twice_creates_once(database: Database) -> None:
    made: list[str] = []
    router = creating(database, made)
    app = app_of(router, templates=[TEMPLATES])
    async with browser(app) as client:
        form = {"csrf_token": token_in(await client.get("/form")), "idempotency_key": "form-key-1", "name": "A"}
        first = await client.post("/form", data=form)
        again = await client.post("/form", data=form)
        changed = await client.post("/form", data=form | {"name": "B"})
    assert first.json() == again.json() == {"number": 1}
    assert changed.status_code == 422
    assert made == ["one"]


def transaction(database: Database) -> AbstractAsyncContextManager[Transaction]:
    return database.transaction(PUBLIC)


async def test_nothing_is_remembered_of_what_failed(database: Database) -> None:
    key = IdempotencyKey("open", "failing-key", HASH)

    async def fail(tx: Transaction) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await once(lambda: transaction(database), key, fail)
    async with transaction(database) as tx:
        assert await recall(tx, key) is None


async def test_keys_of_two_actors_do_not_meet(database: Database) -> None:
    async with transaction(database) as tx:
        await remember(tx, IdempotencyKey("actor:a", "the-same-key", HASH), Answer(201, {"of": "a"}))
        await remember(tx, IdempotencyKey("actor:b", "the-same-key", HASH), Answer(201, {"of": "b"}))
        with pytest.raises(KeyTaken):
            await remember(tx, IdempotencyKey("actor:b", "the-same-key", HASH), Answer(201, {}))
        assert await recall(tx, IdempotencyKey("actor:a", "the-same-key", HASH)) == Answer(201, {"of": "a"}, True)
        with pytest.raises(Problem):
            await recall(tx, IdempotencyKey("actor:a", "the-same-key", b"x" * 32))


async def test_a_key_may_serve_again_after_48_hours(worker: Database) -> None:
    key = IdempotencyKey("open", "ancient-key", HASH)
    async with worker.transaction() as tx:
        await remember(tx, key, Answer(201, {"old": True}))
        await tx.execute("UPDATE idempotency_keys SET created_at = now() - interval '49 hours'")
        assert await recall(tx, key) is None
        await remember(tx, key, Answer(201, {"old": False}))
        assert await recall(tx, key) == Answer(201, {"old": False}, True)
        assert await purge(tx) == 0
        await tx.execute("UPDATE idempotency_keys SET created_at = now() - interval '49 hours'")
        assert await purge(tx) == 1


async def test_one_statement_can_take_the_key_and_create(database: Database) -> None:
    statement = f"WITH taken AS ({REMEMBER}) SELECT count(*) FROM taken"
    async with transaction(database) as tx:
        counts = [await tx.fetchval(statement, "open", "one-statement", HASH, 201, {}) for _ in range(2)]
    assert counts == [1, 0]


async def test_the_table_tells_nothing_of_the_body(database: Database) -> None:
    async with browser(app_of(creating(database, []))) as client:
        headers = {"idempotency-key": "private-key", "accept": "application/json"}
        response: httpx.Response = await client.post("/things", json={"name": "Camille Exemple"}, headers=headers)
    assert response.status_code == 201
    async with transaction(database) as tx:
        row = await tx.fetchrow("SELECT * FROM idempotency_keys")
    assert row is not None
    assert "Camille" not in str(dict(row))
