"""A mail server that delivers to nobody: each mail becomes a file, so that it can be read and counted.

Run as ``python -m deploy.local.mail PORT FOLDER``.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.ports import LOOPBACK


class Keeper:
    """Keeps each accepted mail as `<nanoseconds>-<pid>.eml`; it is on disk before the sender hears yes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        name = f"{time.time_ns()}-{os.getpid()}"
        draft = self.folder / f".{name}"
        content = envelope.content
        assert isinstance(content, bytes)
        draft.write_bytes(content)
        draft.rename(self.folder / f"{name}.eml")
        return "250 kept"


async def serve(port: int, folder: Path) -> None:
    """Accepts mail on the loopback until SIGTERM or SIGINT."""
    folder.mkdir(parents=True, exist_ok=True)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(
        lambda: SMTP(Keeper(folder), enable_SMTPUTF8=True, hostname="localhost", loop=loop), LOOPBACK, port
    )
    async with server:
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
