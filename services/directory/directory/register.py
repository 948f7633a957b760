"""Tables of published aggregates: how states are found, kept, kept by the thousand, and heard again.

The columns of such a table are the fields of its event, `version`, and what is derived from the state for searching.
What only the directory keeps lies in tables of its own, so that nothing unpublished is ever read with a state.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic
from uuid import UUID

import orjson

from chassis.database import Transaction
from directory.aggregates import Outdated, State, Versioned, of_row


def _nothing_derived(_: Any) -> dict[str, object]:
    return {}


async def _nobody_else(_: Transaction, __: Sequence[UUID]) -> None:
    """Nothing is made of these states."""


@dataclass(frozen=True)
class Register(Generic[State]):
    """The states of one type of aggregate, identified by a UUID. `derived` computes the columns that are no field of
    the event; `written` is told, in the same transaction, which aggregates now have another state, or `due` where what
    is made of them may follow."""

    model: type[State]
    table: str
    derived_columns: tuple[str, ...] = ()
    derived: Callable[[State], dict[str, object]] = _nothing_derived
    written: Callable[[Transaction, Sequence[UUID]], Awaitable[None]] = _nobody_else
    due: Callable[[Transaction, Sequence[UUID]], Awaitable[None]] = _nobody_else

    @property
    def key(self) -> str:
        return self.model.key

    @property
    def state(self) -> str:
        """The beginning of a statement that reads states: `SELECT … FROM …`."""
        return f"SELECT {self.key}, version, {', '.join(self._fields)} FROM {self.table}"  # noqa: S608 - constants

    def identity(self, state: State) -> UUID:
        found: UUID = getattr(state, self.key)
        return found

    def read(self, row: Any) -> Versioned[State]:
        """A row that `state` selects."""
        return of_row(self.model, row)

    async def find(self, tx: Transaction, identity: UUID) -> Versioned[State] | None:
        """The one of that id."""
        row = await tx.fetchrow(f"{self.state} WHERE {self.key} = $1", identity)
        return self.read(row) if row else None

    async def those(
        self, tx: Transaction, identities: Collection[UUID], *, changing: bool = False
    ) -> dict[UUID, Versioned[State]]:
        """Those of these ids that there are, by id. `changing`: others who would change them wait for this transaction,
        which may then `keep` what it makes of them."""
        lock = f"ORDER BY {self.key} FOR UPDATE" if changing else ""
        rows = await tx.fetch(f"{self.state} WHERE {self.key} = ANY($1::uuid[]) {lock}", list(identities))
        return {row[self.key]: self.read(row) for row in rows}

    async def every(self, tx: Transaction) -> AsyncIterator[Versioned[State]]:
        """All of them, retired ones included."""
        async for row in tx.cursor(self.state):
            yield self.read(row)

    async def create(self, tx: Transaction, state: State) -> None:
        """Keep a new one, at version 1."""
        await self.keep(tx, [state])

    async def change(self, tx: Transaction, state: State, expected: int) -> Versioned[State]:
        """Replace its state, `expected` being the version it was read at. Raises Outdated."""
        version = await tx.fetchval(
            f"""UPDATE {self.table} SET version = version + 1, ({self._columns}) = (
                SELECT {self._columns} FROM jsonb_populate_record(NULL::{self.table}, $2))
                WHERE {self.key} = $1 AND version = $3 RETURNING version""",  # noqa: S608
            self.identity(state),
            self._row(state),
            expected,
        )
        if version is None:
            raise Outdated
        await self.written(tx, [self.identity(state)])
        return Versioned(state, version)

    async def keep(self, tx: Transaction, states: Sequence[State]) -> list[Versioned[State]]:
        """Keep states by the thousand: new ones at version 1, others with their version bumped where anything differs.
        Returns those that are new or differ, for `aggregates.publish_all`; of one id only one may be given.

        What is replaced is to be read by `those(…, changing=True)` in the same transaction, so that no correction made
        meanwhile is lost.
        """
        kept = await self._keep(tx, states)
        await self.written(tx, [self.identity(one.state) for one in kept])
        return kept

    async def take_in(self, tx: Transaction, states: Sequence[State]) -> list[Versioned[State]]:
        """`keep`, of so many that what is made of them follows in other transactions."""
        kept = await self._keep(tx, states)
        await self.due(tx, [self.identity(one.state) for one in kept])
        return kept

    async def _keep(self, tx: Transaction, states: Sequence[State]) -> list[Versioned[State]]:
        compared = ", ".join(self._fields)
        rows = await tx.fetch(
            f"""INSERT INTO {self.table} AS known ({self.key}, {self._columns})
                SELECT {self.key}, {self._columns} FROM jsonb_populate_recordset(NULL::{self.table}, $1)
                ORDER BY {self.key}
                ON CONFLICT ({self.key}) DO UPDATE SET version = known.version + 1, ({self._columns}) = {self._excluded}
                WHERE ({_of("known", compared)}) IS DISTINCT FROM ({_of("excluded", compared)})
                RETURNING {self.key}, version""",  # noqa: S608
            [self._row(state) for state in states],
        )
        versions = {row[self.key]: row["version"] for row in rows}
        return [Versioned(one, versions[self.identity(one)]) for one in states if self.identity(one) in versions]

    async def adopt(self, tx: Transaction, heard: Sequence[Versioned[State]]) -> set[UUID]:
        """Keep states newer than the known ones, those of before a restore, and say which. Others cost no lock."""
        rows = await tx.fetch(
            f"""INSERT INTO {self.table} AS known ({self.key}, version, {self._columns})
                SELECT {self.key}, version, {self._columns}
                FROM jsonb_populate_recordset(NULL::{self.table}, $1) AS heard
                WHERE NOT EXISTS (SELECT FROM {self.table} AS known
                    WHERE known.{self.key} = heard.{self.key} AND known.version >= heard.version)
                ON CONFLICT ({self.key}) DO UPDATE SET version = excluded.version,
                    ({self._columns}) = {self._excluded}
                WHERE excluded.version > known.version RETURNING {self.key}""",  # noqa: S608
            [self._row(one.state, version=one.version) for one in heard],
        )
        adopted = {row[self.key] for row in rows}
        await self.written(tx, list(adopted))
        return adopted

    @property
    def _fields(self) -> tuple[str, ...]:
        return tuple(name for name in self.model.model_fields if name != self.key)

    @property
    def _columns(self) -> str:
        return ", ".join((*self._fields, *self.derived_columns))

    @property
    def _excluded(self) -> str:
        return f"ROW ({_of('excluded', self._columns)})"

    def _row(self, state: State, **beside: object) -> orjson.Fragment:
        """The JSON of a row, written once: by way of Python's own values it would take three times as long."""
        said, others = state.model_dump_json(), self.derived(state) | beside
        return orjson.Fragment(f"{said[:-1]},{orjson.dumps(others).decode()[1:]}" if others else said)


def _of(table: str, columns: str) -> str:
    return ", ".join(f"{table}.{column}" for column in columns.split(", "))
