"""A partner's letter: what it asks, which one it is, and whether its date can be true."""

import hashlib
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts.envelope import derived_id
from contracts.events import PartnerRequestSent
from intake.requests.asked import Asked

LONGEST_WAY = timedelta(days=30)
"""As long as `partner-requests` keeps what is written there."""
CLOCKS_DIFFER = timedelta(minutes=5)


class Letter(Asked):
    """What a partner signs: a request and, so that nobody can file it elsewhere, the place it is filed at.

    A partner whose software does not sign the place yet may leave it out.
    """

    reference: Annotated[str, Field(max_length=100)] | None = None
    number: Annotated[int, Field(ge=0)] | None = None

    def filed_as(self, reference: str, number: int) -> bool:
        """Whether this may be the letter of that number under that reference."""
        return self.reference in (None, reference) and self.number in (None, number)


def letter_id(sent: PartnerRequestSent, number: int) -> UUID:
    """One letter, however often it is sent: `number` is its event's sequence."""
    return derived_id(sent.organisation_id, f"letter:{sent.reference}:{number}")


def content_hash(letter: Letter, key: bytes) -> bytes:
    """Tells two letters apart (32 bytes, keyed): it tells nothing to who reads the table.

    What was left out counts as its default, so that a field added later changes no hash.
    """
    content = letter.model_dump_json(exclude={"reference", "number"}, exclude_defaults=True).encode()
    return hashlib.blake2b(content, digest_size=32, key=key, person=b"maillage-lettre").digest()


def believable(sent: datetime, now: datetime) -> bool:
    """Whether a letter can have been sent at that time: a promise and an age are counted from it."""
    return now - LONGEST_WAY <= sent <= now + CLOCKS_DIFFER
