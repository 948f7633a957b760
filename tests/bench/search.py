"""The search over a hundred thousand offers and over a million: how long an answer takes.

Asked of the HTTP application inside this process by an agent, one search at a time: needs as people say them (the list
that may be looked at), for communes drawn by their inhabitants, with the conditions that agents add. How long offers
take to become findable, a thousand at a time as an import has them, is measured on the smaller set.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import accumulate
from random import Random
from statistics import quantiles
from typing import Any, Final

import httpx

from chassis.contents import ContentSettings
from chassis.observability import logs
from contracts import communes
from deploy.local.addresses import ServiceDatabase
from directory.app import compose
from tests import identity
from tests.bench.comparison import Limits
from tests.bench.ground import KEY, Ground, connected
from tests.bench.needs import OPEN, needs
from tests.bench.offers import fill, make_findable

SIZES: Final = {"100,000": (100_000, 30.0), "1,000,000": (1_000_000, 50.0)}
"""Offers, and the milliseconds an answer may take at the 95th percentile."""
SEARCHES: Final = 400
WARM_UP: Final = 40
SEED: Final = 8
_AGENT: Final = "accueil"
_WITH: Final[list[dict[str, Any]]] = [
    *[{}] * 8, {"age": 15}, {"age": 80}, {"within_km": 20}, {"open_within": 2}, {"free": True}, {"room": True},
    {"theme": "housing", "q": ""}, {"q": ""},
]  # fmt: skip
"""What is asked with a need, or instead of it."""


async def bench(ground: Ground, scale: float) -> Limits:
    """Both sizes, the smaller first."""
    logs.configure("directory", level="warning")
    figures, limits, notes = dict[str, float](), dict[str, float](), []
    for name, (offers, limit) in SIZES.items():
        count = max(1_000, int(offers * scale))
        async with ground.database("directory") as database:
            seconds = await _made(database, count, at_once=offers > min(size for size, _ in SIZES.values()))
            took = quantiles(await _searched(database), n=100, method="inclusive")
        figures |= {f"{name}: p50": took[49], f"{name}: p95": took[94], f"{name}: p99": took[98]}
        limits[f"{name}: p95"] = limit
        notes.append(f"{count} offers made findable in {seconds:.0f} s")
    return Limits("search", "ms", figures, limits, notes=notes)


async def _made(database: ServiceDatabase, count: int, *, at_once: bool) -> float:
    async with connected(database.admin_url) as admin:
        await fill(admin, count)
        began = time.perf_counter()
        await make_findable(admin, at_once=at_once)
        return time.perf_counter() - began


async def _searched(database: ServiceDatabase) -> list[float]:
    """Milliseconds of each search, but the first ones."""
    took = []
    async with _served(database) as client:
        for number, asked in enumerate(_asked()):
            began = time.perf_counter()
            answer = await client.get("/directory/offers", params=asked)
            answer.raise_for_status()
            if number >= WARM_UP:
                took.append(1000 * (time.perf_counter() - began))
    return took


def _asked() -> Iterator[dict[str, Any]]:
    drawn, texts = Random(SEED), [need.asked.text for need in needs(OPEN)]
    homes = [one for one in communes.every() if one.population and one.part_of is None]
    until = list(accumulate(one.population for one in homes))
    for home in drawn.choices(homes, cum_weights=until, k=SEARCHES + WARM_UP):
        yield {"q": drawn.choice(texts), "commune": home.code, "limit": 20} | drawn.choice(_WITH)


@asynccontextmanager
async def _served(database: ServiceDatabase) -> AsyncIterator[httpx.AsyncClient]:
    settings = ContentSettings(
        database_url=database.app_url,
        worker_database_url=database.worker_url,
        master_key=KEY,
        cookie_key=KEY,
        oidc_issuer=identity.ISSUER,
    )
    service = compose(settings)
    await service.parts.open()
    await identity.grant(service.parts.worker, _AGENT, [("reception", "*")], None)
    transport = httpx.ASGITransport(service.application(provider=identity.provider()))
    headers = identity.bearer(_AGENT)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        yield client
    await service.parts.close()
