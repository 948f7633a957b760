"""A dossier as its readers see it: what the database lets them read, opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases.dossiers import store
from cases.dossiers.model import WORKERS, Case, Entry
from cases.dossiers.work import NoSuchCase
from cases.joining import store as joining
from cases.people import store as people
from chassis import agents
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.sealing import Keyring, Opened


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the dossier. `name` says itself when it is not readable."""

    person_id: UUID
    role: str
    name: Opened | None


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the timeline, its text opened."""

    entry: Entry
    text: Opened | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier and what this reader may know of it."""

    case: Case
    roles: frozenset[str]
    people: Sequence[Person]
    timeline: Sequence[Told]
    agents: Mapping[UUID, Opened | None]
    of_one_person: Sequence[Mapping[str, Any]] = ()
    """Other dossiers about the same person, as far as this reader works on them."""

    @property
    def works_here(self) -> bool:
        """More than reception, which sees that the dossier exists and who is in charge."""
        return not self.roles.isdisjoint(WORKERS)

    def name_of(self, person_id: UUID) -> str:
        """A person's name as it can be shown; empty for who has no name here."""
        return next((str(one.name) for one in self.people if one.person_id == person_id and one.name), "")


async def read(tx: Transaction, keyring: Keyring, actor: Actor, case_id: UUID) -> Dossier:
    """A dossier, opened in one go. Raises NoSuchCase."""
    case = await store.find(tx, case_id)
    if case is None:
        raise NoSuchCase
    named = await people.of_case(tx, case_id)
    entries = await store.timeline(tx, case_id)
    contacts = await agents.contacts(tx, _agents(case, entries))
    names, texts, agent_names = (
        [one.name for one in named],
        [entry.text for entry in entries],
        [contact.name for contact in contacts.values()],
    )
    opened = iter(await keyring.open(tx, [*names, *texts, *agent_names]))
    return Dossier(
        case,
        case.roles_of(actor),
        [Person(one.person_id, one.role, next(opened)) for one in named],
        [Told(entry, next(opened)) for entry in entries],
        dict(zip(contacts, opened, strict=True)),
        await joining.of_one_person(tx, case_id),
    )


def _agents(case: Case, entries: Sequence[Entry]) -> list[UUID]:
    found = {*case.referent_ids, *(entry.agent_id for entry in entries), case.coordinator_id}
    return [agent_id for agent_id in found if agent_id is not None]


def listed(case: Case) -> dict[str, Any]:
    """What anybody who sees a dossier in a list may know."""
    return {
        "case_id": case.case_id,
        "reference": case.reference,
        "programme": case.programme,
        "territory_id": case.territory_id,
        "status": case.status,
        "opened_at": case.opened_at,
        "promised_on": case.promised_on,
        "coordinator_id": case.coordinator_id,
        "referent_ids": case.referent_ids,
    }


def shown(dossier: Dossier) -> dict[str, Any]:
    """A dossier in JSON."""
    return listed(dossier.case) | {
        "version": dossier.case.version,
        "closed_on": dossier.case.closed_on,
        "close_reason": dossier.case.close_reason,
        **(_situation(dossier.case) if dossier.works_here else {}),
        "people": [
            {"person_id": one.person_id, "role": one.role, "name": str(one.name) if one.name else None}
            for one in dossier.people
        ],
        "timeline": [_entry(one) for one in dossier.timeline],
        "of_one_person": dossier.of_one_person,
    }


def _situation(case: Case) -> dict[str, Any]:
    return {
        "programme_version": case.programme_version,
        "channel": case.channel,
        "commune": case.commune,
        "themes": case.themes,
        "urgency": case.urgency,
        "minor": case.minor,
        "legal_duty": case.legal_duty,
    }


def _entry(told: Told) -> dict[str, Any]:
    entry = told.entry
    return {
        "entry_id": entry.entry_id,
        "at": entry.at,
        "kind": entry.kind,
        "agent_id": entry.agent_id,
        "text": str(told.text) if told.text is not None else None,
        "details": entry.details,
    }
