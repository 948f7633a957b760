"""A text message: which alphabet it travels in, and how many parts it takes.

3GPP TS 23.038: 7 bits a character in the GSM alphabet (14 for those of its extension table, such as €), else UCS-2,
16 bits. A part holds 140 bytes, six of them taken by the header once there are several.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import gsm0338


class Alphabet(StrEnum):
    """What the characters of a message cost."""

    GSM = "gsm"
    UCS2 = "ucs2"


_ALONE: Final = {Alphabet.GSM: 160, Alphabet.UCS2: 70}
"""Characters of a message in one part."""
_JOINED: Final = {Alphabet.GSM: 153, Alphabet.UCS2: 67}
"""Characters of each part of a longer one."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it is sent. `parts` is what it costs."""

    text: str
    alphabet: Alphabet
    parts: int


def write(text: str) -> Written:
    """The text as it costs least: as it is, unless without the marks the GSM alphabet lacks it takes fewer parts.

    `é à è ù ò ì Ç` are of that alphabet, and stay; `ê â î ô û ë ï ç œ ’ « »` are not.
    """
    exact, plain = _measured(text), _measured(_plainer(text))
    return plain if plain.alphabet is Alphabet.GSM and plain.parts < exact.parts else exact


def _measured(text: str) -> Written:
    widths = [_gsm_width(character) for character in text]
    if all(widths):
        return Written(text, Alphabet.GSM, _parts(widths, Alphabet.GSM))
    return Written(text, Alphabet.UCS2, _parts([_ucs2_width(one) for one in text], Alphabet.UCS2))


def _parts(widths: list[int], alphabet: Alphabet) -> int:
    if sum(widths) <= _ALONE[alphabet]:
        return 1
    parts, filled = 1, 0
    for width in widths:
        # A character of two places is never cut in two: the part before it stays short.
        parts, filled = (parts + 1, width) if filled + width > _JOINED[alphabet] else (parts, filled + width)
    return parts


_CODEC: Final = gsm0338.Codec()
_ESCAPE: Final = "\x1b"


@lru_cache(4096)
def _gsm_width(character: str) -> int:
    """1 or 2 seven-bit places; 0 for a character the alphabet lacks."""
    try:
        return 0 if character == _ESCAPE else len(_CODEC.encode(character)[0])
    except UnicodeEncodeError:
        return 0


def _ucs2_width(character: str) -> int:
    return len(character.encode("utf-16-be")) // 2


_PLAIN: Final = dict(zip("°’‘“”«»–—‑", 'o\'\'""""---', strict=True)) | {"œ": "oe", "Œ": "OE"}
"""What Unicode does not take apart by itself."""


def _plainer(text: str) -> str:
    """Without the accents and signs the GSM alphabet lacks; what has no plain form there stays as it is."""
    return "".join(one if _gsm_width(one) else _plain(one) for one in unicodedata.normalize("NFC", text))


def _plain(character: str) -> str:
    letters = unicodedata.normalize("NFKD", _PLAIN.get(character, character))
    plain = "".join(one for one in letters if not unicodedata.combining(one))
    return plain if plain and all(map(_gsm_width, plain)) else character
