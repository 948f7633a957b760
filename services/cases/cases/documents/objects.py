"""Where contents lie: a folder of this machine, or a bucket of an object store. They arrive and leave encrypted."""

from functools import cache
from uuid import UUID

from obstore.exceptions import NotFoundError
from obstore.store import ObjectStore, from_url


class Unreadable(Exception):
    """Nothing lies there, or not what was put there."""


class Objects:
    """Contents by the id of their document."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, document_id: UUID, content: bytes) -> None:
        await self._store.put_async(str(document_id), content)

    async def get(self, document_id: UUID) -> bytes:
        """Raises Unreadable."""
        try:
            found = await self._store.get_async(str(document_id))
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError):
            raise Unreadable from None

    async def delete(self, document_id: UUID) -> None:
        """What is not there any more is deleted."""
        try:
            await self._store.delete_async(str(document_id))
        except (NotFoundError, FileNotFoundError):
            return


@cache
def objects_at(url: str) -> Objects:
    """The store at `file:///folder` (made if need be), `s3://bucket/prefix` (credentials from the environment, as AWS
    names them) or `memory:///`, which a process forgets."""
    return Objects(from_url(url, mkdir=True) if url.startswith("file:") else from_url(url))
