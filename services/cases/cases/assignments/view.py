"""What a manager sees of a territory's referents: who has how much, whose dossiers, who is or will be away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cases.assignments import store
from cases.assignments.acts import Reassigned
from cases.assignments.model import Absence, Held, Load
from cases.people import store as people
from cases.shares import store as shares
from cases.tasks.section import names_of
from cases.territories import store as territories
from chassis.actor import EVERYWHERE, Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.idempotency import Answer
from chassis.web.problems import forbidden
from chassis.web.translations import N_
from chassis.web.translations import translate as _
from contracts.references import readable

SHOWN = 50
"""Dossiers of one list: what is given to somebody leaves it, and the next ones come."""


def managed(actor: Actor) -> list[str] | None:
    """Territories the actor manages; None: all."""
    held = actor.territories("manager")
    return None if EVERYWHERE in held else sorted(held)


def must_manage(actor: Actor, territory_id: str) -> None:
    """Raises a 403 problem for who does not manage that territory."""
    if not actor.has("manager", territory_id=territory_id):
        raise forbidden(N_("Vous n'êtes pas responsable de ce territoire. Choisissez-en un des vôtres."))


def told(done: Reassigned) -> Answer:
    """What came of a reassignment, as it is answered and kept."""
    refused = [{"case_id": str(case_id), "detail": why} for case_id, why in done.refused]
    return Answer(200, {"reassigned": [str(case_id) for case_id in done.done], "refused": refused})


@dataclass(frozen=True, slots=True)
class Away:
    """An absence as it is shown: names, and its days, both included."""

    absence: Absence
    who: str
    substitute: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Team:
    """A territory's referents. `held`: dossiers of `chosen`, or of nobody, each with the name of who is concerned."""

    territory_id: str
    territories: Sequence[tuple[str, str]]
    load: Sequence[tuple[str, Load]]
    unassigned: int
    chosen: UUID | None
    chosen_name: str
    held: Sequence[tuple[str, str, Held]]
    colleagues: Sequence[tuple[str, str]]
    absences: Sequence[Away]


async def choices(tx: Transaction, actor: Actor) -> list[tuple[str, str]]:
    """Territories the actor manages, by name."""
    called, mine = await territories.names(tx), managed(actor)
    found = called.items() if mine is None else [(one, called.get(one, one)) for one in mine]
    return sorted(found, key=lambda one: one[1])


async def counted(tx: Transaction, territory_id: str, today: date) -> tuple[list[Load], int]:
    """What each referent of a territory has, and how many dossiers nobody has; `tx`: the service's own."""
    found = await store.load(tx, territory_id, today)
    nobody = sum(one.open_dossiers for one in found if one.agent_id == store.NOBODY)
    return [one for one in found if one.agent_id != store.NOBODY], nobody


async def read(tx: Transaction, parts: Parts, actor: Actor, territory_id: str, chosen: UUID | None) -> Team:
    """A territory, for who manages it and sees all its dossiers; `chosen`: whose are listed, nobody's without.

    What takes looking at all of somebody's is read by the service, whom the database does not ask of each row whether
    it may be seen.
    """
    today = parts.now().astimezone(parts.settings.zone).date()
    async with parts.worker.transaction() as service:
        load, unassigned = await counted(service, territory_id, today)
        held = await store.of_agent(service, territory_id, chosen, today, SHOWN) if chosen else []
    held = held if chosen else await store.of_nobody(tx, territory_id, today, SHOWN)
    workers = await store.social_workers(tx, territory_id)
    away = await store.of_territories(tx, [territory_id], parts.now())
    known = [*workers, *(one.agent_id for one in load), *(one for each in away for one in _both(each)), *_some(chosen)]
    names = await names_of(tx, parts, known)
    return Team(
        territory_id,
        await choices(tx, actor),
        [(_named(names, one.agent_id), one) for one in load],
        unassigned,
        chosen,
        _named(names, chosen) if chosen else "",
        await _named_after(tx, parts, held),
        await _with_organisations(tx, actor, workers, names),
        [_shown(one, names, parts.settings.zone) for one in away],
    )


def _both(absence: Absence) -> tuple[UUID, UUID]:
    return absence.agent_id, absence.substitute_id


def _some(agent_id: UUID | None) -> list[UUID]:
    return [agent_id] if agent_id else []


def _named(names: Mapping[UUID, str], agent_id: UUID) -> str:
    return names.get(agent_id, "") or _("n'est plus en fonction")


async def _named_after(tx: Transaction, parts: Parts, found: Sequence[Held]) -> list[tuple[str, str, Held]]:
    sealed = await people.concerned(tx, [one.case_id for one in found])
    names = dict(zip(sealed, await parts.keyring.open(tx, list(sealed.values())), strict=True))
    return [(readable(one.reference), str(names.get(one.case_id) or ""), one) for one in found]


async def _with_organisations(
    tx: Transaction, actor: Actor, workers: Mapping[UUID, UUID | None], names: Mapping[UUID, str]
) -> list[tuple[str, str]]:
    called = await shares.names(tx, [one for one in workers.values() if one])
    return labelled({agent_id: names.get(agent_id, "") for agent_id in workers}, workers, called, actor)


def labelled(
    names: Mapping[UUID, str],
    organisations: Mapping[UUID, UUID | None],
    called: Mapping[UUID, str],
    actor: Actor,
) -> list[tuple[str, str]]:
    """Agents to choose from, by name; those of another organisation with what it is called."""

    def label(agent_id: UUID) -> str:
        organisation_id = organisations.get(agent_id)
        other = called.get(organisation_id, "") if organisation_id and organisation_id != actor.organisation_id else ""
        return f"{names[agent_id]} ({other})" if other else names[agent_id]

    return sorted(((str(agent_id), label(agent_id)) for agent_id in names), key=lambda one: one[1])


def _shown(absence: Absence, names: Mapping[UUID, str], zone: ZoneInfo) -> Away:
    first, after = absence.begins_at.astimezone(zone), absence.ends_at.astimezone(zone)
    who, substitute = (_named(names, one) for one in _both(absence))
    return Away(absence, who, substitute, first.date(), (after - timedelta(microseconds=1)).date())


async def refusals(tx: Transaction, refused: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Dossiers that did not change hands, each with why, and its reference where the actor may see it."""
    known = await store.references(tx, [UUID(one["case_id"]) for one in refused])
    return [dict(one) | {"reference": readable(known.get(UUID(one["case_id"]), ""))} for one in refused]
