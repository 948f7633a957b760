"""Forms of the shared plan and of the people of a dossier, on its page."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from cases.dossiers.forms import EditForm, SentForm
from cases.dossiers.work import Work
from cases.people import acts as people
from cases.people.acts import AddedRole
from cases.people.introduction import Introduction
from cases.plans import acts
from cases.tasks import acts as tasks
from cases.tasks.model import State
from cases.typed import Day, Name, Text
from chassis.web.idempotency import Idempotency
from contracts.events.people import KnownOwnAgreement

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_PLAN, _PEOPLE = "#plan-partage", "#personnes"


class ActionForm(BaseModel):
    plan_what: Text
    plan_who: UUID
    plan_by_when: Day
    plan_checked_by: UUID


class EndForm(EditForm):
    action_id: UUID


class PersonForm(BaseModel):
    person_name: Name
    person_role: AddedRole


class RemoveForm(EditForm):
    removed_person: UUID


class AgreementForm(EditForm):
    protected_person: UUID
    own_agreement: KnownOwnAgreement
    own_agreement_on: Day


@router.post("/plan-action")
async def add_action(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: ActionForm) -> None:
        await acts.add_action(work, form.plan_what, form.plan_who, form.plan_by_when, form.plan_checked_by)

    return await sent.add(key, ActionForm, act, _PLAN)


@router.post("/plan-action-done")
async def done(sent: SentForm) -> Response:
    return await sent.edit(EndForm, lambda work, form: tasks.end(work, form.action_id, State.DONE), _PLAN)


@router.post("/plan-action-dropped")
async def dropped(sent: SentForm) -> Response:
    return await sent.edit(EndForm, lambda work, form: tasks.end(work, form.action_id, State.CANCELLED), _PLAN)


@router.post("/person")
async def add_person(sent: SentForm, key: Idempotency) -> Response:
    async def act(work: Work, form: PersonForm) -> None:
        await people.add(work, Introduction(form.person_name), form.person_role)

    return await sent.add(key, PersonForm, act, _PEOPLE)


@router.post("/person-removed")
async def remove_person(sent: SentForm) -> Response:
    return await sent.edit(RemoveForm, lambda work, form: people.remove(work, form.removed_person), _PEOPLE)


@router.post("/own-agreement")
async def own_agreement(sent: SentForm) -> Response:
    async def act(work: Work, form: AgreementForm) -> None:
        await people.record_own_agreement(work, form.protected_person, form.own_agreement, form.own_agreement_on)

    return await sent.edit(AgreementForm, act, _PEOPLE)
