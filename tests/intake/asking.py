"""A resident's browser without JavaScript: one page after the other, by what each page shows."""

import re
from typing import Any

import httpx

from tests.intake.conftest import Intake


def browser(intake: Intake, subject: str | None = None) -> httpx.AsyncClient:
    return intake.client(subject, accept="text/html,*/*;q=0.8", **{"sec-fetch-site": "same-origin"})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, f"no field {name}"
    return found[1]


async def send(client: httpx.AsyncClient, path: str, page: str, fields: dict[str, Any]) -> httpx.Response:
    """Submit a form of a page with its hidden fields."""
    names = ("csrf_token", "idempotency_key", "verifier")
    kept = {name: hidden(page, name) for name in names if f'name="{name}"' in page}
    return await client.post(path, data=kept | fields)


async def fill(client: httpx.AsyncClient, page: httpx.Response, fields: dict[str, Any]) -> httpx.Response:
    """Answer the page at hand with those of the fields that it shows; where it only tells, go on."""
    form = re.search(r'<form method="post" action="([^"]+)">', page.text)
    if form is None:
        *_, onward = re.findall(r'class="button[^"]*" href="([^"]+)"', page.text)
        return await client.get(onward.replace("&amp;", "&"))
    shown = {name: value for name, value in fields.items() if f'name="{name}"' in page.text}
    return await send(client, form[1], page.text, shown)


async def until(client: httpx.AsyncClient, fields: dict[str, Any], path: str) -> httpx.Response:
    """Answer page after page up to that one. Stops before it where a page asks for a correction."""
    page = await client.get("/demande")
    while page.url.path != path:
        page = await fill(client, page, fields)
        if page.status_code == 303:
            page = await client.get(page.headers["location"])
        if page.status_code != 200:
            break
    return page


async def ask(client: httpx.AsyncClient, fields: dict[str, Any]) -> httpx.Response:
    """Answer every question and send; the answer to the sending, or the page that asks for a correction."""
    page = await until(client, fields, "/demande/verifier")
    return await fill(client, page, {}) if page.status_code == 200 else page
