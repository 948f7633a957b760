"""Delivery status notifications (RFC 3464): what a mail server tells of a mail it could not deliver, or did."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Final

from notifications.messages.model import State

_PART: Final = "message/delivery-status"
_INTERNATIONAL: Final = b"message/global-delivery-status"
"""RFC 6533: the same, which the library does not take apart."""
_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?!\d)")
_FATES: Final = {"failed": State.BOUNCED, "delivered": State.DELIVERED}
_UNKNOWN: Final = "5.0.0"
DEAD: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Status codes that speak of the address: no such mailbox or domain, written wrongly, moved away, takes no mail, shut
(RFC 3463, RFC 7505). Any other refusal speaks of this mail, or of us, and the next one may pass."""


@dataclass(frozen=True, slots=True)
class Report:
    """What it says. `fate`: none where a server only says that it goes on trying."""

    fate: State | None
    status: str

    @property
    def reason(self) -> str:
        """As it is kept: a code, without the server's words, which may repeat the address."""
        return f"dsn_{self.status}"

    @property
    def address_is_dead(self) -> bool:
        """Whether nothing sent there would arrive."""
        return self.fate is State.BOUNCED and self.status in DEAD


def read(mail: bytes) -> Report | None:
    """The report in a mail; None for any other mail, an answer by a program or by somebody among them.

    A mail of ours has one recipient: where an alias makes several of it, it arrived if it did for one of them.
    """
    message = message_from_bytes(mail.replace(_INTERNATIONAL, _PART.encode()))
    if message.get_content_type() != "multipart/report":
        return None
    told = [one for part in message.walk() if part.get_content_type() == _PART for one in _recipients(part)]
    return min(told, key=_hopes, default=None)


def _hopes(report: Report) -> int:
    return (State.DELIVERED, None, State.BOUNCED).index(report.fate)


def _recipients(part: Message) -> Iterator[Report]:
    """One for each group of fields about a recipient: behind the group about the mail, each has an action."""
    groups = part.get_payload()
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, Message) and (action := str(group.get("action", "")).split("(")[0].strip().lower()):
            status = status_of(str(group.get("status", "")))
            yield Report(_FATES.get(action), status or _UNKNOWN)


def status_of(text: str) -> str | None:
    """The enhanced status code a text begins with (RFC 3463)."""
    found = _STATUS.match(text)
    return found[1] if found else None
