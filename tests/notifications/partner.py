"""A partner's software inside the test: a real HTTP server that keeps what it takes, and misbehaves when told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import h11


@dataclass(frozen=True)
class Call:
    """One request that came whole."""

    path: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answering(status: int, *, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Behaviour:
    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in headers)]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return answer


async def hanging_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def for_ever(writer: asyncio.StreamWriter) -> None:
    """An answer that never ends."""
    writer.write(b"HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n")
    with suppress(ConnectionError):
        while True:
            writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
            await writer.drain()


async def saying_nothing(writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, asyncio.CancelledError):
        await asyncio.sleep(60)


@dataclass
class Partner:
    """What came, and how the next calls are answered; without any more said, 204."""

    calls: list[Call] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)
    always: Behaviour = field(default_factory=lambda: answering(204))
    connections: int = 0
    port: int = 0
    tls: bool = False
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}/maillage"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            self.calls.append(await _read(reader))
            self.came.set()
            await (self.behaviours.pop(0) if self.behaviours else self.always)(writer)
        except (ConnectionError, h11.RemoteProtocolError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Call:
    connection = h11.Connection(h11.SERVER)
    head: Any = None
    body = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(65536)
            if not data:
                raise ConnectionError
            connection.receive_data(data)
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            headers = {name.decode(): value.decode() for name, value in head.headers}
            return Call(head.target.decode(), headers, body)


@asynccontextmanager
async def partner(tls: ssl.SSLContext | None = None) -> AsyncIterator[Partner]:
    made = Partner(tls=tls is not None)
    server = await asyncio.start_server(made.serve, "127.0.0.1", ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
