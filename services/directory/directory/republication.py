"""Telling everything again, with unchanged sequences: a replica that missed something is whole the next morning.

Keys are not told again: their topic keeps each for ever, and telling one twice could bring an erased one back.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import due_dates, outbox
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts, Service
from contracts.envelope import Envelope, derived_id, new_id
from contracts.events import PartnersRetold
from directory.agents import store as agents
from directory.aggregates import Versioned, telling
from directory.offers import store as offers
from directory.organisations import store as organisations
from directory.quality import renewal as quality
from directory.search import renewal
from directory.sites import store as sites
from directory.territories import following
from directory.territories import store as territories

KIND = "republication"
TELLER = "directory"
HOUR = time(3)
"""Local time."""
_DUE_DATE = UUID("6d61696c-6c61-4765-8000-72657075626c")
_BATCH = 1000
EVERYTHING: Sequence[Callable[[Transaction], AsyncIterator[Versioned[Any]]]] = (
    territories.every,
    organisations.every,
    sites.every,
    offers.every,
    agents.every,
)


async def republish(service: Service, _: Sequence[str]) -> None:
    """`python -m directory republish`: tell everything now."""
    async with service.parts.worker.transaction() as tx:
        count = await tell_everything(tx, run=new_id(), at=service.parts.now())
    print(f"{count} states written to the outbox")  # noqa: T201


def nightly(parts: Parts) -> OnDue:
    """What the clock does each night: territories follow the official list, everything is told, what is searched is
    renewed, quality looked at again, the next night set."""

    async def tell(tx: Transaction, due: DueDate) -> None:
        await following.follow(tx, parts.now())
        await tell_everything(tx, run=due.event_id, at=parts.now())
        await due_dates.schedule(tx, [next_night(parts.now(), parts.settings.zone)])
        await renewal.begin(tx, parts.now(), parts.settings.zone)
        await quality.begin(tx, parts.now(), parts.settings.zone)

    return tell


def next_night(now: datetime, zone: ZoneInfo) -> DueDate:
    """The next run after `now`."""
    today = datetime.combine(now.astimezone(zone).date(), HOUR, zone)
    at = today if today > now else datetime.combine(today.date() + timedelta(days=1), HOUR, zone)
    return DueDate(_DUE_DATE, "due", KIND, _DUE_DATE, at.date(), zone.key, at)


async def tell_everything(tx: Transaction, *, run: UUID, at: datetime) -> int:
    """Write the state of every aggregate to the outbox, retired ones included. Returns how many.

    `run` makes the events' ids: telling again for the same reason writes the same. Last comes that all was told.
    """
    # Writers wait: a state older than one already told must not become its key's last one on a compacted topic.
    await tx.execute("LOCK TABLE territories, organisations, sites, offers, agents IN SHARE MODE")
    count, batch = 0, list[Envelope]()
    for every in EVERYTHING:
        async for aggregate in every(tx):
            known = derived_id(run, f"{aggregate.state.key}:{aggregate.state.aggregate_id}")
            batch.append(telling(aggregate, id=known, at=at))
            count += 1
            if len(batch) == _BATCH:
                await outbox.append(tx, *batch)
                batch.clear()
    last = Versioned(PartnersRetold(teller=TELLER, told_at=at, states=count), int(at.timestamp()))
    await outbox.append(tx, *batch, telling(last, id=derived_id(run, TELLER), at=at))
    return count
