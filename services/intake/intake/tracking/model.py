"""Reference and secret: what a requester holds to follow a request without an account."""

import hashlib
import re
from random import Random

from contracts.references import draw

LENGTH = 12
"""Characters of a secret: 57 bits, behind a rate limit."""
_SEPARATORS = re.compile(r"[\s\-.\u00a0\u202f]")


def new_secret(random: Random) -> str:
    """A new secret; `random` is `SystemRandom` outside tests."""
    return draw(random, LENGTH)


def typed(text: str) -> str:
    """What somebody typed, without the separators they add."""
    return _SEPARATORS.sub("", text).upper()


def tracking_hash(key: bytes, reference: str, secret: str) -> bytes:
    """What the database keeps instead of the secret (32 bytes, keyed): it tells nothing to who reads it.

    Both are in the form they were made in, without separators.
    """
    return hashlib.blake2b(f"{reference}|{secret}".encode(), digest_size=32, key=key, person=b"maillage-suivi").digest()
