"""An SMS gateway over HTTP, as docs/how-to/connect-an-sms-gateway.md describes it: what is asked, what answers mean."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from chassis.signatures import signed
from notifications.messages.gateway import Accepted, Later, Outcome, Refused
from notifications.messages.model import Reason

IDLE: Final = 10.0
"""Seconds after which a connection is not trusted to be alive."""
LONGEST_ANSWER: Final = 65_536
LONGEST_WAIT: Final = timedelta(hours=1)
REASONS: Final = frozenset({"unknown_number", "unreachable", "blocked", "opted_out", "bad_content", "expired"})
"""Why a message is refused, or does not arrive. Any other word of a gateway may say more than is kept."""
_ABOUT_THE_MESSAGE: Final = frozenset({400, 410, 422})
"""Refusals for good. Any other 4xx tells of a setting, which is mended: no message is given up for it."""
_ONLY_THIS_ONE: Final = frozenset({408, 409, 425, 500})
"""Answers that say nothing about the other messages."""
_MAY_HIDE_A_YES: Final = frozenset({500, 502, 504})
"""Given by what stands before a gateway, which may have taken the message."""
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_REFERENCE: Final = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class TextMessage:
    """What a gateway is handed: to whom (E.164), the words, whom they say they are from."""

    delivery_id: UUID
    to: str = field(repr=False)
    text: str = field(repr=False)
    sender: str
    parts: int


class HttpGateway:
    """One conversation at a time: each lane of a sender has its own."""

    def __init__(
        self, url: str, key: bytes, timeout: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`timeout` is in seconds, for all there is to say about one message. Raises ValueError for an address that
        is neither https:// nor this machine's own."""
        parts = urlsplit(url)
        allowed = ("https", "http") if parts.hostname in _LOOPBACK else ("https",)
        if not parts.hostname or parts.scheme not in allowed:
            raise ValueError("the SMS gateway's address is https://, or http:// on this machine")
        self._url, self._key, self._timeout, self._now = url, key, timeout, now
        limits = httpx.Limits(max_connections=1, keepalive_expiry=IDLE)
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(timeout, connect=timeout / 2), limits=limits)

    async def send(self, parcel: TextMessage, /) -> Outcome:
        """Hand one message over; never raises what the network or the gateway do wrong.

        A message whose answer was lost is sent again with the same id, by which the gateway knows it.
        """
        try:
            async with asyncio.timeout(self._timeout):
                return await self._post(parcel)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Later(Reason.NO_CONNECTION, away=True)
        except (httpx.HTTPError, TimeoutError):
            return Later(Reason.NO_CONNECTION, away=True, in_doubt=True)

    async def close(self) -> None:
        """Let the connection go."""
        await self._client.aclose()

    async def _post(self, parcel: TextMessage) -> Outcome:
        call_id, now = str(parcel.delivery_id), self._now()
        said = {"id": call_id, "to": parcel.to, "text": parcel.text, "sender": parcel.sender}
        body = json.dumps(said, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", **signed(self._key, call_id, now, body)}
        async with self._client.stream("POST", self._url, content=body, headers=headers) as response:
            outcome = meaning(response.status_code, response.headers, await _beginning(response), now)
        return replace(outcome, parts=parcel.parts) if isinstance(outcome, Accepted) else outcome


async def _beginning(response: httpx.Response) -> bytes:
    """The answer, or as much of it as no answer of the protocol has."""
    read = b""
    async for chunk in response.aiter_bytes():
        read += chunk
        if len(read) > LONGEST_ANSWER:
            break
    return read


def meaning(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Outcome:
    """What a gateway's answer says. `headers` are looked up in lower case."""
    said = _said(body)
    if 200 <= status < 300:
        reference = said.get("reference")
        if isinstance(reference, str) and _REFERENCE.fullmatch(reference):
            return Accepted(reference)
        # A yes in other words than the protocol's may be a stranger's: asked again, a gateway knows the id.
        return Later("http_bad_answer", away=True, in_doubt=True)
    if status in _ABOUT_THE_MESSAGE:
        return Refused(reason_of(said.get("code")) or f"http_{status}")
    after = _wait(headers.get("retry-after", ""), now)
    return Later(f"http_{status}", away=status not in _ONLY_THIS_ONE, in_doubt=status in _MAY_HIDE_A_YES, after=after)


def reason_of(code: object) -> str | None:
    """A gateway's own word for a failure, as it is kept; None for any that is not the protocol's."""
    return f"sms_{code}" if isinstance(code, str) and code in REASONS else None


def _said(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _wait(retry_after: str, now: datetime) -> timedelta | None:
    """RFC 9110, 10.2.3: seconds or a date."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(timedelta(seconds=int(retry_after[:9])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return min(max(until - now, timedelta()), LONGEST_WAIT) if until.tzinfo else None
