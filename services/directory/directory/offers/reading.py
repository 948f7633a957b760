"""One offer as a page: for anybody, and for agents with all that is known of it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web import phones
from chassis.web.identity import CurrentActor, OptionalActor
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from contracts.events import OfferPublished
from contracts.events.partners import Source
from contracts.themes import THEMATIQUES
from directory import contacts
from directory.aggregates import NotKept
from directory.forms import NONE, Fields, Refusal
from directory.hours.words import opening_in_words, readable
from directory.offers import acts, store
from directory.offers.openings import openings
from directory.organisations import store as organisations
from directory.provenance import LOCAL
from directory.sites.editing import known_as
from directory.territories import store as territories
from directory.vocabulary import (
    ACCESSIBILITY,
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
SHOWN: Final = 6
"""Openings of one page."""
STEWARDS: Final = ("operator", "manager")
FIELDS: Final[Mapping[str, str]] = {
    "name": N_("Nom"), "organisation_id": N_("Structure"), "themes": N_("Sujets"), "kind": N_("Type"),
    "description": N_("Présentation"), "publics": N_("Publics"), "audience": N_("Pour qui"),
    "age_from": N_("Âge, à partir de"), "age_to": N_("Âge, jusqu'à"), "conditions": N_("Conditions d'accès"),
    "fees": N_("Frais"), "fees_note": N_("Précisions sur les frais"), "reception": N_("Accueil"),
    "mobilisation": N_("Comment s'y adresser"), "mobilised_by": N_("Qui peut s'y adresser"),
    "mobilisation_note": N_("Précisions"), "mobilisation_link": N_("Lien"), "languages": N_("Langues"),
    "area": N_("Habitants servis"), "territory_ids": N_("Territoires"), "places": N_("Lieux"), "phone": N_("Téléphone"),
    "email": N_("Adresse électronique"), "capacity": N_("Places"), "closures": N_("Fermetures"),
    "notices": N_("À savoir"), "weekly_hours": N_("Heures par semaine"), "weeks": N_("Nombre de semaines"),
    "legal_access": N_("Accès au droit"), "agreement_id": N_("Convention"), "starts_on": N_("Commence le"),
    "ends_on": N_("Se termine le"), "source": N_("Source"), "source_id": N_("Identifiant de la source"),
    "source_link": N_("Lien de la source"), "unknown_values": N_("Valeurs d'aucune liste"), "retired": N_("Retrait"),
}  # fmt: skip
"""Fields as people call them."""


@router.get("/annuaire/{offer_id}")
async def public(offer_id: UUID, request: Request, actor: OptionalActor, parts: CurrentParts) -> Response:
    """What anybody may know of an offer."""
    async with parts.app.transaction(actor) as tx:
        return await _page(request, tx, parts, actor, offer_id, "directory/offer_public.html")


@router.get("/directory/offers/{offer_id}/page")
async def agents(offer_id: UUID, request: Request, actor: CurrentActor, parts: CurrentParts) -> Response:
    """All that is known of an offer, and forms for its stewards."""
    async with parts.app.transaction(actor) as tx:
        return await page_of(request, tx, parts, actor, offer_id)


async def page_of(
    request: Request,
    tx: Transaction,
    parts: Parts,
    actor: Actor,
    offer_id: UUID,
    refusal: Refusal = NONE,
    typed: Fields | None = None,
) -> Response:
    """The agents' page; after a refusal, with what was typed."""
    more = {
        "contacts": await contacts.of(tx, offer_id),
        "may_write": actor.has(*STEWARDS),
        "errors": refusal.errors,
        "typed": typed or Fields(),
    }
    return await _page(request, tx, parts, actor, offer_id, "directory/offer_page.html", refusal.status, **more)


async def _page(
    request: Request,
    tx: Transaction,
    parts: Parts,
    actor: Actor,
    offer_id: UUID,
    template: str,
    status: int = 200,
    **more: Any,
) -> Response:
    found = await store.find(tx, offer_id)
    if found is None or (found.state.retired and not actor.grants):
        raise NotKept
    offer, now = found.state, parts.now()
    sites = await acts.sites_at(tx, offer)
    zone = parts.settings.zone
    upcoming = openings(offer, sites, now, SHOWN, zone)
    today = now.astimezone(zone).date()
    context: dict[str, Any] = {
        "offer": offer,
        "version": found.version,
        "organisation": (await organisations.names(tx, [offer.organisation_id])).get(offer.organisation_id, ""),
        "territories": await territories.names(tx),
        "sites": sites,
        "site_name": known_as,
        "hours": readable,
        "phone": phones.readable,
        "labels": labels,
        "upcoming": [(one.site_id, opening_in_words(one.opening)) for one in upcoming.found],
        "unsure": upcoming.unsure,
        "notices": [one for one in offer.notices if one.first <= today and (one.last is None or today <= one.last)],
        "closures": [one for one in offer.closures if today <= one.last],
        "accessibility": ACCESSIBILITY,
        "provenance": list(provenance(offer)),
        "today": today,
    }
    return render(request, template, status=status, **context | more)


_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "themes": THEMATIQUES, "kind": KINDS, "publics": PUBLICS, "fees": FEES, "reception": RECEPTION,
    "mobilisation": MOBILISATION, "mobilised_by": MOBILISED_BY, "profession": LEGAL_PROFESSIONS,
    "subjects": LEGAL_SUBJECTS,
}  # fmt: skip


def labels(name: str, values: str | tuple[str, ...]) -> str:
    """Values of a field in words; one of no vocabulary as it stands."""
    texts = (values,) if isinstance(values, str) else values
    if name == "area":
        return ", ".join(translate(area_name(one) or one) for one in texts)
    known = languages() if name == "languages" else _LABELS[name]
    return ", ".join(translate(known.get(one, one)) for one in texts)


def provenance(offer: OfferPublished) -> Iterator[tuple[str, str, date]]:
    """(field, source, day), in the order fields are shown."""
    for name, title in FIELDS.items():
        source: Source | None = offer.told.get(name)
        if source:
            yield translate(title), translate(N_("saisi ici")) if source.source == LOCAL else source.source, source.on
