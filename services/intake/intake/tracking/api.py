"""Tracking over HTTP, for programs; people use `/suivi`."""

from typing import Annotated

import orjson
from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.web.problems import Problem, ProblemOf, not_found
from chassis.web.translations import N_
from intake.people.said import Said
from intake.tracking.following import NothingToFollow, Tracking


class Typed(Said):
    """What the requester was given."""

    reference: Annotated[str, Field(max_length=40)]
    secret: Annotated[str, Field(max_length=60)]


def _nothing(_: NothingToFollow) -> Problem:
    return not_found(N_("Aucune demande n'a cette référence et ce code. Vérifiez les deux, puis recommencez."))


PROBLEMS: dict[type[Exception], ProblemOf] = {NothingToFollow: _nothing}


def tracking_routes(tracking: Tracking) -> APIRouter:
    """`POST /intake/public/tracking`: a POST, so that the secret is in no address."""
    router = APIRouter(tags=["tracking"])

    @router.post("/intake/public/tracking")
    async def follow(typed: Typed) -> Response:
        standing = await tracking.standing(tracking.held(typed.reference, typed.secret))
        return Response(orjson.dumps(standing), media_type="application/json")

    return router
