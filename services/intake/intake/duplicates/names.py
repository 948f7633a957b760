"""Names as they are compared: folded, and by how they sound in French."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_PARTICLES: Final = frozenset({"de", "du", "des", "da", "d", "la", "le", "les", "l", "el", "al", "ben", "van", "von"})
"""Said or left out, apart or joined: they tell nobody from anybody."""

_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"sch|sh|ch", "S"),
        (r"ph", "f"),
        (r"h", ""),
        (r"([bcdfglmnprst])\1", r"\1"),
        (r"oeu|oe|eu", "e"),
        (r"aul[dtx]s?$|eaux?|aux|au", "o"),
        (r"ou|w", "u"),
        (r"gn", "ni"),
        (r"ge(?=[ao])|g(?=[eiy])", "j"),
        (r"gu(?=[eiy])", "g"),
        (r"jea(?=n)", "ja"),
        (r"cqu?|ck|qu?", "k"),
        (r"sc(?=[eiy])|c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"y", "i"),
        (r"(?:ai|ei|i|u)[nm](?![aeiounm])", "1"),
        (r"(?<=i)en(?![aeiounm])", "1"),
        (r"[ae][nm](?![aeiounm])", "2"),
        (r"o[nm](?![aeiounm])", "3"),
        (r"ai|ei", "e"),
        (r"z", "s"),
        (r"x(?=.)", "ks"),
        (r"(?:e[rtsz]?|[stdpxz])+$", ""),
        (r"(.)\1+", r"\1"),
    )
)
"""How letters sound, in this order: 1, 2 and 3 are the nasal vowels of « vin », « vent » and « on », S is « ch »; what
ends a name is mostly mute."""


@lru_cache(maxsize=65_536)
def folded(name: str) -> str:
    """A name in small letters without accents, its parts apart: « Le Goff-Exémple » → `le goff exemple`.

    A cedilla counts as the s it sounds like.
    """
    text = name.lower().replace("ç", "s").replace("œ", "oe").replace("æ", "ae")
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join(re.findall(r"[a-z]+", plain))


@lru_cache(maxsize=65_536)
def parts(name: str) -> tuple[str, ...]:
    """The parts of a folded name that tell somebody: particles go, unless there is nothing else."""
    every = tuple(name.split())
    return tuple(one for one in every if one not in _PARTICLES) or every


@lru_cache(maxsize=65_536)
def sounds_like(part: str) -> str:
    """How one part of a folded name sounds in French: « dupont » and « dupond » are alike.

    Never empty for a name that is not: what would be mute altogether stays as it is written.
    """
    sound = part
    for pattern, replacement in _SOUNDS:
        sound = pattern.sub(replacement, sound)
    return sound or part


def typing_errors(one: str, other: str, most: int) -> int:
    """Letters typed wrong, too many, missing, or two in the wrong order, between two words; `most` + 1: more than that
    (the restricted Damerau-Levenshtein distance)."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            cost = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, above = above, line
    return min(above[-1], most + 1)
