"""Letters are gathered once a working day; a round is a due date, set by the first letter that waits for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from contracts.envelope import derived_id
from notifications.letters import store
from notifications.letters.model import next_round
from notifications.messages.hours import IsHoliday
from notifications.messages.model import Reason

FORGET: Final = "letters-forgotten"
NOW: Final = timedelta(seconds=10)
"""How long the letters of a batch that is closed by hand are gathered."""
_ROUNDS: Final = UUID("6d61696c-6c61-4765-8000-6c6574746572")
_UNPOSTED: Final = timedelta(days=90)
"""How long a batch that nobody said was posted is kept."""
_MOMENT: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Rounds:
    """When letters leave. `keep`: how long what a letter says outlives its posting, to be printed again."""

    closes_at: time
    zone: ZoneInfo
    is_holiday: IsHoliday
    keep: timedelta
    deposits: bool
    """Whether batches are handed over by the platform itself."""

    async def leaves(self, tx: Transaction, now: datetime) -> datetime:
        """When a letter may be written: now while a batch is gathered, else when the next one is."""
        if await store.is_open(tx, now):
            return now
        coming = next_round(now, self.closes_at, self.zone, self.is_holiday)
        known = derived_id(_ROUNDS, coming.closes.isoformat())
        await due_dates.schedule(tx, [store.round_of(known, coming.opens, coming.closes, self.zone.key)])
        if coming.opens > now:
            return coming.opens
        # Another clock may be ahead of ours, and have closed that one.
        return now if await store.is_open(tx, now) else now + _MOMENT

    async def close_now(self, tx: Transaction, now: datetime) -> None:
        """Gather what waits, and close the batch in a moment. Said again within the minute it is the same batch."""
        known = derived_id(_ROUNDS, f"{now:%Y-%m-%dT%H:%M}")
        await due_dates.schedule(tx, [store.round_of(known, now, now + NOW, self.zone.key)])
        await store.open_now(tx, Reason.NEXT_BATCH, now)

    def on_due(self, now: Callable[[], datetime]) -> dict[str, OnDue]:
        """What the clock does: it closes batches, and forgets them."""

        async def close(tx: Transaction, _: DueDate) -> None:
            await self._close(tx, "to_deposit" if self.deposits else "to_print", now())

        async def forget(tx: Transaction, due: DueDate) -> None:
            await store.forget(tx, due.subject, now())

        return {store.KIND: close, FORGET: forget}

    async def restored(self, tx: Transaction, now: datetime) -> None:
        """After a restore: what is gathered or batched may have been posted already. Somebody looks before it leaves,
        and nothing is handed over by the platform."""
        await self._close(tx, "to_print", now)
        await store.hold(tx)

    async def _close(self, tx: Transaction, state: str, now: datetime) -> None:
        made = await store.close(tx, state, now)
        await due_dates.schedule(tx, [self.forgotten(batch_id, now + _UNPOSTED) for batch_id in made])

    async def posted(self, tx: Transaction, batch_id: UUID, at: datetime) -> None:
        """What its letters say is forgotten some days from now."""
        await due_dates.schedule(tx, [self.forgotten(batch_id, at + self.keep)])

    def forgotten(self, batch_id: UUID, at: datetime) -> DueDate:
        """The due date that forgets a batch."""
        day = at.astimezone(self.zone).date()
        return DueDate(derived_id(batch_id, FORGET), "due", FORGET, batch_id, day, self.zone.key, at)
