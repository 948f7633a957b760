"""Tables whose rows are frozen dataclasses: columns and fields bear the same names, `version` counts the changes."""

from dataclasses import fields, replace
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from asyncpg import Record
from pydantic import TypeAdapter

from chassis.database import Transaction
from directory.aggregates import NotKept, Outdated


class Kept(Protocol):
    """What such a row is."""

    @property
    def version(self) -> int: ...


K = TypeVar("K", bound=Kept)


class Rows(Generic[K]):
    """The rows of one table, found by the UUID in the column `key`."""

    def __init__(self, model: type[K], table: str, key: str) -> None:
        self._adapter: TypeAdapter[K] = TypeAdapter(model)
        self.key = key
        self.columns = ", ".join(one.name for one in fields(model))  # type: ignore[arg-type]
        self.select = f"SELECT {self.columns} FROM {table}"  # noqa: S608 - constants
        given = f"SELECT {self.columns} FROM jsonb_populate_record(NULL::{table}, $1)"  # noqa: S608
        self._insert = f"INSERT INTO {table} ({self.columns}) {given}"
        self._update = f"UPDATE {table} SET ({self.columns}) = ({given}) WHERE {key} = $2 AND version = $3"  # noqa: S608

    def read(self, row: Record) -> K:
        """A row that `select` gives."""
        return self._adapter.validate_python(dict(row))

    def plain(self, one: K) -> dict[str, Any]:
        """What JSON can hold of it."""
        dumped: dict[str, Any] = self._adapter.dump_python(one, mode="json")
        return dumped

    async def find(self, tx: Transaction, identity: UUID, *, changing: bool = False) -> K:
        """The one of that id; `changing`: others who would change it wait. Raises NotKept when the actor may not see
        it, or not change it."""
        lock = " FOR UPDATE" if changing else ""
        row = await tx.fetchrow(f"{self.select} WHERE {self.key} = $1{lock}", identity)
        if row is None:
            raise NotKept
        return self.read(row)

    async def add(self, tx: Transaction, one: K) -> None:
        await tx.execute(self._insert, self.plain(one))

    async def change(self, tx: Transaction, one: K) -> K:
        """Write what it has become, and its next version; `one` bears the version it was read at. Raises Outdated."""
        changed = replace(one, version=one.version + 1)  # type: ignore[type-var]
        values = self.plain(changed)
        status = await tx.execute(self._update, values, UUID(values[self.key]), one.version)
        if status != "UPDATE 1":
            raise Outdated
        return changed


def as_seen(one: K, expected: int) -> K:
    """The one found, when it is the one its editor saw. Raises Outdated."""
    if one.version != expected:
        raise Outdated
    return one
