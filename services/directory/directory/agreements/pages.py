"""Agreements as pages for agents, and the same as JSON for programs."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web import charts
from chassis.web.identity import require
from chassis.web.money import euros
from chassis.web.pages import render
from chassis.web.problems import wants_page
from chassis.web.translations import translate as _
from contracts.durations import add_months
from directory.aggregates import NotKept
from directory.agreements import api, forms, store, view, words
from directory.agreements.model import Agreement, Phase
from directory.agreements.store import Kept, Wanted
from directory.answers import PAGE
from directory.author import Author
from directory.territories import store as territories

READERS = ("reception", "social_worker", "coordinator", "manager", "operator")
GOING_ON = tuple(phase for phase in Phase if phase is not Phase.ENDED)
router = APIRouter(prefix=api.PATH, tags=["agreements"])


def _reader(actor: Annotated[Actor, Depends(require(*READERS))], parts: CurrentParts) -> Author:
    now = parts.now()
    return Author(actor, now, now.astimezone(parts.settings.zone).date())


Reader = Annotated[Author, Depends(_reader)]


@router.get("")
async def listed(
    request: Request,
    by: Reader,
    parts: CurrentParts,
    phase: Annotated[list[Phase | Literal[""]] | None, Query()] = None,
    territory: str | None = None,
    party: UUID | None = None,
    after: UUID | None = None,
) -> Response:
    """Those that end first, first. `next` goes into `after` for the following page."""
    phases = [Phase(one) for one in phase or () if one]
    wanted = Wanted(phases or (GOING_ON if wants_page(request) else None), territory or None, party)
    near = Wanted([Phase.IN_FORCE], territory or None, party, add_months(by.today, view.SOON))
    async with parts.app.transaction(by.actor) as tx:
        found = await store.page(tx, wanted, after=after, limit=PAGE + 1)
        last = str(found[PAGE - 1].agreement.agreement_id) if len(found) > PAGE else None
        if not wants_page(request):
            return JSONResponse({"agreements": [api.member(one) for one in found[:PAGE]], "next": last})
        ending = [] if after else await store.page(tx, near, after=None, limit=PAGE)
        names = await store.named(tx, *(one.agreement.terms for one in [*found, *ending]))
        places = await territories.names(tx)
    asked = {"phase": phases[0].value if phases else "", "territory": territory or ""}
    context: dict[str, Any] = {
        "agreements": _shown(found[:PAGE], by.today),
        "ending": _shown(ending, by.today),
        "names": names,
        "places": places,
        "asked": asked,
        "words": words,
        "may_write": by.actor.has("operator", "manager"),
        "next_url": f"{api.PATH}?{urlencode({**asked, 'after': last})}" if last else None,
    }
    return render(request, "directory/agreements.html", headers={"Vary": "Accept"}, **context)


def _shown(found: Sequence[Kept], today: date) -> list[dict[str, Any]]:
    return [
        {
            "agreement": one.agreement,
            "ends_soon": view.ends_soon(one.agreement, today),
            "review_late": (due := one.agreement.review_due_on) is not None and due < today,
        }
        for one in found
    ]


@router.get("/money", include_in_schema=False)
async def money(request: Request, by: Reader, parts: CurrentParts, territory: str | None = None) -> Response:
    """What agreements in force give in all and this year: a page, and a part of others'."""
    async with parts.app.transaction(by.actor) as tx:
        found = await store.page(tx, Wanted([Phase.IN_FORCE], territory or None), after=None, limit=PAGE)
        places = await territories.names(tx)
    rows = [(one.agreement, one.agreement.terms.total_cents, _of_year(one, by.today.year)) for one in found]
    return render(
        request,
        "directory/agreements_money.html",
        rows=rows,
        total=sum(cents for _agreement, _all, cents in rows),
        year=by.today.year,
        place=places.get(territory or "", ""),
        euros=euros,
        bars=_bars(rows),
        more=len(found) == PAGE,
    )


def _of_year(kept: Kept, year: int) -> int:
    return sum(amount.cents for amount in kept.agreement.terms.amounts if amount.year == year)


def _bars(rows: Sequence[tuple[Agreement, int, int]]) -> charts.Drawing:
    """In whole euros: no label of a bar is longer than the number behind it may be."""
    shown = [(agreement.terms.title, cents // 100) for agreement, _all, cents in rows if cents]
    title = _("Montants de l’année par convention, en euros")
    return charts.bars("chart-money", title, " ; ".join(f"{name} : {sum_}" for name, sum_ in shown), shown, "–")


@router.get("/{agreement_id}")
async def one(request: Request, agreement_id: UUID, by: Reader, parts: CurrentParts, structure: str = "") -> Response:
    """An agreement. `structure`: a name among which to choose a party, on the page."""
    async with parts.app.transaction(by.actor) as tx:
        if wants_page(request):
            return await forms.shown(request, tx, by, agreement_id, search=structure.strip())
        kept = await store.find(tx, agreement_id)
        if kept is None:
            raise NotKept
        return api.shown(kept, await store.named(tx, kept.agreement.text))


@router.get("/{agreement_id}/print", include_in_schema=False)
async def printed(request: Request, agreement_id: UUID, by: Reader, parts: CurrentParts) -> Response:
    """The agreement without its forms, to be printed."""
    async with parts.app.transaction(by.actor) as tx:
        return await forms.shown(request, tx, by, agreement_id, template="directory/agreement_print.html")
