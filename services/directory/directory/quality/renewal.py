"""What the clock does for quality each night and after each import, a part at a time: how entries stand, what looks the
same, then the scores of offers."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from directory.offers import store as offers
from directory.offers.acts import sites_at
from directory.quality import store
from directory.quality.model import OFFER, ORGANISATION, Kind
from directory.quality.score import score

KIND: Final = "quality-renewal"
_DUE_DATE: Final = UUID("6d61696c-6c61-4765-8000-7175616c6974")
_AT_ONCE: Final = 2_000
"""Offers scored in one part."""
_STAND_AT_ONCE: Final = 20_000
"""Entries whose standing is made in one part: a second or two."""
_FIRST: Final = UUID(int=0)
_APART: Final = timedelta(microseconds=1)
"""Two parts are two due dates: the next is due before the last, hence at once."""


async def begin(tx: Transaction, now: datetime, zone: ZoneInfo) -> None:
    """Have it done from now on; what was under way begins again."""
    day = now.astimezone(zone).date()
    await due_dates.schedule(tx, [DueDate(_DUE_DATE, "due", KIND, _DUE_DATE, day, zone.key, now, {})])


def part(parts: Parts) -> OnDue:
    """What the clock does: one part, and the next is due."""

    async def renew(tx: Transaction, due: DueDate) -> None:
        if "after" in due.details:
            following = await _score(tx, UUID(due.details["after"]), parts.now().astimezone(parts.settings.zone))
        elif "alike" in due.details:
            following = await _pair(tx, **due.details["alike"])
        else:
            following = await _stand(tx, UUID(due.details.get("standing", str(_FIRST))), parts.now())
        if following is not None:
            await due_dates.schedule(tx, [replace(due, fires_at=due.fires_at - _APART, details=following)])

    return renew


async def _stand(tx: Transaction, after: UUID, now: datetime) -> dict[str, Any]:
    last = await store.stand_after(tx, after, _STAND_AT_ONCE)
    return {"standing": str(last)} if last else await _pairing(tx, ORGANISATION, now)


async def _pairing(tx: Transaction, kind: Kind, now: datetime) -> dict[str, Any]:
    return {"alike": {"kind": kind, "part": 0, "of": await store.parts_of_pairs(tx, kind), "since": now.isoformat()}}


async def _pair(tx: Transaction, kind: Kind, part: int, of: int, since: str) -> dict[str, Any]:
    """The pairs of one part; after the last part, those that no part found are gone."""
    await store.find_duplicates(tx, kind, datetime.fromisoformat(since), part=part, of=of)
    if part + 1 < of:
        return {"alike": {"kind": kind, "part": part + 1, "of": of, "since": since}}
    await store.forget_duplicates(tx, kind, datetime.fromisoformat(since))
    return await _pairing(tx, OFFER, datetime.fromisoformat(since)) if kind == ORGANISATION else {"after": str(_FIRST)}


async def _score(tx: Transaction, after: UUID, now: datetime) -> dict[str, Any] | None:
    """The next offers; none follow when there are no more."""
    identities = await store.offers_after(tx, after, _AT_ONCE)
    found = [one.state for one in (await offers.those(tx, identities)).values()]
    sites = await sites_at(tx, *found)
    first = {one.offer_id: sites.get(one.places[0].site_id) if one.places else None for one in found}
    scores = {
        one.offer_id: score(one, site.address if (site := first[one.offer_id]) else None, now.date()) for one in found
    }
    await store.keep_scores(tx, scores)
    return {"after": str(identities[-1])} if len(identities) == _AT_ONCE else None
