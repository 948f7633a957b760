"""Agreements over HTTP, step by step: read by agents, written by operators and managers within their territories.

A step is sent with `If-Match`; what a rule does not allow answers 409, with a sentence for each thing to do.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any, Concatenate, ParamSpec
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, UploadFile
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from chassis.contents import LARGEST_BODY
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.files import sent
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.preconditions import IfMatch, etag
from chassis.web.problems import FieldProblem, Problem, ProblemOf, conflict
from chassis.web.translations import N_
from directory.agreements import acts, rules
from directory.agreements.acts import Work, changing
from directory.agreements.model import (
    Address,
    Approval,
    Denunciation,
    Kind,
    Line,
    Refused,
    Review,
    Signature,
    Terms,
)
from directory.agreements.store import Kept
from directory.answers import created
from directory.author import Author, Steward
from directory.files import acts as files
from directory.typed import Day, Text

PATH = "/directory/agreements"
LARGER_BODIES = {
    f"POST {PATH}/{{agreement_id}}/files": LARGEST_BODY,
    f"POST {PATH}/{{agreement_id}}/forms/file": LARGEST_BODY,
}
router = APIRouter(prefix=PATH, tags=["agreements"])
_P = ParamSpec("_P")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Opened(_Body):
    kind: Kind
    terms: Terms


class On(_Body):
    on: Day


class Why(_Body):
    why: Text


class Amended(_Body):
    """The amendment under negotiation was signed by every party on that day."""

    what: Text
    signed_on: Day
    approvals: tuple[Approval, ...] = ()


class Filed(_Body):
    title: Line
    link: Address


@dataclass(frozen=True, slots=True)
class Edit:
    """A step to be taken on the version that was read."""

    parts: Parts
    by: Author
    agreement_id: UUID
    expected: int

    def open(self) -> AbstractAsyncContextManager[Work]:
        """The work, for who may do it."""
        return changing(self.parts, self.by, self.agreement_id, self.expected)

    async def take(
        self, step: Callable[Concatenate[Work, _P], Awaitable[None]], *given: _P.args, **named: _P.kwargs
    ) -> Response:
        """Take it, and answer what the agreement has become."""
        async with self.open() as work:
            await step(work, *given, **named)
            return shown(work.kept, await work.names())


def _edit(agreement_id: UUID, by: Steward, parts: CurrentParts, expected: IfMatch) -> Edit:
    return Edit(parts, by, agreement_id, expected)


Editing = Annotated[Edit, Depends(_edit)]


def shown(kept: Kept, names: rules.Names) -> Response:
    """The agreement as it now stands, and what keeps its text from being agreed on."""
    return JSONResponse(member(kept) | {"faults": rules.faults(kept.agreement.text, names)}, headers=_version(kept))


def member(kept: Kept) -> dict[str, Any]:
    """An agreement as JSON, at its version."""
    agreement = kept.agreement
    known = {"last_day": agreement.last_day, "review_due_on": agreement.review_due_on}
    days = {name: day.isoformat() if day else None for name, day in known.items()}
    return agreement.model_dump(mode="json", exclude_none=True) | days | {"version": kept.version}


def _version(kept: Kept) -> dict[str, str]:
    return {"ETag": etag(kept.version)}


@router.post("", status_code=201)
async def create(opened: Opened, by: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    """A draft; its text may still be incomplete."""

    async def make(tx: Transaction) -> Answer:
        agreement = await acts.open_draft(tx, by, opened.kind, opened.terms)
        return Answer(201, {"agreement_id": str(agreement.agreement_id), "version": 1})

    return created(await once(lambda: parts.app.transaction(by.actor), key, make), PATH, "agreement_id")


@router.put("/{agreement_id}/terms")
async def write(terms: Terms, edit: Editing) -> Response:
    """The text of a draft; of an agreement that binds, that of the amendment under negotiation."""
    return await edit.take(acts.write, terms)


@router.post("/{agreement_id}/negotiated")
async def settle(body: On, edit: Editing) -> Response:
    """The parties agree on the text."""
    return await edit.take(acts.settle, body.on)


@router.post("/{agreement_id}/reopened")
async def reopen(edit: Editing) -> Response:
    """Negotiate again; what assemblies approved is approved anew."""
    return await edit.take(acts.reopen)


@router.post("/{agreement_id}/approvals")
async def approve(approval: Approval, edit: Editing) -> Response:
    """An assembly approved the text."""
    return await edit.take(acts.approve, approval)


@router.post("/{agreement_id}/signatures")
async def sign(signature: Signature, edit: Editing) -> Response:
    """A party signed."""
    return await edit.take(acts.sign, signature)


@router.post("/{agreement_id}/abandoned")
async def abandon(body: Why, edit: Editing) -> Response:
    """It will never be signed."""
    return await edit.take(acts.abandon, body.why)


@router.post("/{agreement_id}/amendments")
async def amend(body: Amended, edit: Editing) -> Response:
    """What was negotiated holds from now on."""
    return await edit.take(acts.amend, body.what, body.signed_on, body.approvals)


@router.post("/{agreement_id}/renewals")
async def renew(body: On, edit: Editing) -> Response:
    """The parties decided, that day, that it goes on."""
    return await edit.take(acts.renew, body.on)


@router.post("/{agreement_id}/denunciation")
async def denounce(notice: Denunciation, edit: Editing) -> Response:
    """A party ends it, within its notice."""
    return await edit.take(acts.denounce, notice)


@router.post("/{agreement_id}/reviews")
async def review(held: Review, edit: Editing) -> Response:
    """The yearly review: where each action stands."""
    return await edit.take(acts.review, held)


@router.post("/{agreement_id}/documents")
async def file(body: Filed, edit: Editing) -> Response:
    """Where a signed copy or an annex lies."""
    return await edit.take(acts.file, body.title, body.link)


@router.post("/{agreement_id}/files")
async def upload(title: Annotated[Line, Form()], file: Annotated[UploadFile, File()], edit: Editing) -> Response:
    """A signed copy or an annex, kept here (`multipart/form-data`)."""
    put = await files.put(edit.parts, await sent(file), edit.open())
    return await edit.take(acts.file_content, title, put)


@router.delete("/{agreement_id}/documents/{document_id}")
async def unfile(document_id: UUID, edit: Editing) -> Response:
    return await edit.take(acts.unfile, document_id)


def _refused(refused: Refused) -> Problem:
    problem = conflict("step-refused", " ".join(refused.why), N_("Étape pas encore possible"))
    problem.errors = tuple(FieldProblem("#", sentence) for sentence in refused.why)
    return problem


PROBLEMS: Mapping[type[Exception], ProblemOf] = {Refused: _refused}
