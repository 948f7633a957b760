"""Amounts: whole cents within, euros as people write and read them outside."""

import re
from typing import Any, Final

from chassis.web.translations import N_
from chassis.web.validation import FieldError

_AMOUNT = re.compile(r"(?P<euros>\d{1,9})(?:[.,](?P<cents>\d{1,2}))?")
_UNREADABLE: Final = N_("Indiquez un montant en euros, par exemple 450 ou 450,50.")
_SPACES: Final = "\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE} €"


def euros(cents: int) -> str:
    """An amount as it is read: `1 234,50 €`, with the spaces that do not break."""
    whole, rest = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{'-' if cents < 0 else ''}{grouped},{rest:02}\N{NO-BREAK SPACE}€"


def cents(text: Any) -> Any:
    """An amount as it is typed: `450`, `450,5`, `1 234,50 €`. Raises FieldError."""
    if not isinstance(text, str):
        return text
    match = _AMOUNT.fullmatch("".join(character for character in text if character not in _SPACES))
    if match is None:
        raise FieldError(_UNREADABLE)
    return int(match["euros"]) * 100 + int((match["cents"] or "").ljust(2, "0"))
