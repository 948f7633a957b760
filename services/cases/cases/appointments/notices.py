"""What the external booking service tells: RDV-Solidarités' webhooks (`data` and `meta`), read and put in our words.

Facts of the format: https://github.com/betagouv/rdv-service-public (blueprints of the webhooks). Nothing of the people
in a notice is kept but the address, sealed; whom it is about is known by the dossier's reference alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from cases.appointments.model import Appointment, Party, Place, Status, kind_after
from contracts.references import ALPHABET, LENGTH, InvalidReference, check_reference

STATUSES: Final[Mapping[str, tuple[Status, Party | None]]] = {
    "unknown": (Status.BOOKED, None),
    "waiting": (Status.BOOKED, None),
    "seen": (Status.KEPT, None),
    "noshow": (Status.MISSED, Party.PERSON),
    "notexcused": (Status.MISSED, Party.PERSON),  # what `noshow` was called before
    "excused": (Status.CANCELLED, Party.PERSON),
    "revoked": (Status.CANCELLED, Party.SERVICE),
}
"""Their words for what became of an appointment, and whose doing it was."""
PLACES: Final[Mapping[str, Place]] = {
    "public_office": Place.OFFICE,
    "phone": Place.PHONE,
    "home": Place.HOME,
    "visio": Place.VIDEO,
}
_EARLIEST, _LATEST = 2000, 2100


def _with_offset(value: object) -> object:
    """Ruby writes `2020-08-04 10:46:03 +0200` or `… UTC`; ISO 8601 has no space there."""
    if not isinstance(value, str):
        return value
    return re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", re.sub(r"\s+UTC$", "+00:00", value.strip()))


def _plausible(value: datetime) -> datetime:
    if not _EARLIEST <= value.year < _LATEST:
        raise ValueError("a year nobody means")
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, BeforeValidator(_with_offset), AfterValidator(_plausible)]


class _Told(BaseModel):
    """A part of a notice. Its format grows: what is not known here is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class User(_Told):
    """Somebody who was booked for."""

    case_number: str | None = None


class Participation(_Told):
    user: User | None = None


class Agent(_Told):
    email: str | None = None


class Motif(_Told):
    location_type: str | None = None


class Rdv(_Told):
    """An appointment over there, whole each time."""

    id: Annotated[int, Field(ge=1, lt=10**18)]
    status: Literal["unknown", "waiting", "seen", "noshow", "notexcused", "excused", "revoked"] = "unknown"
    starts_at: Instant
    duration_in_min: Annotated[int, Field(ge=1, le=24 * 60)]
    address: str | None = None
    context: str | None = None
    name: str | None = None
    motif: Motif | None = None
    agents: tuple[Agent, ...] = ()
    users: tuple[User, ...] = ()
    participations: tuple[Participation, ...] = ()


class Meta(_Told):
    """Which thing a notice is about, what happened to it, and when it was said."""

    model: str
    event: str
    timestamp: Instant


class Head(_Told):
    """What tells whether a notice concerns us."""

    meta: Meta


class Notice(Head):
    data: Rdv


class Facts(BaseModel):
    """A notice in our words, without anything of the people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    booking: str
    starts_at: datetime
    ends_at: datetime
    place: Place
    status: Status
    by: Party | None = None
    destroyed: bool = False


def facts_of(notice: Notice) -> Facts:
    """What is to hold by this notice. What was destroyed is cancelled by the service."""
    told, destroyed = notice.data, notice.meta.event == "destroyed"
    status, by = (Status.CANCELLED, Party.SERVICE) if destroyed else STATUSES[told.status]
    return Facts(
        booking=str(told.id),
        starts_at=told.starts_at,
        ends_at=told.starts_at + timedelta(minutes=told.duration_in_min),
        place=PLACES.get(told.motif.location_type or "", Place.OFFICE) if told.motif else Place.OFFICE,
        status=status,
        by=by,
        destroyed=destroyed,
    )


_GROUPS: Final = r"[\s.-]?".join(f"[{ALPHABET}]" for _ in range(LENGTH))
_REFERENCE: Final = re.compile(rf"(?<![0-9A-Z]){_GROUPS}(?![0-9A-Z])")


def references(notice: Notice) -> frozenset[str]:
    """References of dossiers in a notice: the person's number over there, or what was written when booking. Only those
    whose check character is right."""
    return frozenset(one for text in _texts(notice.data) for one in _references_in(text))


def _texts(told: Rdv) -> Iterator[str]:
    people = [*told.users, *(one.user for one in told.participations if one.user)]
    yield from (text for text in (told.context, told.name, *(one.case_number for one in people)) if text)


def _references_in(text: str) -> Iterator[str]:
    for found in _REFERENCE.findall(text.upper()):
        try:
            yield check_reference(re.sub(r"\s", "", found))
        except InvalidReference:
            continue


def begin(
    facts: Facts,
    *,
    appointment_id: UUID,
    case_id: UUID,
    agents: Sequence[UUID],
    people: Sequence[UUID],
    earlier: Sequence[Appointment],
    now: datetime,
) -> Appointment:
    """The appointment of a booking heard of for the first time, whatever became of it already."""
    return Appointment(
        appointment_id=appointment_id,
        case_id=case_id,
        kind=kind_after(earlier),
        status=facts.status,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        place=facts.place,
        agents=tuple(agents),
        people=tuple(people),
        booking=facts.booking,
        by=facts.by,
        told=facts.status is not Status.CANCELLED,
        made_at=now,
        changed_at=now,
    )


def follow(before: Appointment, facts: Facts, agents: Sequence[UUID], now: datetime) -> Appointment:
    """The appointment as the booking service has it now: there it is kept, here it follows. The very same when nothing
    is new. A booking destroyed once it is over, as a clean-up does, stays what it was."""
    if facts.destroyed and not before.to_come:
        return before
    changes: dict[str, Any] = {name: getattr(facts, name) for name in ("starts_at", "ends_at", "place", "status", "by")}
    changes["agents"] = tuple(agents) or before.agents
    if all(getattr(before, name) == value for name, value in changes.items()):
        return before
    told = before.told or facts.status is not Status.CANCELLED
    return before.after(now, **changes, told=told, arranged=_still_arranged(before, facts))


def _still_arranged(before: Appointment, facts: Facts) -> frozenset[Any]:
    same_time = (before.starts_at, before.ends_at) == (facts.starts_at, facts.ends_at)
    return before.arranged if same_time else frozenset()


def moved(before: Appointment, after: Appointment) -> bool:
    """Whether those who expect it must be told of another time or place."""
    return after.to_come and any(
        getattr(before, name) != getattr(after, name) for name in ("starts_at", "ends_at", "place", "agents")
    )
