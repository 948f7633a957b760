"""What the clock does for the search each night, a part at a time: openings move on, words are counted again."""

from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from directory.search import findable, timetables, vocabulary

KIND: Final = "search-renewal"
_DUE_DATE: Final = UUID("6d61696c-6c61-4765-8000-736561726368")
_AT_ONCE: Final = 5_000
"""Timetables of one part: some seconds."""
_FIRST: Final = UUID(int=0)


async def begin(tx: Transaction, now: datetime, zone: ZoneInfo) -> None:
    """Have it done from now on."""
    await due_dates.schedule(tx, [_part(_FIRST, now, zone)])


def part(parts: Parts) -> OnDue:
    """What the clock does: one part, and the next is due."""

    async def renew(tx: Transaction, due: DueDate) -> None:
        now, after = parts.now(), UUID(due.details["after"])
        if after == _FIRST:
            while await findable.make_due(tx):  # what an import left that was never gone on with
                pass
            await timetables.forget_unused(tx)
            await vocabulary.learn(tx, sorted(vocabulary.of_lexicon()))
            await vocabulary.count(tx)
        last = await timetables.renew(tx, after, _AT_ONCE, now)
        if last is not None:
            await due_dates.schedule(tx, [_part(last, now, parts.settings.zone)])

    return renew


def _part(after: UUID, now: datetime, zone: ZoneInfo) -> DueDate:
    day = now.astimezone(zone).date()
    return DueDate(_DUE_DATE, "due", KIND, _DUE_DATE, day, zone.key, now, {"after": str(after)})
