"""Texts: one short message to a phone number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.database import Transaction
from chassis.signatures import key_of
from chassis.web.phones import mobile
from notifications.messages.channels import BadAddress, Rate
from notifications.messages.gateway import Gateway
from notifications.messages.model import Delivery, Reason
from notifications.messages.wording import Words
from notifications.sms.gateway import HttpGateway, TextMessage
from notifications.sms.model import write
from notifications.sms.stops import Stops

APPRISE: Final = "apprise:"


@dataclass(frozen=True)
class Texts:
    """Texts by the gateway at `url`, which shares `secret`; `timeout` is in seconds, for all there is to say about one
    message."""

    url: str
    secret: str
    timeout: float
    sender: str
    neutral_sender: str
    stops: Stops
    rate: Rate | None = None
    name: Final = "sms"
    contact: Final = "phone"

    def __post_init__(self) -> None:
        """Raises ValueError for an address or a secret that is none: said at start, not by the first lane."""
        self.gateway()

    def write(self, words: Words, to: str, delivery: Delivery, at: datetime, *, neutral: bool) -> TextMessage:
        """The text as it costs least. Raises BadAddress for a number that receives none."""
        number = mobile(to)
        if number is None:
            raise BadAddress(Reason.NO_MOBILE)
        sender = self.neutral_sender if neutral else self.sender
        written = write(words.sms)
        return TextMessage(delivery.delivery_id, number, written.text, sender, written.parts)

    async def leaves_to(self, tx: Transaction, delivery: Delivery, to: str) -> bool:
        """Any number; it is remembered, for who answers STOP."""
        if number := mobile(to):
            await self.stops.leaves_to(tx, delivery.recipient_id, number)
        return True

    def gateway(self) -> Gateway:
        """A conversation of its own."""
        if self.url.startswith(APPRISE):
            # Its modules take a second to load, and 35 MB: not where nobody uses them.
            from notifications.sms.apprise_gateway import AppriseGateway

            return AppriseGateway(self.url.removeprefix(APPRISE), self.timeout)
        return HttpGateway(self.url, key_of(self.secret), self.timeout)
