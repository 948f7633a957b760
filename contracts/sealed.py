"""The shape of sealed personal data inside an event.

Names, contact points, birth dates, addresses and free text travel only in this form. The
cryptography belongs to the chassis: nothing here can open what it describes.
"""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

KeySubject = Annotated[str, Field(pattern=r"^(person|request|case):[0-9a-f-]{36}$")]
"""Whose key opens a block: `person:<uuid>`; for text about several people `request:` or `case:`."""


class Sealed(BaseModel):
    """A value encrypted with AES-256-GCM under the key of `key_subject`.

    The ciphertext is bound to `event_id` (the event or record it was sealed for) and `field`, so that a block
    moved to another event or another field does not open.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key_subject: KeySubject
    event_id: UUID
    field: Annotated[str, Field(min_length=1)]
    data: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9_-]+$", description="base64url of nonce, ciphertext and tag, unpadded"),
    ]
