"""Row-level security under test, for any service: every policy must matter.

A service's test fills a database of its own with at least one row per table, names the actors, and asks
`unguarded` which policies could be dropped without anybody noticing: there must be none.

    async with probing(database) as probes:
        await probes.seed("INSERT INTO …")
        assert await probes.unguarded(ACTORS) == []

For each actor a table is read, and its rows are updated, deleted and inserted again as they are, each attempt
undone at once. What comes of it is the outcome that dropping a policy has to change.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit
from uuid import UUID

import asyncpg

from chassis.actor import PUBLIC, WORKER, Actor, Grant
from deploy.local.addresses import ServiceDatabase

NOT_GRANTED = "not granted"
REFUSED = "refused"
PASSED = "passed"
ROWS_TRIED = 6
"""Rows of a table that an insert is tried with."""

Outcome: TypeAlias = str | int | tuple[str, ...]
Outcomes: TypeAlias = dict[tuple[str, str], Outcome]
"""(actor, action) → what came of it."""


@dataclass(frozen=True)
class Acting:
    """Somebody who uses the database: a role (`app`, `worker`, or `owner` for what runs as its definer) and the
    settings of their transactions."""

    name: str
    role: str = "app"
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, actor: Actor, **settings: str) -> "Acting":
        """An actor, as the chassis makes them known; `settings` are others of the prefix `maillage.`."""
        role = "worker" if actor.kind == "worker" else "app"
        more = {f"maillage.{key}": value for key, value in settings.items()}
        return cls(name, role, {"maillage.actor": actor.setting, **more})


def agent(
    name: str, *grants: tuple[str, str], agent_id: UUID | None = None, organisation_id: UUID | None = None
) -> Acting:
    """An agent who holds these (role, territory)."""
    held = tuple(Grant(role, territory) for role, territory in grants)
    return Acting.of(name, Actor("agent", name, agent_id, organisation_id, held))


NOBODY = Acting("nobody")
"""A connection of the app whose transaction names no actor."""
IDLE_WORKER = Acting("idle worker", "worker")
"""A connection of the worker whose transaction names no actor."""
RESIDENT = Acting.of("resident", PUBLIC)
SERVICE = Acting.of("service", WORKER)
OPERATOR = agent("operator", ("operator", "*"))
USUAL = (NOBODY, IDLE_WORKER, RESIDENT, SERVICE, OPERATOR)
"""Actors of every service."""


@dataclass(frozen=True, order=True)
class Policy:
    """A policy of row-level security."""

    table: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} ON {self.table}"


@asynccontextmanager
async def probing(database: ServiceDatabase) -> AsyncIterator["Probes"]:
    """Probes on a database of the test's own, as the administrator who may take any role."""
    connection = await asyncpg.connect(database.admin_url)
    try:
        # What every service has and none fills in a way of its own.
        await connection.execute("INSERT INTO ended_sessions VALUES (gen_random_uuid(), now()) ON CONFLICT DO NOTHING")
        await connection.execute("INSERT INTO erased_people VALUES (gen_random_uuid(), now()) ON CONFLICT DO NOTHING")
        urls = {"app": database.app_url, "worker": database.worker_url, "owner": database.owner_url}
        yield Probes(connection, {role: _user(url) for role, url in urls.items()})
    finally:
        await connection.close()


def _user(url: str) -> str:
    return unquote(urlsplit(url).username or "")


async def bound_by_policies(url: str) -> bool:
    """Whether whoever connects there is neither a superuser nor above row-level security."""
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        return row is not None and not (row["rolsuper"] or row["rolbypassrls"])
    finally:
        await connection.close()


class Probes:
    """Tries what actors may do, and undoes it."""

    def __init__(self, connection: Any, logins: Mapping[str, str]) -> None:
        self._connection = connection
        self._logins = logins

    async def seed(self, *statements: str) -> None:
        """Fill the database as the administrator, whom no policy binds."""
        for statement in statements:
            await self._connection.execute(statement)

    async def tables(self) -> list[str]:
        """Every table of the service and the chassis."""
        rows = await self._connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
            "AND relname <> 'alembic_version' ORDER BY relname"
        )
        return [row["relname"] for row in rows]

    async def unprotected(self) -> list[str]:
        """Tables whose row-level security is not both enabled and forced."""
        rows = await self._connection.fetch(
            "SELECT relname FROM pg_class WHERE relname = ANY($1) AND NOT (relrowsecurity AND relforcerowsecurity)",
            await self.tables(),
        )
        return [row["relname"] for row in rows]

    async def policies(self) -> list[Policy]:
        """Every policy there is."""
        rows = await self._connection.fetch("SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public'")
        return sorted(Policy(row["tablename"], row["policyname"]) for row in rows)

    async def empty(self) -> list[str]:
        """Tables without a row: nothing can be learnt from them."""
        return [name for name in await self.tables() if not await self._rows(name)]

    async def outcomes(self, table: str, actors: Sequence[Acting]) -> Outcomes:
        """What each actor may do to a table."""
        rows = await self._rows(table)
        return {
            (actor.name, action): outcome
            for actor in actors
            for action, outcome in (await self._outcomes_of(table, rows, actor)).items()
        }

    async def unguarded(self, actors: Sequence[Acting]) -> list[str]:
        """Policies whose absence changes nothing for anybody."""
        policies = await self.policies()
        before = {table: await self.outcomes(table, actors) for table in {policy.table for policy in policies}}
        return [str(policy) for policy in policies if not await self._missed(policy, actors, before[policy.table])]

    async def _missed(self, policy: Policy, actors: Sequence[Acting], before: Outcomes) -> bool:
        """Whether somebody notices that the policy is gone."""
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            await self._connection.execute(f'DROP POLICY "{policy.name}" ON "{policy.table}"')
            for actor in actors:
                outcomes = await self.outcomes(policy.table, [actor])
                if any(before[key] != outcome for key, outcome in outcomes.items()):
                    return True
            return False
        finally:
            await transaction.rollback()

    async def _rows(self, table: str) -> list[str]:
        rows = await self._connection.fetch(f'SELECT to_jsonb(t)::text AS one FROM "{table}" AS t LIMIT {ROWS_TRIED}')
        return sorted(row["one"] for row in rows)

    async def _columns(self, table: str) -> list[str]:
        """Columns that may be written."""
        rows = await self._connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 "
            "AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a' ORDER BY attnum",
            f'"{table}"',
        )
        return [row["attname"] for row in rows]

    async def _outcomes_of(self, table: str, rows: Sequence[str], actor: Acting) -> dict[str, Outcome]:
        columns = await self._columns(table)
        same = f'"{columns[0]}" = "{columns[0]}"'
        return {
            "reads": await self._try(actor, f'SELECT count(*) FROM "{table}"'),
            "updates": await self._try(actor, f'UPDATE "{table}" SET {same}'),
            "deletes": await self._try(actor, f'DELETE FROM "{table}"'),
            "inserts": tuple([str(await self._insert(actor, table, columns, row)) for row in rows]),
        }

    async def _insert(self, actor: Acting, table: str, columns: Sequence[str], row: str) -> Outcome:
        """Row-level security speaks before constraints: a row that is there already passes it all the same."""
        names = ", ".join(f'"{name}"' for name in columns)
        statement = (
            f'INSERT INTO "{table}" ({names}) '
            f'SELECT {names} FROM jsonb_populate_record(NULL::"{table}", $1::text::jsonb)'
        )
        outcome = await self._try(actor, statement, row)
        return outcome if outcome in (NOT_GRANTED, REFUSED) else PASSED

    async def _become(self, actor: Acting) -> None:
        settings = {"role": self._logins[actor.role], **actor.settings}
        await self._connection.execute(
            "SELECT set_config(name, value, true) FROM unnest($1::text[], $2::text[]) AS s (name, value)",
            list(settings),
            list(settings.values()),
        )

    async def _try(self, actor: Acting, statement: str, *arguments: Any) -> Outcome:
        """How many rows a statement reads or changes for an actor, or how it is refused."""
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            await self._become(actor)
            if statement.startswith("SELECT"):
                return int(await self._connection.fetchval(statement))
            return str(await self._connection.execute(statement, *arguments))
        except asyncpg.InsufficientPrivilegeError as error:
            return REFUSED if "row-level security" in str(error) else NOT_GRANTED
        except asyncpg.IntegrityConstraintViolationError:
            return PASSED
        finally:
            await transaction.rollback()
