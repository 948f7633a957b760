"""Bearer tokens: JWTs signed by the identity provider, checked with its published keys."""

from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from chassis.web.identity.provider import Provider, ProviderAway

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Signatures accepted: never `none`, never a shared secret."""
LEEWAY_SECONDS = 30
_LONGEST = 8192


class InvalidToken(Exception):
    """The token is not one of this issuer's for this audience, or its time is over."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a good token says."""

    subject: str
    until: float
    """Unix seconds."""
    claims: dict[str, Any]


async def signed_claims(provider: Provider, token: str) -> dict[str, Any]:
    """What the provider signed, whatever it says. Raises InvalidToken, and ProviderAway before any key is known."""
    if len(token) > _LONGEST:
        raise InvalidToken
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
        keys = await provider.keys(kid)
        return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError) as error:
        raise InvalidToken from error


class TokenChecker:
    """Checks signature, issuer, audience and times. `now` gives Unix seconds."""

    def __init__(self, provider: Provider, audience: str, now: Callable[[], float] = time) -> None:
        self._provider = provider
        self._audience = audience
        self._now = now

    async def check(self, token: str) -> Verified:
        """Who the token speaks of. Raises InvalidToken, and ProviderAway before any key is known."""
        claims = await signed_claims(self._provider, token)
        self._check_claims(claims)
        return Verified(claims["sub"], float(claims["exp"]), claims)

    def _check_claims(self, claims: dict[str, Any]) -> None:
        rules = jwt.JWTClaimsRegistry(
            now=int(self._now()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidToken from error
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise InvalidToken


__all__ = ["ALGORITHMS", "InvalidToken", "ProviderAway", "TokenChecker", "Verified", "signed_claims"]
