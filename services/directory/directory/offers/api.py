"""Offers over HTTP: searched by everybody, written by operators and managers within their territories."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.identity import CurrentActor, OptionalActor, require
from chassis.web.preconditions import IfMatch
from chassis.web.problems import ProblemOf, bad_request, invalid_field
from chassis.web.translations import N_, translate
from contracts.envelope import new_id
from contracts.events import OfferPublished
from directory import scope
from directory.aggregates import NotKept, Versioned, publish, still_editable
from directory.answers import PAGE, created, shown
from directory.offers import store
from directory.offers.model import NewOffer, Offer, UnknownOrganisation
from directory.offers.search import BadCursor, Cursor, Page, search
from directory.organisations import store as organisations
from directory.territories import store as territories

PATH = "/directory/offers"
router = APIRouter(prefix="/directory", tags=["offers"])
Steward = Annotated[Actor, Depends(require("operator", "manager"))]


class Wanted:
    """The query parameters of a search. `after` is the `next` of the page before."""

    def __init__(
        self,
        q: Annotated[str, Query(max_length=200)] = "",
        territory: Annotated[str | None, Query(max_length=64)] = None,
        theme: Annotated[list[str] | None, Query(max_length=20)] = None,
        after: Annotated[str, Query(max_length=1000)] = "",
    ) -> None:
        self.text = q.strip()
        self.territory_id = territory or None
        self.themes = [value for value in theme or () if value]
        self.after = Cursor.parse(after) if after else None

    async def find(self, tx: Transaction, limit: int = PAGE) -> Page:
        return await search(
            tx, text=self.text, territory_id=self.territory_id, themes=self.themes, after=self.after, limit=limit
        )


Search = Annotated[Wanted, Depends()]


@router.get("/offers")
async def some(wanted: Search, actor: CurrentActor, parts: CurrentParts) -> dict[str, Any]:
    """Offers in function, best answer first. `theme` may be repeated."""
    async with parts.app.transaction(actor) as tx:
        return _listed(await wanted.find(tx))


@router.get("/public/offers")
async def public(wanted: Search, actor: OptionalActor, parts: CurrentParts) -> dict[str, Any]:
    """The same, for anybody."""
    async with parts.app.transaction(actor) as tx:
        return _listed(await wanted.find(tx))


def _listed(page: Page) -> dict[str, Any]:
    offers = [
        found.offer.model_dump(mode="json", exclude_none=True)
        | {"organisation": found.organisation, "version": found.version}
        for found in page.offers
    ]
    return {"offers": offers, "next": str(page.next) if page.next else None}


@router.get("/offers/{offer_id}", response_model=OfferPublished)
async def one(offer_id: UUID, actor: CurrentActor, parts: CurrentParts) -> Response:
    async with parts.app.transaction(actor) as tx:
        found = await store.find(tx, offer_id)
    if found is None:
        raise NotKept
    return shown(found)


@router.post("/offers", status_code=201)
async def create(offer: NewOffer, actor: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    async def make(tx: Transaction) -> Answer:
        state = offer.named(new_id(), offer.organisation_id)
        scope.check(actor, state.territory_ids)
        await territories.check_known(tx, state.territory_ids)
        organisation = await organisations.find(tx, state.organisation_id)
        if organisation is None or organisation.state.retired:
            raise UnknownOrganisation
        await store.create(tx, state)
        await publish(tx, Versioned(state, 1), id=new_id(), at=parts.now())
        return Answer(201, {"offer_id": str(state.offer_id), "version": 1})

    return created(await once(lambda: parts.app.transaction(actor), key, make), PATH, "offer_id")


@router.put("/offers/{offer_id}", response_model=OfferPublished)
async def edit(offer_id: UUID, offer: Offer, actor: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    async with parts.app.transaction(actor) as tx:
        known = still_editable(await store.find(tx, offer_id), expected).state
        wanted = offer.named(offer_id, known.organisation_id)
        scope.check(actor, {*known.territory_ids, *wanted.territory_ids})
        await territories.check_known(tx, set(wanted.territory_ids) - set(known.territory_ids))
        changed = await store.change(tx, wanted, expected)
        await publish(tx, changed, id=new_id(), at=parts.now())
    return shown(changed)


@router.delete("/offers/{offer_id}", response_model=OfferPublished)
async def retire(offer_id: UUID, actor: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    async with parts.app.transaction(actor) as tx:
        known = still_editable(await store.find(tx, offer_id), expected).state
        scope.check(actor, known.territory_ids)
        changed = await store.change(tx, known.model_copy(update={"retired": True}), expected)
        await publish(tx, changed, id=new_id(), at=parts.now())
    return shown(changed)


PROBLEMS: Mapping[type[Exception], ProblemOf] = {
    UnknownOrganisation: lambda _: invalid_field(
        "organisation_id",
        translate(N_("Cette structure n'existe pas ou n'exerce plus. Choisissez-en une de la liste.")),
    ),
    BadCursor: lambda _: bad_request(
        N_("Le paramètre after ne vient pas d'une page précédente. Reprenez la recherche.")
    ),
}
