"""PostgreSQL: pools that cost no extra round trip, and transactions opened for an actor."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NewType, TypeAlias, cast
from uuid import UUID

import asyncpg
import orjson

from chassis.actor import WORKER, Actor
from chassis.ending import ended

# asyncpg's classes are generic to a type checker only.
if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection, Pool = asyncpg.Connection, asyncpg.Pool

Transaction = NewType("Transaction", Connection)
"""A connection inside an open transaction: what takes one must not commit it."""

DATABASE_AWAY: tuple[type[Exception], ...] = (
    ConnectionError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asked of a connection that is just being lost
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.exceptions.TransactionTimeoutError,
    asyncpg.exceptions.IdleInTransactionSessionTimeoutError,
)
"""What is raised when the database is away, restarting, out of connections, or ended what took too long.

Among them are errors of other kinds: ask `is_away`.
"""


CLOSE = 3.0
"""Seconds a pool asked to close waits for the transactions under way; then they are rolled back."""


def is_away(error: BaseException) -> bool:
    """Whether the database is away and waiting helps.

    What asyncpg's client calls a wrong value (ClientConfigurationError, for one) is an InterfaceError too, and stays
    wrong.
    """
    return isinstance(error, DATABASE_AWAY) and not isinstance(error, ValueError)


def is_interruption(error: BaseException) -> bool:
    """Whether a part that works for ever goes on after a pause: whatever the network or the database said."""
    return isinstance(error, (OSError, asyncpg.PostgresError)) or is_away(error)


SET_ACTOR = "SELECT set_config('maillage.actor', $1, true)"
"""Makes the actor known to row-level security until the transaction ends."""

_SET_ACTOR_UNHURRIED = f"{SET_ACTOR}, set_config('synchronous_commit', 'off', true)"


def _plain(value: object) -> str:
    """asyncpg's own UUIDs are no JSON to orjson."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError


async def _prepare(connection: Connection) -> None:
    for name in ("jsonb", "json"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: orjson.dumps(value, default=_plain).decode(),
            decoder=orjson.loads,
        )


async def _keep(_: object) -> None:
    """Nothing to reset: settings are local to transactions, LISTEN and locks have their own connections."""


class Database:
    """One pool under one PostgreSQL role."""

    def __init__(self, url: str, *, size: int = 10, application: str = "maillage") -> None:
        self._url = url
        self._size = size
        self._application = application
        self._pool: Pool | None = None

    async def open(self) -> None:
        """Create the pool without connecting: a service starts while its database is away."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=0,
                max_size=self._size,
                init=_prepare,
                reset=_keep,
                command_timeout=30,
                server_settings={
                    "application_name": self._application,
                    # A process stopped in mid-transaction must not hold a partition's offset for ever.
                    "idle_in_transaction_session_timeout": "20s",
                    # Nor one stopped between two messages of a statement, which PostgreSQL does not call idle.
                    "transaction_timeout": "40s",
                },
            )

    async def close(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            if not await ended("pool", pool.close(), within=CLOSE):
                pool.terminate()

    @property
    def pool(self) -> Pool:
        """The pool itself, for single statements that carry their own actor (`SET_ACTOR`)."""
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    @asynccontextmanager
    async def transaction(self, actor: Actor = WORKER, *, repeatable: bool = False) -> AsyncIterator[Transaction]:
        """A transaction in which row-level security sees `actor`.

        A `repeatable` one does not wait for the disk: should PostgreSQL crash in the next half second it never was, and
        is done again, with the same result. Raises what asyncpg raises; on any exception nothing is kept.
        """
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(_SET_ACTOR_UNHURRIED if repeatable else SET_ACTOR, actor.setting)
            yield cast("Transaction", connection)

    async def ready(self) -> bool:
        """Whether the database answers."""
        try:
            async with asyncio.timeout(2):  # the time to connect included
                return cast("Any", await self.pool.fetchval("SELECT true")) is True
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False


async def connect(
    url: str, application: str, *, silent: int = 0, settings: Mapping[str, str] | None = None
) -> Connection:
    """A connection of one's own, for advisory locks and LISTEN, which a pool would lose.

    PostgreSQL ends it, and frees its locks, once it has been silent for that many seconds; 0: it may be for ever.
    `settings` are PostgreSQL's, for this session.
    """
    session = {"application_name": application, "idle_session_timeout": f"{silent}s", **(settings or {})}
    connection = await asyncpg.connect(url, server_settings=session)
    await _prepare(connection)
    return connection
