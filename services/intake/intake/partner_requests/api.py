"""The key partners encrypt their requests to."""

from typing import Any

from fastapi import APIRouter
from joserfc.jwk import ECKey

from chassis.web.problems import not_found
from chassis.web.translations import N_


def partner_key_routes(key: ECKey | None) -> APIRouter:
    """`GET /intake/public/partner-key`: intake's public JWK."""
    router = APIRouter(tags=["partners"])

    @router.get("/intake/public/partner-key")
    async def partner_key() -> dict[str, Any]:
        if key is None:
            raise not_found(N_("Les demandes de partenaires ne sont pas ouvertes ici."))
        return dict(key.as_dict(private=False))

    return router
