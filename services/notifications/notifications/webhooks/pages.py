"""The pages of subscriptions: who is called where, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import Request
from pydantic import ValidationError
from starlette.responses import Response

from chassis.web.pages import render
from chassis.web.problems import Problem, not_found
from chassis.web.translations import N_, translate
from chassis.web.validation import sentence
from notifications.webhooks.model import KEPT, TEST, Fate, Reason, State
from notifications.webhooks.subscriptions import Called, Listed, Organisation

KINDS: Final[Mapping[str, str]] = {
    "OrientationProposed": N_("Orientation proposée à la structure"),
    "OrientationAnswered": N_("Réponse de la structure à une orientation"),
    "OrientationExpired": N_("Orientation restée sans réponse"),
    "OrientationWithdrawn": N_("Orientation retirée"),
    "RequestSubmitted": N_("Demande envoyée par le logiciel, bien reçue"),
    "AgreementSigned": N_("Convention signée"),
    "AgreementInForce": N_("Convention entrée en vigueur"),
    "AgreementAmended": N_("Convention modifiée par avenant"),
    "AgreementEnding": N_("Convention qui se termine bientôt"),
    "AgreementRenewed": N_("Convention renouvelée"),
    "AgreementEnded": N_("Convention terminée"),
    "GrantDecided": N_("Décision sur un projet"),
    "GrantReportDue": N_("Bilan d’un projet attendu"),
}
"""Event type → how it is called."""
STATES: Final[Mapping[str, tuple[str, str]]] = {
    State.ACTIVE: (N_("Actif"), "success"),
    State.PAUSED: (N_("En pause"), "warning"),
    State.DISABLED: (N_("Arrêté"), "danger"),
}
FATES: Final[Mapping[str, tuple[str, str]]] = {
    Fate.WAITING: (N_("À transmettre"), "info"),
    Fate.DONE: (N_("Transmis"), "success"),
    Fate.REFUSED: (N_("Non transmis"), "danger"),
}
REASONS: Final[Mapping[str, str]] = {
    Reason.FORBIDDEN_ADDRESS: N_("L’adresse mène à un réseau interne."),
    Reason.UNKNOWN_HOST: N_("L’adresse est introuvable sur Internet."),
    Reason.NO_CONNECTION: N_("Le logiciel ne répond pas."),
    Reason.BAD_CERTIFICATE: N_("Le certificat du logiciel n’est pas valable."),
    Reason.TOO_SLOW: N_("Le logiciel a mis trop longtemps à répondre."),
    Reason.NO_ANSWER: N_("La connexion a été coupée avant la réponse."),
    Reason.NO_KEY: N_("L’appel n’a pas pu être signé. Prévenez l’exploitation."),
    Reason.GONE: N_("Le logiciel a répondu qu’il n’attendait plus rien (410)."),
    Reason.DEAD: N_("Le logiciel n’a rien reçu pendant trois jours."),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form holds."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "").strip()

    def many(self, name: str) -> list[str]:
        return list(self.fields.get(name, ()))

    @property
    def values(self) -> dict[str, Any]:
        """As a subscription is asked for."""
        return {
            "organisation_id": self.text("organisation_id"),
            "url": self.text("url"),
            "event_types": self.many("event_types"),
        }

    @property
    def organisation_id(self) -> UUID:
        """Raises a 404 problem: a hidden field is nothing a person can mend."""
        try:
            return UUID(self.text("organisation_id"))
        except ValueError:
            raise not_found() from None


async def typed(request: Request) -> Typed:
    form = await request.form()
    return Typed({name: [one for one in form.getlist(name) if isinstance(one, str)] for name in form})


def faults(error: ValidationError | Problem) -> dict[str, str]:
    """Field → sentence. Raises a problem again that is no field's."""
    if isinstance(error, ValidationError):
        return {str(one["loc"][0]): sentence(one) for one in error.errors(include_input=False)}
    if not error.errors:
        raise error
    return {one.pointer.removeprefix("#/"): translate(one.detail) for one in error.errors}


def listed(
    request: Request, found: Sequence[Listed], following: str | None, words: str, named: Sequence[Organisation]
) -> Response:
    return render(
        request,
        "notifications/webhooks.html",
        found=found,
        following=following,
        words=words,
        named=named,
        states=STATES,
        reason_of=reason_of,
    )


def form(
    request: Request, organisation: Organisation, typed: Typed, errors: Mapping[str, str] | None = None
) -> Response:
    return render(
        request,
        "notifications/webhook_form.html",
        status=422 if errors else 200,
        organisation=organisation,
        typed=typed,
        errors=errors or {},
        kinds=[(name, translate(text)) for name, text in KINDS.items()],
    )


def secret(request: Request, webhook_id: UUID, secret: str) -> Response:
    """The one page that shows it."""
    return render(request, "notifications/webhook_secret.html", webhook_id=webhook_id, secret=secret)


def one(
    request: Request,
    found: Listed,
    calls: Sequence[Called],
    following: str | None,
    today: date,
    errors: Mapping[str, str],
) -> Response:
    return render(
        request,
        "notifications/webhook.html",
        status=422 if errors else 200,
        found=found,
        calls=calls,
        following=following,
        errors=errors,
        since=today - timedelta(days=1),
        kept=KEPT.days,
        states=STATES,
        fates=FATES,
        kinds={**KINDS, TEST: N_("Appel d’essai")},
        reason_of=reason_of,
    )


def reason_of(reason: str | None) -> str:
    """Why, in French; empty when there is nothing to say."""
    if reason is None:
        return ""
    if reason in REASONS:
        return translate(REASONS[reason])
    return translate(N_("Réponse du logiciel : {code}")).format(code=reason.removeprefix("http_"))
