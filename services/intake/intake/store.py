"""SQL of acts: what several write at the same moment goes in one statement, and so in one round trip and one commit."""
# ruff: noqa: S608 - statements are put together from constants

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import asyncpg

from chassis import outbox
from chassis.actor import Actor
from chassis.database import Database, Transaction, is_away
from chassis.web.idempotency import IdempotencyKey, remember_from
from intake.act import Act


class ReferenceTaken(Exception):
    """Another request has this reference: draw another one."""


_COLUMNS: Final = {
    "requests": "request_id, version, reference, tracking_hash, state, channel, received_at, received_by, "
    "organisation_id, place, territory_id, commune, programme, programme_version, themes, urgency, summary, "
    "requester_role, concerned_minor, household_id, promised_on, answer, answered_at, answered_by, working_days",
    "persons": "person_id, version, given_name, family_name, birth_date, language, never_by, needs, recorded_at",
    "contact_points": "contact_point_id, person_id, kind, value, safe_to_write, neutral, never, hours",
    "household_members": "household_id, person_id, since",
    "consents": "consent_id, person_id, kind, programme, organisation_id, given_how, given_at, given_by",
    "request_people": "request_id, person_id, role",
    "refusals": "request_id, programme, reasons",
    "answers": "request_id, programme, name, value, restricted",
    "subject_keys": "key_subject, wrapped, master_key_id",
    "due_dates": "due_date_id, stage, kind, subject, due_on, zone, fires_at, details, state, attempts",
}
"""Table → columns an act may write."""


def _inserts(tables: Iterable[str], first: int) -> str:
    """The acts of the CTE `taken` (act, rows) become rows and events.

    Parameters from number `first` on: those of `outbox.parameters`, then to which act each event belongs.
    """
    parts = [
        f"{table}_made AS (INSERT INTO {table} ({_COLUMNS[table]}) SELECT {_COLUMNS[table]} "
        f"FROM taken, jsonb_populate_recordset(NULL::{table}, rows -> '{table}'))"
        for table in tables
    ]
    events = f"{outbox.rows_from(first, 'bigint')} WITH ORDINALITY AS told ({outbox.COLUMNS}, act, place)"
    told = f"SELECT {outbox.COLUMNS} FROM {events} JOIN taken USING (act) ORDER BY place"
    return ", ".join([*parts, f"told AS (INSERT INTO outbox ({outbox.COLUMNS}) {told})"]) + " SELECT act FROM taken"


@cache
def _once(tables: tuple[str, ...]) -> str:
    """Acts whose key nobody took before, each with the answer to keep.

    The actor is evaluated first because every other part selects from it: row-level security must see it. Keys are
    taken in one order, so that two statements never wait for each other.
    """
    actor = f"SELECT set_config('maillage.actor', $1, true), {outbox.QUIETLY}"
    asked = """SELECT asked.* FROM actor,
        unnest($2::text[], $3::text[], $4::bytea[], $5::integer[], $6::jsonb[], $7::jsonb[]) WITH ORDINALITY
        AS asked (scope, key, body_hash, status, response, rows, act) ORDER BY scope, key"""
    taken = "SELECT act, rows FROM asked JOIN known USING (scope, key)"
    return (
        f"WITH actor AS MATERIALIZED ({actor}), asked AS MATERIALIZED ({asked}), "
        f"known AS ({remember_from('asked')}), taken AS MATERIALIZED ({taken}), {_inserts(tables, 8)}"
    )


@cache
def _alone(tables: tuple[str, ...]) -> str:
    return f"WITH taken AS (SELECT 1::bigint AS act, $1::jsonb AS rows), {_inserts(tables, 2)}"


async def write(tx: Transaction, act: Act) -> None:
    """Write an act inside a transaction. Raises ReferenceTaken, or what asyncpg raises."""
    columns: Any = outbox.parameters(act.events)
    try:
        await tx.execute(_alone(_tables([act])), act.rows, *columns, [1] * len(act.events))
    except asyncpg.UniqueViolationError as error:
        raise _reason(error) from None


def _tables(acts: Sequence[Act]) -> tuple[str, ...]:
    """The tables these acts write, in one order: few statements for PostgreSQL to prepare."""
    return tuple(table for table in _COLUMNS if any(table in act.rows for act in acts))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An act to write once, and who waits for it."""

    actor: str
    key: IdempotencyKey
    status: int
    response: dict[str, str]
    act: Act
    done: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Writer:
    """Writes acts of one actor together when they come while the database is busy with this actor's others.

    Alone, an act is written at once; under load, one statement and one commit carry many.
    """

    MOST = 32
    """Acts in one statement."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted: dict[str, list[_Wanted]] = {}
        """By actor; an actor is in it while a statement of theirs runs."""
        self._running: set[asyncio.Task[None]] = set()

    async def write_once(
        self, actor: Actor, key: IdempotencyKey, status: int, response: dict[str, str], act: Act
    ) -> bool:
        """Write an act, and the answer given to it; False when the key was taken before.

        The relay is not woken: the caller rings. Raises ReferenceTaken, or what asyncpg raises; nothing is kept then.
        """
        wanted = _Wanted(actor.setting, key, status, response, act)
        if wanted.actor in self._wanted:
            self._wanted[wanted.actor].append(wanted)
        else:
            self._wanted[wanted.actor] = [wanted]
            running = asyncio.create_task(self._run(wanted.actor), name="intake-writer")
            self._running.add(running)
            running.add_done_callback(self._running.discard)
        return await wanted.done

    async def _run(self, actor: str) -> None:
        """Write for one actor until nothing more is wanted."""
        while self._wanted[actor]:
            waiting, group = self._wanted[actor], dict[tuple[str, str], _Wanted]()
            while waiting and len(group) < self.MOST and (waiting[0].key.scope, waiting[0].key.key) not in group:
                one = waiting.pop(0)
                group[one.key.scope, one.key.key] = one
            await self._write(list(group.values()))
        del self._wanted[actor]

    async def _write(self, group: Sequence[_Wanted]) -> None:
        try:
            taken = await self._statement(group)
        except Exception as error:
            if len(group) > 1 and not is_away(error):
                for one in group:  # it is the fault of one of them
                    await self._write([one])
                return
            for one in group:
                if not one.done.done():
                    one.done.set_exception(_reason(error))
        else:
            for number, one in enumerate(group, 1):
                if not one.done.done():
                    one.done.set_result(number in taken)

    async def _statement(self, group: Sequence[_Wanted]) -> set[int]:
        """The places, from 1 on, of those whose key was free."""
        acts, keys = [one.act for one in group], [one.key for one in group]
        events = [event for act in acts for event in act.events]
        rows = await self._database.pool.fetch(
            _once(_tables(acts)),
            group[0].actor,
            [key.scope for key in keys],
            [key.key for key in keys],
            [key.body_hash for key in keys],
            [one.status for one in group],
            [one.response for one in group],
            [act.rows for act in acts],
            *outbox.parameters(events),
            [number for number, act in enumerate(acts, 1) for _ in act.events],
        )
        return {row["act"] for row in rows}


def _reason(error: Exception) -> Exception:
    if isinstance(error, asyncpg.UniqueViolationError) and error.constraint_name == "requests_reference_key":
        return ReferenceTaken()
    return error
