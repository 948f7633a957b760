"""Quality for stewards: pages, and the same as JSON for programs."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, RedirectResponse, Response

from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.pages import render
from chassis.web.problems import wants_page
from directory.aggregates import NotKept
from directory.answers import PAGE
from directory.author import Steward
from directory.offers import store as offers
from directory.offers.acts import sites_at
from directory.organisations import store as organisations
from directory.quality import acts, store
from directory.quality.model import REASONS, USUAL_MONTHS
from directory.quality.score import RAISES, score
from directory.quality.words import FIELDS, KINDS, STANDINGS, said
from directory.territories import store as territories

PATH: Final = "/directory/quality"
router = APIRouter(prefix=PATH, tags=["quality"])
Months = Annotated[int, Form(ge=1, le=60)]
RHYTHMS: Final = (3, 6, 12, 24)


@router.get("")
async def entries(
    request: Request,
    by: Steward,
    parts: CurrentParts,
    territory: Annotated[str, Query(max_length=64)] = "",
    order: Literal["age", "score"] = "age",
    stale_on: date | None = None,
    score: float | None = None,
    after: UUID | None = None,
) -> Response:
    """Entries to be checked again, the longest unsure first; or offers, the lowest score first."""
    async with parts.app.transaction(by.actor) as tx:
        if order == "age":
            seen = (stale_on, after) if stale_on and after else None
            found = await store.stale(tx, territory or None, by.today, seen, PAGE + 1)
        else:
            lowest = (score, after) if score is not None and after else None
            found = await store.lowest(tx, territory or None, lowest, PAGE + 1)
        places = await territories.names(tx)
    last = found[PAGE - 1] if len(found) > PAGE else None
    place = {"order": order} | ({"territory": territory} if territory else {})
    mark = {"stale_on": last.stale_on} if last and order == "age" else {"score": last.score} if last else {}
    following = urlencode(place | mark | {"after": last.aggregate_id}) if last else None
    shown = found[:PAGE]
    if not wants_page(request):
        return _json({"entries": [asdict(one) for one in shown], "next": following})
    return _page(
        request,
        "quality",
        entries=shown,
        order=order,
        territory=territory,
        places=places,
        kinds=KINDS,
        raises=RAISES,
        rhythms=RHYTHMS,
        next_url=f"{PATH}?{following}" if following else None,
    )


@router.get("/offers/{offer_id}")
async def offer(request: Request, offer_id: UUID, by: Steward, parts: CurrentParts) -> Response:
    """The score of an offer as it stands today, and what would raise it."""
    async with parts.app.transaction(by.actor) as tx:
        found = await offers.find(tx, offer_id)
        if found is None:
            raise NotKept
        sites = await sites_at(tx, found.state)
        into = await store.merged_into(tx, offer_id)
    site = sites.get(found.state.places[0].site_id) if found.state.places else None
    made = score(found.state, site.address if site else None, by.today)
    if not wants_page(request):
        raises = {name: RAISES[name] for name in made.lacking}
        return _json({"score": made.value, "criteria": made.criteria, "raises": raises, "merged_into": into})
    return _page(request, "quality_offer", offer=found.state, score=made, raises=RAISES, merged_into=into)


# Corrections -------------------------------------------------------------------------------------


@router.get("/corrections")
async def corrections(
    request: Request, by: Steward, parts: CurrentParts, at: datetime | None = None, after: UUID | None = None
) -> Response:
    """What organisations say is otherwise, oldest first."""
    async with parts.app.transaction(by.actor) as tx:
        found = await store.waiting(tx, (at, after) if at and after else None, PAGE + 1)
        shown, last = found[:PAGE], found[PAGE - 1] if len(found) > PAGE else None
        names = await _names(tx, [one.aggregate_id for one in shown])
    following = urlencode({"at": last.proposed_at.isoformat(), "after": last.correction_id}) if last else None
    if not wants_page(request):
        return _json({"corrections": [asdict(one) for one in shown], "next": following})
    return _page(
        request,
        "corrections",
        corrections=shown,
        names=names,
        kinds=KINDS,
        fields=FIELDS,
        said=said,
        next_url=f"{PATH}/corrections?{following}" if following else None,
    )


@router.post("/corrections/{correction_id}/accept")
async def accept(request: Request, correction_id: UUID, by: Steward, parts: CurrentParts) -> Response:
    """The entry says what its organisation says."""
    async with parts.app.transaction(by.actor) as tx:
        await acts.accept(tx, by, parts, correction_id)
    return _done(request, "accepted", f"{PATH}/corrections")


@router.post("/corrections/{correction_id}/refuse")
async def refuse(request: Request, correction_id: UUID, by: Steward, parts: CurrentParts) -> Response:
    """The entry stays as it is."""
    async with parts.app.transaction(by.actor) as tx:
        await acts.refuse(tx, by, correction_id)
    return _done(request, "refused", f"{PATH}/corrections")


# Duplicates --------------------------------------------------------------------------------------


@router.get("/duplicates")
async def duplicates(
    request: Request,
    by: Steward,
    parts: CurrentParts,
    weight: int | None = None,
    first: UUID | None = None,
    second: UUID | None = None,
) -> Response:
    """Entries that look the same, the likeliest first."""
    after = (weight, first, second) if weight is not None and first and second else None
    async with parts.app.transaction(by.actor) as tx:
        found = await store.likeliest(tx, after, PAGE + 1)
        shown, last = found[:PAGE], found[PAGE - 1] if len(found) > PAGE else None
        names = await _names(tx, [one for pair in shown for one in (pair.first_id, pair.second_id)])
    query = {"weight": last.weight, "first": last.first_id, "second": last.second_id} if last else None
    following = urlencode(query) if query else None
    if not wants_page(request):
        return _json({"duplicates": [asdict(one) for one in shown], "next": following})
    return _page(
        request,
        "duplicates",
        pairs=shown,
        names=names,
        kinds=KINDS,
        reasons=REASONS,
        next_url=f"{PATH}/duplicates?{following}" if following else None,
    )


@router.post("/duplicates/{first_id}/{second_id}/merge")
async def merge(
    request: Request, first_id: UUID, second_id: UUID, keep: Annotated[UUID, Form()], by: Steward, parts: CurrentParts
) -> Response:
    """One takes what the other says and it lacks; the other retires."""
    async with parts.app.transaction(by.actor) as tx:
        await acts.merge(tx, by, first_id, second_id, keep)
    return _done(request, "merged", f"{PATH}/duplicates")


@router.post("/duplicates/{first_id}/{second_id}/dismiss")
async def dismiss(request: Request, first_id: UUID, second_id: UUID, by: Steward, parts: CurrentParts) -> Response:
    """They are two, and are not proposed again."""
    async with parts.app.transaction(by.actor) as tx:
        await acts.dismiss(tx, by, first_id, second_id)
    return _done(request, "dismissed", f"{PATH}/duplicates")


# Asking ------------------------------------------------------------------------------------------


@router.get("/organisations/{organisation_id}")
async def asking(request: Request, organisation_id: UUID, by: Steward, parts: CurrentParts) -> Response:
    """How often an organisation is asked to confirm its entry, and where its last link stands."""
    async with parts.app.transaction(by.actor) as tx:
        found = await organisations.find(tx, organisation_id)
        if found is None:
            raise NotKept
        known = await store.confirmation(tx, organisation_id)
        into = await store.merged_into(tx, organisation_id)
    standing = known.standing(by.at)
    if not wants_page(request):
        dates = {name: getattr(known, name) for name in ("every_months", "asked_at", "expires_at", "answered_at")}
        return _json(dates | {"standing": standing, "merged_into": into})
    context: dict[str, Any] = {"organisation": found.state, "known": known, "standing": standing, "merged_into": into}
    return _page(request, "quality_asking", standings=STANDINGS, rhythms=RHYTHMS, usual=USUAL_MONTHS, **context)


@router.post("/organisations/{organisation_id}/rhythm")
async def rhythm(
    request: Request,
    organisation_id: UUID,
    by: Steward,
    parts: CurrentParts,
    every_months: Annotated[int, Form(ge=0, le=60)],
) -> Response:
    """Ask it every so many months; 0: never."""
    async with parts.app.transaction(by.actor) as tx:
        await acts.set_rhythm(tx, by, parts, organisation_id, every_months or None)
    return _done(request, "set", f"{PATH}/organisations/{organisation_id}")


@router.post("/organisations/{organisation_id}/ask")
async def ask(request: Request, organisation_id: UUID, by: Steward, parts: CurrentParts) -> Response:
    """Send it a link now."""
    async with parts.app.transaction(by.actor) as tx:
        await acts.ask(tx, by, parts, organisation_id)
    return _done(request, "asked", f"{PATH}/organisations/{organisation_id}")


@router.post("/organisations/{organisation_id}/revoke")
async def revoke(request: Request, organisation_id: UUID, by: Steward, parts: CurrentParts) -> Response:
    """Its link no longer works."""
    async with parts.app.transaction(by.actor) as tx:
        await acts.revoke(tx, by, organisation_id)
    return _done(request, "revoked", f"{PATH}/organisations/{organisation_id}")


@router.post("/campaign")
async def campaign(
    request: Request,
    by: Steward,
    parts: CurrentParts,
    territory_id: Annotated[str, Form(max_length=64)],
    every_months: Months,
) -> Response:
    """Have all organisations of a territory asked in turn, but those of whom somebody said how often."""
    async with parts.app.transaction(by.actor) as tx:
        count = await acts.campaign(tx, by, parts, territory_id, every_months)
    return _done(request, "planned", f"{PATH}?{urlencode({'territory': territory_id})}", organisations=count)


async def _names(tx: Transaction, identities: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """What people call entries, and where each comes from."""
    found = (await organisations.those(tx, identities)) | (await offers.those(tx, identities))
    return {
        identity: {"name": one.state.name, "source": one.state.source, "kind": one.state.key}
        for identity, one in found.items()
    }


def _json(body: dict[str, Any]) -> Response:
    return JSONResponse(jsonable_encoder(body), headers={"Vary": "Accept"})


def _done(request: Request, outcome: str, place: str, **more: Any) -> Response:
    return RedirectResponse(place, 303) if wants_page(request) else JSONResponse({"outcome": outcome} | more)


def _page(request: Request, name: str, **context: Any) -> Response:
    return render(request, f"directory/{name}.html", headers={"Vary": "Accept"}, **context)
