"""The public form: asking in a few minutes, without an account and without JavaScript."""

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
from chassis.web.translations import N_, translate
from contracts.programmes import Programmes
from contracts.themes import THEMES
from intake.communes import store as communes
from intake.communes.store import Found
from intake.requests import wording
from intake.requests.form import asked, corrections, filled
from intake.requests.model import NotOffered
from intake.requests.reception import Reception, UnknownCommune
from intake.tracking import store as tracking

SHOWN_SECONDS = 900
"""How long the browser keeps the reference and the secret it shows after sending."""
_MISSING_COMMUNE = N_("Indiquez la commune, par son nom ou son code postal.")
_UNKNOWN_COMMUNE = N_("Aucune commune n'a ce nom ou ce code postal. Vérifiez, ou essayez une commune voisine.")
_SEVERAL_COMMUNES = N_("Plusieurs communes correspondent : choisissez la bonne.")


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
        return self._page(request, filled(FormData({"programme": "first-contact", "role": "self"})), {}, [])

    async def send(self, request: Request, key: IdempotencyKey) -> Response:
        form = await request.form()
        fields = filled(form)
        meant, errors = await self._communes(fields["commune"], str(form.get("commune_code", "")))
        try:
            wanted = asked(fields, meant[0].code if meant else "00000")
        except ValidationError as error:
            return self._page(request, fields, corrections(error, fields) | errors, meant)
        if errors:
            return self._page(request, fields, errors, meant)
        try:
            answer = await self._reception.from_resident(wanted, key)
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

    async def _communes(self, text: str, code: str) -> tuple[list[Found], dict[str, str]]:
        """Communes that may be meant; with an error unless exactly one is."""
        if not text.strip():
            return [], {"commune": translate(_MISSING_COMMUNE)}
        async with self._parts.app.transaction(PUBLIC) as tx:
            found = await communes.search(tx, text)
        chosen = [one for one in found if one.code == code] or found
        if len(chosen) == 1:
            return chosen, {}
        return found, {"commune": translate(_SEVERAL_COMMUNES if found else _UNKNOWN_COMMUNE)}

    def _page(self, request: Request, fields: dict[str, Any], errors: dict[str, str], meant: list[Found]) -> Response:
        return render(
            request,
            "intake/ask.html",
            status=422 if errors else 200,
            fields=fields,
            errors=errors,
            communes=[(one.code, f"{one.name} ({one.department})") for one in meant] if len(meant) > 1 else [],
            programmes=[(one.id, one.title, one.summary) for one in reversed(self._programmes.offered)],
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
