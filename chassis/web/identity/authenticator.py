"""From a request's credentials to an `Actor`: who it is, then what the directory grants."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic, time
from typing import TypeVar

from starlette.requests import HTTPConnection

from chassis.actor import Actor
from chassis.web.identity.bearer import InvalidToken, TokenChecker
from chassis.web.identity.cookie import Session, SessionCookie
from chassis.web.identity.endings import Over
from chassis.web.identity.provider import ProviderAway
from chassis.web.problems import Problem, forbidden, unauthenticated, unavailable
from chassis.web.translations import N_

Grants = Callable[[str], Awaitable[Actor | None]]
"""Reads the replica of the directory's grants by OIDC subject; None when it grants nothing."""

REMEMBERED_SECONDS = 5
"""How long a withdrawn grant may still work."""
_MOST_REMEMBERED = 2_000
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who asks. `session` is set for a browser, and then forms must carry its CSRF token."""

    subject: str
    actor: Actor | None
    """None: the person is known, the directory grants nothing."""
    session: Session | None = None

    def granted(self) -> Actor:
        """The actor. Raises a 403 problem for a person without grants."""
        if self.actor is None:
            raise no_grants()
        return self.actor


class Authenticator:
    """Reads credentials; an answer is kept a few seconds, so that a busy client costs little."""

    def __init__(self, tokens: TokenChecker | None, sessions: SessionCookie, grants: Grants, over: Over) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._grants = grants
        self._over = over
        self._by_token: dict[str, tuple[float, Authenticated]] = {}
        self._by_subject: dict[str, tuple[float, Actor | None]] = {}

    async def authenticate(self, connection: HTTPConnection) -> Authenticated | None:
        """Who asks; None without credentials, or when the session is over.

        Raises a 401 problem for a bad token, 503 when the identity provider was never reached.
        """
        header = connection.headers.get("authorization")
        if header is not None:
            return await self._by_bearer(header)
        session = self._sessions.read(connection.cookies.get(self._sessions.name), time())
        if session is None or await self._over.ended(session):
            return None
        return Authenticated(session.subject, await self._actor(session.subject), session)

    async def _by_bearer(self, header: str) -> Authenticated:
        known = self._by_token.get(header)
        if known is not None and monotonic() < known[0]:
            return known[1]
        found = await self._check(header)
        _keep(self._by_token, header, found)
        return found

    async def _check(self, header: str) -> Authenticated:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or self._tokens is None:
            raise _bad_token()
        try:
            verified = await self._tokens.check(token.strip())
        except InvalidToken:
            raise _bad_token() from None
        except ProviderAway:
            raise unavailable() from None
        # An ID token says that somebody signed in, to us alone: it stands in addresses (`id_token_hint`) and opens
        # nothing. Ours carry the nonce of their sign-in; access tokens have none. Nor does a logout token (`events`)
        # act for anybody.
        if "nonce" in verified.claims or "events" in verified.claims:
            raise _bad_token()
        return Authenticated(verified.subject, await self._actor(verified.subject))

    async def _actor(self, subject: str) -> Actor | None:
        known = self._by_subject.get(subject)
        if known is not None and monotonic() < known[0]:
            return known[1]
        actor = await self._grants(subject)
        _keep(self._by_subject, subject, actor)
        return actor


def _keep(memory: dict[str, tuple[float, Kept]], key: str, value: Kept) -> None:
    if len(memory) >= _MOST_REMEMBERED:
        memory.clear()
    memory[key] = (monotonic() + REMEMBERED_SECONDS / 2, value)


def _bad_token() -> Problem:
    return unauthenticated(
        N_("Le jeton d'accès n'est pas valable ou a expiré. Demandez-en un nouveau."), "invalid_token"
    )


def no_grants() -> Problem:
    return forbidden(N_("Votre compte n'a encore aucun droit ici. Demandez à votre responsable de vous en attribuer."))
