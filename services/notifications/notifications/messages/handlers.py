"""Events become deliveries, or make some untrue. Nothing is sent here."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from chassis import agents
from chassis.database import Transaction
from chassis.handlers import Handler, Handlers, Poison, Received
from contracts.events import (
    AgreementEnding,
    ConferenceScheduled,
    ConfirmationAsked,
    DigestDue,
    FollowUpDue,
    RegistrationToTell,
    RequestAnswered,
    RequestSubmitted,
    WebhookDisabled,
)
from contracts.events.cases import Appointment, case_id_of
from contracts.programmes import UnknownProgramme
from notifications.cases.store import Situation, known, remember
from notifications.messages import store
from notifications.messages.model import Planned, plan
from notifications.messages.occasions import OCCASIONS, is_quiet
from notifications.messages.rules import Rule, RuleBook
from notifications.tasks.handlers import Arrivals

Managers = Mapping[str | None, Sequence[UUID]]
"""Territory → the agents who manage it."""
NOBODY: Managers = {}
_OF_NO_CASE = (AgreementEnding, ConfirmationAsked, WebhookDisabled, DigestDue, RegistrationToTell)


def handlers(book: RuleBook, arrivals: Arrivals) -> Handlers:
    """Whatever is redelivered, a delivery is written once: its id derives from event, rule and recipient. `arrivals`:
    what agents are written to is in their inbox as well."""
    made = Handlers()

    async def write(tx: Transaction, planned: Sequence[Planned]) -> None:
        await store.plan(tx, planned)
        await arrivals.take(tx, planned)

    @made.on(RequestSubmitted)
    async def submitted(tx: Transaction, received: Sequence[Received[RequestSubmitted]]) -> None:
        await remember(tx, [_situation(one.data) for one in received])
        await write(tx, await planned_for(tx, book, received))

    async def others(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        await write(tx, await planned_for(tx, book, received))

    told = {occasion.event for occasion in OCCASIONS.values()} - {RequestSubmitted}
    for event in told - set(book.overtaking):
        made.on(event)(others)
    for event, rules in book.overtaking.items():
        made.on(event)(_both(others, _overtake(rules)) if event in told else _overtake(rules))
    return made


def _both(first: Handler, then: Handler) -> Handler:
    async def handle(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        await first(tx, received)
        await then(tx, received)

    return handle


async def planned_for(tx: Transaction, book: RuleBook, received: Sequence[Received[Any]]) -> list[Planned]:
    """What events of one type ask for, by the rules of their dossiers' programmes; nothing is written."""
    situations = await _situations(tx, received)
    return _plan_all(book, received, situations, await _managers(tx, book, received, situations))


async def _situations(tx: Transaction, received: Sequence[Received[Any]]) -> Sequence[Situation | None]:
    kinds = {type(one.data) for one in received}
    if kinds == {RequestSubmitted}:
        return [_situation(one.data) for one in received]
    if kinds <= set(_OF_NO_CASE):
        return [None] * len(received)
    of = [_case_of(one.data) for one in received]
    cases = await known(tx, of)
    return [cases.get(case_id) for case_id in of]


def _case_of(data: Any) -> UUID:
    """The dossier an event is about: a request opens one."""
    case_id: UUID = case_id_of(data.request_id) if isinstance(data, RequestAnswered) else data.case_id
    return case_id


def _situation(request: RequestSubmitted) -> Situation:
    return Situation(
        case_id_of(request.request_id),
        request.territory_id,
        request.programme,
        request.programme_version,
        is_quiet(request),
    )


def _plan_all(
    book: RuleBook,
    received: Sequence[Received[Any]],
    situations: Sequence[Situation | None],
    managers: Managers,
) -> list[Planned]:
    pairs = zip(received, situations, strict=True)
    return list(chain.from_iterable(_plan(book, one, situation, managers) for one, situation in pairs))


def _plan(book: RuleBook, received: Received[Any], situation: Situation | None, managers: Managers) -> list[Planned]:
    told = received.data.territory_id if isinstance(received.data, RegistrationToTell) else None
    territory = situation.territory_id if situation else told
    rules = _rules(book, received.envelope.type, situation)
    theirs = managers.get(territory, ())
    return list(plan(received, rules, territory, quiet=bool(situation and situation.quiet), managers=theirs))


async def _managers(
    tx: Transaction, book: RuleBook, received: Sequence[Received[Any]], situations: Sequence[Situation | None]
) -> Managers:
    """Who manages the territories of the dossiers whose events call for it: looked up only then."""
    called = {
        situation.territory_id
        for one, situation in zip(received, situations, strict=True)
        if situation and situation.territory_id and _calls_managers(book, one)
    }
    return await agents.managers_of(tx, sorted(filter(None, called))) if called else NOBODY


def _calls_managers(book: RuleBook, received: Received[Any]) -> bool:
    asks = (rule.recipients.managers_when for rule in book.of(received.envelope.type))
    return any(ask is not None and ask(received.data) for ask in asks)


def _rules(book: RuleBook, event: str, situation: Situation | None) -> Sequence[Rule]:
    """Those of the case's programme; of a case nobody has told us of, those that write to people at work, or to
    whom the event tells everything of."""
    if situation is None:
        return [rule for rule in book.of(event) if rule.recipients.at_work or rule.recipients.come_with_address]
    try:
        return book.wanted(event, situation.programme, situation.programme_version)
    except UnknownProgramme as unknown:
        raise Poison(f"dispositif inconnu : {unknown}") from None


def _overtake(rules: Sequence[str]) -> Handler:
    async def overtaken(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        await store.overtake(tx, rules, [_newer(one) for one in received])

    return overtaken


_ABOUT = ("appointment_id", "orientation_id", "due_date_id")
"""What an event may be of, rather than of its whole subject: the first of these that it has."""


def _newer(received: Received[Any]) -> store.Newer:
    envelope, data = received.envelope, received.data
    names = (_ABOUT[-1],) if isinstance(data, FollowUpDue) else _ABOUT
    about = next(({name: str(getattr(data, name))} for name in names if getattr(data, name, None)), None)
    return store.Newer(envelope.type, UUID(envelope.subject), envelope.time, about, _revision(data))


def _revision(data: Any) -> int | None:
    """Of what calendars hold: an event of the same revision, told to somebody else, makes nothing untrue."""
    if isinstance(data, ConferenceScheduled):
        return data.calendar.sequence if data.calendar else None
    return data.sequence if isinstance(data, Appointment) else None
