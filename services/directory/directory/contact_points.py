"""How an organisation, a site, an offer or an agent is reached, as it may be typed."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

import phonenumbers
from pydantic import AfterValidator, Field

from chassis.web.translations import N_
from chassis.web.validation import FieldError

HOME: Final = "FR"
"""Where numbers without a country's prefix are."""
_OVERSEAS: Final = {"0590": "GP", "0690": "GP", "0691": "GP", "0594": "GF", "0694": "GF", "0596": "MQ", "0696": "MQ",
    "0697": "MQ", "0262": "RE", "0263": "RE", "0692": "RE", "0693": "RE", "0269": "YT", "0639": "YT"}  # fmt: skip
_AT_HOME: Final = re.compile(r"(?:\+33|0)([1-9][0-9]{8})")
_SEPARATORS: Final = str.maketrans("", "", " .-")
_SHORT: Final = range(2, 7)
"""Digits of numbers such as 115 or 3919, which have no international form."""


def _phone(value: str) -> str:
    """In the E.164 form; short numbers as they are."""
    digits = "".join(character for character in value if character.isdigit())
    if value.isascii() and value.replace(" ", "").isdigit() and len(digits) in _SHORT:
        return digits
    if (at_home := _AT_HOME.fullmatch(value.translate(_SEPARATORS))) and f"0{at_home[1][:3]}" not in _OVERSEAS:
        return f"+33{at_home[1]}"  # what most numbers are, in a tenth of the time
    try:
        number = phonenumbers.parse(value, _OVERSEAS.get(digits[:4], HOME))
        possible = phonenumbers.is_possible_number(number) and number.extension is None
    except phonenumbers.NumberParseException:
        possible = False
    if not possible:
        raise FieldError(N_("Indiquez un numéro de téléphone, par exemple 02 96 00 00 00, +33 2 96 00 00 00 ou 115."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _link(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or "." not in (parts.hostname or "") or parts.username or any(map(str.isspace, value)):
        raise FieldError(N_("Indiquez une adresse de site qui commence par https://."))
    return value


Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]
Phone = Annotated[str, Field(max_length=30), AfterValidator(_phone)]
Link = Annotated[str, Field(max_length=2000), AfterValidator(_link)]
