"""Keeping what was typed so far: sealed, under a secret that only the browser holds, or who wrote it down."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final
from uuid import UUID

import orjson

from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate
from chassis.sealing import SubjectKey
from chassis.service import Parts
from intake.asking import store
from intake.asking.steps import Draft
from intake.drafts.model import KEPT
from intake.tracking.model import new_secret, typed

ASKING: Final = "asking"
"""Kind of the due date that ends a draft."""
SHORT = timedelta(hours=1)
"""After the last page, unless somebody asked to continue later."""
_SYSTEM = SystemRandom()


class NothingKept(Exception):
    """Nothing was typed under this secret, or it has ended."""


class Keeping:
    """Drafts of people without an account. `secret`: 12 characters, 57 bits, behind the limit of rates."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @staticmethod
    def secret() -> str:
        """A new one: the browser's, and the code of whoever continues later."""
        return new_secret(_SYSTEM)

    def draft_id(self, secret: str) -> UUID:
        """What the database knows a secret by, however it was typed."""
        return UUID(bytes=self._made_of(secret, b"demande", 16))

    def _key(self, secret: str) -> SubjectKey:
        """Seals what was typed: nobody opens it by the database and the deployment's key alone."""
        return SubjectKey(f"asking:{self.draft_id(secret)}", self._made_of(secret, b"demande-scellee", 32))

    def _made_of(self, secret: str, purpose: bytes, size: int) -> bytes:
        master = self._parts.settings.master_key
        return hashlib.blake2b(typed(secret).encode(), digest_size=size, key=master, person=purpose).digest()

    async def read(self, secret: str) -> Draft:
        """Raises NothingKept."""
        async with self._parts.worker.transaction() as tx:
            return self._opened(secret, await self._take(tx, secret))

    async def change(self, secret: str, change: Callable[[Draft], Draft], *, otherwise: Draft | None = None) -> Draft:
        """Keep what comes of it, `otherwise` where nothing is kept yet. Raises NothingKept without that."""
        async with self._parts.worker.transaction() as tx:
            try:
                row: store.Row | None = await self._take(tx, secret)
            except NothingKept:
                if otherwise is None:
                    raise
                row = None
            known = self._opened(secret, row) if row else otherwise
            assert known is not None
            changed = change(known)
            await self._write(tx, secret, changed, kept=row.kept if row else False)
            return changed

    async def keep_for_later(self, secret: str) -> None:
        """For seven days after the last change, for whoever has the code. Raises NothingKept."""
        async with self._parts.worker.transaction() as tx:
            await self._write(tx, secret, self._opened(secret, await self._take(tx, secret)), kept=True)

    async def drop(self, secret: str) -> None:
        """Erase what was typed; nothing is left to erase the second time."""
        draft_id = self.draft_id(secret)
        async with self._parts.worker.transaction() as tx:
            await store.remove(tx, draft_id)
            await due_dates.cancel(tx, draft_id, ASKING)

    async def _take(self, tx: Transaction, secret: str) -> store.Row:
        row = await store.take(tx, self.draft_id(secret), self._parts.now())
        if row is None:
            raise NothingKept
        return row

    def _opened(self, secret: str, row: store.Row) -> Draft:
        content = orjson.loads(self._key(secret).open_bytes(row.sealed, event_id=row.draft_id, name=ASKING))
        return Draft(content["fields"], tuple(content["done"]), tuple(content["alarms"]))

    async def _write(self, tx: Transaction, secret: str, draft: Draft, *, kept: bool) -> None:
        draft_id = self.draft_id(secret)
        sealed = self._key(secret).seal_bytes(orjson.dumps(asdict(draft)), event_id=draft_id, name=ASKING)
        ends = self._parts.now() + (KEPT if kept else SHORT)
        await store.write(tx, store.Row(draft_id, kept, sealed, ends))
        await due_dates.schedule(tx, [self._end(draft_id, ends)])

    def _end(self, draft_id: UUID, ends: datetime) -> DueDate:
        zone = self._parts.settings.zone
        return DueDate(draft_id, "due", ASKING, draft_id, ends.astimezone(zone).date(), str(zone), ends)


async def asking_ends(tx: Transaction, due: DueDate) -> None:
    """The time of a draft is over: it goes, with its key. Nothing is told."""
    await store.purge(tx, due.subject, due.fires_at)
