"""Sealing: personal data is readable only with the key of the person or case it concerns.

AES-256-GCM under a key per subject (`person:<id>`, `request:<id>`, `case:<id>`), bound to
the event, the subject and the field. Keys travel and rest wrapped by the deployment's
master key; dropping a subject's key erases what was sealed with it, wherever it went.
"""

from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from os import urandom
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.database import Transaction
from contracts.envelope import Envelope, derived_id, event
from contracts.events import PersonKeyIssued
from contracts.sealed import Sealed

_NONCE = 12


class NotOpened(Exception):
    """A sealed block was moved, altered, or sealed under another key."""


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """The key of one subject, in the clear: never stored, never logged."""

    key_subject: str
    secret: bytes = field(repr=False)

    def seal(self, text: str, *, event_id: UUID, name: str) -> Sealed:
        """Encrypt `text` for field `name` of that event or record."""
        data = self.seal_bytes(text.encode(), event_id=event_id, name=name)
        return Sealed(
            key_subject=self.key_subject,
            event_id=event_id,
            field=name,
            data=urlsafe_b64encode(data).rstrip(b"=").decode(),
        )

    def open(self, sealed: Sealed) -> str:
        """Decrypt. Raises NotOpened when the block is not what was sealed."""
        data = urlsafe_b64decode(sealed.data + "=" * (-len(sealed.data) % 4))
        try:
            return self.open_bytes(data, event_id=sealed.event_id, name=sealed.field).decode()
        except ValueError:
            raise NotOpened from None

    def seal_bytes(self, content: bytes, *, event_id: UUID, name: str) -> bytes:
        """Encrypt what is no text, such as a document, bound in the same way."""
        nonce = urandom(_NONCE)
        return nonce + AESGCM(self.secret).encrypt(nonce, content, self._bound(event_id, name))

    def open_bytes(self, sealed: bytes, *, event_id: UUID, name: str) -> bytes:
        """Decrypt. Raises NotOpened when it is not what was sealed."""
        try:
            return AESGCM(self.secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(event_id, name))
        except (InvalidTag, ValueError):
            raise NotOpened from None

    def _bound(self, event_id: UUID, name: str) -> bytes:
        return f"{event_id}|{self.key_subject}|{name}".encode()


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A subject's key as it is stored and published: wrapped by the master key."""

    key_subject: str
    wrapped: str
    master_key_id: str


class MasterKey:
    """Wraps and unwraps the subjects' keys."""

    def __init__(self, secret: bytes, key_id: str) -> None:
        self._cipher = AESGCM(secret)
        self._id = key_id

    def issue(self, key_subject: str) -> tuple[SubjectKey, WrappedKey]:
        """A new key for a subject that has none."""
        key = SubjectKey(key_subject, urandom(32))
        nonce = urandom(_NONCE)
        wrapped = nonce + self._cipher.encrypt(nonce, key.secret, key_subject.encode())
        return key, WrappedKey(key_subject, b64encode(wrapped).decode(), self._id)

    def unwrap(self, key: WrappedKey) -> SubjectKey:
        """Raises NotOpened when it was wrapped by another master key or for another subject."""
        data = b64decode(key.wrapped)
        try:
            secret = self._cipher.decrypt(data[:_NONCE], data[_NONCE:], key.key_subject.encode())
        except (InvalidTag, ValueError):
            raise NotOpened from None
        return SubjectKey(key.key_subject, secret)


def key_issued(key: WrappedKey, *, cause: UUID, source: str, template: Envelope) -> Envelope:
    """The event that tells the other services a subject's key, beside the event that needs it."""
    return event(
        PersonKeyIssued(key_subject=key.key_subject, wrapped=key.wrapped, master_key_id=key.master_key_id),
        id=derived_id(cause, key.key_subject),
        source=source,
        sequence=1,
        time=template.time,
        correlationid=template.correlationid,
        causationid=template.id,
        traceparent=template.traceparent,
    )


class Shown(StrEnum):
    """Why a sealed text can or can't be read."""

    OPEN = "open"
    WAITING = "waiting"
    """Its key has not arrived yet."""
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Opened:
    """A sealed text after opening: `str()` gives what a page shows."""

    state: Shown
    text: str = field(default="", repr=False)

    def __str__(self) -> str:
        return {Shown.OPEN: self.text, Shown.WAITING: "en attente", Shown.ERASED: "effacé"}[self.state]

    @property
    def readable(self) -> bool:
        """Whether there is a text to act on, such as an address to write to."""
        return self.state is Shown.OPEN


async def remember(tx: Transaction, keys: Sequence[WrappedKey]) -> None:
    """Store keys not known yet. A known or erased subject keeps what it has."""
    await tx.execute(
        """INSERT INTO subject_keys (key_subject, wrapped, master_key_id)
           SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING""",
        [key.key_subject for key in keys],
        [key.wrapped for key in keys],
        [key.master_key_id for key in keys],
    )


async def erase(tx: Transaction, key_subjects: Sequence[str], at: datetime) -> None:
    """Drop keys for good: what was sealed with them opens no more, and a key that is still under way is not kept."""
    if key_subjects:
        await tx.execute(
            """INSERT INTO subject_keys AS known (key_subject, wrapped, master_key_id, erased_at)
               SELECT DISTINCT key_subject, NULL, '', $2::timestamptz FROM unnest($1::text[]) AS key_subject
               ON CONFLICT (key_subject) DO UPDATE
               SET wrapped = NULL, erased_at = coalesce(known.erased_at, excluded.erased_at)""",
            list(key_subjects),
            at,
        )


class Keyring:
    """Opens sealed blocks with the keys this service has."""

    def __init__(self, master: MasterKey) -> None:
        self.master = master

    async def key_of(self, tx: Transaction, key_subject: str) -> SubjectKey | None:
        """The subject's key; None when it has not arrived, or is erased."""
        row = await tx.fetchrow(
            "SELECT * FROM subject_keys WHERE key_subject = $1 AND wrapped IS NOT NULL", key_subject
        )
        return self.master.unwrap(WrappedKey(key_subject, row["wrapped"], row["master_key_id"])) if row else None

    async def open(self, tx: Transaction, blocks: Sequence[Sealed | None]) -> list[Opened | None]:
        """Open many at once, in one query; what is None stays None. Raises NotOpened for a forged block."""
        rows = await tx.fetch(
            "SELECT key_subject, wrapped, master_key_id FROM subject_keys WHERE key_subject = ANY($1::text[])",
            list({block.key_subject for block in blocks if block}),
        )
        keys = {row["key_subject"]: self.master.unwrap(WrappedKey(*row)) if row["wrapped"] else None for row in rows}
        return [self._open(block, keys) if block else None for block in blocks]

    @staticmethod
    def _open(block: Sealed, keys: dict[str, SubjectKey | None]) -> Opened:
        if block.key_subject not in keys:
            return Opened(Shown.WAITING)
        key = keys[block.key_subject]
        return Opened(Shown.OPEN, key.open(block)) if key else Opened(Shown.ERASED)
