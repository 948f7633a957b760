"""Drafts over HTTP, for agents. What was typed is in no address, list or log."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request
from pydantic import field_validator
from starlette.responses import Response

from chassis.actor import Actor
from chassis.web.idempotency import Idempotency, as_response
from chassis.web.identity import require
from chassis.web.preconditions import etag, expected_version
from chassis.web.problems import (
    FieldProblem,
    Problem,
    ProblemOf,
    invalid,
    not_found,
    precondition_required,
    version_conflict,
)
from chassis.web.translations import N_
from chassis.web.validation import FieldError, place_and_sentence
from intake.drafts.drafting import Drafting, Incomplete, NoSuchDraft, Outdated, VersionNeeded
from intake.people.said import Said
from intake.requests.reception import TAKES_REQUESTS

Colleague = Annotated[Actor, Depends(require(*TAKES_REQUESTS))]
Place = Annotated[str, Query(max_length=120, description="where the agent sits, as noted on the drafts")]
LONGEST = 64 * 1024


def _none(_: NoSuchDraft) -> Problem:
    return not_found(N_("Ce brouillon n'existe pas, ou plus : il s'efface sept jours après sa dernière modification."))


def _incomplete(found: Incomplete) -> Problem:
    faults = found.error.errors(include_url=False, include_input=False)
    return invalid(
        *(FieldProblem(*place_and_sentence({**one, "loc": ("body", "request", *one["loc"])})) for one in faults)
    )


PROBLEMS: dict[type[Exception], ProblemOf] = {
    NoSuchDraft: _none,
    Outdated: lambda _: version_conflict(),
    VersionNeeded: lambda _: precondition_required(),
    Incomplete: _incomplete,
}


class DraftSaid(Said):
    """What was typed so far, as `POST /intake/requests` takes it, whole or not; its `place` and `commune` say which
    colleagues may take over. `alone`: about a child in danger or violence, and so for nobody else."""

    request: dict[str, Any]
    alone: bool = False

    @field_validator("request")
    @classmethod
    def _not_too_long(cls, request: dict[str, Any]) -> dict[str, Any]:
        if len(orjson.dumps(request)) > LONGEST:
            raise FieldError(N_("Ce brouillon est trop long. Raccourcissez ce qui est noté."))
        return request


async def _seen(request: Request) -> int | None:
    """The version named by `If-Match`, if one is."""
    return await expected_version(request) if "if-match" in request.headers else None


Seen = Annotated[int | None, Depends(_seen)]


def draft_routes(drafting: Drafting) -> APIRouter:
    """Keeping, finding, dropping and submitting drafts."""
    router = APIRouter(tags=["drafts"])

    @router.get("/intake/drafts")
    async def listed(actor: Colleague, place: Place = "") -> Response:
        return _json(await drafting.listed(actor, place))

    @router.get("/intake/drafts/{draft_id}")
    async def one(draft_id: UUID, actor: Colleague, place: Place = "") -> Response:
        draft = await drafting.one(actor, draft_id, place)
        return _json(asdict(draft) | {"mine": draft.agent_id == actor.agent_id}, {"ETag": etag(draft.version)})

    @router.put("/intake/drafts/{draft_id}", status_code=204)
    async def keep(draft_id: UUID, said: DraftSaid, seen: Seen, actor: Colleague, place: Place = "") -> Response:
        version = await drafting.keep(actor, draft_id, said.request, place, alone=said.alone, expected=seen)
        return Response(status_code=204, headers={"ETag": etag(version)})

    @router.delete("/intake/drafts/{draft_id}", status_code=204)
    async def drop(draft_id: UUID, actor: Colleague, place: Place = "") -> None:
        await drafting.drop(actor, draft_id, place)

    @router.post("/intake/drafts/{draft_id}/submission", status_code=201)
    async def submit(draft_id: UUID, key: Idempotency, seen: Seen, actor: Colleague, place: Place = "") -> Response:
        answer = await drafting.submit(actor, draft_id, place, key, seen)
        # What went to the cell is nowhere here.
        where = {"Location": f"/intake/requests/{answer.body['request_id']}"} if "request_id" in answer.body else {}
        return as_response(answer, where)

    return router


def _json(content: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content, default=str), headers=headers, media_type="application/json")
