"""Problems (RFC 9457): every refusal is a title, a French sentence that says what to do, and a stable type.

A problem never repeats what was submitted: the answer may be logged or shown to somebody else.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.database import DATABASE_AWAY, is_away
from chassis.observability.logs import get_logger
from chassis.web import validation
from chassis.web.translations import N_, translate

log = get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:maillage:problem:"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one submitted field."""

    pointer: str
    """JSON pointer into the body (`#/people/0/name`), or `#` for all of it."""
    detail: str
    parameter: str | None = None
    """The query parameter, header or path part concerned, when it is not the body."""


class Problem(HTTPException):
    """A refusal, raised anywhere below a route. `slug` never changes: programs rely on it."""

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str,
        *,
        errors: tuple[FieldProblem, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail=detail, headers=dict(headers or {}))
        self.slug = slug
        self.title = title
        self.errors = errors

    def body(self) -> dict[str, Any]:
        """The JSON members of the problem."""
        members: dict[str, Any] = {
            "type": TYPE_PREFIX + self.slug,
            "title": translate(self.title),
            "status": self.status_code,
            "detail": translate(self.detail),
        }
        if self.errors:
            members["errors"] = [
                {name: value for name, value in asdict(error).items() if value is not None} for error in self.errors
            ]
        return members


def bad_request(
    detail: str = N_("La demande est illisible. Vérifiez son contenu puis renvoyez-la."),
) -> Problem:
    return Problem(400, "malformed", N_("Demande illisible"), detail)


def malformed_json() -> Problem:
    return bad_request(N_("Le contenu n'est pas du JSON valable. Corrigez-le puis renvoyez-le."))


def unauthenticated(detail: str = N_("Connectez-vous, puis recommencez."), error: str | None = None) -> Problem:
    challenge = 'Bearer realm="maillage"' + (f', error="{error}"' if error else "")
    return Problem(401, "unauthenticated", N_("Connexion nécessaire"), detail, headers={"WWW-Authenticate": challenge})


def forbidden(
    detail: str = N_("Vos droits ne permettent pas cette action. Adressez-vous à votre responsable."),
) -> Problem:
    return Problem(403, "forbidden", N_("Action non permise"), detail)


def cross_site() -> Problem:
    detail = N_("Cette page a expiré ou l'envoi vient d'un autre site. Rechargez la page puis recommencez.")
    return Problem(403, "cross-site", N_("Envoi refusé"), detail)


def printer_busy() -> Problem:
    """Enough documents wait to be typeset."""
    detail = N_("D'autres documents sont en préparation. Réessayez dans quelques instants.")
    return Problem(503, "busy", N_("Document en préparation"), detail, headers={"Retry-After": "10"})


def not_found(detail: str = N_("Cette page ou cet élément n'existe pas. Vérifiez l'adresse.")) -> Problem:
    """Also the answer where the existence of a thing must not be revealed."""
    return Problem(404, "not-found", N_("Introuvable"), detail)


def method_not_allowed(allow: str) -> Problem:
    detail = N_("Cette adresse n'accepte pas cette opération.")
    return Problem(405, "method-not-allowed", N_("Opération non prévue"), detail, headers={"Allow": allow})


def conflict(slug: str, detail: str, title: str = N_("Action impossible en l'état")) -> Problem:
    return Problem(409, slug, title, detail)


def version_conflict() -> Problem:
    detail = N_("Quelqu'un a modifié cet élément entre-temps. Rechargez-le, puis refaites votre modification.")
    return Problem(412, "version-conflict", N_("Modifié entre-temps"), detail)


def too_large(limit: int) -> Problem:
    detail = translate(N_("L'envoi dépasse {size} Kio. Réduisez-le puis recommencez.")).format(size=limit // 1024)
    return Problem(413, "too-large", N_("Envoi trop volumineux"), detail, headers={"Connection": "close"})


def wrong_media_type() -> Problem:
    detail = N_("Envoyez le contenu en JSON, avec l'en-tête Content-Type: application/json.")
    headers = {"Accept": "application/json"}
    return Problem(415, "unsupported-media-type", N_("Format non accepté"), detail, headers=headers)


def invalid(*errors: FieldProblem) -> Problem:
    """Fields that do not pass, each with its sentence."""
    detail = N_("Des informations manquent ou ne sont pas valables. Corrigez-les puis renvoyez.")
    return Problem(422, "invalid", N_("Informations à corriger"), detail, errors=errors)


def invalid_field(name: str, detail: str) -> Problem:
    """One field of the body that does not pass; `name` is dotted (`people.0.name`)."""
    return invalid(FieldProblem("#/" + name.replace(".", "/"), detail))


def idempotency_mismatch() -> Problem:
    detail = N_("Cette clé d'idempotence a déjà servi pour un autre contenu. Prenez-en une nouvelle.")
    return Problem(422, "idempotency-mismatch", N_("Clé déjà utilisée"), detail)


def precondition_required() -> Problem:
    detail = N_("Indiquez la version que vous modifiez avec l'en-tête If-Match.")
    return Problem(428, "precondition-required", N_("Version manquante"), detail)


def too_many(seconds: int) -> Problem:
    detail = N_("Trop d'envois en peu de temps. Attendez un instant, puis recommencez.")
    return Problem(429, "too-many", N_("Trop de demandes"), detail, headers={"Retry-After": str(max(1, seconds))})


def unavailable() -> Problem:
    detail = N_("Le service est momentanément indisponible. Rien n'a été enregistré ; réessayez dans un instant.")
    return Problem(503, "unavailable", N_("Service indisponible"), detail, headers={"Retry-After": "5"})


def unexpected() -> Problem:
    detail = N_("Une erreur est survenue de notre côté. Réessayez ; si elle persiste, prévenez l'exploitation.")
    return Problem(500, "unexpected", N_("Erreur inattendue"), detail)


ProblemOf = Callable[[Any], Problem]
"""Turns a typed error of a service into the problem shown for it."""


def install(app: FastAPI, mapping: Mapping[type[Exception], ProblemOf]) -> None:
    """Make every error of `app` a problem; `mapping` adds a service's own typed errors."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ResponseValidationError, _unexpected)
    app.add_exception_handler(asyncpg.DataError, _refused_value)
    app.add_exception_handler(asyncpg.CharacterNotInRepertoireError, _unstorable)
    app.add_exception_handler(asyncpg.UntranslatableCharacterError, _unstorable)
    for away in DATABASE_AWAY:
        app.add_exception_handler(away, _away)
    app.add_exception_handler(asyncpg.TransactionRollbackError, _away)
    for error, problem_of in mapping.items():
        app.add_exception_handler(error, _mapped(problem_of))


def _mapped(problem_of: ProblemOf) -> Callable[[Request, Exception], Any]:
    async def handle(request: Request, error: Exception) -> Response:
        return respond(request, problem_of(error))

    return handle


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return respond(request, error if isinstance(error, Problem) else _of_starlette(error))


def _of_starlette(error: HTTPException) -> Problem:
    match error.status_code:
        case 404:
            return not_found()
        case 405:
            return method_not_allowed((error.headers or {}).get("Allow", ""))
        case 401:
            return unauthenticated()
        case 403:
            return forbidden()
        case status if status < 500:
            return bad_request()
        case _:
            return unexpected()


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return respond(request, malformed_json())
    if validation.body_was_not_read(found) and _has_wrong_media_type(request):
        return respond(request, wrong_media_type())
    return respond(request, invalid(*(FieldProblem(*validation.place_and_sentence(one)) for one in found)))


def _has_wrong_media_type(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    return has_body and not media_type.endswith(("/json", "+json"))


def passes(error: Exception) -> bool:
    """Whether the same request goes through in a moment: the database is away, or two transactions met."""
    return is_away(error) or isinstance(error, asyncpg.TransactionRollbackError)


async def _away(request: Request, error: Exception) -> Response:
    if not passes(error):
        return _failed(request, error)
    log.warning("a dependency is away", exc_info=error)
    return respond(request, unavailable())


def _failed(request: Request, error: Exception) -> Response:
    log.error("a request failed", exc_info=error)
    return respond(request, unexpected())


async def _refused_value(request: Request, error: Exception) -> Response:
    """asyncpg refuses a number that a column cannot hold by an OverflowError; the rest of what it refuses is ours."""
    if not isinstance(error.__cause__, OverflowError):
        return _failed(request, error)
    detail = N_("Un nombre est trop grand pour être enregistré. Corrigez-le puis renvoyez.")
    return respond(request, invalid(FieldProblem("#", translate(detail))))


async def _unstorable(request: Request, _: Exception) -> Response:
    detail = N_("Un caractère ne peut pas être enregistré. Retirez les caractères invisibles puis renvoyez.")
    return respond(request, invalid(FieldProblem("#", translate(detail))))


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("a response did not match its model", exc_info=error)
    return respond(request, unexpected())


def respond(request: Request, problem: Problem) -> Response:
    """The problem as JSON, or as a page for a browser that asked for one."""
    request.scope["maillage.problem"] = problem.slug
    if wants_page(request):
        page = _page(request, problem)
        if page is not None:
            return page
    content = orjson.dumps(problem.body())
    return Response(content, problem.status_code, headers=dict(problem.headers or {}), media_type=MEDIA_TYPE)


def wants_page(request: Request) -> bool:
    """Whether the reader is a browser: it asked for HTML, and not for JSON, or for a part of a page by htmx."""
    accept = request.headers.get("accept", "")
    return ("text/html" in accept and "application/json" not in accept) or "hx-request" in request.headers


def _page(request: Request, problem: Problem) -> Response | None:
    pages = getattr(request.app.state, "pages", None)
    if pages is None:
        return None
    response: Response = pages.render(
        request, "maillage/problem.html", status=problem.status_code, problem=problem.body()
    )
    response.headers.update(problem.headers or {})
    return response
