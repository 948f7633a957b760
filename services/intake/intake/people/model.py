"""Values about people: contact points as they are stored, birth dates known in part."""

import re
from calendar import monthrange
from datetime import date

from email_validator import EmailNotValidError, validate_email

from chassis.web import phones

_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


_ORDINARY_EMAIL = re.compile(
    r"(?=.{6,254}$)[A-Za-z0-9_+-]{1,30}(?:\.[A-Za-z0-9_+-]{1,30})?"
    r"@(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.)+(?:fr|com|net|org|eu|bzh)"
)
"""What nearly everybody has; the full check takes longer than all the rest of a request's validation."""


class NotAnEmail(ValueError):
    """The text cannot be an e-mail address."""


class NotADate(ValueError):
    """The text is not a date, even in part."""


def normalised(kind: str, value: str) -> str:
    """A contact point as it is stored and compared.

    E-mail addresses by RFC 5321 without asking the network, phone numbers as E.164. Raises NotAnEmail or
    NotAPhoneNumber.
    """
    match kind:
        case "email":
            return _email(value)
        case "phone":
            return phones.normalised(value)
        case _:
            return " ".join(value.split())


def _email(value: str) -> str:
    value = value.strip()
    if _ORDINARY_EMAIL.fullmatch(value):
        return value
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:
        raise NotAnEmail from None


def born_between(birth_date: str) -> tuple[date, date]:
    """First and last day a partial date (`1987`, `1987-03`, `1987-03-12`) may mean. Raises NotADate."""
    match = _PARTIAL_DATE.fullmatch(birth_date)
    if match is None:
        raise NotADate
    year, month, day = (int(part or 0) for part in match.groups())
    try:
        first = date(year, month or 1, day or 1)
        last_month = month or 12
        return first, date(year, last_month, day or monthrange(year, last_month)[1])
    except ValueError:
        raise NotADate from None


def age_between(birth_date: str, today: date) -> tuple[int, int]:
    """The least and the greatest age somebody of that birth date may have today."""
    earliest, latest = born_between(birth_date)
    return _age(latest, today), _age(earliest, today)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
