"""A conference of a territory as its readers see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases.dossiers.work import NoSuchCase
from cases.partners import store as partners
from cases.territorial import life, store
from cases.territorial.model import Territorial
from cases.territorial.work import manages
from cases.territories import store as territories
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.sealing import Keyring


@dataclass(frozen=True, slots=True)
class Seen:
    """A conference, the names of its partners, and whether its reader leads it."""

    conference: Territorial
    version: int
    territory: str
    names: Mapping[UUID, str]
    leads: bool
    next_case_id: UUID | None

    @property
    def sentence(self) -> str:
        return life.phase_sentence(self.conference)

    @property
    def missing(self) -> tuple[str, ...]:
        return life.missing(self.conference)


async def read(tx: Transaction, keyring: Keyring, actor: Actor, case_id: UUID) -> Seen:
    """Raises NoSuchCase."""
    held = await store.find(tx, keyring, case_id)
    if held is None:
        raise NoSuchCase
    conference = held.conference
    known = await partners.organisations(tx, conference.partners)
    called = await territories.names(tx)
    return Seen(
        conference,
        held.version,
        called.get(conference.territory_id, conference.territory_id),
        {one: known[one].name if one in known else str(one) for one in conference.partners},
        manages(actor, conference.territory_id),
        await store.next_of(tx, case_id),
    )


def shown(seen: Seen) -> dict[str, Any]:
    """A conference in JSON."""
    conference = seen.conference
    return conference.model_dump(mode="json") | {
        "conference_id": conference.conference_id,
        "version": seen.version,
        "sentence": seen.sentence,
        "missing": seen.missing,
        "next_phase": conference.next_phase,
        "next_case_id": seen.next_case_id,
    }


def listed(conference: Territorial) -> dict[str, Any]:
    return {
        name: getattr(conference, name)
        for name in ("case_id", "territory_id", "title", "course", "phase", "opened_at", "meeting_at")
    }
