"""A territory's month, counted once when it is over, and kept as it may be shown.

Months do not overlap and never change once published: nobody works out who came by comparing two periods, or two
readings. Conferences by phase alone are those there are on that day. A worry about a child is no request and opens no
dossier: nothing of it is counted.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cases.steering import store
from cases.territorial.counting import OF_REQUESTS, ORIENTATIONS, REQUESTS, published
from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.durations import add_months

PUBLISHED_ON: Final = 16
"""Day of the month after: by then most promised answers were due."""
HOUR: Final = time(4)
BACK: Final = 24
"""Months that are published where they were not, after a long absence or for what was there before."""
AT_ONCE: Final = 20
"""Months of territories counted in one transaction."""
PUBLISHING: Final = "steering"
"""Kind of the due date."""
DUE: Final = UUID("7a0c5b52-9a51-5c3e-8a44-2f6f1c1b6d10")
"""The one due date there is: the first territory begins it, each firing sets the next."""
UNKNOWN: Final = "unknown"

_OF_CONFERENCES: Final = """
SELECT commune, phase AS value, count(*) AS counted FROM conferences JOIN cases USING (case_id)
WHERE territory_id = $1 AND opened_at >= $2::date - interval '2 years' AND opened_at < $3::date
GROUP BY commune, phase
"""
_FOLLOW_UPS: Final = """
SELECT commune, CASE WHEN recorded_on IS NULL THEN 'late' WHEN recorded_on > due_on THEN 'done_late' ELSE 'done' END
    AS value, count(*) AS counted
FROM follow_ups JOIN cases USING (case_id)
WHERE territory_id = $1 AND due_on >= $2 AND due_on < $3
GROUP BY 1, 2
"""
QUERIES: Final[Mapping[str, str]] = {
    "week": REQUESTS.format(value=f"coalesce(to_char(week, 'IYYY-\"W\"IW'), '{UNKNOWN}')"),
    **{name: REQUESTS.format(value=OF_REQUESTS[name]) for name in ("channel", "theme", "delay", "promise")},
    "orientation": ORIENTATIONS,
    "conference": _OF_CONFERENCES,
    "follow_up": _FOLLOW_UPS,
}
"""What is counted of a month, by commune; in the order shown."""


def last_published(today: date) -> date:
    """The newest month whose figures are out by that day."""
    return add_months(today.replace(day=1), -1 if today.day >= PUBLISHED_ON else -2)


def next_at(now: datetime, zone: ZoneInfo) -> datetime:
    """When the next month is published."""
    today = now.astimezone(zone).date()
    first = today.replace(day=1) if today.day < PUBLISHED_ON else add_months(today.replace(day=1), 1)
    return datetime.combine(first.replace(day=PUBLISHED_ON), HOUR, zone)


async def publish(tx: Transaction, today: date, at: datetime) -> bool:
    """Publish months that are not yet, the newest first. Whether some are left for another time."""
    newest = last_published(today)
    missing = await store.unpublished(tx, add_months(newest, 1 - BACK), newest, AT_ONCE + 1)
    for territory_id, month in missing[:AT_ONCE]:
        figures = await published(tx, QUERIES, territory_id, month, add_months(month, 1))
        await store.publish(tx, territory_id, figures, at)
    return len(missing) > AT_ONCE


def on_due(parts: Parts) -> OnDue:
    """Publishes, and says when to look again."""

    async def due(tx: Transaction, _due: DueDate) -> None:
        now, zone = parts.now(), parts.settings.zone
        more = await publish(tx, now.astimezone(zone).date(), now)
        await begin(tx, now + timedelta(seconds=1) if more else next_at(now, zone), zone)

    return due


async def begin_once(tx: Transaction, at: datetime, zone: ZoneInfo) -> None:
    """Have the clock publish from then on, unless it does already."""
    if not await tx.fetchval("SELECT EXISTS (SELECT FROM due_dates WHERE due_date_id = $1)", DUE):
        await begin(tx, at, zone)


async def begin(tx: Transaction, at: datetime, zone: ZoneInfo) -> None:
    """Have the clock publish then."""
    due = DueDate(DUE, "due", PUBLISHING, DUE, at.astimezone(zone).date(), zone.key, at)
    await due_dates.schedule(tx, [due])
