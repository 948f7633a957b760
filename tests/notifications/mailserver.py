"""A real mail server inside the test: keeps what it accepts, and misbehaves when told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

Behaviour = Callable[["MailServer", SMTP, Envelope], Awaitable[str]]


@dataclass
class MailServer:
    """What arrived, and how the next mails are answered (the last behaviour goes on for ever)."""

    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """The same, byte for byte."""
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    connections: int = 0
    at_recipient: list[str] = field(default_factory=list)
    """Answers to RCPT, used up one by one; then `250`."""
    at_data: list[Behaviour] = field(default_factory=list)
    """Answers to the mail itself, used up one by one; then it is kept."""
    sender_answer: str = "250 OK"
    port: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def keep(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        self.raw.append(content)
        self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        self.arrived.set()

    # aiosmtpd's own names -----------------------------------------------------------------

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_answer.startswith("250"):
            envelope.mail_from = address
        return self.sender_answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.at_recipient.pop(0) if self.at_recipient else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.at_data:
            return await self.at_data.pop(0)(self, server, envelope)
        self.keep(envelope)
        return "250 kept"


def text_of(mail: EmailMessage) -> str:
    """The plain words of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def answering(text: str) -> Behaviour:
    """Answer this, and keep nothing."""

    async def behave(_: MailServer, __: SMTP, ___: Envelope) -> str:
        return text

    return behave


async def hang_up(_: MailServer, server: SMTP, __: Envelope) -> str:
    """Drop the line before any answer, keeping nothing."""
    transport: Any = server.transport
    transport.abort()
    return "250 unheard"


async def keep_and_hang_up(mails: MailServer, server: SMTP, envelope: Envelope) -> str:
    """Keep the mail, and drop the line before saying so."""
    mails.keep(envelope)
    return await hang_up(mails, server, envelope)


def slowly(gate: asyncio.Event) -> Behaviour:
    """Keep the mail at once, answer when the gate opens."""

    async def behave(mails: MailServer, _: SMTP, envelope: Envelope) -> str:
        mails.keep(envelope)
        await gate.wait()
        return "250 at last"

    return behave


@asynccontextmanager
async def mail_server(
    port: int = 0, kind: type[SMTP] = SMTP, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[MailServer]:
    """A server on a free port of the loopback (or on `port`), until the block ends; `tls`: from the first byte;
    `options` are aiosmtpd's."""
    mails, loop, made = MailServer(), asyncio.get_running_loop(), []

    def factory() -> SMTP:
        mails.connections += 1
        made.append(kind(mails, hostname="localhost", loop=loop, **options))
        return made[-1]

    server = await loop.create_server(factory, "127.0.0.1", port, ssl=tls)
    mails.port = server.sockets[0].getsockname()[1]
    try:
        yield mails
    finally:
        server.close()
        for one in made:
            if one.transport is not None:
                one.transport.close()
        await server.wait_closed()
