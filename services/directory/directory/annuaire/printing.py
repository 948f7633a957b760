"""Annuaires of a territory to print: of legal advice, and of all that is offered there."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.actor import Actor
from chassis.service import CurrentParts, Parts
from chassis.typesetting import MEDIA_TYPE, Busy
from chassis.web.identity import OptionalActor
from chassis.web.problems import ProblemOf, printer_busy
from chassis.web.translations import N_, translate
from contracts.themes import THEMATIQUES, THEMES
from directory.aggregates import NotKept
from directory.annuaire import store
from directory.annuaire.document import Kept
from directory.annuaire.edition import MOST, Edition
from directory.annuaire.model import by_commune, by_theme
from directory.search.model import Criteria
from directory.territories import store as territories

LEGAL: Final = "/annuaire/acces-au-droit.pdf"
WHOLE: Final = "/annuaire.pdf"
_FREE: Final = N_("Tous les conseils de cet annuaire sont gratuits.")
_ELSEWHERE: Final = N_("Sans lieu fixe, ou à distance")
_OTHERS: Final = N_("Autres offres")


def printed(parts: Parts) -> APIRouter:
    """The documents, which share one press."""
    router, press = APIRouter(include_in_schema=False), Kept()

    @router.get(LEGAL)
    async def legal_access(request: Request, actor: OptionalActor, parts: CurrentParts, territory: str) -> Response:
        """All legal advice of a territory, by commune."""
        title = translate(N_("Annuaire de l'accès au droit"))
        edition = await _edition(parts, actor, title, Criteria(territory_id=territory, legal=True), translate(_FREE))
        return await _answer(request, press, edition)

    @router.get(WHOLE)
    async def whole(
        request: Request, actor: OptionalActor, parts: CurrentParts, territory: str, theme: str = ""
    ) -> Response:
        """All that is offered on a territory, by theme; on one theme, by commune."""
        title, themes = translate(N_("Annuaire")), [theme] if theme else []
        if theme:
            title = f"{title} – {_label(theme)}"
        edition = await _edition(parts, actor, title, Criteria(territory_id=territory, themes=themes))
        return await _answer(request, press, edition)

    return router


def _label(theme: str) -> str:
    """Raises NotKept."""
    label = translate(THEMES[theme].label) if theme in THEMES else THEMATIQUES.get(theme)
    if label is None:
        raise NotKept
    return label


async def _edition(parts: Parts, actor: Actor, title: str, asked: Criteria, lead: str = "") -> Edition:
    """Of today. Raises NotKept when there is no such territory."""
    zone = parts.settings.zone
    today = parts.now().astimezone(zone).date()
    async with parts.app.transaction(actor) as tx:
        name = (await territories.names(tx)).get(asked.territory_id or "")
        if name is None:
            raise NotKept
        listed = await store.listed(tx, asked, today, MOST)
    by, otherwise = (by_commune, _ELSEWHERE) if asked.legal or asked.themes else (by_theme, _OTHERS)
    return Edition(title, name, today, zone, listed, by, translate(otherwise), lead)


async def _answer(request: Request, press: Kept, edition: Edition) -> Response:
    tag = f'"{edition.digest}"'
    headers = {"ETag": tag, "Content-Disposition": 'inline; filename="annuaire.pdf"'}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(await press.print(edition.digest, edition.said), media_type=MEDIA_TYPE, headers=headers)


PROBLEMS: Final[Mapping[type[Exception], ProblemOf]] = {Busy: lambda _: printer_busy()}
