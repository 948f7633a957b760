"""A message as an e-mail (RFC 5322): plain text and HTML, an id that stays, nothing that says more than needed."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from notifications.email import calendar
from notifications.messages.channels import BadAddress
from notifications.messages.invitations import Invitation
from notifications.messages.wording import Words


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whom a mail says it is from. `returns`: where it comes back to, if anybody reads what does."""

    name: str
    address: str
    returns: str | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """An envelope and what is in it. `sender`: where it comes back to; `author`: whom the mail itself is from."""

    sender: str
    recipient: str
    content: bytes
    author: str


def compose(
    words: Words, *, to: str, sender: Mailbox, delivery_id: UUID, at: datetime, return_path: str | None = None
) -> Mail:
    """The mail of one delivery; sending it again carries the same Message-ID. Raises BadAddress,
    for one that is not in ASCII as well: the only kind every server takes."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address(sender.name, addr_spec=sender.address)
    message["To"] = _recipient(to)
    message["Subject"] = words.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{delivery_id}@{sender.address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words.text, cte="quoted-printable")
    message.add_alternative(words.html, subtype="html", cte="quoted-printable")
    if words.invitation:
        _invite(message, words.invitation, sender, to)
    # Last: to the library, a header of this name is of the part that is set, and gone with the next one.
    message["Content-Language"] = words.language
    return Mail(return_path or sender.address, to, _one_click(words.choose) + message.as_bytes(), sender.address)


def _invite(message: EmailMessage, invitation: Invitation, sender: Mailbox, to: str) -> None:
    """As a part that programs show as an invitation, and as a file for those that take no such part."""
    written = calendar.written(invitation, organiser=sender.address, organiser_name=sender.name, guest=to)
    message.add_alternative(written.decode(), subtype="calendar", cte="base64", params={"method": invitation.method})
    message.add_attachment(written, maintype="application", subtype="ics", filename=calendar.FILE_NAME)


def _one_click(address: str) -> bytes:
    """The headers by which mail programs decline at their reader's word (RFC 8058), at the head of a mail: the library
    would fold an address of that length, and no program follows one that is folded."""
    if not address:
        return b""
    return f"List-Unsubscribe: <{address}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode()


def _recipient(text: str) -> Address:
    try:
        address = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):
        raise BadAddress from None
    if not (text.isascii() and address.username and address.domain):
        raise BadAddress
    return address
