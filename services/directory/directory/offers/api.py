"""Offers over HTTP: read by agents, written by operators and managers within their territories."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.idempotency import Answer, Idempotency, once
from chassis.web.identity import CurrentActor
from chassis.web.preconditions import IfMatch
from contracts.events import OfferPublished
from contracts.events.partners import Assurance
from directory import contacts as professional
from directory.aggregates import NotKept, saying
from directory.answers import created, shown
from directory.author import Steward
from directory.contacts import Contacts
from directory.dated import Closures, Notices, dumped
from directory.offers import acts, store
from directory.offers.model import Capacity, NewOffer, Offer
from directory.offers.openings import openings

PATH = "/directory/offers"
router = APIRouter(prefix="/directory", tags=["offers"])


@router.get("/offers/{offer_id}", response_model=OfferPublished)
async def one(offer_id: UUID, actor: CurrentActor, parts: CurrentParts) -> Response:
    async with parts.app.transaction(actor) as tx:
        found = await store.find(tx, offer_id)
    if found is None:
        raise NotKept
    return shown(found)


@router.get("/offers/{offer_id}/openings")
async def next_openings(
    offer_id: UUID,
    actor: CurrentActor,
    parts: CurrentParts,
    after: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    count: Annotated[int, Query(ge=1, le=100)] = 10,
) -> dict[str, Any]:
    """When it is open after `from` (now), closures and the holidays of each place taken into account. `unsure`: hours
    that name school holidays or can't be read are not among them, or not wholly."""
    async with parts.app.transaction(actor) as tx:
        found = await store.find(tx, offer_id)
        if found is None:
            raise NotKept
        places = await acts.sites_at(tx, found.state)
    told = openings(found.state, places, after or parts.now(), count, parts.settings.zone)
    return {"openings": [{"site_id": one.site_id, **asdict(one.opening)} for one in told.found], "unsure": told.unsure}


@router.post("/offers", status_code=201)
async def create(offer: NewOffer, by: Steward, parts: CurrentParts, key: Idempotency) -> Response:
    async def make(tx: Transaction) -> Answer:
        made = await acts.create(tx, by, offer)
        return Answer(201, {"offer_id": str(made.offer_id), "version": 1})

    return created(await once(lambda: parts.app.transaction(by.actor), key, make), PATH, "offer_id")


@router.put("/offers/{offer_id}", response_model=OfferPublished)
async def edit(offer_id: UUID, offer: Offer, by: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    """Capacity, closures and notices unsaid stay what they are."""
    async with parts.app.transaction(by.actor) as tx:
        return shown(await acts.edit(tx, by, offer_id, expected, lambda known: offer.renewed(known, by.today)))


@router.put("/offers/{offer_id}/capacity", response_model=OfferPublished)
async def capacity(offer_id: UUID, room: Capacity, by: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    """What room there is today; an empty object: no longer known."""
    async with parts.app.transaction(by.actor) as tx:
        return shown(await acts.edit(tx, by, offer_id, expected, saying(capacity=room.told(by.today))))


@router.put("/offers/{offer_id}/closures", response_model=OfferPublished)
async def closures(offer_id: UUID, given: Closures, by: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    """Exceptional closures of the whole offer, in place of those before."""
    async with parts.app.transaction(by.actor) as tx:
        return shown(await acts.edit(tx, by, offer_id, expected, saying(closures=dumped(given))))


@router.put("/offers/{offer_id}/notices", response_model=OfferPublished)
async def notices(offer_id: UUID, given: Notices, by: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    """What is to be known for a time, in place of what was said before."""
    async with parts.app.transaction(by.actor) as tx:
        return shown(await acts.edit(tx, by, offer_id, expected, saying(notices=dumped(given))))


@router.post("/offers/{offer_id}/assurance", response_model=OfferPublished)
async def assure(offer_id: UUID, by: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    """Somebody checked it: all of it is right today."""
    assured = saying(assured=Assurance(on=by.today, by=by.actor.agent_id))
    async with parts.app.transaction(by.actor) as tx:
        return shown(await acts.edit(tx, by, offer_id, expected, assured))


@router.get("/offers/{offer_id}/contacts")
async def contacts(offer_id: UUID, actor: CurrentActor, parts: CurrentParts) -> list[dict[str, str]]:
    """People to call or write to, for professionals only."""
    async with parts.app.transaction(actor) as tx:
        return await professional.of(tx, offer_id)


@router.put("/offers/{offer_id}/contacts", status_code=204)
async def set_contacts(offer_id: UUID, given: Contacts, by: Steward, parts: CurrentParts) -> None:
    """In place of those before."""
    async with parts.app.transaction(by.actor) as tx:
        await acts.set_contacts(tx, by, offer_id, given)


@router.delete("/offers/{offer_id}", response_model=OfferPublished)
async def retire(offer_id: UUID, by: Steward, parts: CurrentParts, expected: IfMatch) -> Response:
    async with parts.app.transaction(by.actor) as tx:
        return shown(await acts.edit(tx, by, offer_id, expected, saying(retired=True)))
