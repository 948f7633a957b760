"""Asking for an erasure on a person's behalf, and deciding it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.actor import Actor
from chassis.service import Parts
from contracts.envelope import new_id
from contracts.events import PersonErased
from intake.act import Act
from intake.duplicates import store as duplicates
from intake.erasures import store
from intake.erasures.model import (
    SERVICES,
    Ground,
    Outcome,
    done_everywhere_at,
    erased_everywhere,
    gone_from_copies_on,
    must_be_decidable,
)
from intake.people.changing import NoSuchPerson, Outdated
from intake.store import write


class NoSuchErasure(Exception):
    """There is none, or the actor does not decide of it and so may not know of it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a manager decides."""

    outcome: Outcome
    ground: Ground | None
    visa: str | None


class Erasing:
    """Erasures on behalf of agents: any colleague who sees the person asks, managers of the territory decide."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def ask(self, actor: Actor, person_id: UUID) -> None:
        """The person asks to be erased. Asked twice it waits once. Raises NoSuchPerson."""
        assert actor.agent_id is not None
        async with self._parts.app.transaction(actor) as tx:
            if not await store.sees(tx, person_id):
                raise NoSuchPerson
            await store.ask(tx, new_id(), person_id, self._parts.now(), actor.agent_id)

    async def register(self, actor: Actor) -> list[dict[str, Any]]:
        """Erasures asked and decided, and how far the decided ones are."""
        async with self._parts.app.transaction(actor) as tx:
            rows = await store.listed(tx)
        return [_shown(dict(row), self._parts.now()) for row in rows]

    async def decide(self, actor: Actor, erasure_id: UUID, version: int, decision: Decision) -> int:
        """Grant or refuse. Returns the new version. Raises NoSuchErasure, Outdated, Refused.

        Granted, PersonErased leaves for every id the person has, by whom they were found to be.
        """
        async with self._parts.app.transaction(actor) as tx:
            if not await store.decides(tx, erasure_id):
                raise NoSuchErasure
        now = self._parts.now()
        # By the service itself: who was found to be this person may be seen by others than the manager.
        async with self._parts.worker.transaction() as tx:
            taken = await store.take(tx, erasure_id, version)
            if taken is None:
                raise Outdated
            must_be_decidable(taken["state"], decision.outcome, decision.ground, decision.visa)
            granted = decision.outcome == "granted"
            survivors = await duplicates.survivors(tx, [taken["person_id"]]) if granted else {}
            ids = await duplicates.group(tx, list(survivors.values()) or [taken["person_id"]]) if granted else []
            await store.decide(
                tx,
                erasure_id,
                {
                    "state": decision.outcome,
                    "ground": decision.ground,
                    "visa": decision.visa if granted else None,
                    "decided_at": now,
                    "decided_by": actor.agent_id,
                    "person_ids": ids,
                },
            )
            act = Act.here(now)
            for person_id in ids:
                act.tell(PersonErased(person_id=person_id), id=new_id(), sequence=1)
            await write(tx, act)
        return version + 1


def _latest(person_ids: Sequence[UUID], answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Services that are done with every id of the person, and since when."""
    done = {name: [one for one in answers if one["service"] == name] for name in SERVICES}
    return [
        {
            "service": name,
            "done_at": max(one["done_at"] for one in found),
            "kept": sorted({code for one in found for code in one["kept"]}),
        }
        for name, found in done.items()
        if found and len(found) == len(person_ids)
    ]


def _shown(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    answers = row["answers"]
    said = {(UUID(one["person_id"]), one["service"]): datetime.fromisoformat(one["done_at"]) for one in answers}
    shown = {name: row[name] for name in ("erasure_id", "version", "person_id", "state", "asked_at", "ground", "visa")}
    shown |= {
        "decided_at": row["decided_at"],
        "services": _latest(row["person_ids"], answers),
        "requests": row["requests"],
    }
    if row["state"] != "granted":
        return shown
    done_at = done_everywhere_at(row["person_ids"], said)
    return shown | {
        "done_at": done_at,
        "gone_from_copies_on": gone_from_copies_on(done_at) if done_at else None,
        "erased_everywhere": erased_everywhere(done_at, now),
    }
