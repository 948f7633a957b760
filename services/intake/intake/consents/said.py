"""A consent as it is submitted by itself."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from intake.people.said import ConsentSaid


class AgreementSaid(ConsentSaid):
    """To which programme, or to share with which organisation; since when (now, unless said); `given_by`: who agrees
    for the person."""

    programme: Annotated[str, Field(max_length=64)] | None = None
    given_by: UUID | None = None
    given_at: AwareDatetime | None = None
