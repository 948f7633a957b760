"""The API read from pages of anybody's: browsers are told that they may."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

ANYBODY: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Last-Modified, Link"}
"""Asked of every answer by the UK profile. Who is signed in is not known to such a page: no cookie comes with it."""


class OpenRoute(APIRoute):
    """A route whose answers any page may read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def opened(request: Request) -> Response:
            response = await answer(request)
            response.headers.update(ANYBODY)
            return response

        return opened
