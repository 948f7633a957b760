"""Pages and forms of assignments: a manager's team, and who is in charge on the dossier's page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Self, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field, ValidationError, model_validator
from starlette.responses import RedirectResponse, Response

from cases.assignments import acts, model, view
from cases.assignments.model import Period
from cases.dossiers import acts as dossiers
from cases.dossiers.forms import EditForm, SentForm, faults, read_form, typed_in
from cases.dossiers.model import Assignment, Refused
from cases.dossiers.pages import Refusal, Typed
from cases.dossiers.work import Work
from cases.shares.model import LegalGround
from cases.shares.typed import override_of
from cases.typed import Day, Text
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Answer, Idempotency, IdempotencyKey, once
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.translations import N_
from chassis.web.validation import FieldError

router = APIRouter(tags=["pages"], include_in_schema=False)
Manager = Annotated[Actor, Depends(require("manager"))]
_NONE: Final = Refusal("", 200, (), {}, Typed())
_PLACE: Final = "#charge"
F = TypeVar("F", bound=BaseModel)

# The team ---------------------------------------------------------------------------------------------


class Asked(BaseModel):
    """Which territory, the first one otherwise, and whose dossiers, those of nobody otherwise."""

    territory: Annotated[str, Field(max_length=64)] = ""
    referent: UUID | None = None


class ReassignForm(BaseModel):
    """`team_all`: all that the referent has, on whatever territory of the manager's."""

    team_cases: list[UUID] = Field(default_factory=list, max_length=model.AT_ONCE)
    team_all: bool = False
    team_to: UUID

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.team_cases and not self.team_all:
            raise FieldError(N_("Cochez au moins un dossier."))
        return self


class AwayForm(BaseModel):
    away_agent: UUID
    away_substitute: UUID
    away_first: Day
    away_last: Day


class BackForm(BaseModel):
    absence_id: UUID


@dataclass(frozen=True, slots=True)
class Sent:
    """A manager at the page of their team."""

    request: Request
    actor: Actor
    parts: Parts
    asked: Asked

    async def add(
        self, key: IdempotencyKey, form: type[F], act: Callable[[Transaction, F], Awaitable[Answer]]
    ) -> Response:
        """What was sent is done, once, or the page says why not."""
        typed = typed_in(await self.request.form())
        step = self.request.url.path.rsplit("/", 1)[1]
        try:
            given = read_form(form, typed)
            answer = await once(lambda: self.parts.app.transaction(self.actor), key, lambda tx: act(tx, given))
        except ValidationError as invalid:
            return await self.page(Refusal(step, 422, *faults(invalid), typed))
        except Refused as refused:
            return await self.page(Refusal(step, 409, refused.missing, {}, typed))
        return await self.page(outcome=answer.body) if answer.body else self.back()

    def back(self) -> Response:
        return RedirectResponse(f"/cases/team?{self.asked_again}", 303)

    @property
    def asked_again(self) -> str:
        return self.request.url.query

    async def page(self, refusal: Refusal = _NONE, outcome: dict[str, Any] | None = None) -> Response:
        """The team of a territory. Raises a 403 problem for one the manager does not manage."""
        async with self.parts.app.transaction(self.actor) as tx:
            possible = await view.choices(tx, self.actor)
            territory_id = self.asked.territory or (possible[0][0] if possible else "")
            if territory_id:
                view.must_manage(self.actor, territory_id)
            team = await view.read(tx, self.parts, self.actor, territory_id, self.asked.referent)
            left = await view.refusals(tx, outcome["refused"]) if outcome else []
        return render(
            self.request,
            "cases/team.html",
            status=refusal.status,
            team=team,
            refusal=refusal,
            errors=refusal.errors,
            done=len(outcome["reassigned"]) if outcome else None,
            left=left,
            shown=view.SHOWN,
            query=self.asked_again,
        )


def _sent(request: Request, actor: Manager, parts: CurrentParts, asked: Annotated[Asked, Query()]) -> Sent:
    return Sent(request, actor, parts, asked)


AtTeam = Annotated[Sent, Depends(_sent)]


@router.get("/cases/team")
async def team(sent: AtTeam) -> Response:
    return await sent.page()


@router.post("/cases/team/reassign")
async def reassign(sent: AtTeam, key: Idempotency) -> Response:
    async def act(tx: Transaction, form: ReassignForm) -> Answer:
        chosen = None if form.team_all else form.team_cases
        return view.told(await acts.reassign(tx, sent.parts, sent.actor, sent.asked.referent, form.team_to, chosen))

    return await sent.add(key, ReassignForm, act)


@router.post("/cases/team/away")
async def away(sent: AtTeam, key: Idempotency) -> Response:
    async def act(tx: Transaction, form: AwayForm) -> Answer:
        period = Period(form.away_first, form.away_last)
        await acts.name_substitute(tx, sent.parts, sent.actor, form.away_agent, form.away_substitute, period)
        return Answer(303, {})

    return await sent.add(key, AwayForm, act)


@router.post("/cases/team/back")
async def back(sent: AtTeam, key: Idempotency) -> Response:
    async def act(tx: Transaction, form: BackForm) -> Answer:
        await acts.end_absence(tx, sent.parts, sent.actor, form.absence_id)
        return Answer(303, {})

    return await sent.add(key, BackForm, act)


# On the dossier's page --------------------------------------------------------------------------------

_FORMS: Final = "/cases/{case_id}/forms"


class AssignForm(BaseModel):
    """The last three: where the agent belongs to another organisation that could not read the dossier yet."""

    assigned_agent: UUID
    assigned_as: Assignment
    assigned_code: Annotated[str, Field(max_length=64)] | None = None
    assigned_why: Text | None = None
    assigned_ground: LegalGround | None = None
    assigned_reason: Text | None = None

    @model_validator(mode="after")
    def _with_reason(self) -> Self:
        assert self.charge
        return self

    @property
    def charge(self) -> dossiers.Charge:
        override = override_of(self.assigned_ground, self.assigned_reason)
        return dossiers.Charge(self.assigned_code, self.assigned_why or "", override)


class TakeForm(BaseModel):
    """A social worker takes the dossier: nothing to fill in."""


class ReplaceForm(EditForm):
    replaced_agent: UUID
    replaced_by: UUID


class ReleaseForm(EditForm):
    released_agent: UUID


@router.post(f"{_FORMS}/assign")
async def assign(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: AssignForm) -> None:
        await dossiers.assign(work, form.assigned_agent, form.assigned_as, form.charge)

    return await sent.add(key, AssignForm, act, _PLACE)


@router.post(f"{_FORMS}/take")
async def take(sent: SentForm, key: Idempotency) -> Response:
    """A social worker becomes a referent themself."""
    return await sent.add(key, TakeForm, lambda work, _form: dossiers.take(work), _PLACE)


@router.post(f"{_FORMS}/replace")
async def replace(sent: SentForm) -> Response:
    return await sent.edit(
        ReplaceForm, lambda work, form: acts.replace(work, form.replaced_agent, form.replaced_by), _PLACE
    )


@router.post(f"{_FORMS}/release")
async def release(sent: SentForm) -> Response:
    return await sent.edit(ReleaseForm, lambda work, form: dossiers.release(work, form.released_agent), _PLACE)
