"""Suspected duplicates over HTTP, for agents."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field, model_validator
from starlette.responses import Response

from chassis.actor import Actor
from chassis.web.identity import require
from chassis.web.phones import NotAPhoneNumber
from chassis.web.preconditions import IfMatch, etag
from chassis.web.problems import Problem, ProblemOf, not_found, wants_page
from chassis.web.translations import N_
from chassis.web.validation import FieldError
from intake.duplicates import pages
from intake.duplicates.deciding import DECIDERS, Deciding, NoSuchSuspicion
from intake.duplicates.model import Known, known
from intake.duplicates.rules import Refused, State
from intake.duplicates.searching import Searching
from intake.duplicates.view import shown
from intake.people.model import NotADate, born_between, normalised
from intake.people.said import Said

Colleague = Annotated[Actor, Depends(require(*DECIDERS))]
Searcher = Annotated[Actor, Depends(require(*DECIDERS, "cell"))]


def _refused(error: Exception) -> Problem:
    assert isinstance(error, Refused)
    return Problem(409, "duplicate-decided", N_("Décision impossible"), error.sentence)


PROBLEMS: dict[type[Exception], ProblemOf] = {
    NoSuchSuspicion: lambda _: not_found(N_("Ce doublon possible n'existe pas ici. Vérifiez l'adresse.")),
    Refused: _refused,
}


class Decided(Said):
    """A decision, and why."""

    because: Annotated[str, Field(min_length=3, max_length=500)]


class Merged(Decided):
    """Both are one person; `same_request`: and asked for the same thing, so that their dossiers become one too where
    the same people read them."""

    same_request: bool = True


class Asked(BaseModel):
    """What was typed so far: at least three letters of a name, or a phone number, or a birth date."""

    name: Annotated[str, Field(max_length=240)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    birth_date: Annotated[str, Field(max_length=10)] = ""

    @model_validator(mode="after")
    def _enough(self) -> "Asked":
        if len(self.name.strip()) < 3 and not self.phone and not self.birth_date:
            raise FieldError(N_("Tapez trois lettres du nom, un numéro de téléphone ou une date de naissance."))
        return self

    def known(self) -> Known:
        """As it is compared. A number or a date that is not complete yet finds nobody by itself."""
        given, _, family = self.name.strip().rpartition(" ")
        return known(given or None, family or None, self._born(), [("phone", one) for one in self._phones()])

    def _born(self) -> str | None:
        try:
            born_between(self.birth_date)
        except NotADate:
            return None
        return self.birth_date

    def _phones(self) -> list[str]:
        try:
            return [normalised("phone", self.phone)] if self.phone else []
        except NotAPhoneNumber:
            return []


def duplicate_routes(deciding: Deciding, searching: Searching) -> APIRouter:
    """Finding people while typing, and deciding who is one."""
    router = APIRouter(tags=["duplicates"])

    @router.get("/intake/persons")
    async def alike(asked: Annotated[Asked, Query()], actor: Searcher) -> Response:
        return _json({"items": await searching.alike(actor, asked.known())})

    @router.get("/intake/duplicates")
    async def listed(request: Request, actor: Colleague, after: UUID | None = None, decided: bool = False) -> Response:
        page = await (deciding.undoable(actor) if decided else deciding.waiting(actor, after))
        items = [shown(one) for one in page.items]
        if wants_page(request):
            return pages.listed(request, items, page.next, decided=decided)
        return _json({"items": items, "next": page.next})

    @router.get("/intake/duplicates/{suspicion_id}")
    async def one(request: Request, suspicion_id: UUID, actor: Colleague) -> Response:
        found = await deciding.one(actor, suspicion_id)
        if wants_page(request):
            return pages.one(request, found, deciding.now)
        return _json(shown(found), found["version"])

    @router.post("/intake/duplicates/{suspicion_id}/merge", status_code=204)
    async def merge(suspicion_id: UUID, said: Merged, version: IfMatch, actor: Colleague) -> Response:
        return _done(await deciding.merge(actor, suspicion_id, version, said.because, same_request=said.same_request))

    @router.post("/intake/duplicates/{suspicion_id}/link", status_code=204)
    async def link(suspicion_id: UUID, said: Decided, version: IfMatch, actor: Colleague) -> Response:
        return _done(await deciding.settle(actor, suspicion_id, version, State.LINKED, said.because))

    @router.post("/intake/duplicates/{suspicion_id}/dismiss", status_code=204)
    async def dismiss(suspicion_id: UUID, said: Decided, version: IfMatch, actor: Colleague) -> Response:
        return _done(await deciding.settle(actor, suspicion_id, version, State.DISMISSED, said.because))

    @router.post("/intake/duplicates/{suspicion_id}/undo", status_code=204)
    async def undo(suspicion_id: UUID, said: Decided, version: IfMatch, actor: Colleague) -> Response:
        return _done(await deciding.undo(actor, suspicion_id, version, said.because))

    return router


def _done(version: int) -> Response:
    return Response(status_code=204, headers={"ETag": etag(version)})


def _json(content: Any, version: int | None = None) -> Response:
    headers = {"ETag": etag(version)} if version is not None else None
    return Response(orjson.dumps(content, default=str), headers=headers, media_type="application/json")
