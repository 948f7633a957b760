"""Where the external booking service tells of its appointments, in RDV-Solidarités' format.

Open to strangers: what counts is the signature. It is checked before anything is read, and nothing unsigned leaves a
trace.
"""

import hashlib
import hmac
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from cases.answers import as_json
from cases.appointments import booked_elsewhere
from cases.appointments.booked_elsewhere import Heard, Outcome
from cases.appointments.notices import Head, Notice
from cases.settings import CasesSettings
from chassis.observability.logs import get_logger
from chassis.service import CurrentParts, Parts
from chassis.web.problems import FieldProblem, Problem, invalid, not_found
from chassis.web.translations import N_
from chassis.web.translations import translate as _
from chassis.web.validation import place_and_sentence

log = get_logger(__name__)
SIGNATURE: Final = "x-lapin-signature"
"""Hexadecimal HMAC-SHA256 of the body, under the secret shared with the service."""
MODEL: Final = "Rdv"
"""The only thing of theirs that is followed: neither absences nor opening hours."""
SAID: Final = {
    Outcome.APPLIED: N_("Rendez-vous enregistré dans son dossier."),
    Outcome.REPEATED: N_("Déjà reçu : rien ne change."),
    Outcome.OUTDATED: N_("Une version plus récente est déjà connue : rien ne change."),
    Outcome.SET_ASIDE: N_("Aucun dossier ouvert ne porte cette référence : mis de côté, un agent le rattachera."),
    Outcome.CLOSED: N_("Le dossier de ce rendez-vous est clos : rien ne change."),
}
router = APIRouter(prefix="/cases/hooks", tags=["appointments"])
M = TypeVar("M", bound=BaseModel)


@router.post("/rdv")
async def rdv(request: Request, parts: CurrentParts) -> Response:
    """An appointment was booked, changed or destroyed over there. Each notice counts once and in its order; 202 when
    no dossier is known for it."""
    body = await request.body()
    _check_signature(parts, request.headers.get(SIGNATURE, ""), body)
    if _read(Head, body).meta.model != MODEL:
        return as_json({"outcome": "ignored", "detail": _("Seuls les rendez-vous sont suivis ici.")})
    outcome = await booked_elsewhere.hear(parts, Heard(_read(Notice, body), body))
    log.info("booking_heard", state=outcome)
    answer = as_json({"outcome": outcome, "detail": _(SAID[outcome])})
    answer.status_code = 202 if outcome is Outcome.SET_ASIDE else 200
    return answer


def _check_signature(parts: Parts, given: str, body: bytes) -> None:
    """Raises a 404 problem where no service is connected, a 401 one for who does not hold its secret."""
    assert isinstance(parts.settings, CasesSettings), "cases is composed from its own settings"
    secret = parts.settings.booking_secret.get_secret_value()
    if not secret:
        raise not_found()
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.strip().lower().encode()):
        raise _unsigned()


def _unsigned() -> Problem:
    detail = N_("La signature ne correspond pas au contenu. Vérifiez le secret partagé avec le service de réservation.")
    return Problem(401, "bad-signature", N_("Signature refusée"), detail)


def _read(model: type[M], body: bytes) -> M:
    """Raises a 422 problem that repeats nothing of what was sent."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise invalid(*(_in_body({**one}) for one in faults)) from None


def _in_body(fault: dict[str, Any]) -> FieldProblem:
    return FieldProblem(*place_and_sentence(fault | {"loc": ("body", *fault["loc"])}))
