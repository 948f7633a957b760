"""Optimistic locking: `ETag` says a version, `If-Match` says which one is being edited."""

import re
from typing import Annotated

from fastapi import Depends, Request

from chassis.web.problems import bad_request, precondition_required
from chassis.web.translations import N_

_TAG = re.compile(r'^(?:W/)?"(\d{1,18})"$')


def etag(version: int) -> str:
    """The `ETag` header of an aggregate at that version."""
    return f'"{version}"'


async def expected_version(request: Request) -> int:
    """The version named by `If-Match`. Raises a 428 problem without it, 400 when it is no version."""
    value = request.headers.get("if-match")
    if value is None:
        raise precondition_required()
    match = _TAG.match(value.strip())
    if match is None:
        raise bad_request(N_('L\'en-tête If-Match doit porter une seule version, par exemple "3".'))
    return int(match[1])


IfMatch = Annotated[int, Depends(expected_version)]
"""Parameter of an editing route: the version the reader saw."""
