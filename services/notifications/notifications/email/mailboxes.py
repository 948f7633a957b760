"""Where mails come back to: an IMAP mailbox or a Maildir folder. What we have dealt with is deleted, nothing else is
touched."""

import asyncio
import imaplib
import mailbox
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

T = TypeVar("T")
LONGEST: Final = 256 * 1024
"""Bytes of a mail that are read: what a server reports stands before what it returns."""
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class Away(Exception):
    """The mailbox cannot be read now; says why without what the other side said."""


class Open(Protocol):
    """A mailbox while it is being read; every step may raise Away."""

    async def names(self) -> Sequence[str]:
        """What lies there; a name stands for the same mail the next time too."""

    async def content(self, name: str) -> bytes | None:
        """The beginning of a mail; None for one that somebody else has taken away."""

    async def delete(self, name: str) -> None:
        """Dealt with. Gone already is as good."""


class Mailbox(Protocol):
    """Where mails come back to."""

    def opened(self) -> AbstractAsyncContextManager[Open]:
        """Read it. Raises Away."""


def mailbox_at(url: str, timeout: float) -> Mailbox | None:
    """`imaps://user:password@host[:port]/folder`, or `maildir:///folder`; None for an empty address; `timeout` is in
    seconds, for each step. Raises ValueError for an address of another kind, or a folder that is not there."""
    parts = urlsplit(url)
    if not url:
        return None
    if parts.scheme == "maildir" and not parts.netloc:
        return Maildir(Path(unquote(parts.path)))
    secure = parts.scheme == "imaps" or (parts.scheme == "imap" and parts.hostname in _LOOPBACK)
    if not (secure and parts.hostname and parts.username and parts.password):
        raise ValueError("the bounces' mailbox is imaps://user:password@host/folder or maildir:///folder")
    return Imap(
        parts.hostname,
        parts.port or (993 if parts.scheme == "imaps" else 143),
        unquote(parts.username),
        unquote(parts.password),
        unquote(parts.path.strip("/")) or "INBOX",
        timeout,
        tls=parts.scheme == "imaps",
    )


class Maildir:
    """A folder that a mail server of ours delivers into."""

    def __init__(self, folder: Path) -> None:
        if not all((folder / part).is_dir() for part in ("new", "cur", "tmp")):
            raise ValueError(f"the bounces' mailbox {folder} is no Maildir folder: new, cur and tmp lie in one")
        self._folder = folder

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Open"]:
        """Its mails."""
        try:
            folder = mailbox.Maildir(self._folder, create=False)
        except mailbox.Error as error:
            raise Away(type(error).__name__) from None
        yield _OpenMaildir(folder)


class _OpenMaildir:
    def __init__(self, folder: "mailbox.Maildir") -> None:
        self._folder = folder

    async def names(self) -> Sequence[str]:
        try:
            return sorted(self._folder.keys())
        except OSError as error:
            raise Away(type(error).__name__) from None

    async def content(self, name: str) -> bytes | None:
        try:
            with self._folder.get_file(name) as file:
                return bytes(file.read(LONGEST))
        except (KeyError, FileNotFoundError):
            return None
        except OSError as error:
            raise Away(type(error).__name__) from None

    async def delete(self, name: str) -> None:
        try:
            self._folder.discard(name)
        except OSError as error:
            raise Away(type(error).__name__) from None


class Imap:
    """A folder of an account on an IMAP server (RFC 9051), by the standard library, in a thread: it waits."""

    def __init__(
        self, host: str, port: int, user: str, password: str, folder: str, timeout: float, *, tls: bool
    ) -> None:
        self._where = (host, port)
        self._account = (user, password)
        self._folder = folder
        self._timeout = timeout
        self._tls = tls

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Open"]:
        """Signed in, with the folder at hand."""
        client = await _step(self._connect)
        try:
            yield _OpenImap(client)
        finally:
            with suppress(Away):
                await _step(client.logout)

    def _connect(self) -> imaplib.IMAP4:
        host, port = self._where
        client: imaplib.IMAP4 = (
            imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=self._timeout)
            if self._tls
            else imaplib.IMAP4(host, port, self._timeout)
        )
        try:
            client.login(*self._account)
            _said(client.select(f'"{self._folder}"'))
        except (Away, imaplib.IMAP4.error, OSError):
            client.shutdown()
            raise
        return client


class _OpenImap:
    def __init__(self, client: imaplib.IMAP4) -> None:
        self._client = client
        # Names are good until the server says that they begin anew (RFC 9051, 2.3.1.1).
        self._era = b"".join(filter(None, client.response("UIDVALIDITY")[1])).decode("ascii", "replace")

    async def names(self) -> Sequence[str]:
        found = await self._ask("SEARCH", "UNDELETED")
        return [f"{self._era}.{uid.decode()}" for line in found if isinstance(line, bytes) for uid in line.split()]

    async def content(self, name: str) -> bytes | None:
        found = await self._ask("FETCH", self._uid(name), f"(BODY.PEEK[]<0.{LONGEST}>)")
        return next((part[1] for part in found if isinstance(part, tuple)), None)

    async def delete(self, name: str) -> None:
        await self._ask("STORE", self._uid(name), "+FLAGS.SILENT", "(\\Deleted)")
        await self._ask("EXPUNGE", self._uid(name))

    async def _ask(self, command: str, *words: str) -> Sequence[object]:
        return _said(await _step(self._client.uid, command, *words))

    def _uid(self, name: str) -> str:
        return name.rpartition(".")[2]


def _said(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    """What a server answered, if it was yes."""
    status, lines = answer
    if status != "OK":
        raise Away(status)
    return lines


async def _step(call: Callable[..., T], *words: str) -> T:
    try:
        return await asyncio.to_thread(call, *words)
    except (imaplib.IMAP4.error, OSError) as error:
        raise Away(type(error).__name__) from None
