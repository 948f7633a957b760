"""A partner's request on the wire: signed by the partner, then encrypted to intake (JWS inside JWE).

Also what partners' software and the demonstration make such messages with.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from chassis import letters

_SIGNING = "ES256"


class NotReadable(Exception):
    """The message was not encrypted to intake, or not signed by the organisation. Holds a safe reason."""


def sealed_request(request: Mapping[str, Any], signing_key: Mapping[str, Any], intake_key: Mapping[str, Any]) -> str:
    """The body of PartnerRequestSent.

    `request` is what `POST /intake/public/requests` takes, with `reference` and `number` (the event's `sequence`)
    beside it so that they are signed too; `signing_key` the partner's private JWK, whose public half the directory
    publishes; `intake_key` the public JWK of `GET /intake/public/partner-key`.
    """
    key = ECKey.import_key(dict(signing_key))
    signed = jws.serialize_compact({"alg": _SIGNING, "kid": key.kid}, orjson.dumps(request), key)
    return letters.seal(signed.encode(), ECKey.import_key(dict(intake_key)))


def opened(body: str, intake_key: ECKey) -> bytes:
    """The signed part of a body. Raises NotReadable."""
    try:
        return letters.opened(body, intake_key)
    except letters.NotReadable:
        raise NotReadable("message non chiffré avec la clé d'intake") from None


def verified(signed: bytes, request_keys: Mapping[str, Any]) -> bytes:
    """The request as JSON, once the organisation's signature is checked. Raises NotReadable."""
    try:
        keys = KeySet.import_key_set({"keys": list(request_keys["keys"])})
        return jws.deserialize_compact(signed, keys, algorithms=[_SIGNING]).payload
    except (JoseError, ValueError, KeyError, TypeError):
        raise NotReadable("message non signé par l'organisation") from None
