"""What people type: texts, days and amounts, within bounds that nothing behind them overflows."""

from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from chassis.web.money import cents
from chassis.web.translations import N_
from chassis.web.validation import FieldError

_FIRST, _LAST = 2000, 2100
_D = TypeVar("_D", bound=date)


def _lines(value: Any) -> Any:
    """Browsers send the end of a line as two characters, and count it as one."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def plausible(value: _D) -> _D:
    """A date a person means. Raises FieldError."""
    if not _FIRST <= value.year <= _LAST:
        raise FieldError(N_("Indiquez une date entre 2000 et 2100."))
    return value


Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000), BeforeValidator(_lines)]
Day = Annotated[date, AfterValidator(plausible)]
Cents = Annotated[int, Field(ge=0, le=100_000_000_000, strict=True)]
"""An amount in the API: whole cents."""
Euros = Annotated[int, BeforeValidator(cents), Field(ge=0, le=100_000_000_000)]
"""An amount typed into a form, in euros; held in cents."""
