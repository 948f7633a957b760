"""The public form: asking in a few minutes, without an account and without JavaScript."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chassis.actor import PUBLIC
from chassis.service import Parts
from chassis.web.idempotency import Idempotency, IdempotencyKey
from chassis.web.identity.cookie import SealedCookie
from chassis.web.pages import render
from chassis.web.problems import Problem, idempotency_mismatch
from chassis.web.translations import N_, translate
from contracts.programme import Programme
from contracts.programmes import Programmes
from contracts.themes import THEMES
from intake.communes import store as communes
from intake.communes.store import Found
from intake.eligibility.answers import Given
from intake.eligibility.model import FALLBACK
from intake.requests import wording
from intake.requests.form import asked, contradiction, corrections, filled
from intake.requests.model import NotOffered
from intake.requests.questions import answered, questions
from intake.requests.reception import Reception, UnknownCommune
from intake.tracking import store as tracking

_ANY_COMMUNE = "00000"
"""Lets the other fields be checked while the commune is not known yet."""
SHOWN_SECONDS = 900
"""How long the browser keeps the reference and the secret it shows after sending."""
_MISSING_COMMUNE = N_("Indiquez la commune, par son nom ou son code postal.")
_UNKNOWN_COMMUNE = N_("Aucune commune n'a ce nom ou ce code postal. Vérifiez, ou essayez une commune voisine.")
_SEVERAL_COMMUNES = N_("Plusieurs communes correspondent : choisissez la bonne.")
_SENT_BEFORE = N_(
    "Une première demande a déjà été envoyée depuis ce formulaire : elle est bien reçue. Celle-ci est différente et "
    "n'est pas encore envoyée. Si vous voulez l'envoyer aussi, relisez-la, puis envoyez-la de nouveau."
)


def first_contact_first(offered: Sequence[Programme]) -> Sequence[Programme]:
    """What may be asked for, in the order shown: what is for everybody, then the others as they come."""
    return sorted(offered, key=lambda programme: programme.id != FALLBACK)


class PublicForm:
    """`/demande`: the form, its corrections, and what is shown once it is sent."""

    def __init__(self, parts: Parts, reception: Reception, programmes: Programmes) -> None:
        settings = parts.settings
        self._parts = parts
        self._reception = reception
        self._programmes = programmes
        secure = settings.public_url.startswith("https://")
        self._sent = SealedCookie("demande", settings.cookie_key, seconds=SHOWN_SECONDS, secure=secure)

    def show(self, request: Request) -> Response:
        return self._page(request, self._filled(FormData({"programme": FALLBACK})), {}, [])

    async def send(self, request: Request, key: IdempotencyKey) -> Response:
        fields = self._filled(await request.form())
        found, commune, errors = await self._communes(fields["commune"], fields["commune_code"])
        answers, wrong = self._answered(fields)
        errors |= contradiction(fields) | wrong
        try:
            wanted = asked(fields, commune or _ANY_COMMUNE, answers)
        except ValidationError as error:
            return self._page(request, fields, corrections(error, fields) | errors, found)
        if errors:
            return self._page(request, fields, errors, found)
        try:
            answer = await self._reception.from_resident(wanted, key)
        except Problem as problem:
            if problem.slug != idempotency_mismatch().slug:
                raise
            return self._page(request, fields, {}, found, notice=translate(_SENT_BEFORE))
        except UnknownCommune:
            return self._page(request, fields, {"commune": translate(_UNKNOWN_COMMUNE)}, [])
        except NotOffered:
            return self._page(request, fields, {"programme": translate(N_("Choisissez un dispositif proposé."))}, [])
        response = RedirectResponse("/demande/recue", 303)
        self._sent.set(response, answer.body, self._parts.now().timestamp())
        return response

    async def sent(self, request: Request) -> Response:
        """Reference, secret and promised day, for some minutes; then the tracking page takes over."""
        receipt = self._sent.open(request.cookies.get(self._sent.name), self._parts.now().timestamp())
        if receipt is None:
            return RedirectResponse("/suivi", 303)
        async with self._parts.app.transaction(PUBLIC) as tx:
            contacts = await tracking.contacts(tx, receipt["territory_id"])
        return render(
            request,
            "intake/sent.html",
            receipt=receipt,
            promised_on=date.fromisoformat(receipt["promised_on"]),
            contacts=contacts,
        )

    def _filled(self, form: FormData) -> dict[str, Any]:
        return filled(form, self._programmes.offered)

    def _answered(self, fields: Mapping[str, Any]) -> tuple[dict[str, Given], dict[str, str]]:
        """Answers to the questions of what is asked for, and what is wrong with them; what is not offered has none."""
        chosen = next((one for one in self._programmes.offered if one.id == fields["programme"]), None)
        return answered(chosen, fields) if chosen else ({}, {})

    async def _communes(self, text: str, code: str) -> tuple[list[Found], str | None, dict[str, str]]:
        """Communes that may be meant, and the code of the one that is; with an error where that is none."""
        if not text.strip():
            return [], None, {"commune": translate(_MISSING_COMMUNE)}
        async with self._parts.app.transaction(PUBLIC) as tx:
            found = await communes.search(tx, text)
        chosen = [one for one in found if one.code == code] or found
        if len(chosen) == 1:
            return found, chosen[0].code, {}
        return found, None, {"commune": translate(_SEVERAL_COMMUNES if found else _UNKNOWN_COMMUNE)}

    def _page(
        self, request: Request, fields: dict[str, Any], errors: dict[str, str], meant: list[Found], notice: str = ""
    ) -> Response:
        return render(
            request,
            "intake/ask.html",
            status=422 if errors or notice else 200,
            fields=fields,
            errors=errors,
            notice=notice,
            communes=[(one.code, f"{one.name} ({one.department})") for one in meant] if len(meant) > 1 else [],
            programmes=[(one.id, one.title, one.summary) for one in first_contact_first(self._programmes.offered)],
            questions={one.id: questions(one) for one in self._programmes.offered},
            roles=[(code, wording.label(wording.ROLES, code)) for code in wording.ROLES],
            themes=[(code, theme.label) for code, theme in THEMES.items()],
        )


def public_form_routes(form: PublicForm) -> APIRouter:
    """`/demande` and what follows."""
    router = APIRouter(include_in_schema=False)

    @router.get("/demande")
    async def show(request: Request) -> Response:
        return form.show(request)

    @router.post("/demande")
    async def send(request: Request, key: Idempotency) -> Response:
        return await form.send(request, key)

    @router.get("/demande/recue")
    async def sent(request: Request) -> Response:
        return await form.sent(request)

    return router
