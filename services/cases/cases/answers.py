"""How a changed dossier is answered: ids and the new version, never a name or a text."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from starlette.responses import Response

from cases.dossiers.model import Refused
from cases.telling import Telling
from chassis.web.idempotency import Answer, as_response
from chassis.web.preconditions import etag
from chassis.web.problems import FieldProblem, Problem, conflict
from chassis.web.translations import N_


def as_json(body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Ids, dates and moments as text."""
    # orjson refuses subclasses of UUID, which is what asyncpg reads ids as.
    content = orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z)
    return Response(content, headers=headers, media_type="application/json")


def created(work: Telling, *, status: int = 201, **members: Any) -> Answer:
    """The answer to a change; it may be stored, to be given again."""
    body = {"case_id": work.case_id, "version": work.version} | members
    return Answer(status, {name: str(value) if isinstance(value, UUID) else value for name, value in body.items()})


def changed(answer: Answer) -> Response:
    """The answer as JSON, with the version to name in the next `If-Match`."""
    return as_response(answer, {"ETag": etag(answer.body["version"])})


def refused(refusal: Refused) -> Problem:
    """409: everything that is missing, each with its why."""
    problem = conflict("step-refused", " ".join(refusal.missing), N_("Étape pas encore possible"))
    problem.errors = tuple(FieldProblem("#", sentence) for sentence in refusal.missing)
    return problem


def unknown_programme() -> Problem:
    """409: this deployment has lost a version that dossiers began under."""
    detail = N_(
        "Le dispositif de ce dossier n'est plus connu ici. Prévenez l'exploitation : il doit être remis en place."
    )
    return conflict("unknown-programme", detail)
