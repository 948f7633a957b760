"""Pages: Jinja templates of the chassis and of a service, in the reader's language.

A template extends `maillage/layout.html` and takes its pieces from `maillage/forms.html` and
`maillage/pieces.html`. An unknown variable is an error, and everything is escaped.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import jinja2
from babel.numbers import format_decimal
from fastapi import Request
from starlette.responses import HTMLResponse

from chassis.actor import Actor
from chassis.web import dates, phones, translations
from chassis.web.assets import asset_url
from chassis.web.forms import give_cookie, token_for_page
from chassis.web.identity.current import authenticated, reader_mark
from contracts.navigation import MENU, Entry, folded
from contracts.searches import SEARCHES


def chassis_folder() -> Path:
    """Where the chassis is installed."""
    return Path(str(files("chassis")))


def contracts_folder() -> Path:
    """Where the contracts are installed."""
    return Path(str(files("contracts")))


_HEADING: Final = re.compile(r'<h2 id="([^"]+)"[^>]*>(.*?)</h2>', re.DOTALL)
_TAG: Final = re.compile(r"<[^>]+>")


def _said(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Codes and what is shown for each: what a field offers to choose from."""
    return [(code, translations.translate(text)) for code, text in words.items()]


def _headings(page: str) -> list[tuple[str, str]]:
    """(id, text) of each second-level heading of a page that can be led to, in order; texts as they stand there."""
    return [(id, _TAG.sub("", text)) for id, text in _HEADING.findall(page)]


class _Shown:
    """A text made when a template shows it: a page without a form gives nobody a cookie."""

    def __init__(self, make: Callable[[], str]) -> None:
        self._make = make

    def __str__(self) -> str:
        return self._make()


class Pages:
    """The templates of one service, over those of the chassis."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        zone: ZoneInfo,
        menu: Sequence[Entry] = MENU,
    ) -> None:
        self._menu = menu
        self._zone = zone
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([*folders, chassis_folder() / "web" / "templates"]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._install()

    def _install(self) -> None:
        environment: Any = self.environment
        environment.install_gettext_callables(translations.translate, translations.translate_plural, newstyle=True)
        environment.globals.update(asset=asset_url, new_key=lambda: str(uuid4()), is_said=translations.is_said)
        environment.filters.update(self.filters(), said=_said, headings=_headings)

    def filters(self) -> Mapping[str, Callable[..., str]]:
        """How dates, numbers and phone numbers are shown."""
        return {
            "day": lambda value, *form: dates.day(dates.on(value, self._zone), *form),
            "moment": lambda value, *form: dates.moment(value, self._zone, *form),
            "number": lambda value: format_decimal(value, locale=translations.locale()),
            "phone": lambda value: phones.readable(
                value, abroad=translations.language() != translations.SOURCE_LANGUAGE
            ),
            "iso": lambda value: value.isoformat(),
        }

    def render(
        self,
        request: Request,
        template: str,
        /,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """The page as a response. Raises jinja2's errors: a template that is wrong is a fault of ours."""
        text = self.environment.get_template(template).render(self._frame(request) | context)
        response = HTMLResponse(text, status, headers=dict(headers or {}))
        give_cookie(request, response)
        return response

    def _frame(self, request: Request) -> dict[str, Any]:
        found = authenticated(request)
        actor = found.actor if found is not None else None
        return {
            "request": request,
            "path": request.url.path,
            "language": translations.language(),
            "other_languages": [
                (one, translations.own_name(one)) for one in translations.offered() if one != translations.language()
            ],
            "actor": actor,
            "signed_in": found is not None,
            "as_part": "hx-request" in request.headers,
            "reader_mark": _Shown(lambda: reader_mark(request)),
            "idle_lock_minutes": request.app.state.settings.idle_lock_minutes,
            "csrf_token": _Shown(lambda: token_for_page(request)),
            "searches": searches_of(actor),
            "menu": folded([entry for entry in self._menu if _sees(actor, entry)]),
        }


def _sees(actor: Actor | None, entry: Entry) -> bool:
    return not entry.roles or (actor is not None and actor.has(*entry.roles))


def searches_of(actor: Actor | None) -> list[Entry]:
    """Where an actor may search."""
    return [entry for entry in SEARCHES if _sees(actor, entry)]


def render(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page of the service at hand: `render(request, "intake/form.html", form=form)`."""
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status=status, headers=headers, **context)
