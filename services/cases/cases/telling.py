"""An aggregate taken to be changed, and what is told of it: events in its chain, text sealed under its key."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from chassis import outbox
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.due_dates import DueDate
from chassis.sealing import SubjectKey, WrappedKey, remember
from chassis.service import Parts
from contracts.envelope import Envelope, event
from contracts.events import EventData, FollowUpDue, PersonKeyIssued
from contracts.sealed import Sealed

SOURCE: Final = "/maillage/cases"


class NotTheirs(Exception):
    """The actor sees this dossier, and may not do this in it."""


class Telling:
    """What a dossier of a family and one of a territory have in common while they are changed. `version` is that of
    the aggregate, which has gone up already for what is told first."""

    tx: Transaction
    parts: Parts
    actor: Actor
    now: datetime
    make_id: Callable[[str], UUID]
    """Ids of what is made here: new for an agent, derived from the event for a handler."""
    causationid: UUID | None
    traceparent: str | None
    version: int
    _told: bool

    @property
    def case_id(self) -> UUID:
        raise NotImplementedError

    @property
    def correlation_id(self) -> UUID:
        raise NotImplementedError

    async def bump(self) -> int:
        """The next version, for a second event of one transaction."""
        raise NotImplementedError

    @property
    def today(self) -> date:
        """The day it is where the deployment is."""
        return self.now.astimezone(self.parts.settings.zone).date()

    @property
    def key_subject(self) -> str:
        """Under whose key free text of this dossier is sealed."""
        return f"case:{self.case_id}"

    @property
    def agent_id(self) -> UUID:
        """The agent who acts. Raises NotTheirs: the service itself decides nothing."""
        if self.actor.agent_id is None:
            raise NotTheirs
        return self.actor.agent_id

    async def tell(self, data: EventData, *, id: UUID | None = None) -> None:
        """Write an event of this dossier, in the chain of the request that opened it."""
        if self._told:
            self.version = await self.bump()
        self._told = True
        await outbox.append(self.tx, self._envelope(data, id or self.make_id(type(data).__name__), self.version))

    async def tell_due(self, due: DueDate, agent_id: UUID, **more: Any) -> None:
        """Tell that something falls due, once per stage; `agent_id`: who answers for it. `more`: what else
        FollowUpDue says of it."""
        said: dict[str, Any] = {"kind": due.kind, "stage": due.stage, "due_on": due.due_on}
        told = FollowUpDue(case_id=self.case_id, due_date_id=due.due_date_id, agent_id=agent_id, **said | more)
        await self.tell(told, id=due.event_id)

    async def tell_of_new(self, data: EventData, *, id: UUID) -> None:
        """Write the first event of something that begins here, such as a person or a key."""
        await outbox.append(self.tx, self._envelope(data, id, 1))

    def _envelope(self, data: EventData, id: UUID, sequence: int) -> Envelope:
        return event(
            data,
            id=id,
            source=SOURCE,
            sequence=sequence,
            time=self.now,
            correlationid=self.correlation_id,
            causationid=self.causationid,
            traceparent=self.traceparent,
        )

    async def seal(self, text: str, bound_to: UUID, name: str) -> Sealed:
        """Seal free text of this dossier for field `name` of that event or record."""
        key = await self.parts.keyring.key_of(self.tx, self.key_subject) or await self.issue_key(self.key_subject)
        return key.seal(text, event_id=bound_to, name=name)

    async def issue_key(self, key_subject: str) -> SubjectKey:
        """A key for a subject that has none yet, kept here and published."""
        key, wrapped = self.parts.keyring.master.issue(key_subject)
        await remember(self.tx, [wrapped])
        await self.tell_of_new(_published(wrapped), id=self.make_id(f"key:{key_subject}"))
        return key


def _published(key: WrappedKey) -> PersonKeyIssued:
    return PersonKeyIssued(key_subject=key.key_subject, wrapped=key.wrapped, master_key_id=key.master_key_id)
