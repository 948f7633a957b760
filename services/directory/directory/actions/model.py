"""Collective actions: what happens, when, where, for whom; and those who come. Instants are aware."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.web.translations import N_
from contracts.sealed import Sealed
from directory.refusal import Refused

KEPT: Final = timedelta(days=30)
"""How long after the last session what tells who came is kept: the time to tell them, and to count."""


class Kind(StrEnum):
    WORKSHOP = "workshop"
    FORUM = "forum"
    FILM_DEBATE = "film_debate"
    OUTING = "outing"
    PROFESSIONAL_MEETING = "professional_meeting"
    TRAINING = "training"
    EXCHANGE = "exchange"
    PRACTICE_ANALYSIS = "practice_analysis"
    IMMERSION = "immersion"
    OTHER = "other"


class Audience(StrEnum):
    PUBLIC = "public"
    PROFESSIONALS = "professionals"
    AGENTS = "agents"
    """Of some organisations, or of all where none is named."""


class State(StrEnum):
    """Of a registration."""

    REGISTERED = "registered"
    WAITING = "waiting"
    CANCELLED = "cancelled"


class News(StrEnum):
    """What somebody registered has yet to be told: by a message, or by who keeps the action where none can leave."""

    PLACE = "place"
    CHANGED = "changed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Session:
    """One meeting. `sequence` counts what calendars must learn (RFC 5545); `others_present` came unregistered."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    cancelled: bool = False
    sequence: int = 0
    others_present: int | None = None

    @property
    def uid(self) -> str:
        """The same for ever, whatever moves (RFC 5545, UID)."""
        return f"{self.session_id}@maillage"


@dataclass(frozen=True, slots=True)
class Action:
    """An action as it stands. One registers for the whole of it, all its sessions. `taken` and `waiting` count those
    registered; `places` is None where everybody fits. It takes place at a site of the directory, or at `place`."""

    action_id: UUID
    kind: str
    title: str
    about: str
    organisation_id: UUID
    audience: str
    audience_organisation_ids: tuple[UUID, ...]
    territory_ids: tuple[str, ...]
    site_id: UUID | None
    place: str | None
    places: int | None
    sessions: tuple[Session, ...]
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    cancelled: bool = False
    taken: int = 0
    waiting: int = 0
    version: int = 1

    @property
    def held(self) -> tuple[Session, ...]:
        """Sessions that take place."""
        return tuple(one for one in self.sessions if not one.cancelled)

    @property
    def free(self) -> int | None:
        """Places left; None without a limit."""
        return None if self.places is None else self.places - self.taken

    def session(self, session_id: UUID) -> Session | None:
        return next((one for one in self.sessions if one.session_id == session_id), None)

    def forgotten_on(self, zone: ZoneInfo) -> date:
        """The day on which what tells who came is erased."""
        return (self.ends_at.astimezone(zone) + KEPT).date()


@dataclass(frozen=True, slots=True)
class Registration:
    """Somebody who comes: a person by a first name and one contact, both sealed, or an agent. Without any reason given.
    `neutral`: nothing is to show in what they are written. Nothing of who it is remains once cancelled or erased.
    `attendance`: session → whether they came."""

    registration_id: UUID
    action_id: UUID
    position: int
    state: str
    made_at: datetime
    name: Sealed | None = None
    contact: Sealed | None = None
    agent_id: UUID | None = None
    registered_by: UUID | None = None
    code_hash: str | None = None
    neutral: bool = False
    to_tell: str | None = None
    attendance: Mapping[str, bool] = field(default_factory=dict)
    version: int = 1


def check_action(action: Action) -> None:
    """Raises Refused when an action contradicts itself."""
    if any(one.ends_at <= one.starts_at for one in action.sessions):
        raise Refused("dates", N_("Une séance finit après avoir commencé. Vérifiez ses heures."))
    if any(one.ends_at - one.starts_at > timedelta(days=1) for one in action.sessions):
        raise Refused("dates", N_("Une séance dure un jour au plus. Ajoutez une séance par jour."))
    if (action.site_id is None) == (action.place is None):
        raise Refused("place", N_("Indiquez un lieu de l'annuaire ou une adresse, l'un des deux."))
    if action.audience_organisation_ids and action.audience != Audience.AGENTS:
        raise Refused("audience", N_("Seule une action pour des agents se réserve à certaines structures."))


def spanning(sessions: Sequence[Session]) -> tuple[datetime, datetime]:
    """From the first beginning to the last end of what takes place; of all sessions when none does any more."""
    counted = [one for one in sessions if not one.cancelled] or list(sessions)
    return min(one.starts_at for one in counted), max(one.ends_at for one in counted)


def rewritten(known: Action, wanted: Action, now: datetime) -> Action:
    """What an action becomes when it is written anew: a session left out is cancelled, and whatever calendars show of a
    session raises its sequence. Raises Refused for a session that has begun and is said to be otherwise."""
    before = {one.session_id: one for one in known.sessions}
    for one in wanted.sessions:
        old = before.get(one.session_id)
        if old is not None and _moved(old, one) and min(old.starts_at, one.starts_at) <= now:
            raise Refused("started", N_("Une séance commencée ne change plus."))
    kept = {one.session_id: one for one in wanted.sessions}
    dropped = [replace(one, cancelled=True) for one in known.sessions if one.session_id not in kept]
    if any(one.starts_at <= now and not before[one.session_id].cancelled for one in dropped):
        raise Refused("started", N_("Une séance commencée ne change plus."))
    shown = (known.title, known.site_id, known.place) != (wanted.title, wanted.site_id, wanted.place)
    sessions = [_sequenced(before.get(one.session_id), one, shown, now) for one in (*wanted.sessions, *dropped)]
    return with_sessions(replace(wanted, changed_at=now), sessions)


def with_sessions(action: Action, sessions: Iterable[Session]) -> Action:
    """The action with these sessions, in the order they begin; cancelled once none takes place."""
    ordered = tuple(sorted(sessions, key=lambda one: (one.starts_at, one.session_id)))
    first, last = spanning(ordered)
    none_held = all(one.cancelled for one in ordered)
    return replace(action, sessions=ordered, starts_at=first, ends_at=last, cancelled=action.cancelled or none_held)


def cancelled(action: Action, session_ids: Iterable[UUID], now: datetime) -> Action:
    """These sessions do not take place. Raises Refused for one that has begun, or is not of this action."""
    gone = set(session_ids)
    found = [one for one in action.sessions if one.session_id in gone]
    if len(found) < len(gone) or any(one.starts_at <= now or one.cancelled for one in found):
        raise Refused("started", N_("Cette séance a commencé, ou est déjà annulée."))
    sessions = [
        replace(one, cancelled=True, sequence=one.sequence + 1) if one.session_id in gone else one
        for one in action.sessions
    ]
    return with_sessions(replace(action, changed_at=now), sessions)


def _moved(old: Session, new: Session) -> bool:
    return (old.starts_at, old.ends_at) != (new.starts_at, new.ends_at)


def _sequenced(old: Session | None, new: Session, shown: bool, now: datetime) -> Session:
    if old is None:
        return new
    cancelled = new.cancelled or old.cancelled
    changed = _moved(old, new) or cancelled != old.cancelled or (shown and old.starts_at > now)
    return replace(new, cancelled=cancelled, sequence=old.sequence + changed, others_present=old.others_present)


def check_open(action: Action, now: datetime, *, by_agent: bool) -> None:
    """Raises Refused once nobody can register: anybody until it begins, agents for late comers until it ends."""
    if action.cancelled:
        raise Refused("cancelled", N_("Cette action est annulée."))
    if now >= (action.ends_at if by_agent else action.starts_at):
        raise Refused("over", N_("Les inscriptions sont closes : cette action a commencé. Contactez l'organisateur."))


def invites(action: Action, organisation_id: UUID | None) -> bool:
    """Whether an agent of that organisation may come."""
    return (
        action.audience != Audience.AGENTS
        or not action.audience_organisation_ids
        or organisation_id in action.audience_organisation_ids
    )


def attended(registration: Registration, session: Session, present: bool, now: datetime) -> Registration:
    """Whether somebody came to a session. Raises Refused before it begins, or for who has no place."""
    if session.cancelled or now < session.starts_at:
        raise Refused("not-started", N_("Cette séance n'a pas encore eu lieu."))
    if registration.state != State.REGISTERED:
        raise Refused("not-registered", N_("Cette personne n'a pas de place dans cette action."))
    return replace(registration, attendance={**registration.attendance, str(session.session_id): present})


def anonymous(registration: Registration) -> Registration:
    """What is left of a registration once nobody needs to know whose it was."""
    return replace(
        registration, name=None, contact=None, agent_id=None, registered_by=None, code_hash=None, to_tell=None
    )
