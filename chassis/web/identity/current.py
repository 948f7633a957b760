"""What routes ask for: the actor, perhaps an actor, or one who holds a role."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from chassis.actor import PUBLIC, Actor
from chassis.ended_sessions import mark
from chassis.observability.metrics import HTTP_REFUSED
from chassis.web.identity.authenticator import Authenticated
from chassis.web.problems import forbidden, unauthenticated


def authenticated(request: Request) -> Authenticated | None:
    """Who the gate found to be asking, if anybody."""
    found: Authenticated | None = request.scope.get("maillage.authenticated")
    return found


def reader_mark(request: Request) -> str:
    """What stands for who is signed in, whatever browser or session: a page knows by it whether somebody else came.
    Empty for a stranger."""
    found = authenticated(request)
    if found is None:
        return ""
    return str(mark(request.app.state.settings.cookie_key, "subject", found.subject))


async def current_actor(request: Request) -> Actor:
    """The actor. Raises a 401 problem when nobody is signed in, 403 when nothing is granted."""
    found = authenticated(request)
    if found is None:
        raise unauthenticated()
    return found.granted()


async def optional_actor(request: Request) -> Actor:
    """The actor where somebody with grants is signed in, else `PUBLIC`: for anonymous routes."""
    found = authenticated(request)
    return found.actor if found is not None and found.actor is not None else PUBLIC


def require(*roles: str, territory: str | None = None) -> Callable[[Request], Awaitable[Actor]]:
    """A dependency that gives the actor when they hold one of `roles`, and is a 403 problem otherwise.

    `territory` names the path or query parameter that holds the territory concerned.
    """

    async def actor_with_role(request: Request) -> Actor:
        actor = await current_actor(request)
        place = request.path_params.get(territory) or request.query_params.get(territory) if territory else None
        if not actor.has(*roles, territory_id=place):
            HTTP_REFUSED.labels("forbidden").inc()
            raise forbidden()
        return actor

    return actor_with_role


CurrentActor = Annotated[Actor, Depends(current_actor)]
OptionalActor = Annotated[Actor, Depends(optional_actor)]
