"""The screen for the street: a page that a phone keeps, holds nobody's name, and works without network."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Annotated, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from chassis.actor import Actor
from chassis.web.assets import asset_url
from chassis.web.idempotency import Idempotency
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.problems import Problem, ProblemOf, conflict, not_found
from chassis.web.translations import N_, translate
from contracts.programmes import Programmes
from intake.desk.pages import DESK, choices
from intake.outreach.model import SealedNote
from intake.outreach.receiving import NotOpened, Receiving, ToComplete
from intake.requests.reception import TAKES_REQUESTS

OUTREACH: Final = "/intake/outreach"
FILES: Final = {"screen.js": "text/javascript", "worker.js": "text/javascript"}
SHELL: Final = ("maillage.css", "maillage.svg", "htmx.min.js", "maillage.js")
"""What the page needs of the chassis."""
Colleague = Annotated[Actor, Depends(require(*TAKES_REQUESTS))]
_NAME = N_("Maillage, dans la rue")
_UNFINISHED = N_("À compléter au guichet : rien n’est perdu.")


def _not_opened(_: NotOpened) -> Problem:
    detail = N_(
        "Cette note ne peut pas être ouverte avec votre compte. Connectez-vous avec le compte qui l’a écrite, "
        "ou effacez-la et notez la rencontre à nouveau."
    )
    return conflict("note-not-opened", detail)


PROBLEMS: dict[type[Exception], ProblemOf] = {NotOpened: _not_opened}


@cache
def _file(name: str) -> bytes:
    content = (files("intake") / "outreach" / "files" / name).read_bytes()
    if name != "worker.js":
        return content
    kept = [OUTREACH, f"{OUTREACH}/manifest", f"{OUTREACH}/files/screen.js", *map(asset_url, SHELL)]
    release = hashlib.sha256(b"".join((*(one.encode() for one in kept), content, _file("screen.js")))).hexdigest()[:16]
    return content.replace(b"__RELEASE__", release.encode()).replace(b"__FILES__", orjson.dumps(kept))


def outreach_pages(receiving: Receiving, programmes: Programmes) -> APIRouter:
    """The page and its files, open to everybody since they are the same for all; the key and the sending, which are
    an agent's."""
    router = APIRouter(include_in_schema=False)

    @router.get(OUTREACH)
    async def screen(request: Request) -> Response:
        return render(request, "intake/outreach/screen.html", **choices(programmes))

    @router.get(f"{OUTREACH}/manifest")
    async def manifest() -> Response:
        icons = [{"src": asset_url("maillage.svg"), "sizes": "any", "type": "image/svg+xml"}]
        for side in (192, 512):  # what phones ask for before they put a page on their first screen
            png = {"src": asset_url(f"maillage-{side}.png"), "sizes": f"{side}x{side}", "type": "image/png"}
            icons.append({**png, "purpose": "any maskable"})
        described = {
            "id": OUTREACH,
            "name": translate(_NAME),
            "short_name": "Maillage",
            "lang": "fr",
            "start_url": OUTREACH,
            "scope": OUTREACH,
            "display": "standalone",
            "icons": icons,
        }
        return JSONResponse(described, media_type="application/manifest+json")

    @router.get(f"{OUTREACH}/files/{{name}}")
    async def file(name: str) -> Response:
        if name not in FILES:
            raise not_found()
        headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": OUTREACH}
        return Response(_file(name), media_type=FILES[name], headers=headers)

    @router.get(f"{OUTREACH}/key")
    async def key(actor: Colleague) -> Response:
        return JSONResponse(receiving.key(actor).as_dict(private=False))

    @router.post(f"{OUTREACH}/notes/{{note_id}}")
    async def receive(note_id: UUID, sealed: SealedNote, key: Idempotency, actor: Colleague) -> Response:
        """201 once it is a request; 202 with where to complete it while it is not."""
        received = await receiving.receive(actor, note_id, sealed, key)
        if isinstance(received, ToComplete):
            said = " ".join(received.errors.values()) or translate(_UNFINISHED)
            return JSONResponse({"said": said, "desk": f"{DESK}/{note_id}?relire=oui"}, 202)
        return JSONResponse({"reference": received.get("reference")}, 201)

    return router
