"""The small service, and who talks to it."""

import sys
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from chassis.observability import logs
from tests.chassis.web.sample import Issuer, sample_app


@pytest.fixture(scope="session", autouse=True)
def safe_logs() -> None:
    """Logs as in production: structlog's own default would print every local variable of an error."""
    logs.configure("tests", stream=sys.stderr)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def app(issuer: Issuer) -> FastAPI:
    return sample_app(issuer)


@pytest.fixture
async def client(app: FastAPI, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    """A program that acts for an agent."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {issuer.token()}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://maillage.test", headers=headers) as made:
        yield made


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A program nobody knows."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://maillage.test") as made:
        yield made
