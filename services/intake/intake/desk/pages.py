"""The phone and desk screen: one page for every call, several calls in hand, nothing lost and nothing sent too soon."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chassis.actor import Actor
from chassis.service import Parts
from chassis.web.idempotency import Idempotency, IdempotencyKey
from chassis.web.identity import require
from chassis.web.identity.cookie import SealedCookie
from chassis.web.pages import render
from chassis.web.translations import N_, translate
from contracts.envelope import derived_id, new_id
from contracts.programmes import Programmes
from contracts.themes import THEMES
from intake.desk import corrections, model
from intake.desk.form import filled
from intake.desk.looking import Looking, Seen
from intake.drafts.drafting import Drafting, Incomplete, NoSuchDraft, Outdated, VersionNeeded
from intake.eligibility.model import FALLBACK
from intake.people.form import RULES
from intake.requests import wording
from intake.requests.reception import TAKES_REQUESTS

DESK: Final = "/intake/desk"
SHOWN_SECONDS: Final = 900
"""How long the browser keeps the reference and the secret it shows once a request is made."""
SITS_SECONDS: Final = 30 * 24 * 3600
"""How long a browser remembers where it stands."""
LONGEST_PLACE: Final = 120
LONGEST_NUMBER: Final = 18
BY_AGENTS: Final = ("phone", "desk", "post", "email", "outreach")
"""How a call may have come."""
TABS: Final = 9
"""Calls that a key opens."""
Colleague = Annotated[Actor, Depends(require(*TAKES_REQUESTS))]
_CHANGED = N_(
    "Un collègue a repris cet appel entre-temps. Votre saisie est encore ici, pas enregistrée : relisez la sienne, "
    "puis gardez l'une ou l'autre."
)
_GONE = N_("Cet appel est déjà envoyé, ou effacé. Votre saisie est encore ici, pas enregistrée.")
_LOST = (NoSuchDraft, Outdated, VersionNeeded)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call on the screen. `version`: of its draft; None before anything is kept."""

    draft_id: UUID
    fields: model.Fields = field(repr=False)
    version: int | None = None
    saved: datetime | None = None
    """When it was kept last."""


class Desk:
    """The screen, on behalf of an agent."""

    def __init__(self, parts: Parts, drafting: Drafting, looking: Looking, programmes: Programmes) -> None:
        settings = parts.settings
        self._parts = parts
        self._drafting = drafting
        self._looking = looking
        self._programmes = programmes
        secure, key = settings.public_url.startswith("https://"), settings.cookie_key
        self._sits = SealedCookie("place", key, seconds=SITS_SECONDS, secure=secure)
        self._sent = SealedCookie("guichet", key, seconds=SHOWN_SECONDS, secure=secure)

    def _place(self, request: Request) -> str:
        content = self._sits.open(request.cookies.get(self._sits.name), self._parts.now().timestamp())
        return str(content["place"]) if content else ""

    async def sit(self, request: Request) -> Response:
        """From now on this browser stands there."""
        place = str((await request.form()).get("place", "")).strip()[:LONGEST_PLACE]
        response = RedirectResponse(DESK, 303)
        self._sits.set(response, {"place": place}, self._parts.now().timestamp())
        return response

    async def begin(self, request: Request, actor: Actor) -> Response:
        return await self._page(request, actor, _Call(new_id(), dict(model.NOTHING)))

    async def resume(self, request: Request, actor: Actor, draft_id: UUID) -> Response:
        """A call as it was left; one that came from a phone and was refused says at once why. Raises NoSuchDraft."""
        draft = await self._drafting.one(actor, draft_id, self._place(request))
        call = _Call(draft_id, model.fields_of(draft.request), draft.version, draft.changed_at)
        errors: dict[str, str] = {}
        if "relire" in request.query_params:
            errors = corrections.missing(*await self._looking.around(actor, call.fields))
        return await self._page(request, actor, call, errors=errors)

    async def take(self, request: Request, actor: Actor, draft_id: UUID, key: IdempotencyKey) -> Response:
        """What was typed is kept; then what the button says is done."""
        form = await request.form()
        then = str(form.get("then", "keep"))
        call = _Call(draft_id, filled(form), _version(form))
        if then == "drop":
            return await self._drop(request, actor, draft_id)
        call, seen, refused = await self._kept(request, actor, call, over=then == "replace")
        if "hx-request" in request.headers:
            return render(request, "intake/desk/kept.html", **self._shown(call, seen), refused=refused)
        if then == "send" and refused in (None, _GONE):
            return await self._send(request, actor, call, seen, key)
        if refused:
            return await self._page(request, actor, call, errors={"summary": translate(refused)}, status=409)
        return RedirectResponse(_after(then, call), 303)

    async def _kept(self, request: Request, actor: Actor, call: _Call, *, over: bool) -> tuple[_Call, Seen, str | None]:
        """The call as it is kept, what is beside it, and why it could not be kept, if so."""
        fields, seen = await self._looking.around(actor, call.fields)
        place = self._place(request)
        said, alone = model.request_of(fields, place), model.is_its_authors_alone(fields)
        if call.version is None and model.is_empty(fields):
            return replace(call, fields=fields), seen, None
        try:
            seen_at = (await self._drafting.one(actor, call.draft_id, place)).version if over else call.version
            version = await self._drafting.keep(actor, call.draft_id, said, place, alone=alone, expected=seen_at)
        except _LOST as lost:
            gone = isinstance(lost, NoSuchDraft)
            return replace(call, fields=fields), seen, _GONE if gone else _CHANGED
        return _Call(call.draft_id, fields, version, self._parts.now()), seen, None

    async def _drop(self, request: Request, actor: Actor, draft_id: UUID) -> Response:
        await self._forget(request, actor, draft_id)
        return RedirectResponse(DESK, 303)

    async def _forget(self, request: Request, actor: Actor, draft_id: UUID) -> None:
        with suppress(NoSuchDraft):  # nothing was kept of it yet, or it is gone already
            await self._drafting.drop(actor, draft_id, self._place(request))

    async def _send(self, request: Request, actor: Actor, call: _Call, seen: Seen, key: IdempotencyKey) -> Response:
        errors = corrections.missing(call.fields, seen)
        if errors:
            return await self._page(request, actor, call, errors=errors, status=422)
        try:
            answer = await self._drafting.submit(actor, call.draft_id, self._place(request), key, call.version)
        except Incomplete as incomplete:
            errors = corrections.mistyped(incomplete.error, call.fields)
            return await self._page(request, actor, call, errors=errors, status=422)
        except _LOST:
            return await self._page(request, actor, call, errors={"summary": translate(_GONE)}, status=409)
        except corrections.REFUSALS as refused:
            errors, status = corrections.refused(refused)
            return await self._page(request, actor, call, errors=errors, status=status)
        if answer.replayed:  # sent twice by one click too many: what was kept in between is of nothing any more
            await self._forget(request, actor, call.draft_id)
        response = RedirectResponse(f"{DESK}/recue", 303)
        self._sent.set(response, answer.body, self._parts.now().timestamp())
        return response

    async def sent(self, request: Request, actor: Actor) -> Response:
        """What to tell the person before hanging up."""
        receipt = self._sent.open(request.cookies.get(self._sent.name), self._parts.now().timestamp())
        if receipt is None:
            return RedirectResponse(DESK, 303)
        case_id = derived_id(UUID(receipt["request_id"]), "case") if "request_id" in receipt else None
        promised = receipt.get("promised_on")
        frame = await self._frame(request, actor)
        return render(
            request,
            "intake/desk/sent.html",
            receipt=receipt,
            case_id=case_id,
            promised_on=date.fromisoformat(promised) if promised else None,
            **frame,
        )

    async def _page(
        self,
        request: Request,
        actor: Actor,
        call: _Call,
        *,
        errors: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        fields, seen = await self._looking.around(actor, call.fields)
        shown = self._shown(replace(call, fields=fields), seen)
        frame = await self._frame(request, actor)
        return render(
            request, "intake/desk/call.html", status=status, errors=errors or {}, refused=None, **shown, **frame
        )

    def _shown(self, call: _Call, seen: Seen) -> dict[str, Any]:
        codes = [(one.code, f"{one.name} ({one.department})") for one in seen.communes]
        return {"call": call, "fields": call.fields, "seen": seen, "codes": codes}

    async def _frame(self, request: Request, actor: Actor) -> dict[str, Any]:
        """What is the same beside every call: the calls in hand, and the choices."""
        place = self._place(request)
        calls = await self._drafting.in_hand(actor, place, TABS)
        return {
            "place": place,
            "calls": [(draft, model.title(model.fields_of(draft.request))) for draft in calls],
            **choices(self._programmes),
        }


def choices(programmes: Programmes) -> dict[str, Any]:
    """What may be chosen of a call: name → pairs of a code and its words."""
    return {
        "themes": [(code, translate(theme.label)) for code, theme in THEMES.items()],
        "urgencies": _pairs(wording.URGENCIES),
        "channels": [pair for pair in _pairs(wording.CHANNELS) if pair[0] in BY_AGENTS],
        "roles": _pairs(wording.ROLES),
        "rules": _pairs(RULES),
        "languages": wording.languages(),
        "programmes": _offered(programmes),
    }


def _offered(programmes: Programmes) -> list[tuple[str, str]]:
    """What an agent may take a call under: what is for everybody first, then the worry about a child."""
    current = [programmes.current(id) for id in {id for id, _version in programmes.versions}]
    found = [one for one in current if one.who_may_ask and not one.demo]
    found.sort(key=lambda one: (one.id != FALLBACK, not one.restricted, one.title))
    return [(one.id, one.title) for one in found]


def _pairs(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, translate(text)) for code, text in words.items()]


def _version(form: FormData) -> int | None:
    text = str(form.get("version", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER else None


def _after(then: str, call: _Call) -> str:
    """Where a button leads: to another call, a new one, or this one again."""
    if then == "new":
        return DESK
    try:
        return f"{DESK}/{UUID(then)}"
    except ValueError:
        return f"{DESK}/{call.draft_id}" if call.version else DESK


def desk_pages(desk: Desk) -> APIRouter:
    """The screen, and what its buttons do."""
    router = APIRouter(include_in_schema=False)

    @router.get(DESK)
    async def begin(request: Request, actor: Colleague) -> Response:
        return await desk.begin(request, actor)

    @router.post(f"{DESK}/place")
    async def sit(request: Request, _: Colleague) -> Response:
        return await desk.sit(request)

    @router.get(f"{DESK}/recue")
    async def sent(request: Request, actor: Colleague) -> Response:
        return await desk.sent(request, actor)

    @router.get(f"{DESK}/{{draft_id}}")
    async def resume(request: Request, draft_id: UUID, actor: Colleague) -> Response:
        return await desk.resume(request, actor, draft_id)

    @router.post(f"{DESK}/{{draft_id}}")
    async def take(request: Request, draft_id: UUID, key: Idempotency, actor: Colleague) -> Response:
        return await desk.take(request, actor, draft_id, key)

    return router
