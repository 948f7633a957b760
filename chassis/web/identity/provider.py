"""The OpenID Connect provider: its addresses and its signing keys, kept while it is away."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from joserfc.jwk import KeySet

from chassis.observability.logs import get_logger

if TYPE_CHECKING:
    import httpx  # imported where it is used: an idle service does without its 4 MB

log = get_logger(__name__)

KEPT_SECONDS = 3600
"""After this long keys are fetched again; the old ones serve on while the provider is away."""
REFRESH_SECONDS = 60
"""An unknown key id makes them be fetched at most this often."""


class ProviderAway(Exception):
    """The identity provider does not answer and nothing of it is known yet."""


class RefusedExchange(Exception):
    """The identity provider does not give tokens for this code."""


def _client() -> "httpx.AsyncClient":
    import httpx

    return httpx.AsyncClient(timeout=5)


def _proof(metadata: dict[str, Any], client: tuple[str, str]) -> Callable[[dict[str, str]], dict[str, Any]]:
    """How we prove who we are: in a header, as every provider must know (RFC 6749), unless it says that it takes the
    body alone."""
    known = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" not in known and "client_secret_post" in known:
        name, secret = client
        return lambda body: {"data": {**body, "client_id": name, "client_secret": secret}}
    return lambda body: {"data": body, "auth": client}


class Provider:
    """Discovery document and key set of one issuer, fetched when first needed.

    `open_client` makes an httpx client; `now` is a monotonic clock in seconds.
    """

    def __init__(
        self,
        issuer: str,
        *,
        open_client: "Callable[[], httpx.AsyncClient] | None" = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.issuer = issuer
        self._open_client = open_client or _client
        self._now = now
        self._lock = asyncio.Lock()
        self._metadata: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._fetched = self._tried = float("-inf")

    async def metadata(self) -> dict[str, Any]:
        """The discovery document. Raises ProviderAway."""
        if self._metadata is None:
            metadata = await self._get(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if metadata.get("issuer", "").rstrip("/") != self.issuer.rstrip("/"):
                raise ProviderAway("the discovery document names another issuer")
            self._metadata = metadata
        return self._metadata

    async def keys(self, wanted: str | None = None) -> KeySet:
        """The signing keys, fetched again when `wanted` is not among them. Raises ProviderAway."""
        # Without any key one waits for whoever is fetching them: to refuse meanwhile would be a 503 at every start.
        if self._keys is None or self._needs_fetching(wanted):
            async with self._lock:
                if self._needs_fetching(wanted):
                    await self._fetch()
        if self._keys is None:
            raise ProviderAway("no signing key is known")
        return self._keys

    async def exchange(self, body: dict[str, str], client: tuple[str, str]) -> dict[str, Any]:
        """The tokens for an authorization code. Raises RefusedExchange and ProviderAway."""
        import httpx

        metadata = await self.metadata()
        proof = _proof(metadata, client)
        try:
            async with self._open_client() as http:
                answer = await http.post(metadata["token_endpoint"], **proof(body))
                if answer.is_client_error:
                    raise RefusedExchange
                answer.raise_for_status()
                tokens: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderAway("the identity provider does not answer") from error
        return tokens

    def _needs_fetching(self, wanted: str | None) -> bool:
        if self._now() < self._tried + (REFRESH_SECONDS if self._keys is not None else 1):
            return False
        known = self._keys is not None and (wanted is None or any(key.kid == wanted for key in self._keys.keys))
        return not known or self._now() >= self._fetched + KEPT_SECONDS

    async def _fetch(self) -> None:
        self._tried = self._now()
        try:
            published = await self._get((await self.metadata())["jwks_uri"])
        except ProviderAway as error:
            log.warning("signing keys could not be fetched", exc_info=error)
            self._tried = self._now()  # who waited for this attempt does not make another at once
            return
        usable = [key for key in published["keys"] if key.get("kty") != "oct" and key.get("use", "sig") == "sig"]
        self._keys = KeySet.import_key_set({"keys": usable})
        self._fetched = self._now()

    async def _get(self, address: str) -> dict[str, Any]:
        import httpx

        try:
            async with self._open_client() as client:
                answer = await client.get(address)
                answer.raise_for_status()
                document: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderAway("the identity provider does not answer") from error
        return document
