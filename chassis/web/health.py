"""What machines ask: does it live, can it serve, how is it doing."""

from collections.abc import Awaitable, Callable, Sequence

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from chassis.observability import metrics
from chassis.progress import Progress

Readiness = Callable[[], Awaitable[bool]]
"""Whether requests can be served: the database answers. A broker that is away changes nothing."""


def health_router(readiness: Readiness, progress: Sequence[Progress]) -> APIRouter:
    """`/live`, `/ready` and `/metrics`, on the service's own port. `progress` may grow later."""
    router = APIRouter(include_in_schema=False)

    @router.get("/live")
    async def live() -> Response:
        stuck = [one.name for one in progress if one.stuck()]
        return _state({"stuck": stuck}, good=not stuck)

    @router.get("/ready")
    async def ready() -> Response:
        good = await readiness()
        return _state({"database": good}, good=good)

    @router.get("/metrics")
    async def exposition() -> Response:
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)

    return router


def _state(state: dict[str, object], *, good: bool) -> Response:
    return Response(orjson.dumps(state), 200 if good else 503, media_type="application/json")
