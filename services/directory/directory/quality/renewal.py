"""What the clock does for quality each night and after each import, a part at a time: how entries stand, what looks the
same, then the scores of offers."""

from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from directory.offers import store as offers
from directory.offers.acts import sites_at
from directory.quality import store
from directory.quality.model import OFFER, ORGANISATION
from directory.quality.score import score

KIND: Final = "quality-renewal"
_DUE_DATE: Final = UUID("6d61696c-6c61-4765-8000-7175616c6974")
_AT_ONCE: Final = 2_000
"""Offers of one part."""
_FIRST: Final = UUID(int=0)


async def begin(tx: Transaction, now: datetime, zone: ZoneInfo) -> None:
    """Have it done from now on."""
    await due_dates.schedule(tx, [_part(_FIRST, now, zone)])


def part(parts: Parts) -> OnDue:
    """What the clock does: one part, and the next is due."""

    async def renew(tx: Transaction, due: DueDate) -> None:
        now, after = parts.now(), UUID(due.details["after"])
        if after == _FIRST:
            await store.stand(tx)
            await store.find_duplicates(tx, ORGANISATION)
            await store.find_duplicates(tx, OFFER)
        last = await _score(tx, after, now.astimezone(parts.settings.zone))
        if last is not None:
            await due_dates.schedule(tx, [_part(last, now, parts.settings.zone)])

    return renew


async def _score(tx: Transaction, after: UUID, now: datetime) -> UUID | None:
    """The next offers; the last of them, unless there are no more."""
    identities = await store.offers_after(tx, after, _AT_ONCE)
    found = [one.state for one in (await offers.those(tx, identities)).values()]
    sites = await sites_at(tx, *found)
    first = {one.offer_id: sites.get(one.places[0].site_id) if one.places else None for one in found}
    scores = {
        one.offer_id: score(one, site.address if (site := first[one.offer_id]) else None, now.date()) for one in found
    }
    await store.keep_scores(tx, scores)
    return identities[-1] if len(identities) == _AT_ONCE else None


def _part(after: UUID, now: datetime, zone: ZoneInfo) -> DueDate:
    day = now.astimezone(zone).date()
    return DueDate(_DUE_DATE, "due", KIND, _DUE_DATE, day, zone.key, now, {"after": str(after)})
