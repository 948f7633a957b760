"""An identity provider inside the test: signs tokens, publishes its keys, and is never on the network."""

from collections.abc import Sequence
from ipaddress import IPv6Address
from secrets import randbits
from time import time
from typing import Any
from uuid import UUID, uuid5

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from chassis import agents
from chassis.database import Database
from chassis.web.identity.provider import Provider
from contracts.events import AgentPublished
from contracts.sealed import Sealed

ISSUER = "https://identity.test"
_KEY = ECKey.generate_key("P-256", {"kid": "test"})
_NAMESPACE = UUID("00000000-0000-4000-8000-000000000001")


def provider() -> Provider:
    """What `Service.application` takes in place of the settings' provider."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"})
        return httpx.Response(200, json=KeySet([_KEY]).as_dict(private=False))

    return Provider(ISSUER, open_client=lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)))


def bearer(subject: str, audience: str = "maillage") -> dict[str, str]:
    """Headers of a request made by `subject`."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": audience,
        "sub": subject,
        "iat": int(time()),
        "exp": int(time()) + 600,
    }
    token = jwt.encode({"alg": "ES256", "kid": "test"}, claims, _KEY)
    return {"Authorization": f"Bearer {token}"}


def address() -> str:
    """An address nobody else asks from: what is limited by address is limited within one test."""
    return str(IPv6Address(randbits(128)))


def agent_id(subject: str) -> UUID:
    """The agent behind a subject, the same in every test."""
    return uuid5(_NAMESPACE, subject)


async def grant(
    worker: Database,
    subject: str,
    grants: Sequence[tuple[str, str]],
    organisation_id: UUID | None = None,
    sequence: int = 1,
) -> UUID:
    """Give `subject` these (role, territory) in a service's replica; returns the agent's id."""
    identity = agent_id(subject)
    sealed = Sealed(key_subject=f"person:{identity}", event_id=identity, field="name", data="AAAA")
    agent = AgentPublished.model_validate(
        {
            "agent_id": identity,
            "subject": subject,
            "organisation_id": organisation_id or uuid5(_NAMESPACE, "organisation"),
            "name": sealed,
            "email": sealed,
            "grants": [{"role": role, "territory_id": territory} for role, territory in grants],
        }
    )
    async with worker.transaction() as tx:
        await agents.store(tx, [(agent, sequence)])
    return identity
