"""A real SFTP server inside the test: keeps files in a folder, and misbehaves when told to."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "maillage", "mot de passe d'essai"


@dataclass
class SftpPlace:
    """Where letters are left; `trouble` is what the next writes meet, used up one by one."""

    folder: Path
    key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    port: int = 0
    trouble: list[str] = field(default_factory=list)
    password: str = PASSWORD

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "letters_url": f"sftp://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/",
            "letters_host_key": self.key.export_public_key().decode(),
            "letters_timeout_seconds": 5,
        } | changes

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        listener = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=lambda: _Door(self),
            server_host_keys=[self.key],
            sftp_factory=lambda channel: _Keeper(channel, self),
        )
        self.port = listener.get_port()
        try:
            yield
        finally:
            listener.close()
            await listener.wait_closed()


class _Door(asyncssh.SSHServer):
    def __init__(self, place: SftpPlace) -> None:
        self._place = place

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, self._place.password)


class _Keeper(asyncssh.SFTPServer):
    def __init__(self, channel: Any, place: SftpPlace) -> None:
        super().__init__(channel, chroot=str(place.folder).encode())
        self._channel, self._place = channel, place

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        trouble = self._place.trouble.pop(0) if self._place.trouble else ""
        if trouble:
            super().write(file_obj, offset, data[: len(data) // 2])
        if trouble == "dropped":
            self._channel.get_connection().abort()
        if trouble:
            raise asyncssh.SFTPFailure("no space")
        written: Any = super().write(file_obj, offset, data)
        return int(written)


@contextmanager
def no_posix_rename() -> Iterator[None]:
    """A server of another make, whose rename never replaces a file."""
    kept = asyncssh.SFTPServer.posix_rename

    def refused(self: object, old: bytes, new: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("no posix-rename")

    asyncssh.SFTPServer.posix_rename = refused  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        asyncssh.SFTPServer.posix_rename = kept  # type: ignore[method-assign]
