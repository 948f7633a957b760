"""Due dates: rows that hold a local date, its zone and the instant it fires at.

A deadline has stages (`early`, `due`, `overdue`), each a row and each fired once: the clock
takes a row and writes its event in the same transaction, with any number of clocks, across
downtime and clock changes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import structlog

from chassis.database import Database, Transaction, is_away, is_interruption
from chassis.inbox import FORGET
from chassis.observability import metrics
from chassis.progress import Progress
from chassis.web.idempotency import purge
from contracts.envelope import derived_id

log = structlog.get_logger(__name__)


RESTRICTED = "restricted"
"""Kind of what may not even be counted."""


@dataclass(frozen=True, slots=True)
class DueDate:
    """One stage of one deadline. `fires_at` is aware; `subject` is the aggregate concerned."""

    due_date_id: UUID
    stage: str
    kind: str
    subject: UUID
    due_on: date
    zone: str
    fires_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def event_id(self) -> UUID:
        """The id of the event it fires: a moved deadline fires anew, the same one never twice."""
        return derived_id(self.due_date_id, f"{self.stage}:{self.due_on}")


_SCHEDULE = """
INSERT INTO due_dates (due_date_id, stage, kind, subject, due_on, zone, fires_at, details)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::date[], $6::text[], $7::timestamptz[],
    $8::jsonb[])
ON CONFLICT (due_date_id, stage) DO UPDATE SET due_on = excluded.due_on, zone = excluded.zone,
    fires_at = excluded.fires_at, details = excluded.details, state = 'waiting', attempts = 0, fired_at = NULL,
    not_before = NULL
WHERE (due_dates.due_on, due_dates.fires_at) <> (excluded.due_on, excluded.fires_at) OR due_dates.state = 'cancelled'
"""


async def schedule(tx: Transaction, due_dates: Sequence[DueDate]) -> None:
    """Set deadlines, or move those that are known to a new day. Saying it again changes nothing."""
    await tx.execute(
        _SCHEDULE,
        *(
            [getattr(one, name) for one in due_dates]
            for name in ("due_date_id", "stage", "kind", "subject", "due_on", "zone", "fires_at", "details")
        ),
    )


async def cancel(tx: Transaction, subject: UUID, *kinds: str) -> int:
    """What was due is done or void: stages still waiting will not fire. Returns how many."""
    rows = await tx.fetch(
        """UPDATE due_dates SET state = 'cancelled'
           WHERE subject = $1 AND kind = ANY($2::text[]) AND state = 'waiting' RETURNING 1""",
        subject,
        kinds,
    )
    return len(rows)


OnDue = Callable[[Transaction, DueDate], Awaitable[None]]
"""Writes the event of a due date, with `due.event_id`, in the transaction that fires it."""

# Materialized: a subquery may be run again for each row, and take another one each time.
_TAKE = """
WITH due AS MATERIALIZED (
    SELECT due_date_id, stage FROM due_dates
    WHERE state = 'waiting' AND fires_at <= $1 AND (not_before IS NULL OR not_before <= $1)
    ORDER BY fires_at LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE due_dates AS row SET state = 'fired', fired_at = $1
FROM due WHERE row.due_date_id = due.due_date_id AND row.stage = due.stage
RETURNING row.due_date_id, row.stage, kind, subject, due_on, zone, fires_at, details
"""


class Clock:
    """Fires what falls due. Any number of them may run."""

    def __init__(
        self,
        database: Database,
        on_due: Mapping[str, OnDue],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        poll: float = 0.5,
    ) -> None:
        self._database = database
        self._on_due = on_due
        self._now = now
        self._poll = poll
        self._tidied: date | None = None
        self.progress = Progress("clock")

    async def run(self) -> None:
        """Fire until cancelled; waits for a database that is away."""
        while True:
            try:
                while await self.fire_one():
                    pass
                await self._tidy()
            except Exception as error:
                if not is_interruption(error):
                    raise
                log.warning("clock_waits", error=type(error).__name__)
            self.progress.idle()
            await asyncio.sleep(self._poll)

    async def fire_one(self) -> bool:
        """Fire the most overdue row, if any. One that fails is tried again later, longer each time."""
        self.progress.working()
        now = self._now()
        due: DueDate | None = None
        try:
            async with self._database.transaction() as tx:
                row = await tx.fetchrow(_TAKE, now)
                if row is None:
                    return False
                due = DueDate(**row)
                await self._on_due[due.kind](tx, due)
        except Exception as error:
            if due is None or isinstance(error, OSError) or is_away(error):
                raise
            log.exception("due_date_failed", kind=due.kind, stage=due.stage, error=type(error).__name__)
            await self._postpone(due, now)
        else:
            if due.kind != RESTRICTED:
                metrics.CLOCK_FIRED.labels(due.kind, due.stage).inc()
                metrics.CLOCK_LATE.observe((now - due.fires_at).total_seconds())
        finally:
            self.progress.done()
        return True

    async def _postpone(self, due: DueDate, now: datetime) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(
                """UPDATE due_dates SET attempts = attempts + 1,
                       not_before = $3::timestamptz + least(interval '1 hour',
                           interval '5 seconds' * 2 ^ least(attempts, 10))
                   WHERE due_date_id = $1 AND stage = $2 AND state = 'waiting'""",
                due.due_date_id,
                due.stage,
                now,
            )

    async def _tidy(self) -> None:
        """Once a day: drop what nobody can need again."""
        today = self._now().date()
        if self._tidied == today:
            return
        async with self._database.transaction() as tx:
            await tx.execute(FORGET)
            await purge(tx)
        self._tidied = today
