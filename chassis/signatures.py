"""Signed calls between a service and other software, as Standard Webhooks 1.0 describes them.

`webhook-id` names the call, `webhook-timestamp` is the Unix time of this attempt, `webhook-signature` holds one or
more `v1,<base64>`: HMAC-SHA256 of `id.timestamp.body`. Both ends hold the secret, `whsec_` and its base64.

Own code: the published library reads the machine's clock itself, and lets a malformed header through as an error of
its own kind; whoever speaks with us may use it (`standardwebhooks`, in most languages).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

TOLERANCE: Final = timedelta(minutes=5)
"""How far the two clocks may be apart, and how old a call may be."""
ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
_PREFIX: Final = "whsec_"
_SHORTEST, _LONGEST_ID = 24, 256


class BadSignature(Exception):
    """Not from who holds the secret, or not from now."""


def key_of(secret: str) -> bytes:
    """The key in a secret. Raises ValueError for one that is not `whsec_` and the base64 of at least 24 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(_PREFIX) or len(key) < _SHORTEST:
        raise ValueError(f"a signing secret is {_PREFIX} and the base64 of at least {_SHORTEST} bytes")
    return key


def signed(key: bytes, call_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a call made at that moment."""
    timestamp = str(int(at.timestamp()))
    return {ID: call_id, TIMESTAMP: timestamp, SIGNATURE: _signature(key, call_id, timestamp, body)}


def check(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a call received now; `headers` are looked up in lower case. Raises BadSignature."""
    call_id, timestamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    expected = _signature(key, call_id, timestamp, body).encode()
    given = [one.encode() for one in headers.get(SIGNATURE, "").split(" ")]
    matches = [hmac.compare_digest(expected, one) for one in given]
    if not any(matches) or not 0 < len(call_id) <= _LONGEST_ID or not _is_recent(timestamp, now):
        raise BadSignature
    return call_id


def _signature(key: bytes, call_id: str, timestamp: str, body: bytes) -> str:
    content = f"{call_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def _is_recent(timestamp: str, now: datetime) -> bool:
    seconds = int(timestamp) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12 else 0
    return abs(now.timestamp() - seconds) <= TOLERANCE.total_seconds()
