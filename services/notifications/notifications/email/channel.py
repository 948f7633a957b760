"""E-mail, the first of the channels."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.database import Transaction
from chassis.sealing import Keyring
from notifications.addresses import store as addresses
from notifications.addresses.model import mark
from notifications.email.gateway import MailGateway
from notifications.email.mail import Mail, Mailbox, compose
from notifications.email.return_paths import ReturnPaths, Sent
from notifications.email.signing import UNSIGNED, Signer
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
    keyring: Keyring
    paths: ReturnPaths
    signer: Signer = UNSIGNED
    rate: Rate | None = None
    name: Final = "email"
    contact: Final = "email"

    def __post_init__(self) -> None:
        """Raises ValueError for an address that is no mail server's, BadKey for a sender no key signs for: said at
        start, not by the first lane."""
        self.signer.check(self.sender.address, self.neutral_sender.address)
        self.gateway()

    def write(self, words: Words, to: str, delivery: Delivery, at: datetime, *, neutral: bool) -> Mail:
        """A mail, with the same Message-ID each time. Raises BadAddress."""
        sender = self.neutral_sender if neutral else self.sender
        sent = Sent(delivery.delivery_id, delivery.attempts + 1)
        path = self.paths.of(sent, sender.returns) if sender.returns else None
        return compose(words, to=to, sender=sender, delivery_id=delivery.delivery_id, at=at, return_path=path)

    async def leaves_to(self, tx: Transaction, delivery: Delivery, to: str) -> bool:
        """Whether nothing came back from there; it is then remembered as the address of this message."""
        key = await self.keyring.key_of(tx, f"person:{delivery.recipient_id}")
        # An organisation has no key: its address is public.
        known = mark(key.secret if key else delivery.recipient_id.bytes, to)
        return await addresses.leaves_to(tx, delivery.delivery_id, delivery.recipient_id, known)

    def gateway(self) -> MailGateway:
        """A connection of its own."""
        return MailGateway(self.url, self.timeout, self.signer)
