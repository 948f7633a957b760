"""Every list an agent opens, on a million dossiers: how long it takes to open, at its beginning and far behind.

Asked of the HTTP application inside this process, by agents of each role as the directory grants them: the database is
the application's, under its row-level security. A page as a browser gets it, names opened. One request at a time.
"""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import md5
from statistics import quantiles
from typing import Final
from uuid import UUID

import httpx

from cases.app import compose
from cases.settings import CasesSettings
from chassis.observability import logs
from chassis.service import Service
from deploy.local.addresses import ServiceDatabase
from tests import identity
from tests.bench.comparison import Limits
from tests.bench.dossiers import LARGEST, fill
from tests.bench.ground import KEY, Ground, connected

DOSSIERS: Final = 1_000_000
TIMES: Final = 60
SECONDS: Final = 10.0
"""A list that is slow is opened less often: that long, but for the first times."""
LIMIT: Final = 50.0
"""Milliseconds, at the 95th percentile."""
_TODAY: Final = date.today()  # noqa: DTZ011 - the day of the machine will do
_LATER: Final = f"{int((datetime.now(UTC) - timedelta(days=900)).timestamp() * 1e6)}.{UUID(int=0)}"
_HALFWAY: Final = UUID("80000000-0000-4000-8000-000000000000")
_DOSSIERS: Final = {
    "dossiers": "/cases",
    "dossiers, far": f"/cases?after={_LATER}",
    "dossiers closed": "/cases?status=closed",
    "dossiers closed, far": f"/cases?status=closed&after={_LATER}",
}
_OWN: Final = {
    "tasks": "/cases/tasks",
    "tasks, far": f"/cases/tasks?after={_TODAY + timedelta(days=30)}.{_HALFWAY}",
    "agenda": "/cases/appointments",
    "today": "/cases/today",
}
_RECEIVED: Final = {
    "orientations": "/cases/orientations",
    "orientations, far": f"/cases/orientations?after={_HALFWAY}",
    "shares": "/cases/shared",
}
_REFERENT: Final = UUID(md5(b"social_worker0", usedforsecurity=False).hexdigest())
_MANAGED: Final = {
    "today": "/cases/today",
    "absences": "/cases/absences",
    "team": f"/cases/team?territory={LARGEST}",
    "team, a referent's dossiers": f"/cases/team?territory={LARGEST}&referent={_REFERENT}",
}


@dataclass(frozen=True)
class Reader:
    """Agents who open the same lists: name of the list → its address."""

    subjects: Sequence[str]
    lists: Mapping[str, str]


def _several(role: str, numbers: Sequence[int]) -> list[str]:
    return [f"{role}-{number}" for number in numbers]


READERS: Final = {
    "reception": Reader(_several("reception", range(10)), _DOSSIERS),
    "social worker": Reader(_several("social_worker", range(10)), _DOSSIERS | _OWN | _RECEIVED),
    "coordinator": Reader(_several("coordinator", range(10)), _DOSSIERS | _OWN),
    "manager of the largest territory": Reader(_several("manager", range(1, 11)), _DOSSIERS | _RECEIVED | _MANAGED),
    "manager of all": Reader(["manager-0"], _DOSSIERS | _MANAGED),
    "cell": Reader(_several("cell", range(5)), _DOSSIERS),
}


async def bench(ground: Ground, scale: float) -> Limits:
    """Every list of every reader."""
    logs.configure("cases", level="warning")
    dossiers = max(1_000, int(DOSSIERS * scale))
    figures: dict[str, float] = {}
    async with ground.database("cases") as database, _served(database) as (service, client):
        async with connected(database.admin_url) as admin:
            began = time.perf_counter()
            await fill(admin, dossiers, service.parts.keyring.master)
            filled = time.perf_counter() - began
        for name, reader in READERS.items():
            for of, address in reader.lists.items():
                took = await _opened(client, reader.subjects, address)
                figures |= {f"{name}: {of}, p50": took[49], f"{name}: {of}, p95": took[94]}
    limits = {name: LIMIT for name in figures if name.endswith("p95")}
    note = f"{dossiers} dossiers made in {filled:.0f} s; each list opened {TIMES} times, less often what takes long"
    return Limits("worklist", "ms", figures, limits, notes=[note])


@asynccontextmanager
async def _served(database: ServiceDatabase) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    settings = CasesSettings(
        database_url=database.app_url,
        worker_database_url=database.worker_url,
        master_key=KEY,
        cookie_key=KEY,
        oidc_issuer=identity.ISSUER,
    )
    service = compose(settings)
    await service.parts.open()
    transport = httpx.ASGITransport(service.application(provider=identity.provider()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield service, client
    await service.parts.close()


async def _opened(client: httpx.AsyncClient, subjects: Sequence[str], address: str) -> list[float]:
    """Percentiles of the milliseconds an answer took, readers taking turns, after one each that does not count."""
    headers = [identity.bearer(one) | {"Accept": "text/html"} for one in subjects]
    for one in headers:
        await _milliseconds(client, address, one)
    took: list[float] = []
    while len(took) < TIMES and (len(took) < max(2, len(headers)) or sum(took) < SECONDS * 1000):
        took.append(await _milliseconds(client, address, headers[len(took) % len(headers)]))
    return quantiles(took, n=100, method="inclusive")


async def _milliseconds(client: httpx.AsyncClient, address: str, headers: Mapping[str, str]) -> float:
    began = time.perf_counter()
    answer = await client.get(address, headers=headers)
    answer.raise_for_status()
    return 1000 * (time.perf_counter() - began)
