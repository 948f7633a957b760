"""Taking a feed in: batch by batch, each in one transaction with the position of the run, so that a run that was cut
short goes on where it was."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Final

import orjson

from chassis.database import Transaction
from chassis.service import Parts
from contracts.envelope import new_id
from directory.imports import reading, standard, store
from directory.imports.batch import Batch, withdraw
from directory.imports.model import KINDS, SERVICE, STRUCTURE, Kind, Surroundings
from directory.imports.standard import Line
from directory.imports.store import Run
from directory.quality import renewal as quality
from directory.search import findable

LINES: Final = 1000
"""Lines of one transaction."""
UNSEEN: Final = timedelta(days=30)
"""How long an entry may be missing from its feed before it is withdrawn."""
READ_AS: Final = 1
"""Changes with what is made of a line: lines that did not change are then read again."""

Progress = Callable[[Run], None]


async def run(parts: Parts, feed: str, files: Mapping[Kind, Path], progress: Progress) -> Run:
    """Take these files in, or go on with them. Raises reading.Unreadable, store.Overtaken."""
    named = {kind: {"name": path.name, "digest": reading.digest(path)} for kind, path in files.items()}
    async with parts.worker.transaction() as tx:
        begun = await store.begin(tx, run_id=new_id(), feed=feed, files=named, at=parts.now())
        surroundings = Surroundings(await store.territories(tx))
    intake = Intake(parts, begun, surroundings, progress)
    try:
        for kind in (one for one in KINDS if one in files):
            await intake.take(kind, files[kind])
    except reading.Unreadable as error:
        await intake.end("failed", str(error))
        raise
    else:
        # Offers before their organisations, which stay as long as they offer anything.
        for kind in (one for one in (SERVICE, STRUCTURE) if one in files):
            await intake.withdraw(kind)
    finally:
        await intake.all_findable()
    return await intake.end("finished")


class Intake:
    """A run as it goes on."""

    def __init__(self, parts: Parts, run: Run, surroundings: Surroundings, progress: Progress) -> None:
        self._parts = parts
        self._run = run
        self._surroundings = surroundings
        self._progress = progress
        self._finding: asyncio.Task[None] | None = None
        read_with = orjson.dumps([READ_AS, surroundings.territories], option=orjson.OPT_SORT_KEYS)
        self._seed = blake2b(read_with, digest_size=16).digest()

    async def take(self, kind: Kind, path: Path) -> None:
        """All lines of a file that are not taken in yet. A batch is made ready while the one before is written."""
        start = self._run.position.get(kind, 0)
        rows = enumerate(islice(reading.rows(path), start, None), start + 1)

        def following() -> list[Line]:
            return [standard.read(kind, number, raw, self._seed) for number, raw in islice(rows, LINES)]

        batch = await self._ready(kind, following, {})
        while batch is not None:
            ahead = asyncio.create_task(self._ready(kind, following, batch.known_after))
            try:
                await self._take(batch)
            finally:
                batch = await ahead

    async def _ready(self, kind: Kind, following: Callable[[], list[Line]], in_hand: Mapping[str, int]) -> Batch | None:
        lines = await asyncio.to_thread(following)
        if not lines:
            return None
        batch = Batch(self._run, kind, self._surroundings, self._parts.now(), lines)
        async with self._parts.worker.transaction() as tx:
            changed, hosts = await batch.look_up(tx, in_hand)
        await asyncio.to_thread(batch.make_ready, changed, hosts)
        return batch

    async def _take(self, batch: Batch) -> None:
        kind, last = batch.kind, batch.lines[-1].number
        async with self._parts.worker.transaction() as tx:
            await batch.take(tx)
            moved = await self._move(tx, kind, batch.counts, {**self._run.position, kind: last})
        self._moved(moved)

    async def withdraw(self, kind: Kind) -> None:
        """What the feed has not shown for long is retired; it comes back when the feed shows it again."""
        now = self._parts.now()
        today = now.astimezone(self._parts.settings.zone).date()
        async with self._parts.worker.transaction() as tx:
            await store.miss(tx, self._run, kind, today)
        count = LINES
        while count == LINES:
            async with self._parts.worker.transaction() as tx:
                count = await withdraw(tx, self._run, kind, since=today - UNSEEN, today=today, limit=LINES, at=now)
                moved = await self._move(tx, kind, {"withdrawn": count}, self._run.position)
            self._moved(moved)

    async def end(self, state: str, reason: str | None = None) -> Run:
        """Write how it ended."""
        ended = replace(self._run, state=state, reason=reason, finished_at=self._parts.now())
        async with self._parts.worker.transaction() as tx:
            await store.move(tx, self._run, ended)
            if state == "finished":
                await quality.begin(tx, self._parts.now(), self._parts.settings.zone)
        return ended

    async def _move(self, tx: Transaction, kind: Kind, counts: Mapping[str, int], position: Mapping[str, int]) -> Run:
        known = self._run.counts.get(kind, {})
        total = {name: known.get(name, 0) + counts.get(name, 0) for name in sorted({*known, *counts})}
        counted = {**self._run.counts, kind: total}
        moved = replace(self._run, position=position, counts=counted, moved_at=self._parts.now())
        await store.move(tx, self._run, moved)
        return moved

    def _moved(self, moved: Run) -> None:
        """The transaction is committed: what it brought becomes findable beside the next one."""
        self._run = moved
        self._progress(moved)
        if self._finding is None or self._finding.done():
            if self._finding is not None:
                self._finding.result()
            self._finding = asyncio.create_task(findable.catch_up(self._parts.worker))

    async def all_findable(self) -> None:
        """Wait until searches find all that was taken in."""
        if self._finding is not None:
            await self._finding
            await findable.catch_up(self._parts.worker)
