"""A conference as ready as can be for each of its steps: tests take one thing away at a time."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from cases.conferences.model import (
    Action,
    Condition,
    Conference,
    Coordination,
    Guest,
    Phase,
    Role,
    Safety,
)
from contracts.sealed import Sealed

ZONE = ZoneInfo("Europe/Paris")
COORDINATOR, REFERENT = UUID(int=1), UUID(int=2)
SAM, ALIX, NOA, TEACHER = UUID(int=10), UUID(int=11), UUID(int=12), UUID(int=13)
CASE, CONFERENCE, CONDITION, ACTION = UUID(int=20), UUID(int=21), UUID(int=22), UUID(int=23)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MEETING = datetime(2026, 5, 4, 12, tzinfo=UTC)
BY = Coordination(coordinator_id=COORDINATOR, referent_ids=(REFERENT,))


def sealed(name: str) -> Sealed:
    return Sealed(key_subject=f"case:{CASE}", event_id=CONFERENCE, field=name, data="AAAA")


def guest(person_id: UUID, role: Role, safety: Safety = Safety.SAFE, **more: object) -> Guest:
    met_on = date(2026, 4, 1) if role in (Role.CONCERNED, Role.RELATIVE) else None
    return Guest.model_validate({"person_id": person_id, "role": role, "safety": safety, "met_on": met_on} | more)


FAMILY = (guest(SAM, Role.CONCERNED), guest(ALIX, Role.RELATIVE), guest(NOA, Role.SOCIAL_NETWORK))
ASKED_FOR = guest(TEACHER, Role.PROFESSIONAL, requested_by=ALIX)

PREPARED = Conference(
    conference_id=CONFERENCE,
    case_id=CASE,
    independent=COORDINATOR,
    question=sealed("question"),
    mandated_service=True,
    guests=(*FAMILY, ASKED_FOR),
    conditions=(Condition(condition_id=CONDITION, text=sealed("condition")),),
)
SCHEDULED = PREPARED.model_copy(update={"phase": Phase.SCHEDULED, "meeting_at": MEETING})
INFORMED = SCHEDULED.model_copy(
    update={"phase": Phase.INFORMATION_SHARING, "met_at": MEETING, "present": frozenset({SAM, ALIX, NOA, TEACHER})}
)
ALONE = INFORMED.model_copy(update={"phase": Phase.PRIVATE_TIME, "private_from": MEETING + timedelta(hours=1)})
DISCUSSED = ALONE.model_copy(
    update={
        "phase": Phase.ACCEPTANCE,
        "private_until": MEETING + timedelta(hours=3),
        "actions": (
            Action(
                action_id=ACTION,
                what=sealed("action"),
                who=ALIX,
                by_when=date(2026, 6, 1),
                checked_by=NOA,
                respects=frozenset({CONDITION}),
                feasible=True,
            ),
        ),
    }
)
RATIFIED = DISCUSSED.model_copy(
    update={"phase": Phase.RATIFIED, "ratified_by": frozenset({SAM, ALIX, NOA}), "ratified_at": MEETING}
)


def without(person_id: UUID) -> tuple[Guest, ...]:
    return tuple(one for one in PREPARED.guests if one.person_id != person_id)


def instead(*changed: Guest) -> tuple[Guest, ...]:
    """The guests, these in the place of those of the same person."""
    by_person = {one.person_id: one for one in changed}
    return tuple(by_person.get(one.person_id, one) for one in PREPARED.guests)
