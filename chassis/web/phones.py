"""Phone numbers as they are typed, kept (E.164) and read."""

import re
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

HOME: Final = 33
"""The prefix of the country whose numbers are read without it."""
_HOME: Final = "FR"

_REGIONS: Final = {
    "GP": ("590", "690", "691"),
    "GF": ("594", "694"),
    "MQ": ("596", "696", "697"),
    "RE": ("262", "263", "692", "693"),
    "YT": ("269",),
}
"""Overseas départements dial as mainland France does, and have country codes of their own: how their numbers begin."""
_CODES: Final = {
    start: phonenumbers.country_code_for_region(region) for region, starts in _REGIONS.items() for start in starts
}
_SHARED: Final = ("639", "709")
"""Beginnings that mainland France and overseas départements share out among themselves."""
_ORDINARY: Final = re.compile(rf"(?:\+33|0)(?!{'|'.join([*_CODES, *_SHARED])})([1-9][0-9]{{8}})")
_RECEIVE: Final = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
_SEPARATORS: Final = str.maketrans("", "", " .-\u00a0\u202f")


class NotAPhoneNumber(ValueError):
    """The text cannot be a phone number."""


def normalised(value: str) -> str:
    """The E.164 form of a number as it was typed, with the country code of the overseas département it belongs to.

    By length rather than by attributed range, since new ranges open faster than lists follow. Raises NotAPhoneNumber.
    """
    if ordinary := _ORDINARY.fullmatch(value.translate(_SEPARATORS)):
        return f"+{HOME}{ordinary[1]}"  # what most numbers are, in a tenth of the time
    try:
        number = phonenumbers.parse(value, _HOME)
    except phonenumbers.NumberParseException:
        raise NotAPhoneNumber from None
    if not phonenumbers.is_possible_number(number):
        raise NotAPhoneNumber
    return phonenumbers.format_number(at_home(number), PhoneNumberFormat.E164)


def at_home(number: PhoneNumber) -> PhoneNumber:
    """The same telephone, with the country code of where it is: overseas numbers are often taken down as mainland
    France's."""
    start = str(number.national_number)[:3]
    if number.country_code != HOME or start not in (*_CODES, *_SHARED):
        return number
    codes = (_CODES[start],) if start in _CODES else sorted(set(_CODES.values()))
    elsewhere = (PhoneNumber(country_code=code, national_number=number.national_number) for code in codes)
    known = start in _CODES
    return next((one for one in elsewhere if known or phonenumbers.is_valid_number(one)), number)


def readable(value: str, *, abroad: bool = False) -> str:
    """As people of the country write it, `01 99 00 00 01`; another country's, and all for a reader from `abroad`, with
    its prefix, `+32 2 555 12 12`. What is no such number (`115`, words) stays as it is."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    form = (
        PhoneNumberFormat.NATIONAL
        if number.country_code in (HOME, *_CODES.values()) and not abroad
        else PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(number, form)


def mobile(value: str) -> str | None:
    """The E.164 form of a number that can receive text messages; None for any other.

    In France 06 and 07 are the mobile numbers (ARCEP's numbering plan), those reserved for fiction among them. A
    number of an overseas département taken down as one of mainland France gets its own country code.
    """
    try:
        number = at_home(phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != HOME:
        return _e164(number) if _receives(number) else None
    national = str(number.national_number)
    return _e164(number) if len(national) == 9 and national.startswith(("6", "7")) else None


def _receives(number: PhoneNumber) -> bool:
    return phonenumbers.number_type(number) in _RECEIVE


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
