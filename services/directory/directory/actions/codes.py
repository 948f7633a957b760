"""The code somebody cancels their registration with: made from its id, so that it is kept nowhere."""

import hashlib
import re
from random import Random
from typing import Final
from uuid import UUID

from contracts.references import draw

LENGTH: Final = 12
"""Characters: 57 bits, behind a rate limit."""
_SEPARATORS: Final = re.compile(r"[\s\-.\u00a0\u202f]")


def code_of(key: bytes, registration_id: UUID) -> str:
    """The code of a registration; who does not hold the service's key cannot make it."""
    seed = hashlib.blake2b(registration_id.bytes, digest_size=32, key=key, person=b"maillage-inscr").digest()
    return draw(Random(int.from_bytes(seed)), LENGTH)  # noqa: S311 - the seed is the secret


def code_hash(key: bytes, typed: str) -> str:
    """What the database finds a registration by (32 bytes, keyed, in hexadecimal), however its code was typed."""
    code = _SEPARATORS.sub("", typed).upper()
    return hashlib.blake2b(code.encode(), digest_size=32, key=key, person=b"maillage-inscr-h").hexdigest()
