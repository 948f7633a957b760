"""What a rule would do with events: every message judged as before it leaves, none of them kept or sent."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from chassis.database import Database, Transaction
from chassis.handlers import Received
from contracts.envelope import Envelope, parse
from notifications.messages.channels import Channels
from notifications.messages.handlers import planned_for
from notifications.messages.model import Delivery, Ended, Planned, Step, Unreachable, Until, following
from notifications.messages.post import Post, Prepared
from notifications.sms.gateway import TextMessage


@dataclass
class Tally:
    """How many messages would leave by which channel, or not, and why; and what they cost, in euros."""

    events: int = 0
    leave: Counter[str] = field(default_factory=Counter)
    stay: Counter[str] = field(default_factory=Counter)
    parts: int = 0

    def cost(self, price: Decimal) -> Decimal:
        """Of text messages, by the part; the other channels have no price here."""
        return self.parts * price


class _Undone(Exception):
    """Nothing a trial writes is kept."""


@dataclass(frozen=True)
class Trial:
    """Judged by what is known today of people, their addresses and wishes, at the hour the message was due."""

    database: Database
    post: Post
    channels: Channels

    async def run(self, rule: str, past: AsyncIterator[Envelope]) -> Tally:
        """Go through past events."""
        tally = Tally()
        async for envelope in past:
            tally.events += 1
            try:
                async with self.database.transaction() as tx:
                    received = [Received(envelope, parse(envelope))]
                    planned = await planned_for(tx, self.post.book, received)
                    await self._count(tx, [one for one in planned if one.rule == rule], tally)
                    raise _Undone
            except _Undone:
                continue
        return tally

    async def _count(self, tx: Transaction, planned: Sequence[Planned], tally: Tally) -> None:
        for one in planned:
            found = await self._judged(tx, one)
            if isinstance(found, str):
                tally.stay[found] += 1
            else:
                name, prepared = found
                tally.leave[name] += 1
                tally.parts += prepared.parcel.parts if isinstance(prepared.parcel, TextMessage) else 0

    async def _judged(self, tx: Transaction, one: Planned) -> tuple[str, Prepared] | str:
        """The channel it would leave by, with what would leave; or why it would not."""
        if one.quiet:
            return "no_safe_contact"
        steps = list[Step]()
        for name in one.channels:
            delivery = _delivery(one, name)
            found = await self.post.prepare(tx, delivery, self.channels[name], one.due_at)
            if isinstance(found, Until):
                found = await self.post.prepare(tx, delivery, self.channels[name], found.at)
            if isinstance(found, Prepared):
                return name, found
            if not isinstance(found, Unreachable):
                return str(found.reason)
            steps.append(Step(name, found.reason, one.due_at))
        ended = following(one.channels, steps)
        assert isinstance(ended, Ended), "every channel was left behind"
        return ended.reason


def _delivery(one: Planned, channel: str) -> Delivery:
    return Delivery(
        delivery_id=one.delivery_id,
        rule=one.rule,
        event_id=one.event_id,
        event_type=one.event_type,
        event_time=one.event_time,
        subject=one.subject,
        territory_id=one.territory_id,
        correlation_id=one.correlation_id,
        traceparent=one.traceparent,
        recipient_kind=one.recipient_kind,
        recipient_id=one.recipient_id,
        channel=channel,
        channels=one.channels,
        steps=(),
        facts=one.facts,
        overtaken=False,
        in_doubt=False,
        attempts=0,
        sender=None,
        trying_since=None,
        version=0,
    )
