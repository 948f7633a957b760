"""What leaves a directory of a hundred thousand offers for others: how long it takes, and how much memory.

Asked of the HTTP application inside this process by a stranger, what is given being counted and thrown away. Memory is
that of the process while it gives, above what it had before. A harvest of nothing new is asked for with the `ETag` of
the one before, then by date.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from chassis.contents import ContentSettings
from chassis.observability import logs
from deploy.local.addresses import ServiceDatabase
from directory.app import compose
from tests.bench.comparison import Limits
from tests.bench.ground import KEY, Ground, connected
from tests.bench.memory import MEBIBYTE
from tests.bench.offers import fill, make_findable

OFFERS: Final = 100_000
FLAT: Final = 48.0
"""Mebibytes a download may take, however long it is."""
WAIT: Final = 250.0
"""Milliseconds a page may take, however far, and news of nothing new."""
_SIZE: Final = 100
_FORMS: Final = ("csv", "geojson", "xlsx")
_SERVICES: Final = "/directory/hsds/services"


@dataclass(frozen=True)
class Given:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    length: int
    seconds: float
    grown: float


async def bench(ground: Ground, scale: float) -> Limits:
    """Downloads first, then pages."""
    logs.configure("directory", level="warning")
    count = max(1_000, int(OFFERS * scale))
    async with ground.database("directory") as database:
        async with connected(database.admin_url) as admin:
            await fill(admin, count)
            await make_findable(admin)
            await admin.execute("VACUUM ANALYZE offers, organisations, sites")
        async with _served(database) as app:
            figures = await _downloads(app) | await _pages(app, count)
    limits = {name: FLAT if name.endswith("MiB") else WAIT for name in figures if not name.endswith("s whole")}
    return Limits("outward", "ms, s, MiB", figures, limits, notes=[f"{count} offers"])


async def _downloads(app: FastAPI) -> dict[str, float]:
    await _given(app, "/directory/public/offers.csv", "q=loyer")
    figures = dict[str, float]()
    for form in _FORMS:
        given = await _given(app, f"/directory/public/offers.{form}")
        figures |= {f"{form}: s whole": given.seconds, f"{form}: MiB": given.grown}
        again = await _given(app, f"/directory/public/offers.{form}", held=given.headers["etag"])
        figures[f"{form}: nothing new"] = 1000 * again.seconds
    lines = await _given(app, _SERVICES, "format=ndjson&full=true")
    return figures | {"hsds: s whole": lines.seconds, "hsds: MiB": lines.grown}


async def _pages(app: FastAPI, count: int) -> dict[str, float]:
    last, figures = count // _SIZE - 100 * (count > 100 * _SIZE), dict[str, float]()
    pages = {
        "first page": "page=1",
        f"page {last}": f"page={last}",
        f"page {last}, whole entries": f"page={last}&full=true",
        "search": "search=loyer",
        "changes": "modified_after=2020-01-01",
    }
    for name, asked in pages.items():
        given = await _given(app, _SERVICES, f"{asked}&per_page={_SIZE}")
        figures[f"hsds: {name}"] = 1000 * given.seconds
        again = await _given(app, _SERVICES, f"{asked}&per_page={_SIZE}", held=given.headers["etag"])
        figures[f"hsds: {name}, nothing new"] = 1000 * again.seconds
    return figures


async def _given(app: FastAPI, path: str, asked: str = "", held: str = "") -> Given:
    """Thrown away as it comes: a client that keeps it would be measured instead."""
    status, length, headers = 0, 0, dict[str, str]()
    before = most = _memory()

    async def send(message: Any) -> None:
        nonlocal status, length, most
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.update((name.decode(), value.decode()) for name, value in message["headers"])
        length += len(message.get("body", b""))
        most = max(most, _memory())

    began = time.perf_counter()
    await app(_scope(path, asked, held), _nothing, send)
    if status != (304 if held else 200):
        raise RuntimeError(f"{path} was answered {status}")
    return Given(status, headers, length, time.perf_counter() - began, (most - before) / MEBIBYTE)


def _scope(path: str, asked: str, held: str) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": asked.encode(), "root_path": "",
        "headers": [(b"if-none-match", held.encode())] if held else [], "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }  # fmt: skip


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def _memory() -> int:
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * 4096


@asynccontextmanager
async def _served(database: ServiceDatabase) -> AsyncIterator[FastAPI]:
    settings = ContentSettings(
        database_url=database.app_url, worker_database_url=database.worker_url, master_key=KEY, cookie_key=KEY
    )
    service = compose(settings)
    await service.parts.open()
    try:
        yield service.application()
    finally:
        await service.parts.close()
