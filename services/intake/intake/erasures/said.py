"""What a manager says of an erasure."""

from typing import Annotated

from pydantic import Field

from intake.erasures.model import Ground, Outcome
from intake.people.said import Said


class Decided(Said):
    """Granted under the visa of the Archives départementales, or refused on a ground."""

    outcome: Outcome
    ground: Ground | None = None
    visa: Annotated[str | None, Field(min_length=3, max_length=60)] = None
