"""How an organisation, a site, an offer or an agent is reached, as it may be typed."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from chassis.web import phones
from chassis.web.translations import N_
from chassis.web.validation import FieldError

_SHORT: Final = range(2, 7)
"""Digits of numbers such as 115 or 3919, which have no international form."""


def _phone(value: str) -> str:
    """In the E.164 form; short numbers as they are."""
    digits = "".join(character for character in value if character.isdigit())
    if value.isascii() and value.replace(" ", "").isdigit() and len(digits) in _SHORT:
        return digits
    try:
        return phones.normalised(value)
    except phones.NotAPhoneNumber:
        raise FieldError(
            N_("Indiquez un numéro de téléphone, par exemple 02 96 00 00 00, +33 2 96 00 00 00 ou 115.")
        ) from None


def _link(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or "." not in (parts.hostname or "") or parts.username or any(map(str.isspace, value)):
        raise FieldError(N_("Indiquez une adresse de site qui commence par https://."))
    return value


Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]
Phone = Annotated[str, Field(max_length=30), AfterValidator(_phone)]
Link = Annotated[str, Field(max_length=2000), AfterValidator(_link)]
