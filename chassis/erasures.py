"""Erasure, once decided: a service drops what it holds of somebody, keeps nothing of them from then on, and says so.

Driven by PersonErased alone, which is kept for ever: where a database was restored, its consumer reads on from the
offset it had then, hears it again and drops everything again.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis import outbox
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from chassis.sealing import erase
from contracts.events import PersonErased, PersonErasureDone

LAST = 2**63 - 1
"""The sequence of a replica's row about somebody erased: whatever is heard later is older than that."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a service did. `keys`: of requests and cases that were of nobody else, dropped everywhere. `kept`: what
    stands since it is others' too, in codes of the contract."""

    keys: Sequence[str] = ()
    kept: Sequence[str] = ()


Drop = Callable[[Transaction, UUID, datetime], Awaitable[Dropped]]
"""Drops all rows of a person; told again, it changes nothing. The last argument is when it was decided."""
Heard = Callable[[Transaction, Sequence[Received[PersonErasureDone]]], Awaitable[None]]


async def nothing_held(_tx: Transaction, _person_id: UUID, _at: datetime) -> Dropped:
    """Of a service that holds keys of people, and no people."""
    return Dropped()


async def nothing_more(_tx: Transaction, _received: Sequence[Received[PersonErasureDone]]) -> None:
    """Of a service that keeps no register."""


def handlers(service: str, drop: Drop, heard: Heard = nothing_more) -> Handlers:
    """What a service does when somebody is erased, and when another service says that it has."""
    handlers = Handlers()

    @handlers.on(PersonErased)
    async def person_erased(tx: Transaction, received: Sequence[Received[PersonErased]]) -> None:
        for one in received:
            person_id, at = one.data.person_id, one.envelope.time
            await _note(tx, person_id, at)
            dropped = await drop(tx, person_id, at)
            await erase(tx, [f"person:{person_id}", *dropped.keys], at)
            done_at = await tx.fetchval("SELECT now()")
            keys, kept = tuple(dropped.keys), tuple(dropped.kept)
            done = PersonErasureDone(person_id=person_id, service=service, done_at=done_at, keys=keys, kept=kept)
            told = one.answer(done, label=f"erased:{service}", source=f"/maillage/{service}", sequence=2)
            await outbox.append(tx, told)

    @handlers.on(PersonErasureDone)
    async def erasure_done(tx: Transaction, received: Sequence[Received[PersonErasureDone]]) -> None:
        for one in received:
            await erase(tx, one.data.keys, one.data.done_at)
        await heard(tx, received)

    return handlers


async def _note(tx: Transaction, person_id: UUID, at: datetime) -> None:
    await tx.execute("INSERT INTO erased_people VALUES ($1, $2) ON CONFLICT DO NOTHING", person_id, at)


async def erased(tx: Transaction, person_ids: Collection[UUID]) -> set[UUID]:
    """Those of these people of whom nothing may be kept any more."""
    rows = await tx.fetch("SELECT person_id FROM erased_people WHERE person_id = ANY($1::uuid[])", list(person_ids))
    return {row["person_id"] for row in rows}
