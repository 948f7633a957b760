"""Phone numbers as people read them; they are kept in the E.164 form."""

from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat

HOME: Final = 33
"""The prefix of the country whose numbers are read without it."""


def readable(value: str) -> str:
    """As people of the country write it, `01 99 00 00 01`; another country's with its prefix, `+32 2 555 12 12`. What
    is no such number (`115`, words) stays as it is."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    form = PhoneNumberFormat.NATIONAL if number.country_code == HOME else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)
