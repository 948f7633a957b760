"""`/notifications/webhooks`: which software is told of what, and what became of its calls; as JSON, or as pages."""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse, RedirectResponse, Response

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.sealing import WrappedKey
from chassis.service import CurrentParts, Parts
from chassis.web.forms import is_form
from chassis.web.idempotency import Answer, Idempotency, IdempotencyKey, once
from chassis.web.identity import require
from chassis.web.problems import Problem, ProblemOf, invalid_field, not_found, wants_page
from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.envelope import new_id
from notifications.settings import NotificationsSettings
from notifications.webhooks import addresses, pages, subscriptions
from notifications.webhooks.model import KINDS
from notifications.webhooks.store import key_subject

PAGE = 50
"""Subscriptions, or calls, in one answer."""
ROOT = "/notifications/webhooks"
router = APIRouter(tags=["webhooks"])
Steward = Annotated[Actor, Depends(require("operator", "manager"))]
"""Row-level security then leaves a manager the organisations of their territories, and their own."""


def _said(sentence: str) -> Callable[[Any], Any]:
    """A check that something was given at all, which says so in these words."""

    def given(value: Any) -> Any:
        if not value:
            raise FieldError(sentence)
        return value

    return given


class NewSubscription(BaseModel):
    """Which organisation, where its software listens, what it wants to be told."""

    model_config = ConfigDict(extra="forbid")

    organisation_id: UUID
    url: Annotated[str, Field(max_length=addresses.LONGEST), AfterValidator(_said(N_("Indiquez l’adresse à appeler.")))]
    event_types: Annotated[
        frozenset[Literal[tuple(KINDS)]],  # type: ignore[valid-type]
        AfterValidator(_said(N_("Cochez au moins une chose que le logiciel veut savoir."))),
    ]


class Since(BaseModel):
    """The first day, in the deployment's zone, of what is told again."""

    model_config = ConfigDict(extra="forbid")

    since: date


@router.get(ROOT)
async def listed(
    request: Request,
    parts: CurrentParts,
    actor: Steward,
    after: UUID | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Subscriptions, newest first. On the page, `q` looks for organisations to subscribe."""
    async with parts.app.transaction(actor) as tx:
        found = await subscriptions.listed(tx, after=after, limit=PAGE + 1)
        named = await subscriptions.organisations(tx, q.strip(), 20) if q.strip() else []
    following = f"{ROOT}?after={found[PAGE - 1].webhook_id}" if len(found) > PAGE else None
    if wants_page(request):
        return pages.listed(request, found[:PAGE], following, q.strip(), named)
    return JSONResponse({"webhooks": [_json(one) for one in found[:PAGE]], "next": following})


@router.post(ROOT, status_code=201)
async def subscribe(wanted: NewSubscription, parts: CurrentParts, actor: Steward, key: Idempotency) -> Response:
    """A new subscription, and the secret its calls are signed with, which is not shown again."""
    webhook_id, secret = await subscribed(wanted, parts, actor, key)
    body = {"webhook_id": str(webhook_id), "secret": secret}
    return JSONResponse(body, 201, headers={"Location": f"{ROOT}/{webhook_id}"})


async def subscribed(wanted: NewSubscription, parts: Parts, actor: Actor, key: IdempotencyKey) -> tuple[UUID, str]:
    """Raises a 422 problem at `url`, or NoSuchOrganisation."""
    try:
        addresses.check(wanted.url, loopback=_loopback(parts))
    except addresses.Forbidden as forbidden:
        raise invalid_field("url", forbidden.sentence) from None

    async def make(tx: Transaction) -> Answer:
        webhook_id = new_id()
        _, wrapped = parts.keyring.master.issue(key_subject(webhook_id))
        await subscriptions.subscribe(
            tx,
            wrapped,
            webhook_id=webhook_id,
            organisation_id=wanted.organisation_id,
            url=wanted.url,
            event_types=sorted(wanted.event_types),
            by=actor.agent_id,
            at=parts.now(),
        )
        return Answer(201, {"webhook_id": str(webhook_id)})

    return await _with_secret(parts, actor, key, make)


def _loopback(parts: Parts) -> bool:
    assert isinstance(parts.settings, NotificationsSettings), "notifications is composed from its own settings"
    return parts.settings.webhook_loopback


async def _with_secret(
    parts: Parts, actor: Actor, key: IdempotencyKey, make: Callable[[Transaction], Awaitable[Answer]]
) -> tuple[UUID, str]:
    """The secret is read from where it is wrapped: what is kept to answer the same request again must not hold it."""
    answer = await once(lambda: parts.app.transaction(actor), key, make)
    webhook_id = UUID(answer.body["webhook_id"])
    async with parts.app.transaction(actor) as tx:
        return webhook_id, _secret(parts, await subscriptions.key_of(tx, webhook_id))


def _secret(parts: Parts, key: WrappedKey) -> str:
    return "whsec_" + base64.b64encode(parts.keyring.master.unwrap(key).secret).decode()


@router.get(ROOT + "/new", include_in_schema=False)
async def form(request: Request, parts: CurrentParts, actor: Steward, organisation_id: UUID) -> Response:
    """The form to subscribe an organisation."""
    async with parts.app.transaction(actor) as tx:
        organisation = await subscriptions.organisation(tx, organisation_id)
    return pages.form(request, organisation, pages.Typed())


@router.post(ROOT + "/new", include_in_schema=False)
async def send_form(request: Request, parts: CurrentParts, actor: Steward, key: Idempotency) -> Response:
    typed = await pages.typed(request)
    try:
        wanted = NewSubscription.model_validate(typed.values)
        made = await subscribed(wanted, parts, actor, key)
    except (ValidationError, Problem) as error:
        errors = pages.faults(error)
        async with parts.app.transaction(actor) as tx:
            organisation = await subscriptions.organisation(tx, typed.organisation_id)
        return pages.form(request, organisation, typed, errors)
    return pages.secret(request, *made)


@router.get(ROOT + "/{webhook_id}")
async def one(
    webhook_id: UUID,
    request: Request,
    parts: CurrentParts,
    actor: Steward,
    after: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
) -> Response:
    """A subscription and its calls, newest first."""
    if wants_page(request):
        return await _page(webhook_id, request, parts, actor, after, {})
    found, calls, following = await _found(webhook_id, parts, actor, after)
    return JSONResponse(_json(found) | {"calls": [_json(call) for call in calls], "next": following})


async def _page(
    webhook_id: UUID, request: Request, parts: Parts, actor: Actor, after: int | None, errors: Mapping[str, str]
) -> Response:
    found, calls, following = await _found(webhook_id, parts, actor, after)
    today = parts.now().astimezone(parts.settings.zone).date()
    return pages.one(request, found, calls, following, today, errors)


async def _found(
    webhook_id: UUID, parts: Parts, actor: Actor, after: int | None
) -> tuple[subscriptions.Listed, Sequence[subscriptions.Called], str | None]:
    async with parts.app.transaction(actor) as tx:
        found = await subscriptions.one(tx, webhook_id)
        calls = await subscriptions.calls(tx, webhook_id, after=after, limit=PAGE + 1)
    following = f"{ROOT}/{webhook_id}?after={calls[PAGE - 1].place}" if len(calls) > PAGE else None
    return found, calls[:PAGE], following


def _json(row: subscriptions.Listed | subscriptions.Called) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(row).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


@router.post(ROOT + "/{webhook_id}/secret")
async def renew(webhook_id: UUID, request: Request, parts: CurrentParts, actor: Steward, key: Idempotency) -> Response:
    """Another secret; for 24 hours calls are signed with both."""

    async def make(tx: Transaction) -> Answer:
        _, wrapped = parts.keyring.master.issue(key_subject(webhook_id))
        await subscriptions.renew(tx, webhook_id, wrapped, parts.now())
        return Answer(201, {"webhook_id": str(webhook_id)})

    _, secret = await _with_secret(parts, actor, key, make)
    if is_form(request):
        return pages.secret(request, webhook_id, secret)
    return JSONResponse({"webhook_id": str(webhook_id), "secret": secret}, 201)


@router.post(ROOT + "/{webhook_id}/test", status_code=202)
async def test(webhook_id: UUID, request: Request, parts: CurrentParts, actor: Steward, key: Idempotency) -> Response:
    """One call that tells nothing, to see whether it arrives."""

    async def make(tx: Transaction) -> Answer:
        event_id = new_id()
        await subscriptions.test(tx, webhook_id, event_id, parts.now())
        return Answer(202, {"event_id": str(event_id)})

    answer = await once(lambda: parts.app.transaction(actor), key, make)
    return _back(request, webhook_id) or JSONResponse(answer.body, 202)


@router.post(ROOT + "/{webhook_id}/replay")
async def replay(webhook_id: UUID, first: Since, parts: CurrentParts, actor: Steward) -> dict[str, int]:
    """Tell again what was told since a day, under the same ids."""
    return {"calls": await _replayed(parts, actor, webhook_id, first.since)}


@router.post(ROOT + "/{webhook_id}/tell-again", include_in_schema=False)
async def replay_by_form(webhook_id: UUID, request: Request, parts: CurrentParts, actor: Steward) -> Response:
    typed = await pages.typed(request)
    try:
        first = Since.model_validate({"since": typed.text("since")})
    except ValidationError as error:
        return await _page(webhook_id, request, parts, actor, None, pages.faults(error))
    await _replayed(parts, actor, webhook_id, first.since)
    return RedirectResponse(f"{ROOT}/{webhook_id}", 303)


async def _replayed(parts: Parts, actor: Actor, webhook_id: UUID, since: date) -> int:
    start = subscriptions.start_of(since, parts.settings.zone)
    async with parts.app.transaction(actor) as tx:
        return await subscriptions.replay(tx, webhook_id, start, parts.now())


@router.post(ROOT + "/{webhook_id}/pause")
async def pause(webhook_id: UUID, request: Request, parts: CurrentParts, actor: Steward) -> Response:
    """Calls wait until they are resumed."""
    async with parts.app.transaction(actor) as tx:
        await subscriptions.pause(tx, webhook_id)
    return _back(request, webhook_id) or Response(status_code=204)


@router.post(ROOT + "/{webhook_id}/resume")
async def resume(webhook_id: UUID, request: Request, parts: CurrentParts, actor: Steward) -> Response:
    """What waits is called, in order."""
    async with parts.app.transaction(actor) as tx:
        await subscriptions.resume(tx, webhook_id, parts.now())
    return _back(request, webhook_id) or Response(status_code=204)


@router.delete(ROOT + "/{webhook_id}", status_code=204)
async def remove(webhook_id: UUID, parts: CurrentParts, actor: Steward) -> Response:
    """Nothing is told there any more."""
    async with parts.app.transaction(actor) as tx:
        await subscriptions.remove(tx, webhook_id)
    return Response(status_code=204)


@router.post(ROOT + "/{webhook_id}/remove", include_in_schema=False)
async def remove_by_form(webhook_id: UUID, parts: CurrentParts, actor: Steward) -> Response:
    await remove(webhook_id, parts, actor)
    return RedirectResponse(ROOT, 303)


def _back(request: Request, webhook_id: UUID) -> Response | None:
    return RedirectResponse(f"{ROOT}/{webhook_id}", 303) if is_form(request) else None


ERRORS: Mapping[type[Exception], ProblemOf] = {
    subscriptions.NoSuchSubscription: lambda _: not_found(
        N_("Cet abonnement n’existe pas, ou sa structure n’est pas de vos territoires.")
    ),
    subscriptions.NoSuchOrganisation: lambda _: not_found(
        N_("Cette structure n’existe pas, ou n’est pas de vos territoires.")
    ),
}
