"""What the clock does with agreements: it begins them, warns six and three months ahead, renews or ends them.

Days follow from the agreement as it stands: `keep` says them again after each step, which moves those that changed and
cancels the others.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.durations import add_months, due_instant
from contracts.envelope import derived_id
from contracts.events import AgreementEnded, AgreementEnding, AgreementInForce, AgreementRenewed, EventData
from directory.agreements import life, opened, store, telling
from directory.agreements.model import BINDING, Agreement, Phase
from directory.agreements.store import Change

STEP: Final = "agreement"
OFFERS: Final = "agreement_offers"
"""Kinds of the due dates."""
START: Final = "start"
END: Final = "end"
ALERTS: Final[Mapping[str, int]] = {"six_months": 6, "three_months": 3}
"""Stage → months ahead of the last day."""


def due(agreement: Agreement, now: datetime, zone: ZoneInfo) -> list[DueDate]:
    """What the clock has to do about an agreement from now on. What is signed or shortened late is told of at once, by
    the nearest warning."""
    starts_on, last_day = agreement.terms.starts_on, agreement.last_day
    if agreement.phase is Phase.SIGNED:
        return [_due(agreement, START, starts_on, _midnight(starts_on, zone))]
    if agreement.phase is not Phase.IN_FORCE:
        return []
    over = last_day + timedelta(days=1)
    warnings = warned(starts_on, last_day, now.astimezone(zone).date())
    return [_due(agreement, stage, last_day, due_instant(day, zone)) for stage, day in warnings.items()] + [
        _due(agreement, END, over, _midnight(over, zone))
    ]


def warned(starts_on: date, last_day: date, today: date) -> dict[str, date]:
    """Stage → the day it is warned that an agreement ends; of those that have passed, the last alone."""
    days = {stage: add_months(last_day, -months) for stage, months in ALERTS.items()}
    passed = [stage for stage, day in days.items() if day < today]
    return {stage: day for stage, day in days.items() if day > starts_on and stage not in passed[:-1]}


def _due(agreement: Agreement, stage: str, due_on: date, fires_at: datetime) -> DueDate:
    identity = derived_id(agreement.agreement_id, STEP)
    return DueDate(identity, stage, STEP, agreement.agreement_id, due_on, str(fires_at.tzinfo), fires_at)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """An agreement binds, and what it opens is open, from the first minute of its first day to the last of its last."""
    return datetime.combine(day, time.min, zone)


async def keep(tx: Transaction, agreement: Agreement, now: datetime, zone: ZoneInfo) -> None:
    """Set what is to be done by the agreement as it stands, and cancel the rest."""
    await due_dates.cancel(tx, agreement.agreement_id, STEP)
    await due_dates.schedule(tx, due(agreement, now, zone))


async def follow_soon(tx: Transaction, agreement: Agreement, now: datetime, zone: ZoneInfo) -> None:
    """Have the clock, which may write every offer, make them what an agreement in force now says."""
    identity, today = derived_id(agreement.agreement_id, OFFERS), now.astimezone(zone).date()
    await due_dates.schedule(tx, [DueDate(identity, "due", OFFERS, agreement.agreement_id, today, zone.key, now)])


def on_due(parts: Parts) -> Mapping[str, OnDue]:
    """What the clock does, by kind of due date."""

    async def taken(tx: Transaction, due: DueDate) -> Clocked:
        kept = await store.find(tx, due.subject, changing=True)
        assert kept is not None, "an agreement is never deleted"
        return Clocked(tx, kept, due.event_id, parts.now(), parts.settings.zone)

    async def step(tx: Transaction, due: DueDate) -> None:
        await (await taken(tx, due)).step(due.stage)

    async def follow(tx: Transaction, due: DueDate) -> None:
        await (await taken(tx, due)).follow()

    return {STEP: step, OFFERS: follow}


class Clocked:
    """An agreement in the clock's hands, taken for change."""

    def __init__(self, tx: Transaction, kept: store.Kept, event_id: UUID, now: datetime, zone: ZoneInfo) -> None:
        self._tx, self._kept, self._event_id = tx, kept, event_id
        self._now, self._zone, self._today = now, zone, now.astimezone(zone).date()

    async def step(self, stage: str) -> None:
        """Do what is due at that stage; what no longer applies is left."""
        agreement = self._kept.agreement
        if agreement.phase not in BINDING:
            return
        if stage == START:
            await self._begin(agreement)
        elif stage == END:
            await self._come_to_term(agreement)
        else:
            await self._warn(agreement, stage)

    async def follow(self) -> None:
        """Make the offers what the agreement says, while it is in force."""
        if self._kept.agreement.phase is Phase.IN_FORCE:
            await self._follow(self._kept.agreement)

    async def _warn(self, agreement: Agreement, stage: str) -> None:
        renewal, renews = agreement.terms.renewal.how, agreement.renews_tacitly
        managers = await store.managers(self._tx, agreement.terms.territory_ids)
        event = telling.of(
            AgreementEnding, agreement, stage=stage, renewal=renewal, renews=renews, manager_ids=managers
        )
        await self._become(agreement, f"ending_{stage}", event)

    async def _begin(self, agreement: Agreement) -> None:
        begun = life.begin(agreement, self._today)
        offer_ids = await self._follow(begun)
        await self._become(begun, "in_force", telling.of(AgreementInForce, begun, offer_ids=offer_ids))

    async def _come_to_term(self, agreement: Agreement) -> None:
        after = life.come_to_term(agreement, self._today)
        offer_ids = await self._follow(after)
        if after.phase is Phase.ENDED:
            said = {"ended_on": after.ended_on, "reason": after.end_reason, "offer_ids": offer_ids}
            await self._become(after, "ended", telling.of(AgreementEnded, after, **said))
        else:
            renewed = telling.of(AgreementRenewed, after, renewal=after.renewals[-1].how)
            await self._become(after, "renewed_tacitly", renewed)

    async def _follow(self, agreement: Agreement) -> tuple[UUID, ...]:
        return await opened.follow(self._tx, agreement, at=self._now, today=self._today)

    async def _become(self, agreement: Agreement, what: str, event: EventData) -> None:
        change = Change(what, self._now, None, {"until": agreement.last_day.isoformat()})
        kept = await store.keep(self._tx, agreement, self._kept.version, change)
        await telling.publish(self._tx, event, kept.version, id=self._event_id, at=self._now)
        await keep(self._tx, agreement, self._now, self._zone)
