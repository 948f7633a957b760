"""What only time or trouble would bring: a month's figures, an appointment ahead, an event set aside."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import orjson

from cases.territorial.figures import Figures, publishable
from contracts.durations import add_months
from deploy.demo import play
from deploy.demo.department import today
from deploy.local.migrate import service_database
from deploy.local.stack import Stack

PLACES: Final = ("22278", "22187", "22215", "22251")
COUNTED: Final[Mapping[str, tuple[str, ...]]] = {
    "week": ("2026-W40", "2026-W41", "2026-W42", "2026-W43"),
    "channel": ("desk", "phone", "web", "outreach"),
    "theme": ("housing", "family", "food", "digital", "health"),
    "delay": ("days_00", "days_03", "days_10", "later", "unanswered"),
    "promise": ("kept", "missed"),
    "orientation": ("answered", "waiting", "unanswered"),
    "conference": ("preparation", "scheduled", "ratified", "stopped"),
    "follow_up": ("done", "done_late", "late"),
}


def publish_figures(stack: Stack, territory_id: str) -> None:
    """A month as the clock would publish it, of invented counts: some are few, and hidden."""
    month = add_months(today().replace(day=1), -1)
    tables = {
        name: publishable(
            {
                (place, value): 40 // (3 * row + 1) // (column + 1) + (row == 3 and column == 0)
                for row, place in enumerate(PLACES)
                for column, value in enumerate(values)
            }
        )
        for name, values in COUNTED.items()
    }
    shown = {name: table for name, table in tables.items() if table is not None}
    figures = Figures(since=month, until=add_months(month, 1), tables=shown)
    asyncio.run(_write(stack, territory_id, month, figures))


def set_aside(stack: Stack) -> None:
    """An event that notifications could not handle, of a topic of its own: no later one waits behind it."""
    asyncio.run(_set_aside(stack))


async def _set_aside(stack: Stack) -> None:
    connection = await asyncpg.connect(service_database(stack, "notifications").admin_url)
    try:
        await connection.execute(
            """INSERT INTO dead_letters (dead_letter_id, topic, partition, record_offset, key, event_type, headers,
                   value, reason, attempts)
               VALUES (gen_random_uuid(), 'cases-events', 0, 1000000, 'exemple', 'FollowUpDue', '{}', '', 'KeyError',
                   5)"""
        )
    finally:
        await connection.close()


async def _write(stack: Stack, territory_id: str, month: date, figures: Figures) -> None:
    connection = await asyncpg.connect(service_database(stack, "cases").admin_url)
    try:
        await connection.execute(
            "INSERT INTO steering_figures VALUES ($1, $2, $3, now())",
            territory_id,
            month,
            orjson.dumps(figures.model_dump(mode="json")).decode(),
        )
    finally:
        await connection.close()


def book(doors: play.Doors, case_id: UUID, worker_id: UUID) -> None:
    """The social worker sees somebody in three days, at home."""
    at = datetime.combine(today() + timedelta(days=3), time(10), UTC)
    person = doors.as_("manager").get(f"/cases/{case_id}").body["people"][0]["person_id"]
    asked = {
        "starts_at": at.isoformat(),
        "minutes": 45,
        "place": "home",
        "agents": [str(worker_id)],
        "people": [person],
    }
    doors.as_("manager").post(f"/cases/{case_id}/appointments", asked)
