"""Sites as stewards write them, in a form that needs no JavaScript."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.pages import render
from contracts.events import SitePublished
from directory.aggregates import NotKept
from directory.author import Author, Steward
from directory.forms import NONE, Fields, Refusal, captions, fields_of, filled, refused
from directory.hours import forms as hours
from directory.organisations import store as organisations
from directory.sites import acts, store
from directory.sites.model import Site
from directory.vocabulary import ACCESSIBILITY

router = APIRouter(include_in_schema=False)
FORM: Final = "/directory/site-form"
_TEXTS: Final = (
    "organisation_id", "name", "address", "address_more", "postal_code", "commune", "latitude", "longitude",
    "accessibility_link", "phone",
)  # fmt: skip


@router.get(FORM)
async def form(
    request: Request, by: Steward, parts: CurrentParts, site_id: UUID | None = None, organisation_id: UUID | None = None
) -> Response:
    """A new site, of an organisation when it is named, or one to change."""
    async with parts.app.transaction(by.actor) as tx:
        if site_id is None:
            return await _page(request, tx, filled({"organisation_id": organisation_id}), hours.shown(None))
        found = await store.find(tx, site_id)
        if found is None:
            raise NotKept
        fields = filled(found.state.model_dump(mode="json", exclude={"hours"}) | {"version": found.version})
        return await _page(request, tx, fields, hours.shown(found.state.hours))


@router.post(FORM)
async def sent(request: Request, by: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    """Done; or the form comes again with what was typed and why it was not done."""
    fields = await fields_of(request)
    refusal: Refusal | None = NONE
    if not fields.text("line"):
        refusal = await refused(lambda: _write(by, parts, key, fields))
    if refusal is None:
        return RedirectResponse(f"{FORM}?site_id={fields.text('site_id')}", 303)
    async with parts.app.transaction(by.actor) as tx:
        typed = hours.typed(fields)
        if group := fields.text("line"):
            typed = typed.with_line(group)
        return await _page(request, tx, fields, typed, refusal)


async def _write(by: Author, parts: CurrentParts, key: Idempotency, fields: Fields) -> None:
    site = Site.model_validate(
        fields.texts(*_TEXTS) | fields.lists("accessibility") | {"hours": hours.expression(fields)}
    )
    if version := fields.version:
        identity = UUID(fields.text("site_id"))
        async with parts.app.transaction(by.actor) as tx:
            await acts.edit(tx, by, identity, version, lambda known: site.named(identity, known))
        return

    async def make(tx: Transaction) -> Answer:
        return Answer(303, {"site_id": str((await acts.create(tx, by, site)).site_id)})

    made = await once(lambda: parts.app.transaction(by.actor), key, make)
    fields["site_id"] = [made.body["site_id"]]


async def _page(
    request: Request, tx: Transaction, fields: Fields, typed: hours.HoursForm, refusal: Refusal = NONE
) -> Response:
    whose = fields.text("organisation_id")
    names = await organisations.names(tx, [UUID(whose)]) if whose else {}
    context: dict[str, Any] = {
        "fields": fields,
        "errors": refusal.errors,
        "owner": names.get(UUID(whose)) if whose else None,
        "accessibility": captions(ACCESSIBILITY),
        "action": FORM,
    }
    return render(request, "directory/site_form.html", status=refusal.status, **context, **hours.context(typed))


def known_as(site: SitePublished) -> str:
    """How a site is named in a list."""
    return ", ".join(part for part in (site.name, site.address, site.locality) if part) or str(site.site_id)
