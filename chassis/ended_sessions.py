"""Sessions that are over before their time: signed out, locked, or ended at the identity provider.

What ended is known by a mark alone, a keyed hash that tells nothing of anybody; every service holds the marks of the
last hours, told by `SessionsEnded`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import digest
from typing import Literal
from uuid import UUID

from chassis import outbox
from chassis.database import Database, Transaction
from chassis.handlers import Handlers, Received
from contracts.envelope import event, new_id
from contracts.events import SessionsEnded

Marked = Literal["browser", "session", "subject", "token"]
"""One browser's session here; a session at the identity provider (`sid`); everything of somebody (`sub`); a logout
token (`jti`), which counts once."""
KEPT = timedelta(hours=9)
"""Longer than a session lasts."""

_STORE = """
INSERT INTO ended_sessions (mark, ended_at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])
ON CONFLICT (mark) DO UPDATE SET ended_at = greatest(ended_sessions.ended_at, excluded.ended_at)
"""


def mark(key: bytes, kind: Marked, what: str) -> UUID:
    """What stands for a session, a subject or a token: the same in every service, since all hold `key`."""
    return UUID(bytes=digest(key, f"{kind}:{what}".encode(), sha256)[:16])


async def store(tx: Transaction, ended: Sequence[SessionsEnded]) -> None:
    """Note what ended. The later end of a mark stands."""
    newest = {one.mark: one.ended_at for one in sorted(ended, key=lambda one: one.ended_at)}
    await tx.execute(_STORE, list(newest), list(newest.values()))


class EndedSessions:
    """What ended, as one service knows it and tells the others."""

    def __init__(self, worker: Database, service: str, now: Callable[[], datetime]) -> None:
        self._worker = worker
        self._source = f"/maillage/{service}"
        self._now = now

    async def latest(self, marks: Sequence[UUID]) -> datetime | None:
        """When the last of those ended; None when none did."""
        async with self._worker.transaction() as tx:
            ended: datetime | None = await tx.fetchval(
                "SELECT max(ended_at) FROM ended_sessions WHERE mark = ANY($1::uuid[])", marks
            )
        return ended

    async def end(self, marks: Sequence[UUID], once: UUID | None = None) -> bool:
        """From now on those are over, here at once and elsewhere as soon as it is heard there.

        `once` is the mark of the token that says so; False, and nothing done, when it said so before.
        """
        at = self._now()
        async with self._worker.transaction() as tx:
            await tx.execute("DELETE FROM ended_sessions WHERE ended_at < $1", at - KEPT)
            if once is not None and not await _first_time(tx, once, at):
                return False
            ended = [SessionsEnded(mark=one, ended_at=at) for one in marks]
            await store(tx, ended)
            sequence = int(at.timestamp() * 1000)
            told = [event(one, id=new_id(), source=self._source, sequence=sequence, time=at) for one in ended]
            await outbox.append(tx, *told)
        return True


async def _first_time(tx: Transaction, token: UUID, at: datetime) -> bool:
    return bool(
        await tx.fetchval(
            "INSERT INTO ended_sessions (mark, ended_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true",
            token,
            at,
        )
    )


def handlers() -> Handlers:
    """What every service listens to."""
    handlers = Handlers()

    @handlers.on(SessionsEnded, replica=True)
    async def sessions_ended(tx: Transaction, received: Sequence[Received[SessionsEnded]]) -> None:
        await tx.execute("DELETE FROM ended_sessions WHERE ended_at < now() - $1::interval", KEPT)
        await store(tx, [one.data for one in received])

    return handlers
