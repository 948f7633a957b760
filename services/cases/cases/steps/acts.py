"""What agents record of a dossier's steps, in the transaction that holds it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from cases.dossiers.model import Case, Refused, must_be_writable
from cases.dossiers.work import NoSuchCase, Work
from cases.programmes import programme_of
from cases.steps import deadlines, model, store
from cases.steps.answers import in_words, split
from cases.steps.model import Record, Records, State
from chassis.service import Parts
from chassis.web.translations import SOURCE_LANGUAGE, speaking
from chassis.web.translations import translate as _
from contracts.envelope import new_id
from contracts.programme import Programme, Step


def step_of(case: Case, parts: Parts, code: str) -> tuple[Programme, Step]:
    """A step of the programme a dossier began under, with that programme. Raises NoSuchCase for one it does not have,
    Refused for a programme that has its own life cycle, UnknownProgramme."""
    programme = programme_of(case, parts.settings.programmes)
    if not programme.stepwise:
        raise Refused(_("Ce dispositif a ses propres écrans : ses étapes ne s'enregistrent pas une à une."))
    try:
        return programme, programme.step(code)
    except KeyError:
        raise NoSuchCase from None


async def record(work: Work, code: str, state: State, day: date, answers: Mapping[str, Any]) -> Record:
    """A step is done, or set aside, or was not what was recorded of it. `answers`: of the right types. Raises
    Refused."""
    programme, step = step_of(work.case, work.parts, code)
    work.require(*model.recorders(step))
    must_be_writable(work.case)
    if state is State.DONE:
        model.must_be_answered(step, answers)
    records = await store.of_case(work.tx, work.case.case_id)
    new = await _record(work, step, state, day, answers)
    model.must_be_recordable(programme, records, new, work.today)
    await store.add(work.tx, new)
    await deadlines.keep(work, programme, records, {**records, code: new})
    await _tell(work, step, records, new)
    return new


async def _record(work: Work, step: Step, state: State, day: date, answers: Mapping[str, Any]) -> Record:
    clear, secret = split(step, answers)
    record_id = new_id()
    sealed = await work.seal(orjson.dumps(secret).decode(), record_id, "answers") if secret else None
    return Record(record_id, work.case.case_id, step.code, state, day, clear, sealed, work.agent_id, work.now)


async def _tell(work: Work, step: Step, before: Records, new: Record) -> None:
    corrected = new.state is State.DONE and model.state_of(step, before) is State.DONE
    kind = "step_corrected" if corrected else _ENTRIES[new.state]
    with speaking(SOURCE_LANGUAGE):  # what a dossier keeps is in French, whatever its agent reads
        _programme, written = step_of(work.case, work.parts, step.code)
        said = [f"{question} : {answer}" for question, answer in in_words(written, new.answers)]
    await work.enter(kind, details={"step": written.label, "day": new.day.isoformat(), "said": said})


_ENTRIES = {State.DONE: "step_done", State.SET_ASIDE: "step_set_aside", State.TO_DO: "step_taken_back"}
