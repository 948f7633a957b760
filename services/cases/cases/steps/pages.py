"""Forms of steps, on the dossier's page: each asks what its programme's step asks."""

from fastapi import APIRouter
from starlette.responses import Response

from cases.dossiers import store as dossiers
from cases.dossiers.forms import EditForm, SentForm
from cases.dossiers.work import NoSuchCase, Work
from cases.measures.money import Euros
from cases.steps import acts, answers
from cases.steps.answers import day_of, prefix_of
from cases.steps.model import State
from cases.typed import Day
from contracts.programme import Step

router = APIRouter(prefix="/cases/{case_id}/forms", tags=["pages"], include_in_schema=False)
_PLACE = "#etapes"


class CodeForm(EditForm):
    step_code: str


@router.post("/step-{code}")
async def done(sent: SentForm, code: str) -> Response:
    """A step is done, or what was recorded of it is corrected."""
    form = answers.form_of(await _step(sent, code), EditForm, prefix_of(code), Euros, **{day_of(code): (Day, ...)})

    async def act(work: Work, filled: EditForm) -> None:
        given = answers.kept(filled, prefix_of(code))
        await acts.record(work, code, State.DONE, getattr(filled, day_of(code)), given)

    return await sent.edit(form, act, _PLACE)


async def _step(sent: SentForm, code: str) -> Step:
    async with sent.parts.app.transaction(sent.actor) as tx:
        case = await dossiers.find(tx, sent.case_id)
    if case is None:
        raise NoSuchCase
    return acts.step_of(case, sent.parts, code)[1]


@router.post("/aside-step")
async def set_aside(sent: SentForm) -> Response:
    return await sent.edit(CodeForm, lambda work, form: _without_answers(work, form, State.SET_ASIDE), _PLACE)


@router.post("/taken-back-step")
async def take_back(sent: SentForm) -> Response:
    """What was recorded was recorded by mistake."""
    return await sent.edit(CodeForm, lambda work, form: _without_answers(work, form, State.TO_DO), _PLACE)


async def _without_answers(work: Work, form: CodeForm, state: State) -> None:
    await acts.record(work, form.step_code, state, work.today, {})
