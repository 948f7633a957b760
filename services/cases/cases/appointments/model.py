"""An appointment: when, where, who meets whom, what came of it, and what each step needs.

Times are instants. A day or an hour is that of the deployment's zone, and is worked out from them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from cases.dossiers.model import Refused
from chassis.web.translations import translate as _
from contracts.events.people import Needs
from contracts.sealed import Sealed

SHORTEST: Final = 5
"""Minutes an appointment lasts at least."""
LONGEST: Final = 12 * 60
"""And at most."""
FURTHEST: Final = timedelta(days=2 * 366)
"""How far ahead one is booked: beyond that the year is a slip."""


class Status(StrEnum):
    PROPOSED = "proposed"
    """The person has not said yes yet; the agent's time is kept all the same."""
    BOOKED = "booked"
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"


TO_COME: Final = frozenset({Status.PROPOSED, Status.BOOKED})
"""What came of it is not said yet."""
TAKES_TIME: Final = TO_COME | {Status.KEPT}
"""Its agents are nowhere else meanwhile."""


class Place(StrEnum):
    """Where somebody is met."""

    OFFICE = "office"
    PHONE = "phone"
    HOME = "home"
    VIDEO = "video"


class Party(StrEnum):
    """Whose doing it is that an appointment was moved, missed or cancelled."""

    PERSON = "person"
    SERVICE = "service"


class Help(StrEnum):
    """What is booked for one appointment, where a person needs it for all of them."""

    INTERPRETER = "interpreter"
    SIGN_LANGUAGE = "sign_language"


class Appointment(BaseModel):
    """An appointment as it stands. `sequence` goes up with each change: a calendar takes the highest (RFC 5545,
    SEQUENCE). `by`: who missed or cancelled it. `booking`: the external service's id, when it was booked there."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    appointment_id: UUID
    case_id: UUID
    kind: Literal["first", "follow_up"]
    status: Status
    starts_at: datetime
    ends_at: datetime
    place: Place
    where: Sealed | None = None
    about: Sealed | None = None
    agents: tuple[UUID, ...] = ()
    people: tuple[UUID, ...] = ()
    arranged: frozenset[Help] = frozenset()
    answers_request: bool = False
    booking: str | None = None
    by: Party | None = None
    told: bool = False
    """Whether others know of it: a mere proposal is told to nobody."""
    sequence: int = 0
    made_at: datetime
    changed_at: datetime

    @property
    def uid(self) -> str:
        """The same for ever, whatever moves (RFC 5545, UID)."""
        return f"{self.appointment_id}@maillage"

    @property
    def to_come(self) -> bool:
        return self.status in TO_COME

    @property
    def taken(self) -> bool:
        """Whether its agents are nowhere else meanwhile."""
        return self.status in TAKES_TIME

    @property
    def lasts(self) -> timedelta:
        return self.ends_at - self.starts_at

    def after(self, now: datetime, **changes: Any) -> "Appointment":
        """The appointment with these changes, one revision later."""
        return self.model_copy(update={**changes, "sequence": self.sequence + 1, "changed_at": now})


@dataclass(frozen=True, slots=True)
class Setting:
    """What the dossier allows: who may receive, who can be met, and what was booked before."""

    now: datetime
    workers: Collection[UUID]
    """Agents in function who work on the dossier."""
    people: Collection[UUID]
    """Who is named in the dossier: nobody, in an anonymous one."""
    has_request: bool = True
    earlier: Sequence[Appointment] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be booked. `has_where`: the place, or the link of a video call, is said."""

    starts_at: datetime
    ends_at: datetime
    place: Place
    agents: Sequence[UUID]
    people: Sequence[UUID]
    has_where: bool
    answers_request: bool = False


def it_is_still_to_come(plan: Plan, setting: Setting) -> str | None:
    """An appointment is booked ahead; what is past is a note."""
    if plan.starts_at > setting.now:
        return None
    return _("Ce moment est passé : choisissez une date et une heure à venir.")


def it_is_not_years_ahead(plan: Plan, setting: Setting) -> str | None:
    if plan.starts_at <= setting.now + FURTHEST:
        return None
    return _("Cette date est dans plus de deux ans : vérifiez l'année.")


def it_has_a_fair_length(plan: Plan, setting: Setting) -> str | None:
    if timedelta(minutes=SHORTEST) <= plan.ends_at - plan.starts_at <= timedelta(minutes=LONGEST):
        return None
    return _("Un rendez-vous dure de cinq minutes à douze heures : vérifiez sa durée.")


def somebody_receives(plan: Plan, setting: Setting) -> str | None:
    return None if plan.agents else _("Indiquez quel agent reçoit la personne.")


def whoever_receives_works_on_the_dossier(plan: Plan, setting: Setting) -> str | None:
    """Professional secrecy: who meets the person may read the dossier already."""
    if set(plan.agents) <= set(setting.workers):
        return None
    return _("Un des agents ne travaille pas sur ce dossier : chargez-l'en d'abord, ou choisissez-en un autre.")


def somebody_is_met(plan: Plan, setting: Setting) -> str | None:
    """In an anonymous dossier nobody can be named."""
    if plan.people or not setting.people:
        return None
    return _("Indiquez quelle personne du dossier vient au rendez-vous.")


def whoever_is_met_is_in_the_dossier(plan: Plan, setting: Setting) -> str | None:
    if set(plan.people) <= set(setting.people):
        return None
    return _("Une des personnes n'est pas dans ce dossier : ajoutez-la d'abord.")


def an_office_has_an_address(plan: Plan, setting: Setting) -> str | None:
    """By phone and at home, the person's own number and address serve."""
    if plan.place is not Place.OFFICE or plan.has_where:
        return None
    return _("Indiquez le lieu du rendez-vous.")


def only_the_first_answers_the_request(plan: Plan, setting: Setting) -> str | None:
    """The first appointment may be the answer that was promised; later ones are not."""
    if not plan.answers_request or (setting.has_request and not any(one.told for one in setting.earlier)):
        return None
    return _("Seul le premier rendez-vous d'un dossier peut répondre à sa demande.")


Rule = Callable[[Plan, Setting], str | None]
RULES: Final[tuple[Rule, ...]] = (
    it_is_still_to_come,
    it_is_not_years_ahead,
    it_has_a_fair_length,
    somebody_receives,
    whoever_receives_works_on_the_dossier,
    somebody_is_met,
    whoever_is_met_is_in_the_dossier,
    an_office_has_an_address,
    only_the_first_answers_the_request,
)


def refusals(plan: Plan, setting: Setting) -> tuple[str, ...]:
    """Why it cannot be booked like this; nothing when it can."""
    return tuple(sentence for rule in RULES if (sentence := rule(plan, setting)))


def check(plan: Plan, setting: Setting) -> None:
    """Raises Refused with all that is wrong."""
    found = refusals(plan, setting)
    if found:
        raise Refused(*found)


def make(plan: Plan, setting: Setting, *, appointment_id: UUID, case_id: UUID, proposed: bool) -> Appointment:
    """Book, or propose, an appointment. Raises Refused."""
    check(plan, setting)
    return Appointment(
        appointment_id=appointment_id,
        case_id=case_id,
        kind=kind_after(setting.earlier),
        status=Status.PROPOSED if proposed else Status.BOOKED,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        place=plan.place,
        agents=tuple(dict.fromkeys(plan.agents)),
        people=tuple(dict.fromkeys(plan.people)),
        answers_request=plan.answers_request,
        told=not proposed,
        made_at=setting.now,
        changed_at=setting.now,
    )


def kind_after(earlier: Sequence[Appointment]) -> Literal["first", "follow_up"]:
    """The first one of a dossier that was not cancelled is its first appointment."""
    return "follow_up" if any(one.status is not Status.CANCELLED for one in earlier) else "first"


def must_be_changed_here(appointment: Appointment) -> None:
    """Raises Refused for one that was booked elsewhere: two calendars would disagree."""
    if appointment.booking is not None:
        raise Refused(_("Ce rendez-vous vient du service de réservation en ligne : modifiez-le là-bas."))


def confirm(appointment: Appointment, now: datetime) -> Appointment:
    """The person says yes to a proposal. Raises Refused."""
    if appointment.status is not Status.PROPOSED:
        raise Refused(_("Seul un rendez-vous proposé peut être confirmé : celui-ci ne l'est plus."))
    if appointment.ends_at <= now:
        raise Refused(_("Ce rendez-vous proposé est passé : annulez-le, puis proposez une autre date."))
    return appointment.after(now, status=Status.BOOKED, told=True)


def move(appointment: Appointment, plan: Plan, setting: Setting) -> Appointment:
    """Another time, place or agent. What was booked for the old time is to be booked anew. Raises Refused."""
    _must_be_to_come(appointment)
    if appointment.status is Status.BOOKED and appointment.starts_at <= setting.now:
        raise Refused(_("Ce rendez-vous a commencé : dites s'il a été tenu ou manqué, puis prenez-en un autre."))
    check(plan, setting)
    same_time = (appointment.starts_at, appointment.ends_at) == (plan.starts_at, plan.ends_at)
    return appointment.after(
        setting.now,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        place=plan.place,
        agents=tuple(dict.fromkeys(plan.agents)),
        people=tuple(dict.fromkeys(plan.people)),
        arranged=appointment.arranged if same_time else frozenset(),
    )


def keep(appointment: Appointment, now: datetime) -> Appointment:
    """The person was met. Says also that « missed » was a slip. Raises Refused."""
    _must_have_begun(appointment, now)
    if appointment.status is Status.KEPT:
        raise Refused(_("Ce rendez-vous est déjà enregistré comme tenu."))
    return appointment.after(now, status=Status.KEPT, by=None)


def miss(appointment: Appointment, by: Party, now: datetime) -> Appointment:
    """Somebody did not come: the person, or the service. Says also that « kept » was a slip. Raises Refused."""
    _must_have_begun(appointment, now)
    if appointment.status is Status.MISSED and appointment.by is by:
        raise Refused(_("Ce rendez-vous est déjà enregistré comme manqué."))
    return appointment.after(now, status=Status.MISSED, by=by)


def cancel(appointment: Appointment, by: Party, now: datetime) -> Appointment:
    """It will not take place. Raises Refused once it has begun: then it was kept or missed."""
    _must_be_to_come(appointment)
    if appointment.status is Status.BOOKED and appointment.starts_at <= now:
        raise Refused(_("Ce rendez-vous a commencé : dites plutôt s'il a été tenu ou manqué."))
    return appointment.after(now, status=Status.CANCELLED, by=by)


def arrange(appointment: Appointment, arranged: Collection[Help], now: datetime) -> Appointment:
    """What is booked for the person's needs. Raises Refused for one that is over."""
    _must_be_to_come(appointment)
    return appointment.model_copy(update={"arranged": frozenset(arranged), "changed_at": now})


def _must_be_to_come(appointment: Appointment) -> None:
    if not appointment.to_come:
        raise Refused(_("Ce rendez-vous est tenu, manqué ou annulé : il ne peut plus changer. Prenez-en un autre."))


def _must_have_begun(appointment: Appointment, now: datetime) -> None:
    if appointment.status is Status.CANCELLED:
        raise Refused(_("Ce rendez-vous est annulé : il n'a pu être ni tenu ni manqué."))
    if appointment.status is Status.PROPOSED:
        raise Refused(_("Ce rendez-vous n'est que proposé : confirmez-le d'abord avec la personne."))
    if appointment.starts_at > now:
        raise Refused(_("Ce rendez-vous n'a pas encore commencé : on ne peut pas encore dire s'il a été tenu."))


def needed(needs: Collection[Needs]) -> Mapping[Help, str]:
    """What the people met need somebody booked for: a help, and the language where it is one."""
    languages = sorted({one.interpreter for one in needs if one.interpreter})
    found = {Help.INTERPRETER: ", ".join(languages)} if languages else {}
    if any(one.sign_language for one in needs):
        found[Help.SIGN_LANGUAGE] = ""
    return found


def lacking(appointment: Appointment, needs: Collection[Needs]) -> tuple[Help, ...]:
    """Conditions of an appointment to come that are not met: needed, and not booked."""
    if not appointment.to_come:
        return ()
    return tuple(one for one in needed(needs) if one not in appointment.arranged)
