"""HTTP of managers: dossiers reassigned in bulk, substitutes, and how much each agent has."""

from dataclasses import asdict
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from cases.answers import as_json
from cases.assignments import acts, model, store, view
from cases.assignments.model import Absence, Period
from cases.tasks.section import names_of
from cases.typed import Day
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, as_response, once
from chassis.web.identity import require
from chassis.web.translations import N_
from chassis.web.validation import FieldError

router = APIRouter(prefix="/cases", tags=["assignments"])
Manager = Annotated[Actor, Depends(require("manager"))]


class Reassigned(BaseModel):
    """From one referent to another: chosen dossiers, or (none chosen) all that are open. Without `from_agent_id`:
    chosen dossiers that have no referent yet."""

    model_config = ConfigDict(extra="forbid")
    from_agent_id: UUID | None = None
    to_agent_id: UUID
    case_ids: Annotated[list[UUID], Field(min_length=1, max_length=model.AT_ONCE)] | None = None

    @model_validator(mode="after")
    def _of_somebody_or_chosen(self) -> Self:
        if self.from_agent_id is None and self.case_ids is None:
            raise FieldError(N_("Choisissez des dossiers, ou dites de qui les prendre."))
        return self


class Away(BaseModel):
    """Who is away, who stands in for them, and the days, both included."""

    model_config = ConfigDict(extra="forbid")
    agent_id: UUID
    substitute_id: UUID
    first_day: Day
    last_day: Day


@router.post("/reassignments")
async def reassign(body: Reassigned, actor: Manager, parts: CurrentParts, key: Idempotency) -> Response:
    """Put another referent in an agent's place. `refused`: dossiers left as they were, each with why."""

    async def create(tx: Transaction) -> Answer:
        return view.told(await acts.reassign(tx, parts, actor, body.from_agent_id, body.to_agent_id, body.case_ids))

    return as_response(await once(lambda: parts.app.transaction(actor), key, create))


@router.get("/absences")
async def absences(actor: Manager, parts: CurrentParts) -> Response:
    """Who is or will be away on the actor's territories, and who stands in for them."""
    async with parts.app.transaction(actor) as tx:
        found = await store.of_territories(tx, view.managed(actor), parts.now())
    return as_json({"items": [_shown(one) for one in found]})


def _shown(absence: Absence) -> dict[str, object]:
    return {
        "absence_id": absence.absence_id,
        "agent_id": absence.agent_id,
        "substitute_id": absence.substitute_id,
        "begins_at": absence.begins_at,
        "ends_at": absence.ends_at,
    }


@router.post("/absences", status_code=201)
async def name_substitute(body: Away, actor: Manager, parts: CurrentParts, key: Idempotency) -> Response:
    """Name who stands in for a referent: meanwhile their dossiers and what falls due in them are the substitute's."""

    async def create(tx: Transaction) -> Answer:
        period = Period(body.first_day, body.last_day)
        absence = await acts.name_substitute(tx, parts, actor, body.agent_id, body.substitute_id, period)
        return Answer(201, {"absence_id": str(absence.absence_id)})

    return as_response(await once(lambda: parts.app.transaction(actor), key, create))


@router.delete("/absences/{absence_id}", status_code=204)
async def end_absence(absence_id: UUID, actor: Manager, parts: CurrentParts) -> Response:
    """They are back."""
    async with parts.app.transaction(actor) as tx:
        await acts.end_absence(tx, parts, actor, absence_id)
    return Response(status_code=204)


@router.get("/load")
async def load(actor: Manager, parts: CurrentParts, territory: Annotated[str, Query(max_length=64)]) -> Response:
    """What each referent of a territory has: open dossiers, tasks due soon, and tasks past their day."""
    view.must_manage(actor, territory)
    today = parts.now().astimezone(parts.settings.zone).date()
    async with parts.worker.transaction() as tx:
        found, unassigned = await view.counted(tx, territory, today)
    async with parts.app.transaction(actor) as tx:
        names = await names_of(tx, parts, [one.agent_id for one in found])
    items = [asdict(one) | {"name": names.get(one.agent_id, "")} for one in found]
    return as_json({"items": items, "unassigned": unassigned})
