"""Addresses by which people choose, without an account, what they are written to about.

Each stands for one message, whose recipient they decide for, and names nobody: it is encrypted, so that it says nothing
in a log, in a browser's history or over a shoulder, and nobody makes another.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from os import urandom
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PLACE: Final = "/notifications/preferences"
_NONCE: Final = 12
_LONGEST: Final = 100
"""Characters no token has."""


class Links:
    """Makes them and reads them. `master_key`: from which their own key derives."""

    def __init__(self, master_key: bytes, public_url: str) -> None:
        key = HKDF(SHA256(), length=32, salt=None, info=b"maillage preference links 1").derive(master_key)
        self._cipher = AESGCM(key)
        self._place = public_url + PLACE

    def to(self, delivery_id: UUID) -> str:
        """The address in that message."""
        nonce = urandom(_NONCE)
        token = urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, delivery_id.bytes, None))
        return f"{self._place}/{token.decode().rstrip('=')}"

    def message(self, token: str) -> UUID | None:
        """The message a token stands for; None for one that we did not make."""
        if len(token) > _LONGEST:
            return None
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            return UUID(bytes=self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None))
        except (InvalidTag, ValueError):
            return None
