"""Who looks like whom: the traits people are found by, and how much alike two are, with the reasons.

Points are rounded weights of evidence (Fellegi and Sunter, 1969): what two records of one person share more often than
two people do counts for, what they share less often counts against. They were set on one generated population and
measured on another: see `tests/bench/duplicates.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from chassis.web.translations import N_
from intake.duplicates.names import folded, parts, sounds_like, typing_errors

SUSPECTED: Final = 15
"""From how many points on two people are proposed to an agent as perhaps the same."""
CERTAIN: Final = 30
"""Points beyond which more evidence adds nothing to the score that is shown."""


class Reason(StrEnum):
    """Why two people may be the same, or may not."""

    SAME_PHONE = "same_phone"
    SAME_EMAIL = "same_email"
    SAME_NAME = "same_name"
    NEAR_NAME = "near_name"
    SAME_GIVEN_NAME = "same_given_name"
    SAME_FAMILY_NAME = "same_family_name"
    SWAPPED_NAMES = "swapped_names"
    PART_OF_FAMILY_NAME = "part_of_family_name"
    OTHER_FAMILY_NAME = "other_family_name"
    OTHER_GIVEN_NAME = "other_given_name"
    SAME_BIRTH_DATE = "same_birth_date"
    NEAR_BIRTH_DATE = "near_birth_date"
    SWAPPED_BIRTH_DATE = "swapped_birth_date"
    PART_OF_BIRTH_DATE = "part_of_birth_date"
    OTHER_BIRTH_DATE = "other_birth_date"


SENTENCES: Final = {
    Reason.SAME_PHONE: N_("même téléphone"),
    Reason.SAME_EMAIL: N_("même adresse électronique"),
    Reason.SAME_NAME: N_("même nom"),
    Reason.NEAR_NAME: N_("nom proche"),
    Reason.SAME_GIVEN_NAME: N_("même prénom"),
    Reason.SAME_FAMILY_NAME: N_("même nom de famille"),
    Reason.SWAPPED_NAMES: N_("prénom et nom inversés"),
    Reason.PART_OF_FAMILY_NAME: N_("une partie du nom de famille est la même"),
    Reason.OTHER_FAMILY_NAME: N_("autre nom de famille"),
    Reason.OTHER_GIVEN_NAME: N_("autre prénom"),
    Reason.SAME_BIRTH_DATE: N_("même date de naissance"),
    Reason.NEAR_BIRTH_DATE: N_("même date de naissance à un chiffre près"),
    Reason.SWAPPED_BIRTH_DATE: N_("jour et mois de naissance inversés"),
    Reason.PART_OF_BIRTH_DATE: N_("ce qui est connu de la date de naissance est le même"),
    Reason.OTHER_BIRTH_DATE: N_("autre date de naissance"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What two people are compared by: folded names, a birth date known in whole or in part, ways to reach them."""

    given_name: str = ""
    family_name: str = ""
    birth_date: str = ""
    contacts: frozenset[str] = frozenset()
    """Keys of phone numbers and e-mail addresses: see `contact_key`."""

    @property
    def names(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


def known(
    given_name: str | None, family_name: str | None, birth_date: str | None, contacts: Iterable[tuple[str, str]] = ()
) -> Known:
    """What is known of somebody, as it is compared; `contacts` are (kind, normalised value), letters left out."""
    keys = frozenset(contact_key(kind, value) for kind, value in contacts if kind in _CONTACTS)
    return Known(folded(given_name or ""), folded(family_name or ""), birth_date or "", keys)


_CONTACTS: Final = {"phone": "t", "email": "m"}


def contact_key(kind: str, value: str) -> str:
    """A phone number or e-mail address as a key; capitals make no other address."""
    return f"{_CONTACTS[kind]}:{value.lower()}"


# Finding ----------------------------------------------------------------------------------------------------------


def keys(one: Known) -> list[str]:
    """By what somebody is found: who may be the same shares at least one.

    Ways to reach them; the birth date; both names as they sound, in either order; each name with the year, and with
    the day and month, of birth; one name as it sounds with the first two letters of the other.
    """
    return sorted({*one.contacts, *_by_birth(one), *_by_names(one)})


def _by_birth(one: Known) -> Iterator[str]:
    year, day = one.birth_date[:4], one.birth_date[5:]
    if len(day) == 5:
        yield f"b:{one.birth_date}"
    for name in {*parts(one.given_name), *parts(one.family_name)}:
        sound = sounds_like(name)
        if year:
            yield f"y:{sound}:{year}"
        if len(day) == 5:
            yield f"d:{sound}:{min(day, day[3:] + '-' + day[:2])}"


def _by_names(one: Known) -> Iterator[str]:
    for given, family in product(parts(one.given_name), parts(one.family_name)):
        sounds = sounds_like(given), sounds_like(family)
        yield f"n:{':'.join(sorted(sounds))}"
        for whole, beginning in (sounds, sounds[::-1]):
            yield f"p:{whole}:{beginning[:2]}"


# Comparing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two people are alike, in points, and why."""

    points: int
    reasons: tuple[Reason, ...]

    @property
    def suspected(self) -> bool:
        return self.points >= SUSPECTED

    @property
    def score(self) -> int:
        """From 0 to 100, as it is shown."""
        return max(0, min(100, round(100 * self.points / CERTAIN)))


def likeness(one: Known, other: Known) -> Likeness:
    """How much alike two people are. What is not known of one of them counts neither for nor against."""
    found = (*_contacts(one, other), _names(one, other), _births(one.birth_date, other.birth_date))
    return Likeness(sum(each.points for each in found), tuple(reason for each in found for reason in each.reasons))


def _contacts(one: Known, other: Known) -> Iterator[Likeness]:
    shared = {key[0] for key in one.contacts & other.contacts}
    if "t" in shared:
        yield Likeness(7, (Reason.SAME_PHONE,))
    if "m" in shared:
        yield Likeness(9, (Reason.SAME_EMAIL,))


_NOTHING = Likeness(0, ())


class _Alike(StrEnum):
    """How two names stand to each other."""

    SAME = "same"
    NEAR = "near"
    PART = "part"
    OTHER = "other"
    UNKNOWN = "unknown"


_GIVEN: Final = {_Alike.SAME: 5, _Alike.NEAR: 4, _Alike.PART: 3, _Alike.OTHER: -13, _Alike.UNKNOWN: 0}
_FAMILY: Final = {_Alike.SAME: 7, _Alike.NEAR: 6, _Alike.PART: 5, _Alike.OTHER: -4, _Alike.UNKNOWN: 0}


def _names(one: Known, other: Known) -> Likeness:
    """The better of both readings: as they are written, or given and family name exchanged in one of them."""
    given, family = _given(one.given_name, other.given_name), _alike(one.family_name, other.family_name)
    straight = Likeness(_GIVEN[given] + _FAMILY[family], _named(given, family))
    if {given, family} == {_Alike.SAME} or not (one.given_name and one.family_name):
        return straight
    crossed = _alike(one.given_name, other.family_name), _alike(one.family_name, other.given_name)
    if {_Alike.OTHER, _Alike.UNKNOWN}.isdisjoint(crossed):
        points = _GIVEN[crossed[0]] + _FAMILY[crossed[1]] - 1
        if points > straight.points:
            return Likeness(points, (Reason.SWAPPED_NAMES,))
    return straight


def _named(given: _Alike, family: _Alike) -> tuple[Reason, ...]:
    if {given, family} == {_Alike.SAME}:
        return (Reason.SAME_NAME,)
    if {given, family} <= {_Alike.SAME, _Alike.NEAR}:
        return (Reason.NEAR_NAME,)
    of_given = {_Alike.SAME: Reason.SAME_GIVEN_NAME, _Alike.OTHER: Reason.OTHER_GIVEN_NAME}.get(given)
    of_family = {
        _Alike.SAME: Reason.SAME_FAMILY_NAME,
        _Alike.PART: Reason.PART_OF_FAMILY_NAME,
        _Alike.OTHER: Reason.OTHER_FAMILY_NAME,
    }.get(family)
    near = Reason.NEAR_NAME if {given, family} & {_Alike.NEAR} or given is _Alike.PART else None
    return tuple(reason for reason in (of_given, of_family, near) if reason)


def _given(one: str, other: str) -> _Alike:
    """Of several given names the first is the one in use: « Marie-Anne » and « Adèle-Marie » are two people's."""
    found = _alike(one, other)
    if found is _Alike.PART and not (_near(parts(one)[0], parts(other)[0]) or _initial(one, other)):
        return _Alike.OTHER
    return found


def _alike(one: str, other: str) -> _Alike:
    """How two folded names stand to each other."""
    if not one or not other:
        return _Alike.UNKNOWN
    ours, theirs = parts(one), parts(other)
    if ours == theirs or "".join(ours) == "".join(theirs):
        return _Alike.SAME
    if len(ours) == len(theirs):
        return _Alike.NEAR if all(map(_near, ours, theirs)) else _shared(ours, theirs)
    if _near("".join(ours), "".join(theirs)):
        return _Alike.NEAR
    return _shared(ours, theirs)


def _shared(ours: tuple[str, ...], theirs: tuple[str, ...]) -> _Alike:
    """« Jean » and « Jean-Pierre », « Exemple » and « Exemple-Modèle »; an initial stands for the name."""
    if any(_near(one, other) or _initial(one, other) for one, other in product(ours, theirs)):
        return _Alike.PART
    return _Alike.OTHER


def _initial(one: str, other: str) -> bool:
    return 1 in (len(one), len(other)) and one[0] == other[0]


def _near(one: str, other: str) -> bool:
    """Alike to the ear, or to who types fast: one error, two in a long name."""
    if one == other or sounds_like(one) == sounds_like(other):
        return True
    most = 1 if min(len(one), len(other)) < 7 else 2
    return min(len(one), len(other)) > 3 and typing_errors(one, other, most) <= most


_DIFFERENT = Likeness(-11, (Reason.OTHER_BIRTH_DATE,))


def _births(one: str, other: str) -> Likeness:
    if not one or not other:
        return _NOTHING
    if len(one) < 10 or len(other) < 10:
        return _partial_births(one, other)
    if one == other:
        return Likeness(11, (Reason.SAME_BIRTH_DATE,))
    if one[:4] == other[:4] and one[5:] == f"{other[8:]}-{other[5:7]}":
        return Likeness(8, (Reason.SWAPPED_BIRTH_DATE,))
    return Likeness(6, (Reason.NEAR_BIRTH_DATE,)) if _one_digit_away(one, other) else _DIFFERENT


def _one_digit_away(one: str, other: str) -> bool:
    differences = [place for place in range(10) if one[place] != other[place]]
    if len(differences) == 2:
        first, second = differences
        return second == first + 1 and one[first] == other[second] and one[second] == other[first]
    return len(differences) == 1


def _partial_births(one: str, other: str) -> Likeness:
    common = min(len(one), len(other))
    if one[:common] != other[:common]:
        return _DIFFERENT
    return Likeness(3 if common == 4 else 6, (Reason.PART_OF_BIRTH_DATE,))
