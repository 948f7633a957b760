"""person-keys: the keys that open sealed blocks, themselves locked by the deployment's master key."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events.data import EventData
from contracts.sealed import KeySubject


class PersonKeyIssued(EventData):
    """A key exists for this person, request or case."""

    topic: ClassVar[str] = "person-keys"
    key: ClassVar[str] = "key_subject"

    key_subject: KeySubject
    wrapped: Annotated[str, Field(min_length=1, description="base64 of the key wrapped by the master key")]
    master_key_id: Annotated[str, Field(min_length=1)]
