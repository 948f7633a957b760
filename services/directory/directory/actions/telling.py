"""Who comes to an action learns by a message what became of it, once. Whom no message reaches stays to be told by those
who keep the action."""

from collections.abc import Mapping
from uuid import UUID

from chassis import outbox
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web import phones
from contracts.envelope import Envelope, new_id
from contracts.events import RegistrationForgotten, RegistrationToTell
from contracts.events.registrations import AnnouncedSession
from directory.actions import store
from directory.actions.model import Action, News, Session, State
from directory.actions.store import Untold
from directory.aggregates import Versioned, telling


async def tell(tx: Transaction, parts: Parts, action: Action) -> None:
    """Have a message leave to each who has yet to be told something. Whoever changes an action holds its row."""
    waiting = await store.untold(tx, action.action_id)
    contacts = await parts.keyring.open(tx, [one.registration.contact for one in waiting])
    by_kind = {
        one.registration.registration_id: kind
        for one, contact in zip(waiting, contacts, strict=True)
        if contact is not None and contact.readable and (kind := _kind(contact.text))
    }
    versions = await store.told(tx, list(by_kind))
    events = [
        _event(parts, action, one, by_kind[identity], versions[identity])
        for one in waiting
        if (identity := one.registration.registration_id) in by_kind
    ]
    await outbox.append(tx, *events)


async def forgotten(tx: Transaction, parts: Parts, versions: Mapping[UUID, int]) -> None:
    """Nothing is kept of who these registrations, now at that version, were of: here no more than where messages are
    written."""
    now = parts.now()
    await store.forget_keys(tx, list(versions), now)
    told = [Versioned(RegistrationForgotten(registration_id=one), version) for one, version in versions.items()]
    await outbox.append(tx, *(telling(one, id=new_id(), at=now) for one in told))


def _kind(contact: str) -> str | None:
    """What a message leaves by; None for a telephone that receives none."""
    if "@" in contact:
        return "email"
    return "phone" if phones.mobile(contact) else None


def _event(parts: Parts, action: Action, untold: Untold, kind: str, version: int) -> Envelope:
    registration, key = untold.registration, untold.key
    assert registration.contact is not None, "see `untold`"
    assert registration.to_tell is not None, "see `untold`"
    told = RegistrationToTell(
        registration_id=registration.registration_id,
        news=registration.to_tell,
        waiting=registration.state == State.WAITING,
        territory_id=action.territory_ids[0],
        starts_at=_next(action, parts, registration.to_tell).starts_at,
        sessions=tuple(_announced(one) for one in action.sessions),
        contact_kind=kind,
        contact=registration.contact,
        neutral=registration.neutral,
        wrapped=key.wrapped,
        master_key_id=key.master_key_id,
    )
    return telling(Versioned(told, version), id=new_id(), at=parts.now())


def _next(action: Action, parts: Parts, news: str) -> Session:
    """What comes next of it; of what is cancelled, what would have."""
    among = action.sessions if news == News.CANCELLED else action.held or action.sessions
    return next((one for one in among if one.starts_at > parts.now()), among[-1])


def _announced(session: Session) -> AnnouncedSession:
    return AnnouncedSession(
        uid=session.uid,
        sequence=session.sequence,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        cancelled=session.cancelled,
    )
