"""`/notifications/people/{person}/preferences`: what a person wants to be told, and how, as they said it to an agent.

Legal notices can't be declined: they are of no kind.
"""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.identity import require
from contracts.envelope import new_id
from notifications.messages.rules import Kind
from notifications.preferences import store
from notifications.preferences.store import Decision

About = Kind | Literal["email", "sms", "letter"]
"""Kinds of messages, and channels."""
How = Literal["oral", "letter", "email", "online"]
router = APIRouter(prefix="/notifications/people", tags=["preferences"])
Agent = Annotated[Actor, Depends(require("reception", "social_worker", "coordinator"))]


class Wish(BaseModel):
    """Whether they want it, and how they said so."""

    model_config = ConfigDict(extra="forbid")
    wanted: bool
    how: How


class Preferences(BaseModel):
    """What they want to be spared now, and every decision behind it, the newest first."""

    unwanted: Sequence[str]
    decisions: Sequence[Decision]


@router.get("/{person_id}/preferences")
async def preferences(person_id: UUID, parts: CurrentParts, actor: Agent) -> Preferences:
    """What stands, and its evidence."""
    async with parts.app.transaction(actor) as tx:
        return _standing(await store.decisions(tx, person_id))


@router.put("/{person_id}/preferences/{about}")
async def decide(person_id: UUID, about: About, wish: Wish, parts: CurrentParts, actor: Agent) -> Preferences:
    """Write down what they said. Said again it changes nothing; messages on their way read it before they leave."""
    decision = Decision(about, wish.wanted, parts.now(), actor.subject, wish.how)
    async with parts.app.transaction(actor) as tx:
        await store.decide(tx, new_id(), person_id, decision)
        return _standing(await store.decisions(tx, person_id))


def _standing(decisions: Sequence[Decision]) -> Preferences:
    newest = {one.about: one for one in reversed(decisions)}
    return Preferences(unwanted=sorted(one.about for one in newest.values() if not one.wanted), decisions=decisions)
