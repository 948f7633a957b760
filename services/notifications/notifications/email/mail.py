"""A message as an e-mail (RFC 5322): plain text and HTML, an id that stays, nothing that says more than needed."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from notifications.messages.channels import BadAddress
from notifications.messages.wording import Words


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whom a mail says it is from."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Mail:
    """An envelope and what is in it."""

    sender: str
    recipient: str
    content: bytes


def compose(words: Words, *, to: str, sender: Mailbox, delivery_id: UUID, at: datetime) -> Mail:
    """The mail of one delivery; sending it again carries the same Message-ID. Raises BadAddress,
    for one that is not in ASCII as well: the only kind every server takes."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address(sender.name, addr_spec=sender.address)
    message["To"] = _recipient(to)
    message["Subject"] = words.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{delivery_id}@{sender.address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "fr"
    message.set_content(words.text, cte="quoted-printable")
    message.add_alternative(words.html, subtype="html", cte="quoted-printable")
    return Mail(sender.address, to, message.as_bytes())


def _recipient(text: str) -> Address:
    try:
        address = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):
        raise BadAddress from None
    if not (text.isascii() and address.username and address.domain):
        raise BadAddress
    return address
