"""What agents do with a request that was taken in: read, answer, withdraw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import due_dates, outbox
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.due_dates import DueDate
from chassis.handlers import Received
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts.events import AppointmentBooked, PromiseMissed, RequestAnswered, RequestWithdrawn
from contracts.programmes import Programmes, UnknownProgramme
from intake.act import Act
from intake.eligibility import described
from intake.eligibility import store as eligibility
from intake.eligibility.model import explained
from intake.requests import store
from intake.requests.model import working_days
from intake.requests.submission import PROMISE


class NoSuchRequest(Exception):
    """There is none, or the actor may not know that there is."""


class NotWaiting(Exception):
    """The request was answered or withdrawn before."""


@dataclass(frozen=True, slots=True)
class Worklist:
    """What an agent finds: requests past their promise, and the newest ones."""

    late: list[dict[str, Any]]
    """The longest waiting ones."""
    late_count: int
    """All of them."""
    newest: list[dict[str, Any]]
    next: UUID | None
    """Where the next page goes on."""


class Following:
    """Reads and moves requests on behalf of an agent."""

    def __init__(self, parts: Parts, programmes: Programmes) -> None:
        self._parts = parts
        self._programmes = programmes

    @property
    def today(self) -> date:
        return self._parts.now().astimezone(self._parts.settings.zone).date()

    async def worklist(self, actor: Actor, territory_id: str | None, after: UUID | None) -> Worklist:
        """One page; the late ones come with the first only."""
        async with self._parts.app.transaction(actor) as tx:
            late = [] if after else await store.late(tx, territory_id, self.today, store.PAGE)
            late_count = len(late) if len(late) < store.PAGE else await store.count_late(tx, territory_id, self.today)
            newest = await store.newest(tx, territory_id, after, store.PAGE + 1)
        page = newest[: store.PAGE]
        more = page[-1]["request_id"] if len(newest) > store.PAGE else None
        return Worklist([dict(row) for row in late], late_count, [dict(row) for row in page], more)

    async def one(self, actor: Actor, request_id: UUID) -> dict[str, Any]:
        """A request with its people. Raises NoSuchRequest."""
        async with self._parts.app.transaction(actor) as tx:
            row = await store.one(tx, request_id)
            if row is None:
                raise NoSuchRequest
            found = dict(row) | {"people": [dict(person) for person in await store.people(tx, request_id)]}
            found["answers"] = self._in_order([dict(one) for one in await eligibility.answers(tx, request_id)])
        return self._with_refusal(found)

    def _with_refusal(self, found: dict[str, Any]) -> dict[str, Any]:
        """The refusal in words, for who may read it; for the others the row has none."""
        programme, reasons = found.pop("refused_programme"), found.pop("reasons")
        if programme is not None:
            found["declined"] = {"programme": programme, **self._in_words(programme, reasons)}
        return found

    def _in_order(self, given: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Answers in words, in the order of their form."""
        answered = [self._answered(**one) for one in given]
        return sorted(answered, key=lambda one: one.pop("place"))

    def _answered(self, programme: str, name: str, value: Any) -> dict[str, Any]:
        try:
            return described.answered(self._programmes.current(programme), name, value)
        except UnknownProgramme:
            return described.answered(None, name, value)

    def _in_words(self, programme: str, reasons: Sequence[str]) -> dict[str, Any]:
        try:
            asked = self._programmes.current(programme)
        except UnknownProgramme:  # the département offers it no more
            return {"title": programme, "reasons": list(reasons)}
        return {"title": asked.title, "reasons": [explained(asked, reason) for reason in reasons]}

    async def withdraw(self, actor: Actor, request_id: UUID) -> None:
        """Take a request back; saying it again changes nothing. Raises NoSuchRequest."""
        act = Act.here(self._parts.now())
        async with self._parts.app.transaction(actor) as tx:
            version = await store.withdraw(tx, request_id)
            if version is None:
                await self._require(tx, request_id)
                return
            act.tell(RequestWithdrawn(request_id=request_id), id=act.main, sequence=version)
            await due_dates.cancel(tx, request_id, PROMISE)
            await outbox.append(tx, *act.events)

    async def answer(self, actor: Actor, request_id: UUID, text: str) -> None:
        """Record the answer given, and tell how long it took. Raises NoSuchRequest, NotWaiting."""
        act, zone = Act.here(self._parts.now()), self._parts.settings.zone
        async with self._parts.app.transaction(actor) as tx:
            if not await _answer(tx, act, zone, Answered(request_id, text, actor.agent_id, to_be_told=True)):
                await self._require(tx, request_id)
                raise NotWaiting

    @staticmethod
    async def _require(tx: Transaction, request_id: UUID) -> None:
        if await store.one(tx, request_id) is None:
            raise NoSuchRequest


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a request, and the agent who gave it. `to_be_told`: whoever asked learns of it by this alone."""

    request_id: UUID
    text: str
    agent_id: UUID | None
    to_be_told: bool = False


async def _answer(tx: Transaction, act: Act, zone: ZoneInfo, answered: Answered) -> bool:
    """Record an answer and its delay; False when none is waited for any more."""
    waiting = await store.waiting(tx, answered.request_id)
    if waiting is None:
        return False
    received_on = waiting["received_at"].astimezone(zone).date()
    days = working_days(received_on, act.time.astimezone(zone).date(), waiting["department"])
    version = await store.answer(tx, answered.request_id, answered.text, act.time, days, answered.agent_id)
    told = RequestAnswered(
        request_id=answered.request_id,
        answered_at=act.time,
        promised_on=waiting["promised_on"],
        working_days=days,
        person_id=waiting["requester_id"] if answered.to_be_told else None,
    )
    act.tell(told, id=act.main, sequence=version)
    await due_dates.cancel(tx, answered.request_id, PROMISE)
    await outbox.append(tx, *act.events)
    return True


async def answered_by_appointment(tx: Transaction, zone: ZoneInfo, received: Received[AppointmentBooked]) -> None:
    """An appointment is the answer its request waited for. One answered or taken back meanwhile stays as it is."""
    booked = received.data
    if booked.request_id is not None:
        agent_id = booked.agent_ids[0] if booked.agent_ids else None
        act = Act.after(received.envelope, received.envelope.id)
        await _answer(tx, act, zone, Answered(booked.request_id, _("Un rendez-vous a été pris."), agent_id))


async def promise_due(tx: Transaction, due: DueDate) -> None:
    """The promised day is over: said once, if no answer came."""
    version = await store.miss_promise(tx, due.subject)
    if version is not None:
        act = Act(due.fires_at, lambda _: due.event_id, due.event_id, due.event_id)
        act.tell(PromiseMissed(request_id=due.subject, promised_on=due.due_on), id=due.event_id, sequence=version)
        await outbox.append(tx, *act.events)
