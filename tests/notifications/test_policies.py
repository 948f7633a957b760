"""Row-level security: each policy of the service's database opens something that nothing else opens."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from chassis.actor import PUBLIC, WORKER, Actor, Grant
from chassis.database import SET_ACTOR
from deploy.local.addresses import ServiceDatabase

ROWS: Mapping[str, str] = {
    "outbox": "(event_id, topic, key, headers, value) VALUES (gen_random_uuid(), 't', 'k', '{}', '')",
    "inbox": "(event_id) VALUES (gen_random_uuid())",
    "consumer_offsets": "(topic, partition, next_offset) VALUES (gen_random_uuid()::text, 0, 0)",
    "dead_letters": "(dead_letter_id, topic, partition, record_offset, key, event_type, headers, value, reason,"
    " attempts) VALUES (gen_random_uuid(), gen_random_uuid()::text, 0, 0, 'k', 'T', '{}', '', 'r', 1)",
    "due_dates": "(due_date_id, stage, kind, subject, due_on, zone, fires_at)"
    " VALUES (gen_random_uuid(), 'due', 'k', gen_random_uuid(), '2026-03-02', 'Europe/Paris', now())",
    "subject_keys": "(key_subject, master_key_id) VALUES (gen_random_uuid()::text, '1')",
    "agents": "(agent_id, subject, organisation_id, name, email, grants, sequence)"
    " VALUES (gen_random_uuid(), 's', gen_random_uuid(), '{}', '{}', '[]', 1)",
    "idempotency_keys": "(scope, key, body_hash, status, response)"
    " VALUES (gen_random_uuid()::text, 'k', '', 201, '{}')",
    "people": "(person_id, source, sequence, contact_points) VALUES (gen_random_uuid(), 's', 1, '[]')",
    "message_consents": "(consent_id, person_id, withdrawn) VALUES (gen_random_uuid(), gen_random_uuid(), false)",
    "cases": "(case_id, programme, programme_version) VALUES (gen_random_uuid(), 'first-contact', 1)",
    "organisations": "(organisation_id, sequence, name, kind, territory_ids, retired)"
    " VALUES (gen_random_uuid(), 1, 'n', 'ccas', '{}', false)",
    "holds": "(hold_id, since, until, placed_by) VALUES (gen_random_uuid(), '2026-03-01', '2026-03-02', 'test')",
    "deliveries": "(delivery_id, rule, event_id, event_type, event_time, subject, territory_id, correlation_id,"
    " recipient_kind, recipient_id, channel, facts, state, next_attempt_at)"
    " VALUES (gen_random_uuid(), 'r', gen_random_uuid(), 'T', now(), gen_random_uuid(), 'saint-brieuc',"
    " gen_random_uuid(), 'agent', gen_random_uuid(), 'email', '{}', 'planned', now())",
}
"""A row of every table."""

POLICIES = [
    *((table, "worker") for table in ROWS),
    ("outbox", "writes"),
    ("dead_letters", "operators"),
    *((table, "actors") for table in ("due_dates", "subject_keys", "agents", "idempotency_keys")),
    ("deliveries", "operators"),
    ("deliveries", "managers"),
]


def _agent(role: str, territory: str) -> Actor:
    return Actor("agent", role, uuid4(), uuid4(), (Grant(role, territory),))


APP_ACTORS: Mapping[str, Actor | None] = {
    "operator": _agent("operator", "*"),
    "manager": _agent("manager", "saint-brieuc"),
    "manager of all": _agent("manager", "*"),
    "manager elsewhere": _agent("manager", "arcachon"),
    "reception": _agent("reception", "saint-brieuc"),
    "public": PUBLIC,
    "nobody": None,
}
WORKER_ACTORS: Mapping[str, Actor | None] = {"worker": WORKER, "an agent": _agent("operator", "*"), "nobody": None}


async def observed(database: ServiceDatabase, tables: Iterable[str] = ROWS) -> dict[tuple[str, str, str], str]:
    """What every actor sees and may write in those tables, by (actor, table, action)."""
    found = {}
    for role, url, actors in (("app", database.app_url, APP_ACTORS), ("worker", database.worker_url, WORKER_ACTORS)):
        connection = await asyncpg.connect(url)
        for name, actor in actors.items():
            for table in tables:
                for action in (f"SELECT FROM {table}", f"INSERT INTO {table} {ROWS[table]}"):
                    found[f"{role} {name}", table, action[:6]] = await _attempt(connection, actor, action)
        await connection.close()
    return found


async def _attempt(connection: Any, actor: Actor | None, statement: str) -> str:
    transaction = connection.transaction()
    await transaction.start()
    try:
        if actor is not None:
            await connection.execute(SET_ACTOR, actor.setting)
        return str(await connection.execute(statement))
    except asyncpg.InsufficientPrivilegeError as error:
        return str(error)
    finally:
        await transaction.rollback()


async def _as_superuser(database: ServiceDatabase, *statements: str) -> list[Any]:
    connection = await asyncpg.connect(database.admin_url)
    rows = [await connection.fetch(statement) for statement in statements]
    await connection.close()
    return rows[-1]


async def seeded(service_database: Any) -> ServiceDatabase:
    database: ServiceDatabase = await service_database("notifications")
    await _as_superuser(database, *(f"INSERT INTO {table} {row}" for table, row in ROWS.items()))
    return database


async def test_every_table_is_under_policies_and_every_policy_is_known_here(service_database: Any) -> None:
    database = await service_database("notifications")
    found = await _as_superuser(database, "SELECT tablename, policyname FROM pg_policies")
    assert sorted(map(tuple, found)) == sorted(POLICIES)
    tables = await _as_superuser(
        database,
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'",
    )
    assert {tuple(row) for row in tables} == {(table, True) for table in ROWS}


async def test_the_services_roles_are_under_row_level_security(service_database: Any) -> None:
    database = await service_database("notifications")
    for url in (database.app_url, database.worker_url):
        connection = await asyncpg.connect(url)
        row = await connection.fetchrow("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        await connection.close()
        assert tuple(row or ()) == (False, False)


async def test_who_sees_and_writes_what(service_database: Any) -> None:
    found = await observed(await seeded(service_database))
    seen = {
        actor for (actor, table, action), outcome in found.items() if (table, outcome) == ("deliveries", "SELECT 1")
    }
    assert seen == {"worker worker", "app operator", "app manager", "app manager of all"}
    written = {actor for (actor, table, action), outcome in found.items()
               if (table, outcome) == ("deliveries", "INSERT 0 1")}  # fmt: skip
    assert written == {"worker worker"}
    for table in ("people", "message_consents", "cases", "organisations", "holds", "inbox", "consumer_offsets"):
        readers = {actor for (actor, at, _), outcome in found.items() if (at, outcome) == (table, "SELECT 1")}
        assert readers == {"worker worker"}, table


@pytest.mark.parametrize(("table", "policy"), POLICIES, ids=lambda value: value)
async def test_without_one_policy_something_changes(service_database: Any, table: str, policy: str) -> None:
    database = await seeded(service_database)
    before = await observed(database, [table])
    await _as_superuser(database, f"DROP POLICY {policy} ON {table}")
    assert await observed(database, [table]) != before
