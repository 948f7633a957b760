"""What every event's data is, and the values several topics share."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A value inside an event. Fields it does not know are ignored: contracts grow by addition."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class EventData(Part):
    """The data of one event type in one major version; the event type is the class's name.

    A second major version is a class of the same name in a module of its own, listed beside the first.
    """

    topic: ClassVar[str]
    version: ClassVar[int] = 1
    key: ClassVar[str]
    """The field that holds the aggregate's id: the event's subject, and its key in Kafka."""

    @property
    def aggregate_id(self) -> str:
        """The envelope's subject and the key in Kafka. Never personal data: both are readable there."""
        return str(getattr(self, self.key))


# Enumerations stay open: `Known…` lists today's values (what a service accepts at its edge), the
# field itself keeps any text, so that a consumer reads a value added after it was deployed.

TerritoryId = Annotated[str, Field(min_length=1, max_length=64)]
Commune = Annotated[str, Field(pattern=r"^(\d{2}|2[AB])\d{3}$", description="INSEE code of the commune")]
Theme = Annotated[str, Field(min_length=1, description="a value of contracts.themes")]
ProgrammeId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Positive = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
PersonId = UUID
AgentId = UUID
OrganisationId = UUID
Day = date

KnownConferenceScale = Literal["family", "territorial"]
ConferenceScale = KnownConferenceScale | str
