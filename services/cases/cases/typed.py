"""What people type: texts and dates, within bounds that nothing behind them overflows."""

from datetime import date, datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from chassis.web.translations import N_
from chassis.web.validation import FieldError

_FIRST, _LAST = 2000, 2100
_IMPLAUSIBLE = N_("Indiquez une date entre 2000 et 2100.")
_D = TypeVar("_D", bound=date)


def _lines(value: Any) -> Any:
    """Browsers send the end of a line as two characters, and count it as one."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _plausible(value: _D) -> _D:
    if not _FIRST <= value.year <= _LAST:
        raise FieldError(_IMPLAUSIBLE)
    return value


NAME_LENGTH: Final = 200
TEXT_LENGTH: Final = 2_000
NOTE_LENGTH: Final = 20_000
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH)]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_LENGTH), BeforeValidator(_lines)
]
NoteText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NOTE_LENGTH), BeforeValidator(_lines)
]
Day = Annotated[date, AfterValidator(_plausible)]
Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
LocalMoment = Annotated[datetime, AfterValidator(_plausible)]
"""Without a zone it is the deployment's: the browser's field has none."""
Version = Annotated[int, Field(ge=0, lt=2**63)]
"""The version of a dossier that a form was made for."""
