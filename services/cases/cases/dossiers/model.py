"""A dossier: one situation, who it is about, who works on it, and what has happened in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from chassis.actor import Actor
from chassis.web.translations import translate as _
from contracts.events import RequestSubmitted
from contracts.events.cases import CasePerson
from contracts.sealed import Sealed

WORKERS: Final = ("social_worker", "coordinator", "manager")
"""Who may read what happens in a dossier, unless an entry says otherwise."""
EVERYONE: Final = ("reception", *WORKERS)


class Status(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Refused(Exception):
    """A step that the rules do not allow yet. `missing`: what is, in French, each with its why."""

    def __init__(self, *missing: str) -> None:
        super().__init__("refused by the rules")
        self.missing = missing


def people_of(request: RequestSubmitted) -> tuple[CasePerson, ...]:
    """Who is in a dossier from the start. Who asks for themself is there once, as the person concerned."""
    requester = request.requester.person_id
    concerned = request.concerned.person_id or (requester if request.requester.role == "self" else None)
    roles = [(concerned, "concerned"), (requester if requester != concerned else None, "requester")]
    return tuple(CasePerson(person_id=person, role=role) for person, role in roles if person)


@dataclass(frozen=True, slots=True)
class Case:
    """A dossier as it stands. `version` is that of the aggregate, conferences and follow-ups included."""

    case_id: UUID
    version: int
    correlation_id: UUID
    request_id: UUID | None
    reference: str
    programme: str
    programme_version: int
    territory_id: str | None
    commune: str
    channel: str
    themes: Sequence[str]
    urgency: str
    minor: bool
    promised_on: date
    opened_at: datetime
    status: str
    closed_on: date | None
    close_reason: str | None
    legal_duty: bool
    private_time: bool
    coordinator_id: UUID | None
    referent_ids: Sequence[UUID]
    answers: Mapping[str, Any] | None = None
    """Question of the programme → what was answered when it was asked for."""
    substitute_ids: Sequence[UUID] = ()
    """Who stands in for a referent at this moment."""

    @property
    def open(self) -> bool:
        return self.status == Status.OPEN

    def roles_of(self, actor: Actor) -> frozenset[str]:
        """As whom an actor works here: what the policies of the database say, in words.

        A dossier without a territory belongs to all who hold the role anywhere.
        """
        roles = {role for role in ("reception", "social_worker", "manager") if self._holds(actor, role)}
        if actor.has("social_worker") and self._refers(actor):
            roles.add("social_worker")
        if actor.has("coordinator") and actor.agent_id is not None and actor.agent_id == self.coordinator_id:
            roles.add("coordinator")
        return frozenset(roles)

    def _refers(self, actor: Actor) -> bool:
        """Nobody stands in for a referent in a dossier they coordinate: its coordinator is independent."""
        stands_in = actor.agent_id in self.substitute_ids and actor.agent_id != self.coordinator_id
        return actor.agent_id in self.referent_ids or stands_in

    def _holds(self, actor: Actor, role: str) -> bool:
        return actor.has(role, territory_id=self.territory_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened. `text` is sealed; `readers` are roles, the author always reads it."""

    entry_id: UUID
    at: datetime
    kind: str
    readers: Sequence[str] = WORKERS
    agent_id: UUID | None = None
    text: Sealed | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def must_be_writable(case: Case) -> None:
    """Raises Refused in a closed dossier, which is only read, and during a family's private time."""
    if not case.open:
        raise Refused(_("Ce dossier est clos : rien ne peut plus y être ajouté."))
    must_not_be_private_time(case)


def must_not_be_private_time(case: Case) -> None:
    """Raises Refused while the family is alone: nothing of it is recorded, wherever in the dossier."""
    if case.private_time:
        raise Refused(_("C'est le temps privé de la famille : rien ne s'enregistre dans le dossier avant sa fin."))


def must_be_reopenable(case: Case) -> None:
    """Raises Refused for a dossier that is open, or that goes on in another one."""
    if case.open:
        raise Refused(_("Ce dossier est ouvert."))
    if case.close_reason == "merged":
        raise Refused(_("Ce dossier est réuni à un autre : continuez dans l'autre dossier."))


def closes_on_withdrawal(case: Case) -> bool:
    """A request taken back closes its dossier, unless the law requires going on (a child in danger…)."""
    return case.open and not case.legal_duty


class Assignment(StrEnum):
    """As what an agent works on a dossier."""

    REFERENT = "referent"
    COORDINATOR = "coordinator"


def unassignable(case: Case, agent: Actor | None, assignment: Assignment) -> str | None:
    """Why an agent cannot be assigned, or None. The coordinator is independent: never a referent of the dossier."""
    if agent is None:
        return _("Cette personne n'est pas, ou n'est plus, dans l'annuaire des agents.")
    if assignment is Assignment.REFERENT:
        return _unfit_referent(case, agent)
    return _unfit_coordinator(case, agent)


def _unfit_referent(case: Case, agent: Actor) -> str | None:
    if not agent.has("social_worker"):
        return _("Seule une personne qui exerce comme travailleur social peut être référente.")
    if agent.agent_id == case.coordinator_id:
        return _("Cette personne coordonne la conférence : elle ne peut pas être aussi référente du dossier.")
    return None


def _unfit_coordinator(case: Case, agent: Actor) -> str | None:
    if not agent.has("coordinator"):
        return _("Cette personne n'est pas habilitée à coordonner une conférence familiale.")
    if agent.agent_id in case.referent_ids:
        return _("La personne qui coordonne est indépendante : elle ne peut pas être référente de ce dossier.")
    return None
