"""`/annuaire/actions`: what is on, and registering without an account, without JavaScript and without a reason."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Idempotency
from chassis.web.identity import OptionalActor
from chassis.web.identity.cookie import SealedCookie
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from contracts.references import readable
from directory import forms
from directory.actions import calendar, registering, store, words
from directory.actions.codes import code_of
from directory.actions.model import KEPT, Action, Audience
from directory.actions.registering import Coming
from directory.actions.said import Person
from directory.actions.store import ACTIONS
from directory.aggregates import NotKept
from directory.organisations import store as organisations
from directory.territories import store as territories

PATH: Final = "/annuaire/actions"
MINE: Final = "/annuaire/inscription"
SHOWN: Final = 20
"""Actions of one page."""
MOST: Final = 500
"""Actions of one calendar."""
REMEMBERED_SECONDS: Final = 1800
"""How long the browser shows a registration again without its code."""
_NO_SUCH_CODE = N_("Aucune inscription n'a ce code. Vérifiez-le, puis recommencez.")


async def around(tx: Transaction, actions: list[Action]) -> dict[str, Any]:
    """What pages say around actions: names of organisers, of territories, where it takes place."""
    sites = await store.sites(tx, [one.site_id for one in actions if one.site_id])
    return {
        "organisers": await organisations.names(tx, [one.organisation_id for one in actions]),
        "territories": await territories.names(tx),
        "place_of": lambda action: calendar.place_of(action, sites),
        "words": words,
    }


def public_pages(parts: Parts) -> APIRouter:
    """The list, one action and its form, one's own registration, and the calendars."""
    router = APIRouter(include_in_schema=False)
    settings = parts.settings
    cookie = SealedCookie(
        "inscription",
        settings.cookie_key,
        seconds=REMEMBERED_SECONDS,
        secure=settings.public_url.startswith("https://"),
    )

    def to_mine(registration_id: UUID | str) -> Response:
        response = RedirectResponse(MINE, 303)
        cookie.set(response, {"registration_id": str(registration_id)}, parts.now().timestamp())
        return response

    def remembered(request: Request) -> UUID | None:
        content = cookie.open(request.cookies.get(cookie.name), parts.now().timestamp())
        return UUID(content["registration_id"]) if content else None

    @router.get(PATH)
    async def upcoming(
        request: Request, actor: OptionalActor, parts: CurrentParts, territory: str = "", after: UUID | None = None
    ) -> Response:
        async with parts.app.transaction(actor) as tx:
            found = await _public(tx, parts, territory, after=after, limit=SHOWN + 1)
            context = await around(tx, found)
        more = urlencode({"territory": territory, "after": found[SHOWN - 1].action_id}) if len(found) > SHOWN else ""
        return render(
            request,
            "directory/actions_public.html",
            actions=found[:SHOWN],
            territory=territory,
            next_url=f"{PATH}?{more}" if more else None,
            **context,
        )

    @router.get(f"{PATH}.ics")
    async def feed(actor: OptionalActor, parts: CurrentParts, territory: str = "") -> Response:
        """What is on, for calendars that follow it."""
        async with parts.app.transaction(actor) as tx:
            return await _calendar(tx, parts, await _public(tx, parts, territory, limit=MOST))

    @router.get(f"{PATH}/{{action_id}}.ics")
    async def one_calendar(action_id: UUID, actor: OptionalActor, parts: CurrentParts) -> Response:
        async with parts.app.transaction(actor) as tx:
            return await _calendar(tx, parts, [await ACTIONS.find(tx, action_id)])

    @router.get(f"{PATH}/{{action_id}}")
    async def one(request: Request, action_id: UUID, actor: OptionalActor, parts: CurrentParts) -> Response:
        async with parts.app.transaction(actor) as tx:
            return await _page(request, tx, parts, action_id)

    @router.post(f"{PATH}/{{action_id}}")
    async def register(
        request: Request,
        action_id: UUID,
        actor: OptionalActor,
        parts: CurrentParts,
        key: Idempotency,
        name: Annotated[str, Form()] = "",
        contact: Annotated[str, Form()] = "",
        neutral: Annotated[str, Form()] = "",
    ) -> Response:
        try:
            person = Person(name=name, contact=contact, neutral=bool(neutral))
            answer = await registering.register(parts, key, action_id, Coming(actor, person))
        except forms.REFUSALS as error:
            wrong = forms.errors(error)
            async with parts.app.transaction(actor) as tx:
                return await _page(
                    request, tx, parts, action_id, {"name": name, "contact": contact, "neutral": neutral}, wrong
                )
        return to_mine(answer.body["registration_id"])

    @router.get(MINE)
    async def mine(request: Request, parts: CurrentParts) -> Response:
        """One's own registration and its code, while the browser remembers it; else a form for the code."""
        registration_id = remembered(request)
        if registration_id is None:
            return _code_form(request)
        try:
            standing = await registering.standing(parts, registration_id)
        except NotKept:
            return _code_form(request)
        code = readable(code_of(parts.settings.master_key, registration_id))
        return render(request, "directory/registration.html", standing=standing, code=code, words=words)

    @router.post(MINE)
    async def find(request: Request, parts: CurrentParts, code: Annotated[str, Form(max_length=60)] = "") -> Response:
        try:
            return to_mine(await registering.of_code(parts, code))
        except NotKept:
            return _code_form(request, {"code": translate(_NO_SUCH_CODE)})

    @router.post(f"{MINE}/annulation")
    async def leave(request: Request, parts: CurrentParts) -> Response:
        registration_id = remembered(request)
        if registration_id is not None:
            await registering.leave(parts, registration_id)
        return RedirectResponse(MINE, 303)

    return router


async def _public(
    tx: Transaction, parts: Parts, territory: str, *, after: UUID | None = None, limit: int
) -> list[Action]:
    return await store.page(
        tx, since=parts.now(), audience=Audience.PUBLIC, territory_id=territory or None, after=after, limit=limit
    )


async def _calendar(tx: Transaction, parts: Parts, actions: list[Action]) -> Response:
    sites = await store.sites(tx, [one.site_id for one in actions if one.site_id])
    content = calendar.written(actions, sites, f"{parts.settings.public_url}{PATH}")
    return Response(content, media_type=calendar.MEDIA_TYPE)


async def _page(
    request: Request,
    tx: Transaction,
    parts: Parts,
    action_id: UUID,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    action = await ACTIONS.find(tx, action_id)
    return render(
        request,
        "directory/action_public.html",
        status=422 if errors else 200,
        action=action,
        is_open=not action.cancelled and action.audience == Audience.PUBLIC and parts.now() < action.starts_at,
        kept_days=KEPT.days,
        typed=typed or {"name": "", "contact": "", "neutral": ""},
        errors=errors or {},
        **await around(tx, [action]),
    )


def _code_form(request: Request, errors: dict[str, str] | None = None) -> Response:
    return render(request, "directory/registration_code.html", status=422 if errors else 200, errors=errors or {})
