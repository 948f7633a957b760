"""The reference a person is given for their request: short, easy to read aloud, guarded against slips.

Eight characters and a check character (ISO 7064 hybrid system, Mod 29,28) of an alphabet without vowels, `0`,
`1` and `L`: no words, no look-alikes.
"""

from itertools import pairwise
from random import Random

from stdnum.iso7064 import mod_37_36

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 9


class InvalidReference(ValueError):
    """The text is no reference: a wrong length, a character outside the alphabet, or a slip."""


def new_reference(random: Random) -> str:
    """A new reference; `random` is `SystemRandom` outside tests. Its uniqueness is the database's to check.

    Changing any one character, or swapping any two neighbours, gives text that `check_reference` refuses. The
    check character alone lets one swap in 378 through, so the few references it would betray are drawn again.
    """
    while True:
        body = draw(random, LENGTH - 1)
        reference = body + mod_37_36.calc_check_digit(body, ALPHABET)
        if not _hides_a_swap(reference):
            return reference


def draw(random: Random, count: int) -> str:
    """That many characters of the alphabet, in one call to the source of randomness: its number is so much larger
    than the alphabet's power that the remainder favours nothing."""
    number, characters = random.getrandbits(5 * count + 64), []
    for _ in range(count):
        number, place = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[place])
    return "".join(characters)


def check_reference(text: str) -> str:
    """The reference as stored: upper case, without the spaces, hyphens or dots people add. Raises
    InvalidReference."""
    reference = "".join(character for character in text if character not in " \t\u00a0\u202f-.").upper()
    if len(reference) != LENGTH or not _valid(reference):
        raise InvalidReference("not a reference, or mistyped")
    return reference


def readable(text: str) -> str:
    """A reference, or a secret, in groups, to be read aloud: 7KQ2-M4XB-9."""
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))


def _valid(reference: str) -> bool:
    try:
        return bool(mod_37_36.checksum(reference, ALPHABET) == 1)
    except ValueError:
        return False


def _hides_a_swap(reference: str) -> bool:
    """Whether two neighbours could change places unnoticed: whichever comes first, the sum stands the same behind
    them."""
    state = len(ALPHABET) // 2
    for first, second in pairwise(map(ALPHABET.index, reference)):
        after = _add(state, first)
        if first != second and _add(after, second) == _add(_add(state, second), first):
            return True
        state = after
    return False


def _add(state: int, place: int) -> int:
    """One step of the hybrid system's running sum (ISO 7064, Mod M,M+1)."""
    base = len(ALPHABET)
    return (state * 2 % (base + 1) + place) % base or base
