"""Forms are only taken from our own pages: same-site headers, and a token tied to a cookie.

A signed-in browser's token lives in its session cookie. A public form has a cookie of its
own, given with the form. The token comes back in the hidden field `csrf_token`, or in the
header `X-CSRF-Token` that htmx sends.
"""

import secrets
from hmac import compare_digest
from time import time
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from starlette.requests import HTTPConnection
from starlette.responses import Response

from chassis.observability.metrics import HTTP_REFUSED
from chassis.web.identity.cookie import SealedCookie
from chassis.web.identity.current import authenticated
from chassis.web.problems import cross_site

FIELD = "csrf_token"
HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_SECONDS = 12 * 3600


def form_cookie(key: bytes, *, secure: bool) -> SealedCookie:
    """The cookie of a public form."""
    return SealedCookie("formulaire", key, seconds=FORM_SECONDS, secure=secure)


def is_form(request: Request) -> bool:
    """Whether the body is that of an HTML form."""
    return request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    )


def comes_from_elsewhere(connection: HTTPConnection, public_url: str) -> bool:
    """Whether the browser says that another site made this request.

    A client that sends neither `Sec-Fetch-Site` nor `Origin` is no browser.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = connection.headers.get("origin")
    return origin is not None and origin != "{0.scheme}://{0.netloc}".format(urlsplit(public_url))


async def check_token(request: Request) -> None:
    """Raises a 403 problem when a browser's unsafe request does not carry its token."""
    found = authenticated(request)
    expected = expected_token(request)
    if (found is not None and found.session is None) or (expected is None and not is_form(request)):
        return  # no cookie signs this request: another site gains nothing by making a browser send it
    given: Any = request.headers.get(HEADER)
    if given is None and is_form(request):
        given = (await request.form()).get(FIELD)
    if expected is None or not isinstance(given, str) or not compare_digest(given.encode(), expected.encode()):
        HTTP_REFUSED.labels("cross_site").inc()
        raise cross_site()


def expected_token(request: Request) -> str | None:
    """The token this request must carry: its session's, else its public form's, else none."""
    found = authenticated(request)
    if found is not None:
        return found.session.csrf if found.session else None
    return form_token(request)


def form_token(request: Request) -> str | None:
    """The token of the public form's cookie, when the browser has one."""
    cookie: SealedCookie = request.app.state.form_cookie
    content = cookie.open(request.cookies.get(cookie.name), time())
    return content["token"] if content else None


def token_for_page(request: Request) -> str:
    """The token to put into a page's forms; a visitor without any gets a new one (see `give_cookie`)."""
    token = expected_token(request) or request.scope.get("maillage.new_form_token")
    if token is None:
        token = request.scope["maillage.new_form_token"] = secrets.token_urlsafe(24)
    return str(token)


def give_cookie(request: Request, response: Response) -> None:
    """Give a visitor the cookie of the token their page was made with."""
    token = request.scope.get("maillage.new_form_token")
    if token is not None:
        cookie: SealedCookie = request.app.state.form_cookie
        cookie.set(response, {"token": token}, time())
