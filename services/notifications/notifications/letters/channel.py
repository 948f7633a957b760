"""Letters as a channel: written when a batch is about to close, sealed until they are printed."""

from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from chassis.database import Database, Transaction, is_interruption
from chassis.sealing import Keyring, SubjectKey
from chassis.typesetting import printable
from contracts.references import new_reference
from contracts.sealed import Sealed
from notifications.addresses import store as addresses
from notifications.addresses.model import mark
from notifications.letters import store
from notifications.letters.model import Content, NotPostal, address, around_link
from notifications.letters.rounds import Rounds
from notifications.messages.channels import BadAddress, Rate
from notifications.messages.gateway import Accepted, Later, Outcome, Refused
from notifications.messages.model import Delivery, Reason
from notifications.messages.wording import Words

CONTENT: Final = TypeAdapter(Content)
"""How what a letter says becomes the text that is sealed, and back."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter on its way into the next batch."""

    delivery_id: UUID
    recipient_id: UUID
    content: Content
    written_at: datetime


@dataclass(frozen=True)
class Letters:
    """Letters headed by `sender`, or by `neutral_sender` for those who asked that nothing show: lines of an address
    that letters come back to."""

    rounds: Rounds
    database: Database
    keyring: Keyring
    zone: ZoneInfo
    sender: tuple[str, ...]
    neutral_sender: tuple[str, ...]
    rate: Rate | None = None
    name: Final = "letter"
    contact: Final = "post"

    def write(self, words: Words, to: str, delivery: Delivery, at: datetime, *, neutral: bool) -> Letter:
        """The letter of one delivery. `to` is the recipient's name, and behind a line break where they live. Raises
        BadAddress."""
        assert words.letter is not None
        name, _, recorded = to.partition("\n")
        try:
            lines = address(name, recorded, printable)
        except NotPostal as refused:
            raise BadAddress(refused.reason) from None
        leading, link, following = around_link(words.letter.paragraphs)
        sender = self.neutral_sender if neutral else self.sender
        day = at.astimezone(self.zone).date()
        content = Content(
            lines, sender, words.letter.title, leading, link, following, day, words.language, words.letter.french
        )
        return Letter(delivery.delivery_id, delivery.recipient_id, content, at)

    async def leaves(self, tx: Transaction, now: datetime) -> datetime:
        """Now while the day's batch is gathered, else when the next one is."""
        return await self.rounds.leaves(tx, now)

    def gateway(self) -> "LetterBox":
        """Where the letters of the next batch lie."""
        return LetterBox(self.database, self.keyring)


class LetterBox:
    """Takes letters while a batch is gathered."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def send(self, letter: Letter, /) -> Outcome:
        """Seal it into the next batch; once, however often it is sent."""
        try:
            return await self._put(letter)
        except Exception as error:
            if not is_interruption(error):
                raise
            return Later(Reason.NO_CONNECTION, away=True)

    async def close(self) -> None:
        """Nothing is held open."""

    async def _put(self, letter: Letter) -> Outcome:
        async with self._database.transaction() as tx:
            key = await self._keyring.key_of(tx, f"person:{letter.recipient_id}")
            if key is None:
                return Later(Reason.NO_KEY)
            # Without the name, which may be written otherwise the next time.
            known = mark(key.secret, *letter.content.address[1:])
            if await addresses.is_stopped(tx, letter.recipient_id, known):
                return Refused(Reason.ADDRESS_RETURNED)
            if not await store.hold_open(tx, letter.written_at):
                return Later(Reason.NEXT_BATCH)
            reference = await store.put(
                tx,
                letter.delivery_id,
                letter.recipient_id,
                new_reference(SystemRandom()),
                seal(key, letter.delivery_id, letter.content),
                known,
                letter.written_at,
            )
        return Accepted(reference)


def seal(key: SubjectKey, delivery_id: UUID, content: Content) -> Sealed:
    """What a letter says, for its recipient's key alone."""
    return key.seal(CONTENT.dump_json(content).decode(), event_id=delivery_id, name="letter")
