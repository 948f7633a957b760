"""Asking organisations to confirm their entry, each in its turn: the link leaves through an event, its secret sealed
for who writes the mail, and hashed here."""

from collections.abc import Sequence
from datetime import date, datetime
from random import SystemRandom
from typing import Final
from uuid import UUID

from chassis import due_dates, outbox
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.sealing import SubjectKey, key_issued, remember
from chassis.service import Parts
from contracts.durations import due_instant
from contracts.envelope import derived_id, new_id
from contracts.events import ConfirmationAsked, OrganisationPublished
from contracts.events.confirmations import KnownConfirmationOccasion
from directory.aggregates import SOURCE, Versioned, telling
from directory.organisations import store as organisations
from directory.quality import store
from directory.quality.model import Confirmation, asked, link_hash, new_secret

KIND: Final = "confirmation"
TURN: Final = "due"
NOW: Final = "now"
"""Stages: its turn has come; a steward asks at once."""
PER_DAY: Final = 50
"""Organisations of a campaign that are asked on one day: somebody reads what they answer."""
_SYSTEM: Final = SystemRandom()


async def issue(
    tx: Transaction, parts: Parts, known: Confirmation, occasion: KnownConfirmationOccasion
) -> Confirmation:
    """Send the organisation a link, which replaces the one before it."""
    secret, event_id, now = new_secret(_SYSTEM), new_id(), parts.now()
    made = await store.keep_confirmation(tx, asked(known, link_hash(parts.settings.master_key, secret), now))
    assert made.expires_at is not None, "see `asked`"
    key = await _key(tx, parts, made.organisation_id, event_id, now)
    told = ConfirmationAsked(
        organisation_id=made.organisation_id,
        occasion=occasion,
        expires_at=made.expires_at,
        link=key.seal(secret, event_id=event_id, name="link"),
    )
    await outbox.append(tx, telling(Versioned(told, made.version), id=event_id, at=now))
    return made


async def _key(tx: Transaction, parts: Parts, organisation_id: UUID, cause: UUID, at: datetime) -> SubjectKey:
    """The key of what is sealed for an organisation; a new one is told before what needs it."""
    subject = f"person:{organisation_id}"
    if known := await parts.keyring.key_of(tx, subject):
        return known
    key, wrapped = parts.keyring.master.issue(subject)
    await remember(tx, [wrapped])
    found = await organisations.find(tx, organisation_id)
    assert found is not None, "an organisation that is asked is one of the directory"
    template = telling(found, id=cause, at=at)
    await outbox.append(tx, key_issued(wrapped, cause=cause, source=SOURCE, template=template))
    return key


def _due(organisation_id: UUID, stage: str, day: date, at: datetime) -> DueDate:
    identity = derived_id(organisation_id, KIND)
    return DueDate(identity, stage, KIND, organisation_id, day, str(at.tzinfo), at)


async def plan(tx: Transaction, parts: Parts, days: Sequence[tuple[UUID, date]]) -> None:
    """Have organisations asked on these days."""
    zone = parts.settings.zone
    await due_dates.schedule(tx, [_due(one, TURN, day, due_instant(day, zone)) for one, day in days])


async def ask_now(tx: Transaction, parts: Parts, organisation_id: UUID) -> None:
    """Have the clock ask it at once: what is sealed is the service's own."""
    now = parts.now().astimezone(parts.settings.zone)
    await due_dates.schedule(tx, [_due(organisation_id, NOW, now.date(), now)])


async def plan_next(tx: Transaction, parts: Parts, known: Confirmation, organisation: OrganisationPublished) -> None:
    """Have it asked when its turn comes, counted from today or from the day its entry was last sure; or never."""
    today = parts.now().astimezone(parts.settings.zone).date()
    day = known.due_on(_sure_on(organisation, known, parts), today)
    if day is None:
        await due_dates.cancel(tx, known.organisation_id, KIND)
    else:
        await plan(tx, parts, [(known.organisation_id, day)])


def _sure_on(organisation: OrganisationPublished, known: Confirmation, parts: Parts) -> date | None:
    """The last day it was checked, changed or asked."""
    asked_on = known.asked_at.astimezone(parts.settings.zone).date() if known.asked_at else None
    days = (organisation.assured.on if organisation.assured else None, organisation.updated_on, asked_on)
    return max((one for one in days if one), default=None)


def on_due(parts: Parts) -> OnDue:
    """What the clock does: asks whose turn it is, unless the entry was checked meanwhile, and plans the next turn."""

    async def ask(tx: Transaction, due: DueDate) -> None:
        known = await store.confirmation(tx, due.subject, changing=True)
        found = await organisations.find(tx, due.subject)
        if found is None or found.state.retired:
            return
        today = parts.now().astimezone(parts.settings.zone).date()
        turn = known.due_on(_sure_on(found.state, known, parts), today)
        its_turn = turn is not None and (turn - today).days <= 1
        if found.state.email and (due.stage == NOW or its_turn):
            known = await issue(tx, parts, known, "campaign")
        if known.every_months is not None:
            await plan_next(tx, parts, known, found.state)

    return ask
