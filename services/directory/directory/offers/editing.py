"""Offers as stewards write them: the whole in one form, each place in its own, and what changes often in a line."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.pages import render
from contracts.events import OfferPublished
from contracts.events.partners import Assurance
from contracts.themes import THEMATIQUES
from directory import contacts
from directory.aggregates import NotKept, saying
from directory.author import Author, Steward
from directory.contacts import Contact
from directory.dated import Closure, Dated, Notice
from directory.forms import NONE, Fields, Refusal, captions, fields_of, filled, gathered, refused, under
from directory.hours import forms as hours
from directory.offers import acts, reading, store
from directory.offers.model import Capacity, NewOffer, Offer, Place
from directory.organisations import store as organisations
from directory.sites import store as sites
from directory.sites.editing import known_as
from directory.territories import store as territories
from directory.vocabulary import (
    FEES,
    KINDS,
    LEGAL_PROFESSIONS,
    LEGAL_SUBJECTS,
    MOBILISATION,
    MOBILISED_BY,
    PUBLICS,
    RECEPTION,
    area_name,
    languages,
)

router = APIRouter(include_in_schema=False)
FORM: Final = "/directory/offer-form"
_TEXTS: Final = (
    "name", "audience", "age_from", "age_to", "email", "phone", "description", "kind", "conditions", "fees",
    "fees_note", "mobilisation_note", "mobilisation_link", "weekly_hours", "weeks", "starts_on", "ends_on",
)  # fmt: skip
_LISTS: Final = ("themes", "territory_ids", "publics", "reception", "mobilisation", "mobilised_by")
_LINES: Final = ("languages", "area")
_SITES: Final = 30
_SEPARATORS = re.compile(r"[\n,;]")
Change = Callable[[OfferPublished], OfferPublished]


# The whole ---------------------------------------------------------------------------------------


@router.get(FORM)
async def form(
    request: Request,
    by: Steward,
    parts: CurrentParts,
    offer_id: UUID | None = None,
    organisation_id: UUID | None = None,
) -> Response:
    """A new offer of an organisation, or one to change."""
    async with parts.app.transaction(by.actor) as tx:
        if offer_id is None:
            return await _page(request, tx, filled({"organisation_id": organisation_id}))
        found = await _found(tx, offer_id)
        return await _page(request, tx, _filled(found.state, found.version))


async def _found(tx: Transaction, offer_id: UUID) -> Any:
    found = await store.find(tx, offer_id)
    if found is None:
        raise NotKept
    return found


def _filled(offer: OfferPublished, version: int) -> Fields:
    fields = filled(offer.model_dump(mode="json", exclude={"legal_access"}) | {"version": version})
    fields |= {
        "languages": [", ".join(languages().get(one, one) for one in offer.languages)],
        "area": ["\n".join(f"{one} {area_name(one) or ''}".strip() for one in offer.area)],
    }
    if legal := offer.legal_access:
        fields |= filled(legal.model_dump(mode="json"))
    return fields


@router.post(FORM)
async def sent(request: Request, by: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    """Done; or the form comes again with what was typed and why it was not done."""
    fields = await fields_of(request)
    refusal = await refused(lambda: _write(by, parts, key, fields))
    if refusal is None:
        return RedirectResponse(_path(fields.text("offer_id")), 303)
    async with parts.app.transaction(by.actor) as tx:
        return await _page(request, tx, fields, refusal)


async def _write(by: Author, parts: Parts, key: Idempotency, fields: Fields) -> None:
    said = _said(fields)
    if fields.version:
        offer = Offer.model_validate(said)
        await _edit(by, parts, UUID(fields.text("offer_id")), fields, lambda known: offer.renewed(known, by.today))
        return
    new = NewOffer.model_validate(said | fields.texts("organisation_id"))

    async def make(tx: Transaction) -> Answer:
        return Answer(303, {"offer_id": str((await acts.create(tx, by, new)).offer_id)})

    made = await once(lambda: parts.app.transaction(by.actor), key, make)
    fields["offer_id"] = [made.body["offer_id"]]


def _said(fields: Fields) -> dict[str, Any]:
    """The form's values as the model takes them."""
    names = {str(name).casefold(): code for code, name in languages().items()}
    typed = [one.strip() for one in _SEPARATORS.split(fields.text("languages")) if one.strip()]
    codes = [words[0] for one in _SEPARATORS.split(fields.text("area")) if (words := one.split())]
    said: dict[str, Any] = fields.texts(*_TEXTS) | fields.lists(*_LISTS)
    said |= {"languages": [names.get(one.casefold(), one) for one in typed], "area": codes}
    if fields.text("profession"):
        booking = {"booking": bool(fields.text("booking"))}
        said["legal_access"] = fields.texts("profession") | fields.lists("subjects") | booking
    return said


async def _page(request: Request, tx: Transaction, fields: Fields, refusal: Refusal = NONE) -> Response:
    whose = UUID(fields.text("organisation_id"))
    context: dict[str, Any] = {
        "fields": fields,
        "errors": gathered(refusal.errors, {*_LISTS, *_LINES}),
        "organisation": (await organisations.names(tx, [whose])).get(whose, ""),
        "territories": list((await territories.names(tx)).items()),
        "themes": sorted(THEMATIQUES.items()),
        "kinds": captions(KINDS),
        "publics": captions(PUBLICS),
        "fees": captions(FEES),
        "reception": captions(RECEPTION),
        "mobilisation": captions(MOBILISATION),
        "mobilised_by": captions(MOBILISED_BY),
        "professions": captions(LEGAL_PROFESSIONS),
        "subjects": captions(LEGAL_SUBJECTS),
    }
    return render(request, "directory/offer_form.html", status=refusal.status, **context)


def _path(offer_id: object) -> str:
    return f"/directory/offers/{offer_id}/page"


# A place -----------------------------------------------------------------------------------------


@router.get("/directory/offers/{offer_id}/place-form")
async def place_form(
    offer_id: UUID, request: Request, by: Steward, parts: CurrentParts, site_id: UUID | None = None, q: str = ""
) -> Response:
    """Where to, among sites that are looked for; or the hours at one."""
    async with parts.app.transaction(by.actor) as tx:
        found = await _found(tx, offer_id)
        if site_id is None:
            return await _choice(request, tx, found.state, q)
        known = next((one for one in found.state.places if one.site_id == site_id), None)
        fields = filled(
            (known.model_dump(mode="json") if known else {"site_id": str(site_id)}) | {"version": found.version}
        )
        return await _place(request, tx, found.state, fields, hours.shown(known.hours if known else None))


async def _choice(request: Request, tx: Transaction, offer: OfferPublished, q: str) -> Response:
    found = await sites.search(tx, q.strip(), organisation_id=offer.organisation_id, limit=_SITES)
    there = {one.site_id for one in offer.places}
    listed = [(one.state.site_id, known_as(one.state)) for one in found if one.state.site_id not in there]
    return render(request, "directory/place_choice.html", offer=offer, q=q, sites=listed)


@router.post("/directory/offers/{offer_id}/place-form")
async def place_sent(offer_id: UUID, request: Request, by: Steward, parts: CurrentParts) -> Response:
    """Kept among the places of the offer; or the form comes again."""
    fields = await fields_of(request)
    refusal: Refusal | None = NONE
    if not fields.text("line"):
        refusal = await refused(lambda: _put(by, parts, offer_id, fields))
    if refusal is None:
        return RedirectResponse(_path(offer_id), 303)
    typed = hours.typed(fields)
    if group := fields.text("line"):
        typed = typed.with_line(group)
    async with parts.app.transaction(by.actor) as tx:
        return await _place(request, tx, (await _found(tx, offer_id)).state, fields, typed, refusal)


async def _put(by: Author, parts: Parts, offer_id: UUID, fields: Fields) -> None:
    said = fields.texts("site_id", "note", "phone", "email") | {"hours": hours.expression(fields)}
    place = Place.model_validate(said)

    def wanted(known: OfferPublished) -> OfferPublished:
        before = next((one for one in known.places if one.site_id == place.site_id), None)
        put = place.model_dump() | ({"closures": before.model_dump()["closures"]} if before else {})
        kept = [one.model_dump() for one in known.places]
        index = next((n for n, one in enumerate(known.places) if one.site_id == place.site_id), len(kept))
        return saying(places=[*kept[:index], put, *kept[index + 1 :]])(known)

    await _edit(by, parts, offer_id, fields, wanted)


async def _place(
    request: Request,
    tx: Transaction,
    offer: OfferPublished,
    fields: Fields,
    typed: hours.HoursForm,
    refusal: Refusal = NONE,
) -> Response:
    site = await sites.find(tx, UUID(fields.text("site_id")))
    if site is None:
        raise NotKept
    context: dict[str, Any] = {
        "offer": offer,
        "fields": fields,
        "errors": refusal.errors,
        "site": known_as(site.state),
        "action": f"/directory/offers/{offer.offer_id}/place-form",
    }
    return render(request, "directory/place_form.html", status=refusal.status, **context, **hours.context(typed))


# What changes often ------------------------------------------------------------------------------


async def _edit(by: Author, parts: Parts, offer_id: UUID, fields: Fields, wanted: Change) -> None:
    async with parts.app.transaction(by.actor) as tx:
        await acts.edit(tx, by, offer_id, fields.version, wanted)


def _capacity(fields: Fields, by: Author) -> Change:
    return saying(capacity=Capacity.model_validate(fields.within("capacity_")).told(by.today))


def _closure(fields: Fields, _: Author) -> Change:
    given = fields.within("closure_")
    return _one_more("closures", Closure.model_validate(given | {"last": given.get("last") or given.get("first")}))


def _notice(fields: Fields, _: Author) -> Change:
    return _one_more("notices", Notice.model_validate(fields.within("notice_")))


def _one_more(name: str, one: Dated) -> Change:
    def added(known: OfferPublished) -> OfferPublished:
        whole = [*known.model_dump()[name], one.model_dump()]
        return saying(**{name: sorted(whole, key=lambda dated: dated["first"])})(known)

    return added


def _without(name: str) -> Callable[[Fields, Author], Change]:
    """Take back the one at the place sent: its reader's version says which it is."""

    def wanted(fields: Fields, _: Author) -> Change:
        place = fields.text("place")
        return lambda known: saying(
            **{name: [one for number, one in enumerate(known.model_dump()[name]) if str(number) != place]}
        )(known)

    return wanted


def _assurance(_: Fields, by: Author) -> Change:
    return saying(assured=Assurance(on=by.today, by=by.actor.agent_id))


_STEPS: Final[Mapping[str, Callable[[Fields, Author], Change]]] = {
    "capacity": _capacity,
    "closure": _closure,
    "closure-end": _without("closures"),
    "notice": _notice,
    "notice-end": _without("notices"),
    "place-end": _without("places"),
    "assurance": _assurance,
    "retire": lambda _, __: saying(retired=True),
}


@router.post("/directory/offers/{offer_id}/forms/contact")
async def contact(offer_id: UUID, request: Request, by: Steward, parts: CurrentParts) -> Response:
    """Somebody more to call, for professionals."""
    fields = await fields_of(request)

    async def add() -> None:
        given = Contact.model_validate(fields.within("contact_"))
        async with parts.app.transaction(by.actor) as tx:
            known = [Contact.model_validate(one) for one in await contacts.of(tx, offer_id)]
            await acts.set_contacts(tx, by, offer_id, [*known, given])

    return await _done(request, by, parts, offer_id, fields, await refused(add))


@router.post("/directory/offers/{offer_id}/forms/contact-end")
async def contact_end(offer_id: UUID, request: Request, by: Steward, parts: CurrentParts) -> Response:
    """The contact sent, whole, is gone."""
    fields = await fields_of(request)
    async with parts.app.transaction(by.actor) as tx:
        known = [Contact.model_validate(one) for one in await contacts.of(tx, offer_id)]
        gone = fields.within("contact_")
        kept = [one for one in known if any(gone.get(name) != value for name, value in one.model_dump().items())]
        await acts.set_contacts(tx, by, offer_id, kept)
    return RedirectResponse(_path(offer_id), 303)


@router.post("/directory/offers/{offer_id}/forms/{step}")
async def change(offer_id: UUID, step: str, request: Request, by: Steward, parts: CurrentParts) -> Response:
    """One of the short forms of the agents' page."""
    if step not in _STEPS:
        raise NotKept
    fields = await fields_of(request)

    async def edit() -> None:
        await _edit(by, parts, offer_id, fields, _STEPS[step](fields, by))

    return await _done(request, by, parts, offer_id, fields, await refused(edit))


async def _done(
    request: Request, by: Author, parts: Parts, offer_id: UUID, fields: Fields, refusal: Refusal | None
) -> Response:
    if refusal is None:
        return RedirectResponse(_path(offer_id), 303)
    async with parts.app.transaction(by.actor) as tx:
        prefix = f"{request.url.path.rpartition('/')[2]}_"
        return await reading.page_of(request, tx, parts, by.actor, offer_id, under(refusal, prefix), fields)
