"""What ClamAV's `clamd` says on the wire (`INSTREAM`), by who finds one virus and may go away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

VIRUS = b"plainly-sample-virus"
NAME = "Exemple.Virus-1"


@dataclass
class Scanner:
    """`answer`: what it says, whatever it was sent; None: nothing, it hangs up."""

    url: str = ""
    received: list[bytes] = field(default_factory=list)
    answer: str | None = ""
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    """It answers once this is set, as it is at first."""

    def __post_init__(self) -> None:
        self.silent.set()

    def says(self, content: bytes) -> str:
        return self.answer or (f"stream: {NAME} FOUND" if VIRUS in content else "stream: OK")


@asynccontextmanager
async def scanner() -> AsyncIterator[Scanner]:
    """On a free port of the loopback, until the block ends."""
    told = Scanner()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            assert await reader.readline() == b"nINSTREAM\n"
            content = b""
            while size := int.from_bytes(await reader.readexactly(4)):
                content += await reader.readexactly(size)
            told.received.append(content)
            await told.silent.wait()
            if told.answer is not None:
                writer.write(told.says(content).encode() + b"\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    told.url = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield told
    finally:
        server.close()
        await server.wait_closed()
