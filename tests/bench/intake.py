"""A request over HTTP: the service intake, as shipped, beside FastAPI and asyncpg with two inserts."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from typing import Any

from deploy.local import ports
from deploy.local.layout import ROOT
from tests.bench.baselines.intake import TABLES
from tests.bench.comparison import Comparison, Pace, Round, in_turn
from tests.bench.ground import Ground
from tests.bench.load import Done, Task
from tests.bench.processes import Contestant, baseline, service
from tests.system.issuer import AUDIENCE, Issuer
from tests.system.platform import AGENT, COMMUNES, GRANTS, TERRITORY, appoint

REACH = 1.0
CONNECTIONS = 32
PERSON = {
    "given_name": "Camille",
    "family_name": "Exemple",
    "contact_points": [{"kind": "email", "value": "camille@example.org", "safe_to_write": True}],
}
BODY = {
    "commune": COMMUNES[TERRITORY][0],
    "themes": ["housing", "budget"],
    "summary": "Le bail se termine à la fin du mois et aucune solution n'est trouvée pour la suite.",
    "requester": {"role": "self", "person": PERSON},
}


async def residents(ground: Ground, *, rounds: int, size: int) -> Comparison:
    """The public form's path: `POST /intake/public/requests`, no account."""
    return await _bench("intake", ground, rounds, size, agent=False)


async def agents(ground: Ground, *, rounds: int, size: int) -> Comparison:
    """The desk's path: `POST /intake/requests` with a bearer token."""
    return await _bench("intake-agent", ground, rounds, size, agent=True)


async def _bench(name: str, ground: Ground, rounds: int, size: int, *, agent: bool) -> Comparison:
    async with ours(ground, size, agent=agent) as mine, bare(ground, size) as plain:
        paces = await in_turn(rounds, mine, plain)
    added = "ours adds validation, idempotency, sealing, outbox and row-level security"
    note = f"{CONNECTIONS} keep-alive connections; {added}"
    return Comparison(
        name, "requests/s", "FastAPI + asyncpg, two inserts in a transaction", REACH, *paces, notes=[note]
    )


@contextlib.asynccontextmanager
async def ours(ground: Ground, size: int, *, agent: bool) -> AsyncIterator[Round]:
    """The role `serve` of intake; nobody empties its outbox meanwhile."""
    port = ports.free_port()
    with contextlib.closing(Issuer()) as issuer:
        told = {"MAILLAGE_HTTP_PORT": str(port), "MAILLAGE_OIDC_ISSUER": issuer.url, "MAILLAGE_OIDC_AUDIENCE": AUDIENCE}
        path, headers = ("/intake/requests", issuer.bearer(AGENT)) if agent else ("/intake/public/requests", {})
        async with ground.database("intake") as database, ground.topics() as prefix:
            await appoint({"intake": database}, GRANTS)
            environment = ground.environment("intake", database, prefix) | told
            async with service("intake", "serve", environment) as intake:
                await intake.listening(port)
                yield lambda: asked(intake, port, path, headers, size)


@contextlib.asynccontextmanager
async def bare(ground: Ground, size: int) -> AsyncIterator[Round]:
    """One process too, on the same uvicorn and uvloop."""
    port = ports.free_port()
    async with ground.plain_database(TABLES) as url, baseline("intake", database_url=url, port=port) as plain:
        await plain.listening(port)
        yield lambda: asked(plain, port, "/requests", {}, size)


async def asked(contestant: Contestant, port: int, path: str, headers: Mapping[str, str], size: int) -> Pace:
    """The pace of `size` requests, each answered 201."""
    before = contestant.processor_seconds()
    done = await _load(Task(port, path, BODY, headers, size, min(CONNECTIONS, size)))
    if done.statuses != {"201": size}:
        raise RuntimeError(f"not every request was accepted: {dict(done.statuses)}")
    return Pace(size / done.seconds, (contestant.processor_seconds() - before) / size * 1e6)


async def _load(task: Task) -> Done:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.load",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(json.dumps(asdict(task)).encode())
    if process.returncode:
        raise RuntimeError("the load generator failed")
    answer: dict[str, Any] = json.loads(output)
    return Done(**answer)
