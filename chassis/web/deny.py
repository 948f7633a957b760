"""A check for every service's tests: nothing is open that is not listed."""

import httpx
from fastapi import FastAPI

from chassis.web.routes import AnonymousRoutes, routes_of


async def assert_default_deny(app: FastAPI) -> int:
    """Ask every route as a stranger; each must answer 401, unless it is listed as anonymous.

    Returns how many were asked. Raises AssertionError naming the open ones.
    """
    anonymous: AnonymousRoutes = app.state.anonymous
    closed = [route for route in routes_of(app) if route not in anonymous.routes]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=app.state.settings.public_url) as stranger:
        answers = [(route, await stranger.request(route.method, route.example)) for route in closed]
    opened = [f"{route}: {answer.status_code}" for route, answer in answers if answer.status_code != 401]
    assert not opened, f"open to strangers: {opened}"
    return len(closed)
