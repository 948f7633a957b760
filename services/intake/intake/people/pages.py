"""Somebody of a request as a page: how they are reached safely, who protects them, what they need."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from chassis.actor import Actor
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from intake.people import form
from intake.people.changing import Changing, NoSuchPerson, Outdated
from intake.requests import wording
from intake.requests.following import Following
from intake.requests.reception import TAKES_REQUESTS

Colleague = Annotated[Actor, Depends(require(*TAKES_REQUESTS))]
_OUTDATED = N_(
    "Une autre personne a changé cette fiche entre-temps. Relisez-la, puis renvoyez : votre saisie est gardée."
)


def people_pages(changing: Changing, following: Following) -> APIRouter:
    """Reading and changing how somebody of a request is reached."""
    router = APIRouter(include_in_schema=False)

    async def known(actor: Actor, request_id: UUID, person_id: UUID) -> dict[str, Any]:
        """Raises NoSuchRequest, NoSuchPerson."""
        asked = await following.one(actor, request_id)
        if all(one["person_id"] != person_id for one in asked["people"]):
            raise NoSuchPerson
        return await changing.one(actor, person_id) | {"asked": asked}

    @router.get("/intake/requests/{request_id}/people/{person_id}")
    async def one(request: Request, request_id: UUID, person_id: UUID, actor: Colleague) -> Response:
        found = await known(actor, request_id, person_id)
        return _page(request, found, form.filled(found))

    @router.post("/intake/requests/{request_id}/people/{person_id}")
    async def change(request: Request, request_id: UUID, person_id: UUID, actor: Colleague) -> Response:
        found, sent = await known(actor, request_id, person_id), await request.form()
        fields, version = form.typed(found, sent), str(sent.get("version", ""))
        try:
            if version != str(found["version"]):
                raise Outdated
            await changing.change(actor, person_id, form.said(found, fields), found["version"])
        except ValidationError as invalid:
            return _page(request, found, fields, form.corrections(found, fields, invalid), 422)
        except Outdated:
            return _page(request, found, fields, {"never_by": translate(_OUTDATED)}, 412)
        return RedirectResponse(f"/intake/requests/{request_id}#coordonnees", 303)

    return router


def _page(
    request: Request,
    found: Mapping[str, Any],
    fields: form.Fields,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return render(
        request,
        "intake/person.html",
        status=status,
        found=found,
        asked=found["asked"],
        fields=fields,
        errors=errors or {},
        ranges=form.ranges,
        rules=_pairs(form.RULES),
        contacts=_pairs(wording.CONTACTS),
        protections=_pairs(wording.PROTECTIONS),
        own_agreements=_pairs(wording.OWN_AGREEMENTS),
        weekdays=[(str(day), translate(name)) for day, name in enumerate(wording.WEEKDAYS, 1)],
        languages=_languages(fields["interpreter"]),
        written=_languages(fields["language"]),
        wording=wording,
    )


def _pairs(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, translate(text)) for code, text in words.items()]


def _languages(chosen: str) -> list[tuple[str, str]]:
    """What may be chosen, and what was, whatever it is."""
    listed = wording.languages()
    return listed if not chosen or chosen in dict(listed) else [(chosen, wording.language_name(chosen)), *listed]
