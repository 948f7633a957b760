"""What holds for a time: exceptional closures, and notices."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from chassis.web.translations import N_
from chassis.web.validation import FieldError


class Dated(BaseModel):
    """Days, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: date
    last: date | None = None

    @field_validator("last")
    @classmethod
    def _in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("first")
        if value is not None and first is not None and value < first:
            raise FieldError(N_("Le dernier jour ne peut pas précéder le premier."))
        return value


class Closure(Dated):
    """Closed exceptionally, whatever the hours say."""

    last: date
    message: Annotated[str, Field(max_length=300)] = ""


class Notice(Dated):
    """Something to know for a time; without `last`, until it is taken back."""

    text: Annotated[str, Field(min_length=2, max_length=1000)]


Closures = Annotated[tuple[Closure, ...], Field(max_length=50)]
Notices = Annotated[tuple[Notice, ...], Field(max_length=20)]


def dumped(given: Sequence[Dated]) -> list[dict[str, object]]:
    """As an event takes them, first days first."""
    return [one.model_dump() for one in sorted(given, key=lambda one: one.first)]
