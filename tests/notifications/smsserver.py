"""A real SMS gateway inside the test: keeps what it accepts, once an id, and misbehaves when told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from chassis.signatures import BadSignature, check, key_of
from tests.notifications.samples import NOW

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
KEY = key_of(SECRET)


@dataclass(frozen=True)
class Asked:
    """One request."""

    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said


Behaviour = Callable[["SmsServer", Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class SmsServer:
    """What arrived, and how the next requests are answered (used up one by one; then messages are kept)."""

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Messages that would reach somebody, by id: an id sent again is the same message."""
    asked: list[Asked] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    now: Callable[[], Any] = lambda: NOW

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/messages"

    def keep(self, asked: Asked) -> str:
        """The reference it has here."""
        self.kept.setdefault(asked.message["id"], asked.message)
        return reference_of(asked.message["id"])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                await self._one(reader, writer)
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        asked = Asked(headers, await reader.readexactly(int(headers["content-length"])))
        self.asked.append(asked)
        await (self.behaviours.pop(0) if self.behaviours else kept)(self, asked, writer)


def reference_of(message_id: str) -> str:
    return f"ref-{message_id[:8]}"


def say(writer: asyncio.StreamWriter, status: int, body: bytes, headers: str = "") -> None:
    writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)


async def kept(server: SmsServer, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """As the protocol has it."""
    try:
        check(KEY, asked.headers, asked.body, server.now())
    except BadSignature:
        say(writer, 401, b"{}")
    else:
        say(writer, 202, json.dumps({"reference": server.keep(asked)}).encode())


def answering(status: int, body: bytes = b"", headers: str = "") -> Behaviour:
    """Answer this, and keep nothing."""

    async def behave(_: SmsServer, __: Asked, writer: asyncio.StreamWriter) -> None:
        say(writer, status, body, headers)

    return behave


async def hang_up(_: SmsServer, __: Asked, writer: asyncio.StreamWriter) -> None:
    """Drop the line before any answer, keeping nothing."""
    writer.transport.abort()


async def keep_and_hang_up(server: SmsServer, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Keep the message, and drop the line before saying so."""
    server.keep(asked)
    writer.transport.abort()


async def keep_and_break_off(server: SmsServer, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Keep the message, and drop the line in the middle of the answer."""
    server.keep(asked)
    writer.write(b"HTTP/1.1 202 -\r\nContent-Length: 80\r\n\r\n{")
    await writer.drain()
    writer.close()


async def keep_and_be_silent(server: SmsServer, asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Keep the message, and never answer."""
    server.keep(asked)
    await asyncio.Event().wait()


async def be_silent(_: SmsServer, __: Asked, ___: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def talk_without_end(_: SmsServer, __: Asked, writer: asyncio.StreamWriter) -> None:
    """An answer no protocol has."""
    writer.write(b"HTTP/1.1 200 -\r\n\r\n")
    while True:
        writer.write(b"<html>" * 1000)
        await writer.drain()


@asynccontextmanager
async def sms_server() -> AsyncIterator[SmsServer]:
    """A gateway on a free port of the loopback, until the block ends."""
    made = SmsServer()
    tasks: set[asyncio.Task[None]] = set()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(made.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
