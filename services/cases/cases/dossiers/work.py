"""Work on a dossier: one transaction, one new version, and what is told of it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.dossiers import store, waiting
from cases.dossiers.model import WORKERS, Case, Entry, must_not_be_private_time
from cases.telling import NotTheirs, Telling
from chassis.actor import WORKER, Actor
from chassis.database import Transaction
from chassis.due_dates import DueDate
from chassis.handlers import Received
from chassis.observability.traces import current_traceparent
from chassis.service import Parts
from contracts.envelope import derived_id, new_id


class NoSuchCase(Exception):
    """No such dossier, or none that this actor may see: the answer is the same."""


class Outdated(Exception):
    """Somebody else has changed the dossier since the version this actor saw."""


@dataclass
class Work(Telling):
    """A dossier taken to be changed: its other writers wait until the transaction ends."""

    tx: Transaction
    parts: Parts
    case: Case
    actor: Actor
    now: datetime
    make_id: Callable[[str], UUID]
    """Ids of what is made here: new for an agent, derived from the event for a handler."""
    causationid: UUID | None = None
    traceparent: str | None = None
    _told: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        self.version = self.case.version

    @property
    def case_id(self) -> UUID:
        return self.case.case_id

    @property
    def correlation_id(self) -> UUID:
        return self.case.correlation_id

    async def bump(self) -> int:
        return await store.bump(self.tx, self.case_id)

    def require(self, *roles: str) -> None:
        """Raises NotTheirs unless the actor works here in one of these roles."""
        if self.case.roles_of(self.actor).isdisjoint(roles):
            raise NotTheirs

    @asynccontextmanager
    async def as_service(self) -> AsyncIterator[Transaction]:
        """A transaction of the service's own, to read what a rule looks at and the actor may not see."""
        if self.actor.kind == WORKER.kind:
            yield self.tx
        else:
            async with self.parts.worker.transaction() as tx:
                yield tx

    async def enter(
        self,
        kind: str,
        *,
        text: str | None = None,
        readers: Sequence[str] = WORKERS,
        details: Mapping[str, Any] | None = None,
        about: UUID | None = None,
    ) -> UUID:
        """Add to the timeline, `text` sealed; `about` tells entries of one kind and one cause apart. Returns its id.

        In a family's private time it waits for the end: an answer from outside, or what falls due, is not lost.
        """
        entry_id = self.make_id(f"entry:{kind}:{about}" if about else f"entry:{kind}")
        sealed = await self.seal(text, entry_id, "text") if text else None
        entry = Entry(entry_id, self.now, kind, readers, self.actor.agent_id, sealed, details or {})
        if self.case.private_time:
            await waiting.wait(self.tx, self.parts, self.case.case_id, entry, self.now)
        else:
            await store.enter(self.tx, self.case.case_id, entry)
        return entry_id

    async def end_private_time(self) -> None:
        """The family is alone no more, if it was: what happens from here on is entered again."""
        await store.mark(self.tx, self.case.case_id, private_time=False)
        self.case = replace(self.case, private_time=False)


async def by_agent(
    tx: Transaction,
    parts: Parts,
    actor: Actor,
    case_id: UUID,
    expected: int | None = None,
    *,
    in_private_time: bool = False,
) -> Work:
    """Take a dossier for an agent. Raises NoSuchCase, Outdated, or NotTheirs for who may only see it.

    Raises Refused in a family's private time, except for the few acts that may be done `in_private_time`.
    """
    case = await store.take(tx, case_id, expected)
    if case is None:
        raise await _refusal(tx, case_id, expected)
    if not in_private_time:
        must_not_be_private_time(case)
    return Work(tx, parts, case, actor, parts.now(), lambda _: new_id(), traceparent=current_traceparent())


async def _refusal(tx: Transaction, case_id: UUID, expected: int | None) -> Exception:
    case = await store.find(tx, case_id)
    if case is None:
        return NoSuchCase()
    return Outdated() if expected not in (None, case.version) else NotTheirs()


@asynccontextmanager
async def changing(
    parts: Parts, actor: Actor, case_id: UUID, expected: int | None, *, in_private_time: bool = False
) -> AsyncIterator[Work]:
    """`by_agent` in a transaction of its own. On any exception nothing is kept."""
    async with parts.app.transaction(actor) as tx:
        yield await by_agent(tx, parts, actor, case_id, expected, in_private_time=in_private_time)


async def by_event(tx: Transaction, parts: Parts, received: Received[Any], case_id: UUID) -> Work | None:
    """Take a dossier for what an event causes; None when there is no such dossier."""
    case, cause = await store.take(tx, case_id), received.envelope
    if case is None:
        return None
    return Work(tx, parts, case, WORKER, cause.time, received.derived, cause.id, cause.traceparent)


def by_clock(tx: Transaction, parts: Parts, case: Case, due: DueDate) -> Work:
    """Work on a dossier in which something falls due, taken by `store.take_due`.

    At the instant it was due, not the clock's: telling it again tells the same.
    """
    traceparent = current_traceparent()
    return Work(
        tx, parts, case, WORKER, due.fires_at, lambda label: derived_id(due.event_id, label), traceparent=traceparent
    )
