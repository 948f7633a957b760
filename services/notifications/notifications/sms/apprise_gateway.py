"""Any of the SMS services Apprise knows: an address of its own kind, no code of ours.

Apprise tells yes or no, and nothing more: a number that will never receive anything looks like a service that is down.
So a no is always tried again, in doubt, and the message goes on to its next channel when it has been tried for long
enough. No id keeps a service from sending twice, and no receipt comes back. Where that matters, the HTTP adapter does
better.
"""

import asyncio
from typing import Final
from urllib.parse import quote

import apprise

from notifications.messages.gateway import Accepted, Later, Outcome
from notifications.sms.gateway import TextMessage

REFUSED: Final = "apprise_no"
_PROBE: Final = ("+33639980000", "Exemple")


class AppriseGateway:
    """Hands messages over from a thread: Apprise waits for its services."""

    def __init__(self, url: str, timeout: float) -> None:
        """`url` is as Apprise's documentation gives it, `{to}` standing for the number and `{sender}`, where the
        service takes one, for the sender: `octopush://login:key@{sender}/{to}`. `timeout` is in seconds. Raises
        ValueError for what Apprise makes nothing of."""
        self._url, self._timeout = url, timeout
        if "{to}" not in url or not self._service(*_PROBE):
            raise ValueError("Apprise knows no such address, or it has no place for {to}")

    async def send(self, parcel: TextMessage, /) -> Outcome:
        """Hand one message over; never raises what the network or the service do wrong."""
        return await asyncio.to_thread(self._send, parcel)

    async def close(self) -> None:
        """Nothing is kept between messages."""

    def _send(self, parcel: TextMessage) -> Outcome:
        services = self._service(parcel.to, parcel.sender)
        said = services.notify(body=parcel.text, timeout=self._timeout)
        return Accepted(parts=parcel.parts) if said else Later(REFUSED, away=True, in_doubt=True)

    def _service(self, to: str, sender: str) -> apprise.Apprise:
        """One made for one message; it holds nothing, and is false, where the address is none."""
        services = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
        services.add(self._url.replace("{to}", quote(to, safe="")).replace("{sender}", quote(sender, safe="")))
        return services
