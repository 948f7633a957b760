"""E-mail, the first of the channels."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from notifications.email.gateway import MailGateway
from notifications.email.mail import Mail, Mailbox, compose
from notifications.messages.channels import Rate
from notifications.messages.model import Delivery
from notifications.messages.wording import Words


@dataclass(frozen=True)
class Email:
    """Mails to a server at `url`; `timeout` is in seconds, for all the words about one mail."""

    url: str
    timeout: float
    sender: Mailbox
    neutral_sender: Mailbox
    rate: Rate | None = None
    name: Final = "email"
    contact: Final = "email"

    def __post_init__(self) -> None:
        """Raises ValueError for an address that is no mail server's: said at start, not by the first lane."""
        self.gateway()

    def write(self, words: Words, to: str, delivery: Delivery, at: datetime, *, neutral: bool) -> Mail:
        """A mail, with the same Message-ID each time. Raises BadAddress."""
        sender = self.neutral_sender if neutral else self.sender
        return compose(words, to=to, sender=sender, delivery_id=delivery.delivery_id, at=at)

    def gateway(self) -> MailGateway:
        """A connection of its own."""
        return MailGateway(self.url, self.timeout)
