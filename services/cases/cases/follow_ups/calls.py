"""Whom to call for a follow-up, in which order, and what to heed before speaking."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from babel.dates import get_day_names

from cases.conferences.model import Guest
from cases.follow_ups.model import FollowUp
from cases.people import store as people
from chassis.database import Transaction
from chassis.sealing import Keyring
from chassis.web.translations import locale
from chassis.web.translations import translate as _
from contracts.events.people import ContactPoint, Hours

PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone, and what to heed before and while calling it. `now`: whether it may be called at this moment."""

    value: str
    heed: Sequence[str]
    now: bool


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to call. `contacted_on`: the days on which they were asked already."""

    person_id: UUID
    role: str
    contacted_on: Sequence[date]
    numbers: Sequence[Number]


async def read(
    tx: Transaction, keyring: Keyring, guests: Sequence[Guest], follow_up: FollowUp, local: datetime
) -> list[Callee]:
    """The people of the family group, those nobody has asked yet first. `local`: now, by the clock on the wall."""
    group = [guest for guest in guests if guest.person_id in follow_up.family_group]
    known = await people.contact_points_of(tx, [guest.person_id for guest in group])
    numbers = {person_id: await _numbers(tx, keyring, points, local) for person_id, points in known.items()}
    return order([_callee(guest, follow_up, numbers) for guest in group])


def order(callees: Collection[Callee]) -> list[Callee]:
    """Who was not asked yet, and can be called now, comes first."""
    return sorted(callees, key=lambda one: (bool(one.contacted_on), not any(number.now for number in one.numbers)))


def _callee(guest: Guest, follow_up: FollowUp, numbers: Mapping[UUID, Sequence[Number]]) -> Callee:
    contacted = sorted(one.contacted_on for one in follow_up.contacts if one.person_id == guest.person_id)
    return Callee(guest.person_id, guest.role, contacted, numbers.get(guest.person_id, ()))


async def _numbers(
    tx: Transaction, keyring: Keyring, points: Sequence[ContactPoint], local: datetime
) -> Sequence[Number]:
    """Those they have not forbidden: a number that is never to be called is not shown."""
    usable = [point for point in points if point.kind == PHONE and not point.never]
    opened = await keyring.open(tx, [point.value for point in usable])
    return [
        Number(str(value), list(heeded(point)), point.open_at(local))
        for point, value in zip(usable, opened, strict=True)
    ]


def heeded(point: ContactPoint) -> Iterator[str]:
    """What somebody asked of whoever calls them there."""
    if point.hours:
        yield _("Seulement %(hours)s.") % {"hours": _(" ; ").join(map(_spoken, point.hours))}
    if point.neutral:
        yield _("Ne dites ni d'où vous appelez, ni pourquoi, à qui d'autre décroche. Ne laissez pas de message.")
    elif not point.safe_to_write:
        yield _("Rien ne dit que ce numéro est sûr : vérifiez qui répond avant de parler.")


def _spoken(hours: Hours) -> str:
    names = get_day_names("wide", locale=locale())
    days = ", ".join(names[day - 1] for day in sorted(hours.weekdays))
    return _("%(days)s de %(opens)s à %(closes)s") % {
        "days": days,
        "opens": hours.opens.strftime("%H:%M"),
        "closes": hours.closes.strftime("%H:%M"),
    }
