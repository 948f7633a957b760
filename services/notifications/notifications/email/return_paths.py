"""Where a mail comes back to: an address of its own, signed, by which whatever comes back is known (VERP).

Nobody who did not get the mail can make one, so nobody else can say of a message that it did not arrive. The Message-ID
is not looked at: it bears no signature, and some servers leave it out of what they return.
"""

import hmac
import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SIGNATURE: Final = 10
"""Bytes."""
_TOKEN: Final = 48
"""Characters: id, attempt and signature in base32, which survives servers that know no lower case."""
_LONGEST: Final = 64 - _TOKEN - 1
"""Characters of the base address's own local part (RFC 5321, 4.5.3.1.1)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt at a message."""

    delivery_id: UUID
    attempt: int


class ReturnPaths:
    """Makes and reads addresses under some base addresses: what is behind their `+` is ours (RFC 5233)."""

    def __init__(self, master_key: bytes, *bases: str) -> None:
        """Raises ValueError for a base that leaves no place."""
        for base in bases:
            local, _, domain = base.partition("@")
            if not (re.fullmatch(r"[A-Za-z0-9._-]+", local) and domain and len(local) <= _LONGEST):
                raise ValueError(
                    f"a bounce address is name@domain, its name of {_LONGEST} plain characters at most: {base}"
                )
        self._key = HKDF(SHA256(), length=32, salt=None, info=b"maillage return paths 1").derive(master_key)
        names = "|".join(sorted({re.escape(base.partition("@")[0]) for base in bases}))
        self._pattern = re.compile(rf"(?:{names})\+([a-z2-7]{{{_TOKEN}}})@".encode(), re.IGNORECASE)

    def of(self, sent: Sent, base: str) -> str:
        """The address of one attempt."""
        said = sent.delivery_id.bytes + sent.attempt.to_bytes(4, "big")
        token = b32encode(said + self._signature(said)).decode().lower()
        local, _, domain = base.partition("@")
        return f"{local}+{token}@{domain}"

    def found(self, text: bytes) -> Sent | None:
        """The attempt whose address stands in a text; None for none that we made."""
        return next(filter(None, map(self._read, self._pattern.findall(text))), None)

    def _read(self, token: bytes) -> Sent | None:
        raw = b32decode(token.upper())
        said, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
        if not hmac.compare_digest(signature, self._signature(said)):
            return None
        return Sent(UUID(bytes=said[:16]), int.from_bytes(said[16:], "big"))

    def _signature(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, sha256)[:_SIGNATURE]
