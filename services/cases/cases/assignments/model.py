"""Who works on dossiers in somebody's place: for good, or while they are away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from cases.dossiers.model import Refused
from chassis.actor import EVERYWHERE, Actor
from chassis.web.translations import translate as _

AT_ONCE = 1000
"""Dossiers one reassignment may move: one transaction holds them all."""

SOON = timedelta(days=7)
"""How far ahead a task is due soon."""


@dataclass(frozen=True, slots=True)
class Absence:
    """An agent's dossiers are a substitute's too, from `begins_at` to before `ends_at`."""

    absence_id: UUID
    agent_id: UUID
    substitute_id: UUID
    named_by: UUID
    begins_at: datetime
    ends_at: datetime

    def overlaps(self, begins_at: datetime, ends_at: datetime) -> bool:
        return self.begins_at < ends_at and begins_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Period:
    """Days away, both included."""

    first_day: date
    last_day: date

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From the first midnight to the one after the last day."""
        after = self.last_day + timedelta(days=1)
        return datetime.combine(self.first_day, time(), zone), datetime.combine(after, time(), zone)


def manages(manager: Actor, agent: Actor) -> bool:
    """Whether somebody manages a territory on which the agent is a social worker."""
    held = agent.territories("social_worker")
    managed = manager.territories("manager")
    return bool(held & managed) or (EVERYWHERE in managed and bool(held))


def must_be_nameable(
    agent: Actor, substitute: Actor | None, period: Period, today: date, away: Sequence[Absence], zone: ZoneInfo
) -> None:
    """Raises Refused. `away`: absences in which either of them is away or stands in. Only a referent's work is stood in
    for: a coordinator is replaced, since independence is declared by each in person."""
    missing = [_unfit(agent, substitute), _impossible(period, today)]
    begins_at, ends_at = period.bounds(zone)
    missing += [_already(absence, agent, substitute) for absence in away if absence.overlaps(begins_at, ends_at)]
    found = tuple(dict.fromkeys(sentence for sentence in missing if sentence))
    if found:
        raise Refused(*found)


def _unfit(agent: Actor, substitute: Actor | None) -> str | None:
    if substitute is None:
        return _("Cette personne n'est pas, ou n'est plus, dans l'annuaire des agents.")
    if substitute.agent_id == agent.agent_id:
        return _("Nommez une autre personne que celle qui s'absente.")
    if not substitute.has("social_worker"):
        return _("Seule une personne qui exerce comme travailleur social peut remplacer un référent.")
    if substitute.organisation_id != agent.organisation_id:
        return _("Un remplacement se fait dans la même structure : une autre structure ne lit pas ces dossiers.")
    return None


def _impossible(period: Period, today: date) -> str | None:
    if period.last_day < period.first_day:
        return _("Le dernier jour d'absence vient après le premier.")
    return _("Cette absence est déjà finie.") if period.last_day < today else None


def _already(absence: Absence, agent: Actor, substitute: Actor | None) -> str | None:
    """Nobody's dossiers may end with somebody who is away: one may stand in for several, and not while absent."""
    if absence.agent_id == agent.agent_id:
        return _("Un remplacement est déjà prévu pendant ces jours : mettez-y fin d'abord.")
    if absence.substitute_id == agent.agent_id:
        return _("Cette personne en remplace une autre pendant ces jours : nommez d'abord un autre remplaçant.")
    if substitute is not None and absence.agent_id == substitute.agent_id:
        return _("La personne qui remplace est elle-même absente pendant ces jours.")
    return None


def must_be_replaceable(agent: Actor | None, to: Actor | None) -> None:
    """Raises Refused where dossiers may not go from one to the other. Another organisation takes a dossier over by a
    transfer, each with its own agreement."""
    if to is None:
        raise Refused(_("Cette personne n'est pas, ou n'est plus, dans l'annuaire des agents."))
    if agent is not None and to.agent_id == agent.agent_id:
        raise Refused(_("Choisissez une autre personne que celle qui a ces dossiers."))
    if agent is not None and to.organisation_id != agent.organisation_id:
        raise Refused(
            _("Cette personne relève d'une autre structure : transférez chaque dossier, avec l'accord de la personne.")
        )


@dataclass(frozen=True, slots=True)
class Load:
    """What an agent has on a territory: open dossiers they refer to, tasks due soon, and tasks past their day."""

    agent_id: UUID
    open_dossiers: int
    soon_tasks: int
    late_tasks: int


@dataclass(frozen=True, slots=True)
class Held:
    """An open dossier in somebody's hands, or in nobody's; `next_due`: the first day of what is to be done in it."""

    case_id: UUID
    reference: str
    programme: str
    opened_at: datetime
    next_due: date | None
    late_tasks: int
