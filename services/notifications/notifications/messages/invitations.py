"""An appointment, or a meeting, as the calendars of those who are invited know it (RFC 5545, RFC 5546)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from chassis.web import phones
from chassis.web.translations import translate as _
from contracts.events import AppointmentCancelled, ConferenceStopped
from contracts.events.cases import CalendarEntry
from contracts.events.registrations import AnnouncedSession
from notifications.messages.occasions import AppointmentFacts, CalledOffFacts, Facts, RegistrationFacts
from notifications.organisations.store import WhomToCall

CANCELLED: Final = AppointmentCancelled.__name__
_CALLED_OFF: Final = (CANCELLED, ConferenceStopped.__name__)


@dataclass(frozen=True, slots=True)
class Invitation:
    """One revision of an appointment: `uid` is the same for ever, `sequence` rises with each change. It has neither
    place nor guests; `note` is whom to call and where to read, empty where nothing may show."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    title: str
    note: str = ""
    cancelled: bool = False
    others: tuple["Invitation", ...] | None = None
    """The other meetings of the same announcement: what somebody registered for, rather than is invited to."""

    @property
    def method(self) -> str:
        if self.others is not None:
            return "PUBLISH"
        return "CANCEL" if self.cancelled else "REQUEST"


def invitation(
    facts: Facts, event_type: str, told_at: datetime, zone: ZoneInfo, call: WhomToCall | None, link: str, *,
    neutral: bool,
) -> Invitation | None:  # fmt: skip
    """What goes into calendars with a message, its times by the clock of `zone`; None where it is about no
    appointment or meeting, or one that was told before its revisions were."""
    note = "" if neutral else _note(call, link)
    cancelled = event_type in _CALLED_OFF
    if isinstance(facts, RegistrationFacts):
        return _announced(facts, told_at, zone, note)
    if isinstance(facts, CalledOffFacts):
        entries = [_entry(one, told_at, zone, note, cancelled=cancelled) for one in facts.calendar]
        return next(iter(entries), None)
    if not isinstance(facts, AppointmentFacts) or facts.uid is None or facts.ends_at is None:
        return None
    known = CalendarEntry(uid=facts.uid, sequence=facts.sequence, starts_at=facts.starts_at, ends_at=facts.ends_at)
    return _entry(known, told_at, zone, note, cancelled=cancelled)


def _entry(
    known: CalendarEntry | AnnouncedSession, told_at: datetime, zone: ZoneInfo, note: str, *, cancelled: bool
) -> Invitation:
    return Invitation(
        uid=known.uid,
        sequence=known.sequence,
        starts_at=known.starts_at.astimezone(zone),
        ends_at=known.ends_at.astimezone(zone),
        changed_at=told_at,
        title=_("Rendez-vous"),
        note=note,
        cancelled=cancelled,
    )


def _announced(facts: RegistrationFacts, told_at: datetime, zone: ZoneInfo, note: str) -> Invitation | None:
    """Every meeting of what somebody registered for, as the calendar they took it from has it; nothing while they
    wait for a place."""
    if facts.waiting or not facts.sessions:
        return None
    first, *others = [_entry(one, told_at, zone, note, cancelled=one.cancelled) for one in facts.sessions]
    return replace(first, others=tuple(others))


def _note(call: WhomToCall | None, link: str) -> str:
    called = f"{call.name} : {phones.readable(call.phone)}\n" if call else ""
    return f"{called}{link}"
