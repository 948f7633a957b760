"""The mail server: one connection for many mails, and what its answers mean."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from notifications.email.mail import Mail
from notifications.email.reports import DEAD, status_of
from notifications.email.signing import UNSIGNED, Signer
from notifications.messages.gateway import Accepted, Later, Outcome, Refused
from notifications.messages.model import Reason

_TLS: dict[str, tuple[bool, bool | None]] = {
    "smtp": (False, None),
    "smtp+starttls": (False, True),
    "smtps": (True, False),
}
"""Scheme → TLS from the first byte, STARTTLS (None: when the server offers it)."""
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

IDLE = 10.0
"""Seconds after which a connection is not trusted to be alive."""


class MailGateway:
    """One conversation at a time: each lane of a sender has its own."""

    def __init__(
        self, url: str, timeout: float, signer: Signer = UNSIGNED, now: Callable[[], float] = monotonic
    ) -> None:
        """`timeout` is in seconds, for all the words about one mail. Raises ValueError for an address of another
        kind."""
        parts = urlsplit(url)
        if parts.scheme not in _TLS or not parts.hostname:
            raise ValueError("the mail server's address is smtp://, smtp+starttls:// or smtps://host:port")
        use_tls, start_tls = _TLS[parts.scheme]
        self._client = SMTP(
            hostname=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=use_tls,
            start_tls=start_tls,
            timeout=timeout,
        )
        self._timeout = timeout
        self._signer = signer
        self._now = now
        self._used = 0.0

    async def send(self, mail: Mail, /) -> Outcome:
        """Hand one mail over; never raises what the network or the server do wrong."""
        deadline = self._now() + self._timeout
        try:
            await self._connected()
        except (SMTPException, OSError, TimeoutError) as error:
            self._client.close()
            return Later(_reason(error), away=True)
        outcome = await self._hand_over(mail, deadline)
        self._used = self._now()
        if not isinstance(outcome, Accepted):
            await self._clear(outcome)
        return outcome

    async def close(self) -> None:
        """Take leave of the server."""
        with suppress(SMTPException, OSError, TimeoutError):
            if self._client.is_connected:
                await self._client.quit()
        self._client.close()

    async def _connected(self) -> None:
        if self._client.is_connected and self._now() - self._used > IDLE:
            await self.close()
        if not self._client.is_connected:
            await self._client.connect()

    async def _hand_over(self, mail: Mail, deadline: float) -> Outcome:
        # A server that refuses the sender refuses every mail: that is a setting to mend, not a mail to give up.
        content = self._signer.sign(mail.content, mail.author)
        steps: tuple[tuple[Callable[[float], Awaitable[Any]], bool, bool], ...] = (
            (lambda seconds: self._client.mail(mail.sender, timeout=seconds), True, False),
            (lambda seconds: self._client.rcpt(mail.recipient, timeout=seconds), False, False),
            (lambda seconds: self._client.data(content, timeout=seconds), False, True),
        )
        for step, ours, decisive in steps:
            try:
                await step(max(0.1, deadline - self._now()))
            except SMTPResponseException as error:
                return _answered(error, ours=ours)
            except (SMTPException, OSError, TimeoutError) as error:
                return Later(_reason(error), away=True, in_doubt=decisive)
        return Accepted()

    async def _clear(self, outcome: Outcome) -> None:
        """After a refusal the conversation begins anew; after a lost line, the connection does."""
        if isinstance(outcome, Later) and outcome.away:
            self._client.close()
            return
        with suppress(SMTPException, OSError, TimeoutError):
            await self._client.rset()


def _answered(error: SMTPResponseException, *, ours: bool) -> Refused | Later:
    if error.code >= 500 and not ours:
        return Refused(_reason(error), dead=status_of(error.message) in DEAD)
    return Later(_reason(error), away=ours or error.code == 421)


def _reason(error: Exception) -> str:
    """A code without the server's words, which may repeat the address."""
    return f"smtp_{error.code}" if isinstance(error, SMTPResponseException) else Reason.NO_CONNECTION
