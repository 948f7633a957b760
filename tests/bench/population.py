"""A made-up population with known duplicates: who is recorded twice, and who only looks like somebody else.

Names are drawn by how common they are (a few frequent ones, a long tail of rarer ones put together from syllables). The
same seed gives the same people. Nobody in it exists.
"""

import tomllib
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, product
from pathlib import Path
from random import Random
from typing import Final

_NAMES: Final = {
    kind: names.split() for kind, names in tomllib.loads((Path(__file__).parent / "names.toml").read_text()).items()
}
_SECOND: Final = ("Pierre", "Marie", "Paul", "Claude", "Luc", "Anne", "Louise")
_MIDDLES: Final = ("", "ba", "bi", "che", "da", "di", "fe", "ga", "la", "li", "ma", "mi", "na", "ni", "que", "ra", "ri",
                   "ta", "ti", "va", "vi")  # fmt: skip
_PARTICLES: Final = ("Le ", "De ", "Du ", "La ")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_HEARD: Final = (
    ("ph", "f"), ("f", "ph"), ("eau", "o"), ("au", "o"), ("tt", "t"), ("ll", "l"), ("nn", "n"), ("y", "i"), ("i", "y"),
    ("th", "t"), ("t", "th"), ("qu", "k"), ("c", "k"), ("ss", "s"), ("z", "s"), ("ain", "in"), ("en", "an"),
    ("an", "en"),
    ("d", "t"), ("t", "d"), ("et", "ay"), ("ier", "ié"), ("h", ""),
)  # fmt: skip
"""What a caller spells one way and an agent hears another."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One record of one person; `who` tells the person, and no search sees it."""

    who: int
    given_name: str | None
    family_name: str | None
    birth_date: str | None
    phone: str | None
    email: str | None


class Population:
    """Records of people, some of them recorded twice."""

    def __init__(self, seed: int, size: int) -> None:
        self._random = Random(seed)
        self._families = self._tail()
        self._weights = list(accumulate(1 / (12 + place) ** 0.85 for place in range(len(self._families))))
        self._given_weights = list(accumulate(1 / (8 + place) for place in range(len(_NAMES["given"]))))
        self._people = 0
        self.records: list[Recorded] = []
        while len(self.records) < size:
            self.records.extend(self._household())
        del self.records[size:]
        self._random.shuffle(self.records)

    def _tail(self) -> list[str]:
        rare = ["".join(one) for one in product(_NAMES["stems"], _MIDDLES, _NAMES["endings"])]
        self._random.shuffle(rare)
        return [*_NAMES["family"], *rare]

    def _family(self) -> str:
        drawn = self._families[bisect(self._weights, self._random.random() * self._weights[-1])]
        return self._random.choice(_PARTICLES) + drawn if self._random.random() < 0.03 else drawn

    def _given(self) -> str:
        drawn = _NAMES["given"][bisect(self._given_weights, self._random.random() * self._given_weights[-1])]
        return f"{drawn}-{self._random.choice(_SECOND)}" if self._random.random() < 0.05 else drawn

    def _born(self, first: int, last: int) -> str:
        return f"{self._random.randint(first, last)}-{self._random.randint(1, 12):02}-{self._random.randint(1, 28):02}"

    def _phone(self) -> str:
        return f"+33{self._random.choice('67')}{self._random.randrange(10**8):08}"

    def _one(self, family: str, born: str, phone: str | None, given: str | None = None) -> Recorded:
        self._people += 1
        known = self._random.random()
        return Recorded(
            self._people,
            given or self._given(),
            family,
            born if known < 0.75 else born[:4] if known < 0.82 else None,
            phone,
            f"p{self._people}@example.org" if self._random.random() < 0.4 else None,
        )

    def _household(self) -> list[Recorded]:
        """Somebody alone, or a home that shares a phone and a name: what looks alike without being the same."""
        family, drawn = self._family(), self._random.random()
        phone = self._phone() if self._random.random() < 0.85 else None
        head = self._one(family, self._born(1935, 2005), phone)
        home = [head]
        if drawn < 0.20:  # a couple, one name or two
            home.append(self._one(family if drawn < 0.12 else self._family(), self._born(1940, 2005), phone))
        if 0.10 < drawn < 0.25:  # children
            home.extend(self._one(family, self._born(2006, 2024), phone) for _ in range(self._random.randint(1, 2)))
        if drawn > 0.985:  # twins
            born = self._born(1950, 2024)
            home.extend(self._one(family, born, phone) for _ in range(2))
        if 0.97 < drawn < 0.985:  # a parent and a child of one name
            child = self._one(family, self._born(1990, 2024), phone, head.given_name)
            home.append(child if child.birth_date else replace(child, birth_date=self._born(1990, 2024)[:4]))
        return [record for one in home for record in self._recorded(one)]

    def _recorded(self, one: Recorded) -> list[Recorded]:
        return [one, self._again(one)] if self._random.random() < 0.15 else [one]

    # The same person, written down by somebody else ---------------------------------------------------------------

    def _again(self, one: Recorded) -> Recorded:
        """The same person as another agent heard and typed them: one or two things differ."""
        changes: Sequence[Callable[[Recorded], Recorded]] = self._random.sample(
            [
                self._mistyped_given, self._mistyped_family, self._misheard_given, self._misheard_family,
                self._without_accents, self._swapped, self._married, self._undated, self._dated_in_part,
                self._misdated, self._day_and_month, self._short_given, self._shouted,
            ],
            k=self._random.choice((1, 1, 1, 2)),
        )  # fmt: skip
        for change in changes:
            one = change(one)
        return self._reached_otherwise(one)

    def _reached_otherwise(self, one: Recorded) -> Recorded:
        """A number changes; without a date to tell them by, somebody gives the number they gave before."""
        if self._random.random() < 0.75 or not one.birth_date or len(one.birth_date) < 10:
            return one
        return replace(one, phone=self._random.choice((None, self._phone())))

    def _typo(self, name: str | None) -> str | None:
        if name is None or len(name) < 4:
            return name
        place, drawn = self._random.randrange(1, len(name) - 1), self._random.random()
        if drawn < 0.3:
            return name[:place] + name[place + 1 :]
        if drawn < 0.55:
            return name[:place] + self._random.choice(_LETTERS) + name[place:]
        if drawn < 0.8:
            return name[:place] + self._random.choice(_LETTERS) + name[place + 1 :]
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]

    def _misheard(self, name: str | None) -> str | None:
        possible = [(heard, written) for heard, written in _HEARD if name and heard in name[1:]]
        if name is None or not possible:
            return name
        heard, written = self._random.choice(possible)
        return name[0] + name[1:].replace(heard, written, 1)

    def _mistyped_given(self, one: Recorded) -> Recorded:
        return replace(one, given_name=self._typo(one.given_name))

    def _mistyped_family(self, one: Recorded) -> Recorded:
        return replace(one, family_name=self._typo(one.family_name))

    def _misheard_given(self, one: Recorded) -> Recorded:
        return replace(one, given_name=self._misheard(one.given_name))

    def _misheard_family(self, one: Recorded) -> Recorded:
        return replace(one, family_name=self._misheard(one.family_name))

    def _without_accents(self, one: Recorded) -> Recorded:
        plain = (one.given_name or "").translate(str.maketrans("éèêëàâîïôöûüçÉ", "eeeeaaiioouucE")).replace("-", " ")
        return replace(one, given_name=plain or None)

    def _shouted(self, one: Recorded) -> Recorded:
        return replace(one, family_name=one.family_name.upper() if one.family_name else None)

    def _swapped(self, one: Recorded) -> Recorded:
        return replace(one, given_name=one.family_name, family_name=one.given_name)

    def _married(self, one: Recorded) -> Recorded:
        """A name by marriage, beside the other or in its place; then at least a number or a date is the same."""
        other = self._family()
        if one.phone is None or one.birth_date is None or self._random.random() < 0.6:
            return replace(one, family_name=f"{one.family_name}-{other}")
        return replace(one, family_name=other)

    def _undated(self, one: Recorded) -> Recorded:
        return replace(one, birth_date=None)

    def _dated_in_part(self, one: Recorded) -> Recorded:
        return replace(one, birth_date=one.birth_date[: self._random.choice((4, 7))] if one.birth_date else None)

    def _misdated(self, one: Recorded) -> Recorded:
        if not one.birth_date or len(one.birth_date) < 10:
            return one
        place = self._random.choice((3, 6, 9))
        digit = self._random.choice([one for one in "123456789" if place != 6 or one < "3"])
        return replace(one, birth_date=one.birth_date[:place] + digit + one.birth_date[place + 1 :])

    def _day_and_month(self, one: Recorded) -> Recorded:
        if not one.birth_date or len(one.birth_date) < 10 or int(one.birth_date[8:]) > 12:
            return one
        return replace(one, birth_date=f"{one.birth_date[:4]}-{one.birth_date[8:]}-{one.birth_date[5:7]}")

    def _short_given(self, one: Recorded) -> Recorded:
        given = one.given_name or ""
        return replace(
            one, given_name=given.split("-")[0] if "-" in given else f"{given}-{self._random.choice(_SECOND)}"
        )
