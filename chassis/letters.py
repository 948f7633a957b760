"""What one reader alone may open: a compact JWE (RFC 7516) to their public key. Who seals it cannot open it again."""

from typing import Annotated

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import BeforeValidator, Field, InstanceOf
from pydantic_settings import NoDecode

_KEY_AGREEMENT, _CIPHER = "ECDH-ES+A256KW", "A256GCM"


class NotReadable(Exception):
    """The text was not sealed to this key, or has been changed since."""


def _key(value: object) -> object:
    return ECKey.import_key(orjson.loads(value)) if isinstance(value, str) else value


Key = Annotated[InstanceOf[ECKey] | None, NoDecode, BeforeValidator(_key), Field(repr=False)]
"""A setting: a JWK (P-256) as JSON, private for who opens, public for who seals."""


def seal(content: bytes, key: ECKey) -> str:
    """Seal content to a public key, or to the public half of a private one."""
    return jwe.encrypt_compact({"alg": _KEY_AGREEMENT, "enc": _CIPHER}, content, key)


def opened(letter: str, key: ECKey) -> bytes:
    """The content of a letter to this private key. Raises NotReadable."""
    try:
        return jwe.decrypt_compact(letter, key, algorithms=[_KEY_AGREEMENT, _CIPHER]).plaintext or b""
    except (JoseError, ValueError):
        raise NotReadable from None
