"""SQL of an act: all it writes, in one statement and so in one round trip."""
# ruff: noqa: S608 - statements are put together from constants

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import asyncpg

from chassis import outbox
from chassis.actor import Actor
from chassis.database import Pool, Transaction
from chassis.web.idempotency import IdempotencyKey, remember_from
from intake.act import Act


class ReferenceTaken(Exception):
    """Another request has this reference: draw another one."""


_COLUMNS: Final = {
    "requests": "request_id, version, reference, tracking_hash, state, channel, received_at, received_by, "
    "organisation_id, place, territory_id, commune, programme, programme_version, themes, urgency, summary, "
    "requester_role, concerned_minor, household_id, promised_on, answer, answered_at, answered_by",
    "persons": "person_id, version, given_name, family_name, birth_date, language, recorded_at",
    "contact_points": "contact_point_id, person_id, kind, value, safe_to_write, neutral",
    "household_members": "household_id, person_id, since",
    "consents": "consent_id, person_id, kind, programme, organisation_id, given_how, given_at, given_by",
    "request_people": "request_id, person_id, role",
    "refusals": "request_id, programme, reasons",
    "subject_keys": "key_subject, wrapped, master_key_id",
    "due_dates": "due_date_id, stage, kind, subject, due_on, zone, fires_at, details, state, attempts",
}
"""Table → columns an act may write."""


def _statement(tables: Iterable[str], first: int) -> str:
    """Inserts an act's rows and events if the CTE `taken` has a row.

    Parameters from number `first` on: the rows as jsonb, then those of `outbox.parameters`.
    """
    rows = f"${first}::jsonb"
    parts = [
        f"{table}_made AS (INSERT INTO {table} ({_COLUMNS[table]}) SELECT {_COLUMNS[table]} "
        f"FROM taken, jsonb_populate_recordset(NULL::{table}, {rows} -> '{table}'))"
        for table in tables
    ]
    told = f"SELECT told.* FROM taken, {outbox.rows_from(first + 1)} AS told"
    parts.append(f"told AS (INSERT INTO outbox ({outbox.COLUMNS}) {told})")
    return ", ".join(parts) + " SELECT count(*) FROM taken"


@cache
def _once(tables: tuple[str, ...]) -> str:
    """The actor is evaluated first because every other part selects from it: row-level security must see it."""
    actor = f"actor AS MATERIALIZED (SELECT set_config('maillage.actor', $6, true), {outbox.QUIETLY})"
    return f"WITH {actor}, taken AS ({remember_from('actor')}), {_statement(tables, 7)}"


@cache
def _alone(tables: tuple[str, ...]) -> str:
    return f"WITH taken AS (SELECT true), {_statement(tables, 1)}"


async def write_once(
    pool: Pool, actor: Actor, key: IdempotencyKey, status: int, response: dict[str, str], act: Act
) -> bool:
    """Write an act, and the answer given to it, in one round trip; False when the key was taken before.

    The relay is not woken: the caller rings.

    Raises ReferenceTaken, or what asyncpg raises; nothing is kept then.
    """
    arguments = (key.scope, key.key, key.body_hash, status, response, actor.setting, act.rows)
    try:
        return bool(await pool.fetchval(_once(tuple(act.rows)), *arguments, *outbox.parameters(act.events)))
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "requests_reference_key":
            raise ReferenceTaken from None
        raise


async def write(tx: Transaction, act: Act) -> None:
    """Write an act inside a transaction."""
    columns: Any = outbox.parameters(act.events)
    await tx.execute(_alone(tuple(act.rows)), act.rows, *columns)
