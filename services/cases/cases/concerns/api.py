"""HTTP of worries about a child: for the cell alone, and untold in logs and metrics."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from cases.answers import as_json
from cases.concerns import model, store
from cases.concerns.model import Authority, Conclusion, Course, Danger
from cases.concerns.work import Desk, NoKey, Opened, Step
from cases.typed import Day, Name, NoteText, Text
from chassis.actor import Actor
from chassis.letters import NotReadable
from chassis.service import CurrentParts, Parts
from chassis.web.edge import untold
from chassis.web.idempotency import Answer, Idempotency, as_response, once
from chassis.web.identity import require
from chassis.web.preconditions import IfMatch, etag
from chassis.web.problems import Problem, ProblemOf, invalid_field
from chassis.web.translations import N_
from contracts.envelope import new_id
from contracts.references import readable

PAGE = 50
Cell = Annotated[Actor, Depends(require("cell"))]


class _Typed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Qualified(_Typed):
    """First analysis; `evaluate_by` is needed where three months are too long."""

    danger: Danger
    course: Course
    evaluate_by: Day | None = None
    reasons: NoteText


class ChildTyped(_Typed):
    name: Name
    born_on: Day | None = None


class On(_Typed):
    on: Day


class ToldTyped(_Typed):
    """Either the day and by whom, or why the child's interest forbids it."""

    on: Day | None = None
    by: Name | None = None
    not_told_because: Text | None = None

    def told(self) -> model.Told:
        return model.Told(on=self.on, by=self.by, not_told_because=self.not_told_because)


class EvaluationTyped(_Typed):
    concluded_on: Day
    conclusion: Conclusion
    report: NoteText


class SeizureTyped(_Typed):
    authority: Authority
    on: Day
    reasons: NoteText


class NoteTyped(_Typed):
    text: NoteText


class InformantTyped(_Typed):
    """Who reported, as the cell has found out."""

    informant: model.Informant


class Asked(_Typed):
    """`to_sort`: closed for longer than the programme keeps a file. Nothing goes by itself: the archives are asked."""

    state: Literal["open", "closed", "to_sort"] = "open"
    after: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2}\.[0-9a-f-]{36})?$")] = ""


def _no_key(_: NoKey) -> Problem:
    detail = N_("La clé de la cellule n'est pas en place ici : rien ne peut être ouvert. Prévenez l'exploitation.")
    return Problem(503, "cell-key-missing", N_("Clé de la cellule absente"), detail)


def _unreadable(_: NotReadable) -> Problem:
    detail = N_("Ce contenu n'a pas été chiffré pour la clé de cette cellule. Prévenez l'exploitation.")
    return Problem(503, "cell-key-other", N_("Contenu illisible avec cette clé"), detail)


PROBLEMS: dict[type[Exception], ProblemOf] = {NoKey: _no_key, NotReadable: _unreadable}


def routes(key: ECKey | None) -> APIRouter:
    """The cell's desk over HTTP; `key` opens what was sealed to the cell."""
    router = APIRouter(prefix="/cases/concerns", tags=["concerns"], dependencies=[Depends(untold)])

    @router.get("")
    async def listed(actor: Cell, parts: CurrentParts, asked: Annotated[Asked, Query()]) -> Response:
        desk = Desk(parts, key)
        async with parts.app.transaction(actor) as tx:
            before = desk.retention.period.before(desk.today) if asked.state == "to_sort" else None
            kept = await store.page(
                tx, closed=asked.state != "open", closed_before=before, after=_after(asked.after), limit=PAGE + 1
            )
        return as_json({"items": [_line(desk.open(one), desk) for one in kept[:PAGE]], "next": _next(kept)})

    @router.get("/counts")
    async def counts(actor: Cell, parts: CurrentParts, year: Annotated[int, Query(ge=2000, le=2100)]) -> Response:
        desk = Desk(parts, key)
        async with parts.app.transaction(actor) as tx:
            concerns = [desk.open(kept).concern for kept in await store.of_year(tx, year)]
        return as_json({"year": year, "counts": model.shown(model.counted(concerns, desk.today))})

    @router.get("/{case_id}")
    async def one(case_id: UUID, actor: Cell, parts: CurrentParts) -> Response:
        desk = Desk(parts, key)
        async with parts.app.transaction(actor) as tx:
            opened = await desk.read(tx, case_id)
        return _shown(opened, desk)

    async def step(
        parts: Parts, actor: Actor, case_id: UUID, expected: int, kind: str, change: Step, text: str | None = None
    ) -> Response:
        desk = Desk(parts, key)
        async with parts.app.transaction(actor) as tx:
            opened = await desk.change(tx, actor, case_id, kind, change, expected=expected, text=text)
        return _shown(opened, desk)

    @router.put("/{case_id}/qualification")
    async def qualify(case_id: UUID, typed: Qualified, actor: Cell, parts: CurrentParts, expected: IfMatch) -> Response:
        today = Desk(parts, key).today
        return await step(
            parts, actor, case_id, expected, "qualified",
            lambda one: model.qualify(one, typed.danger, typed.course, typed.evaluate_by, today), typed.reasons,
        )  # fmt: skip

    @router.put("/{case_id}/informant")
    async def correct(
        case_id: UUID, typed: InformantTyped, actor: Cell, parts: CurrentParts, expected: IfMatch
    ) -> Response:
        return await step(
            parts, actor, case_id, expected, "informant_corrected", lambda one: one.with_(informant=typed.informant)
        )

    @router.post("/{case_id}/children", status_code=201)
    async def add_child(
        case_id: UUID, typed: ChildTyped, actor: Cell, parts: CurrentParts, key_: Idempotency, expected: IfMatch
    ) -> Response:
        desk, child = Desk(parts, key), model.Child(child_id=new_id(), name=typed.name, born_on=typed.born_on)

        async def add(tx: Any) -> Answer:
            opened = await desk.change(
                tx, actor, case_id, "child_added", lambda one: model.add_child(one, child), expected=expected
            )
            return Answer(201, {"child_id": str(child.child_id), "version": opened.version})

        answer = await once(lambda: parts.app.transaction(actor), key_, add)
        return as_response(answer, {"ETag": etag(answer.body["version"])})

    @router.put("/{case_id}/children/{child_id}/evaluation")
    async def child_evaluated(
        case_id: UUID, child_id: UUID, typed: On, actor: Cell, parts: CurrentParts, expected: IfMatch
    ) -> Response:
        return await step(
            parts, actor, case_id, expected, "child_evaluated",
            lambda one: model.child_evaluated(one, child_id, typed.on),
        )  # fmt: skip

    @router.put("/{case_id}/parents")
    async def parents(case_id: UUID, typed: ToldTyped, actor: Cell, parts: CurrentParts, expected: IfMatch) -> Response:
        return await step(
            parts, actor, case_id, expected, "parents_told", lambda one: model.tell_parents(one, typed.told())
        )

    @router.put("/{case_id}/evaluation")
    async def conclude(
        case_id: UUID, typed: EvaluationTyped, actor: Cell, parts: CurrentParts, expected: IfMatch
    ) -> Response:
        evaluation = model.Evaluation(concluded_on=typed.concluded_on, conclusion=typed.conclusion)
        return await step(
            parts, actor, case_id, expected, "evaluated", lambda one: model.conclude(one, evaluation), typed.report
        )

    @router.post("/{case_id}/seizures")
    async def seize(
        case_id: UUID, typed: SeizureTyped, actor: Cell, parts: CurrentParts, expected: IfMatch
    ) -> Response:
        seizure = model.Seizure(authority=typed.authority, on=typed.on)
        return await step(
            parts, actor, case_id, expected, "authority_seized", lambda one: model.seize(one, seizure), typed.reasons
        )

    @router.put("/{case_id}/seizures/parents")
    async def parents_of_seizure(
        case_id: UUID, typed: ToldTyped, actor: Cell, parts: CurrentParts, expected: IfMatch
    ) -> Response:
        return await step(
            parts, actor, case_id, expected, "parents_told_in_writing",
            lambda one: model.tell_parents_of_seizure(one, typed.told()),
        )  # fmt: skip

    @router.put("/{case_id}/feedback/asked")
    async def feedback_asked(case_id: UUID, typed: On, actor: Cell, parts: CurrentParts, expected: IfMatch) -> Response:
        return await step(
            parts, actor, case_id, expected, "feedback_asked", lambda one: model.ask_feedback(one, typed.on)
        )

    @router.put("/{case_id}/feedback")
    async def feedback(case_id: UUID, typed: On, actor: Cell, parts: CurrentParts, expected: IfMatch) -> Response:
        return await step(
            parts, actor, case_id, expected, "feedback_given", lambda one: model.give_feedback(one, typed.on)
        )

    @router.post("/{case_id}/notes")
    async def note(case_id: UUID, typed: NoteTyped, actor: Cell, parts: CurrentParts, expected: IfMatch) -> Response:
        return await step(parts, actor, case_id, expected, "note", lambda one: one, typed.text)

    @router.put("/{case_id}/closing")
    async def closing(case_id: UUID, typed: NoteTyped, actor: Cell, parts: CurrentParts, expected: IfMatch) -> Response:
        today = Desk(parts, key).today
        return await step(parts, actor, case_id, expected, "closed", lambda one: model.close(one, today), typed.text)

    return router


def _after(text: str) -> tuple[date, UUID] | None:
    if not text:
        return None
    day, _, case_id = text.partition(".")
    try:
        return date.fromisoformat(day), UUID(case_id)
    except ValueError:
        raise invalid_field("after", N_("Cette page n'existe pas. Reprenez la liste au début.")) from None


def _next(kept: list[store.Kept]) -> str | None:
    return f"{kept[PAGE - 1].received_on}.{kept[PAGE - 1].case_id}" if len(kept) > PAGE else None


def _line(opened: Opened, desk: Desk) -> Mapping[str, Any]:
    concern, due = opened.concern, opened.concern.evaluation_due_on
    return {
        "case_id": concern.case_id,
        "reference": readable(opened.report.reference),
        "received_on": concern.received_on,
        "danger": concern.danger,
        "course": concern.course,
        "evaluation_due_on": due,
        "feedback_due_on": concern.feedback_due_on,
        "overdue": due is not None and due < desk.today,
        "kept_until": concern.kept_until(desk.retention),
        "version": opened.version,
    }


def _shown(opened: Opened, desk: Desk) -> Response:
    body = {
        **_line(opened, desk),
        "retention": desk.retention.model_dump(mode="json"),
        "report": opened.report.model_dump(mode="json"),
        "concern": opened.concern.model_dump(mode="json"),
    }
    return as_json(body, headers={"ETag": etag(opened.version)})
