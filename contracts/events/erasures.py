"""person-events: that somebody is erased, once it is decided, and each service's answer that it is done."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from contracts.events.data import EventData, Part, PersonId
from contracts.sealed import KeySubject

KnownKept = Literal["dossier_shared_text"]
Kept = KnownKept | str


class _Person(Part):
    """Whom it is about: named as on person-keys."""

    person_id: PersonId

    @property
    def key_subject(self) -> str:
        """What their own key is called."""
        return f"person:{self.person_id}"


class PersonErased(_Person, EventData):
    """It is decided that nothing is kept of this person: their key and rows are dropped everywhere, and whatever is
    heard of them from then on is not kept. An id and nothing else, for ever: a restored database hears it again."""

    topic: ClassVar[str] = "person-events"
    key: ClassVar[str] = "key_subject"


class PersonErasureDone(_Person, EventData):
    """A service holds nothing of that person any more."""

    topic: ClassVar[str] = "person-events"
    key: ClassVar[str] = "key_subject"

    service: Annotated[str, Field(min_length=1)]
    done_at: AwareDatetime
    keys: Annotated[
        tuple[KeySubject, ...],
        Field(description="of requests and cases that were of nobody else: dropped by every service"),
    ] = ()
    kept: Annotated[tuple[Kept, ...], Field(description="what stands since it is others' too, in codes")] = ()
