"""Inboxes are filled by what is written to agents, and by messages about no dossier that reached nobody: of the others
cases makes a task of the dossier, of which agents are told as of any other (decision 0029)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import due_dates, outbox
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.handlers import Handlers, Received
from contracts.durations import due_instant
from contracts.envelope import event
from contracts.events import (
    ConferenceRatified,
    DigestDue,
    FollowUpDue,
    MessageFailed,
    OrientationProposed,
)
from notifications.messages.model import SOURCE, Planned
from notifications.messages.occasions import OCCASIONS
from notifications.messages.rules import RuleBook
from notifications.tasks import store
from notifications.tasks.model import (
    DIGEST,
    Task,
    morning_of,
    next_morning,
    task_of,
    undelivered,
)

_TOPICS = {name: occasion.event.topic for name, occasion in OCCASIONS.items()}


@dataclass(frozen=True)
class Arrivals:
    """What comes into inboxes. Whoever has something new has a morning mail coming."""

    book: RuleBook
    now: Callable[[], datetime]
    zone: ZoneInfo

    async def take(self, tx: Transaction, planned: Sequence[Planned]) -> None:
        """What agents are written to is in their inbox as well; but not the mail that counts what is in there."""
        rules = self.book.rules
        await self.add(
            tx,
            [
                task_of(one, rules[one.rule])
                for one in planned
                if rules[one.rule].recipients.are_agents and one.event_type != DigestDue.__name__
            ],
        )

    async def add(self, tx: Transaction, tasks: Sequence[Task]) -> None:
        agents = await store.add(tx, tasks)
        mornings = {morning_of(agent_id): agent_id for agent_id in agents}
        for known in await store.awaiting(tx, list(mornings)) if mornings else ():
            del mornings[known]
        if mornings:
            await due_dates.schedule(tx, [self._morning(agent_id) for agent_id in sorted(mornings.values())])

    def _morning(self, agent_id: UUID) -> DueDate:
        day = next_morning(self.now(), self.zone)
        instant = due_instant(day, self.zone)
        return DueDate(morning_of(agent_id), "due", DIGEST, agent_id, day, self.zone.key, instant)

    def on_due(self) -> dict[str, OnDue]:
        """What the clock does in the morning."""

        async def morning(tx: Transaction, due: DueDate) -> None:
            await store.forget(tx, due.subject, self.now())
            counted = await store.morning(tx, due.subject, self.now())
            if counted is None or not counted.wanted or not counted.fresh:
                return
            data = DigestDue(agent_id=due.subject, due_on=due.due_on, fresh=counted.fresh, pending=counted.pending)
            told = event(data, id=due.event_id, source=SOURCE, sequence=counted.version, time=self.now())
            await outbox.append(tx, told)

        return {DIGEST: morning}

    def handlers(self) -> Handlers:
        """For events that messages follow too: see `Handlers.beside`."""
        made = Handlers()

        async def named(tx: Transaction, received: Sequence[Received[Any]]) -> None:
            await store.name_agents(tx, [(one.data.case_id, _agent(one.data), one.envelope.time) for one in received])

        for event_type in (FollowUpDue, OrientationProposed, ConferenceRatified):
            made.on(event_type)(named)

        @made.on(MessageFailed)
        async def failed(tx: Transaction, received: Sequence[Received[MessageFailed]]) -> None:
            for one in received:
                if one.data.case_id is None:
                    await self._undelivered(tx, one)

        return made

    async def _undelivered(self, tx: Transaction, failed: Received[MessageFailed]) -> None:
        message = await store.undelivered(tx, failed.data.message_id)
        if message is None:
            return
        case_id = _case_of(message)
        agents = await store.in_charge(tx, case_id or message.subject, message.territory_id)
        at = failed.envelope.time
        await self.add(
            tx, [undelivered(case_id, message.subject, agent, failed.envelope.id, at) for agent in sorted(agents)]
        )


def _agent(data: FollowUpDue | OrientationProposed | ConferenceRatified) -> UUID:
    return data.coordinator_id if isinstance(data, ConferenceRatified) else data.agent_id


def _case_of(message: store.Undelivered) -> UUID | None:
    """An organisation's message may be caused by a dossier it must not know of: `case_id` is not among its facts."""
    return message.subject if _TOPICS.get(message.event_type) == FollowUpDue.topic else None
