"""How aggregates are answered over HTTP: their state as JSON, their version as `ETag`."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from chassis.web.idempotency import Answer, as_response
from chassis.web.preconditions import etag
from directory.aggregates import State, Versioned

PAGE = 50
"""Members of one page of a list."""


def created(answer: Answer, place: str, identity: str) -> Response:
    """201: where it is and at which version. `place` is the collection's path, `identity` the member that holds the
    id: a stored answer comes back with its members in an order of PostgreSQL's."""
    return as_response(answer, {"Location": f"{place}/{answer.body[identity]}", "ETag": etag(answer.body["version"])})


def shown(aggregate: Versioned[State], **more: Any) -> Response:
    """The state as it now stands."""
    body = aggregate.state.model_dump(mode="json", exclude_none=True) | more
    return JSONResponse(body, headers={"ETag": etag(aggregate.version)})


def listed(aggregates: Sequence[Versioned[State]]) -> list[dict[str, Any]]:
    """Members of a list, each with its version."""
    return [one.state.model_dump(mode="json", exclude_none=True) | {"version": one.version} for one in aggregates]
