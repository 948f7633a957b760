"""Where batches are handed over: a folder, or an SFTP server. Nothing bears its final name there before it is whole."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from errno import EDQUOT, ENOSPC
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import asyncssh


class Trouble(Exception):
    """The place did not do what it was asked; `code` tells how, and names nobody."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


AWAY: Final = "place_away"
STRANGE: Final = "place_not_the_one_expected"
CLOSED: Final = "place_refuses_us"
FULL: Final = "place_full"
FAILED: Final = "place_failed"


class Open(Protocol):
    """A place held open. Names are plain file names. Everything raises Trouble."""

    async def write(self, name: str, content: bytes) -> None:
        """Write a file anew, down to the disk where the place can be asked to."""

    async def rename(self, name: str, final: str) -> None:
        """Give a file its final name, over one that has it."""

    async def exists(self, name: str) -> bool:
        """Whether there is such a file."""


class Place(Protocol):
    """Where batches go."""

    def opened(self) -> AbstractAsyncContextManager[Open]:
        """Held open for one batch."""


def place_at(url: str, host_key: str, client_key: Path | None, timeout: float) -> Place | None:
    """`file:///folder`, or `sftp://user[:password]@host[:port]/folder`; None for an empty address. `timeout`: seconds
    for each step. Raises ValueError for an address of another kind, or a server without a key to know it by."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path and not parts.netloc:
        return Folder(Path(unquote(parts.path)))
    if parts.scheme != "sftp" or not parts.hostname or not parts.username:
        raise ValueError("letters are handed over at file:///folder or sftp://user@host/folder")
    import asyncssh

    try:
        key = asyncssh.import_public_key(host_key)
    except asyncssh.KeyImportError:
        raise ValueError("the SFTP server's public key is needed, as `ssh-ed25519 AAAA…`") from None
    password = unquote(parts.password) if parts.password else None
    path = PurePosixPath(unquote(parts.path) or "/")
    return Sftp(parts.hostname, parts.port or 22, unquote(parts.username), password, path, key, client_key, timeout)


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, or mounted on it."""

    path: Path

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Open]:
        """It is not made where it is missing: that may be a mount that was lost."""
        if not self.path.is_dir():
            raise Trouble(AWAY)
        yield self

    async def write(self, name: str, content: bytes) -> None:
        await _on_disk(lambda: _write(self.path / name, content))

    async def rename(self, name: str, final: str) -> None:
        await _on_disk(lambda: _rename(self.path / name, self.path / final))

    async def exists(self, name: str) -> bool:
        return (self.path / name).exists()


async def _on_disk(work: Callable[[], None]) -> None:
    try:
        await asyncio.to_thread(work)
    except OSError as error:
        raise Trouble(FULL if error.errno in {ENOSPC, EDQUOT} else FAILED) from None


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _rename(file: Path, final: Path) -> None:
    file.replace(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@dataclass(frozen=True)
class Sftp:
    """A folder of an SFTP server that is known by its key."""

    host: str
    port: int
    username: str
    password: str | None = field(repr=False)
    path: PurePosixPath
    host_key: "asyncssh.SSHKey"
    client_key: Path | None
    timeout: float

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Open]:
        import asyncssh

        # Below, it tells the log of each connection who signed in where.
        asyncssh.set_log_level("WARNING")
        connection = asyncssh.connect(
            self.host,
            self.port,
            username=self.username,
            password=self.password,
            client_keys=[str(self.client_key)] if self.client_key else None,
            known_hosts=([self.host_key], [], []),
            agent_path=None,
            config=None,
            connect_timeout=self.timeout,
            login_timeout=self.timeout,
            keepalive_interval=self.timeout / 2,
            keepalive_count_max=2,
        )
        with _told():
            async with connection as connected, connected.start_sftp_client() as client:
                yield _Remote(client, self.path, self.timeout)


@dataclass(frozen=True)
class _Remote:
    client: "asyncssh.SFTPClient"
    path: PurePosixPath
    timeout: float

    async def write(self, name: str, content: bytes) -> None:
        import asyncssh

        with _told():
            async with asyncio.timeout(self.timeout), self.client.open(self.path / name, "wb") as file:
                await file.write(content)
                with suppress(asyncssh.SFTPOpUnsupported):
                    await file.fsync()

    async def rename(self, name: str, final: str) -> None:
        import asyncssh

        draft, named = self.path / name, self.path / final
        with _told():
            async with asyncio.timeout(self.timeout):
                try:
                    await self.client.posix_rename(draft, named)
                except asyncssh.SFTPOpUnsupported:
                    with suppress(asyncssh.SFTPNoSuchFile):
                        await self.client.remove(named)
                    await self.client.rename(draft, named)

    async def exists(self, name: str) -> bool:
        with _told():
            async with asyncio.timeout(self.timeout):
                return await self.client.exists(self.path / name)


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong on the way, as Trouble."""
    import asyncssh

    try:
        yield
    except asyncssh.HostKeyNotVerifiable:
        raise Trouble(STRANGE) from None
    except (asyncssh.PermissionDenied, asyncssh.SFTPPermissionDenied):
        raise Trouble(CLOSED) from None
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.DisconnectError, OSError, TimeoutError):
        raise Trouble(AWAY) from None
    except asyncssh.Error:
        # A full disk among others: the protocol that is spoken everywhere (version 3) has one word for them all.
        raise Trouble(FAILED) from None
