"""When offers are open in the weeks ahead, worked out beforehand so that a search only compares.

One timetable serves every offer of the same hours in the same département, whose public holidays they follow.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Record

from chassis import holidays
from chassis.database import Transaction
from directory.hours.model import BadHours, Hours, Opening, Place

AHEAD: Final = timedelta(days=35)
"""How far ahead openings are known."""
_BEFORE: Final = timedelta(days=1)
_MANY: Final = 1_000_000
"""More openings than there are."""

_UNKNOWN = """
SELECT DISTINCT ON (timetable_id) timetable_id, hours, coalesce(directory_department(commune), '') AS department,
    directory_zone(directory_department(commune)) AS zone
FROM findable WHERE offer_id = ANY($1::uuid[]) AND hours IS NOT NULL
AND NOT EXISTS (SELECT FROM timetables AS known WHERE known.timetable_id = findable.timetable_id)
"""
_PUT = """
INSERT INTO timetables
SELECT timetable_id, hours, department, coalesce(openings, '{}')
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[]) AS told (timetable_id, hours, department, number)
LEFT JOIN (SELECT number, range_agg(tstzrange(opens, closes)) AS openings
    FROM unnest($5::bigint[], $6::timestamptz[], $7::timestamptz[]) AS opening (number, opens, closes)
    GROUP BY number) AS kept USING (number) ORDER BY timetable_id
ON CONFLICT (timetable_id) DO UPDATE SET openings = excluded.openings
"""
_FORGET = """
DELETE FROM timetables AS t WHERE NOT EXISTS (SELECT FROM findable AS f WHERE f.timetable_id = t.timetable_id)
"""
_AFTER = """
SELECT timetable_id, hours, department, directory_zone(department) AS zone FROM timetables
WHERE timetable_id > $1 ORDER BY timetable_id LIMIT $2
"""


async def add(tx: Transaction, offer_ids: Sequence[UUID]) -> None:
    """Those that these offers need and nobody needed before."""
    if rows := await tx.fetch(_UNKNOWN, offer_ids):
        await _put(tx, rows, await tx.fetchval("SELECT now()"))


async def forget_unused(tx: Transaction) -> None:
    """Those of hours that no offer has any more."""
    await tx.execute(_FORGET)


async def renew(tx: Transaction, after: UUID, limit: int, now: datetime) -> UUID | None:
    """Move on `limit` timetables, in order of their id. Returns the last, or None when all are done."""
    rows = await tx.fetch(_AFTER, after, limit)
    await _put(tx, rows, now)
    return rows[-1]["timetable_id"] if len(rows) == limit else None


async def _put(tx: Transaction, rows: Sequence[Record], now: datetime) -> None:
    """What is the same in many départements is told once."""
    told = [[row[name] for row in rows] for name in ("timetable_id", "hours", "department")]
    openings = [_openings(row, now) for row in rows]
    different = {id(one): one for one in openings}
    found = [(number, one.opens, one.closes) for number, several in different.items() for one in several]
    await tx.execute(
        _PUT, *told, [id(one) for one in openings], *([one[column] for one in found] for column in range(3))
    )


def _openings(row: Record, now: datetime) -> Sequence[Opening]:
    return _from(now.astimezone(UTC).date(), row["hours"], row["zone"], holidays.like(row["department"]))


@lru_cache(maxsize=2_000)
def _from(day: date, hours: str, zone: str, department: str) -> Sequence[Opening]:
    """Openings from the day before on. Of many départements they are the same, and worked out once. None where hours
    can't be read: what was typed was refused, but they may come from elsewhere."""
    try:
        read = Hours(hours, Place(ZoneInfo(zone), department))
    except BadHours:
        return ()
    return read.openings(datetime.combine(day, time(), UTC) - _BEFORE, _MANY, AHEAD + 2 * _BEFORE)
