"""What agents are to look at, and when a morning mail says so."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.holidays import holidays_in
from contracts.durations import add_working_days, due_instant
from contracts.envelope import derived_id
from notifications.messages.model import Planned
from notifications.messages.rules import Rule

DIGEST: Final = "digest"
"""Kind of the due date of an agent's morning mail, and what the rule's event is named after."""
KEPT: Final = timedelta(days=90)
"""How long what is done, or was made untrue, is still found."""
UNDELIVERED: Final = "message-failed"
"""Kind of a task that no rule makes: a message about no dossier reached nobody."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something for an agent to look at: where it is, by when. Nothing of anybody."""

    task_id: UUID
    agent_id: UUID
    kind: str
    link: str
    due_on: date | None
    late: bool
    subject: UUID
    caused_at: datetime


def task_of(planned: Planned, rule: Rule) -> Task:
    """What an agent who is written to finds in their inbox as well."""
    due_on = planned.facts.get("due_on") or planned.facts.get("ends_on")
    return Task(
        task_id=planned.delivery_id,
        agent_id=planned.recipient_id,
        kind=planned.rule,
        link=rule.link.format_map(planned.facts),
        due_on=date.fromisoformat(due_on) if due_on else None,
        late=planned.facts.get("stage") == "overdue",
        subject=planned.subject,
        caused_at=planned.event_time,
    )


def undelivered(case_id: UUID | None, subject: UUID, agent_id: UUID, event_id: UUID, at: datetime) -> Task:
    """That a message reached nobody, where cases makes no task of a dossier of it: who is in charge finds another
    way."""
    return Task(
        task_id=derived_id(event_id, f"{UNDELIVERED}:{agent_id}"),
        agent_id=agent_id,
        kind=UNDELIVERED,
        link=f"/cases/{case_id}" if case_id else "/notifications/messages?state=failed",
        due_on=None,
        late=False,
        subject=subject,
        caused_at=at,
    )


def morning_of(agent_id: UUID) -> UUID:
    """The due date of an agent's morning mail: one, which moves from day to day."""
    return derived_id(agent_id, DIGEST)


def next_morning(now: datetime, zone: ZoneInfo) -> date:
    """The next working day whose 08:00 is still to come: holidays are those of everywhere in France."""
    today = now.astimezone(zone).date()
    holidays = holidays_in("", today.year)
    this_morning = add_working_days(today - timedelta(days=1), 1, holidays)
    if due_instant(this_morning, zone) > now:
        return this_morning
    return add_working_days(this_morning, 1, holidays)
