"""What people say, and what offers that answer it say: `synonyms.yaml`, read against the words of a need."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from contracts import yaml_files
from contracts.themes import THEMATIQUES

_FILE = Path(__file__).with_name("synonyms.yaml")
_SENTENCES = Path(__file__).with_name("sentences.yaml")
_MOST: Final = 4
"""Situations of one need that are looked for."""
_LEAST: Final = 0.3
"""How strong those beside the first have to be: a weak one costs a search as much as a strong one."""
_BETWEEN: Final = 5
"""Words that may stand between those of a phrase: what is said here and there in a long need is no phrase."""
_COMMON, _SHARED = 0.4, 0.5
"""What is left of a phrase whose words tell every situation, and of one that a surer situation explains."""
_SURE: Final = 0.45
"""How strong a situation is that was said and not only among others."""
_MAYBE: Final = 0.4
"""What a phrase is worth that says a situation among others."""
_UNHEARD: Final = 0.1
"""As how often a word counts that was never heard of a situation: the less, the more one word tells."""
_HINT: Final = 1.5
"""What single words are worth that leave one situation possible."""
_HINTED: Final = 0.03
"""How likely a situation has to be that is hinted at alone."""
ABSENT: Final = "-"
"""How « pas », « plus », « sans » are heard: as the same."""


class Situation(BaseModel):
    """What people say (`says`), or say among other things (`maybe`), in words that are often `around` and say nothing
    alone; the words of offers that answer it (`words`), or may (`also`); the thématiques that do (`themes`), or may
    (`near`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    situations: dict[str, Situation]
    alike: tuple[tuple[str, ...], ...] = Field(description="words heard as the first of them")
    apart: tuple[str, ...] = Field(description="words that are none of those that share their stem")
    absent: tuple[str, ...] = Field(description="words that say that something is not there")
    noise: tuple[str, ...] = Field(description="words that say nothing of a need")

    @model_validator(mode="after")
    def _themes_exist(self) -> "_File":
        named = {theme for one in self.situations.values() for theme in (*one.themes, *one.near)}
        if unknown := named - set(THEMATIQUES):
            raise ValueError(f"unknown thématiques: {sorted(unknown)}")
        return self


LEXICON: Final = _File.model_validate(yaml_files.read(_FILE))
SENTENCES: Final = TypeAdapter(dict[str, tuple[str, ...]]).validate_python(yaml_files.read(_SENTENCES))
"""Whole sentences that people said, by the situation they tell."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Stems that say a situation when all are there."""

    stems: frozenset[str]
    situation: str
    weight: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A situation recognised in a need: how surely, and by which stems."""

    situation: str
    strength: float
    stems: frozenset[str]

    @property
    def sure(self) -> bool:
        return self.strength > _SURE


class Ear:
    """The lexicon with its words as stems. Raises nothing: a phrase of stop words alone is never heard."""

    def __init__(
        self, phrases: Iterable[Phrase], around: Mapping[str, Mapping[str, int]], noise: Collection[str]
    ) -> None:
        """`around`: of each situation, how often stems are there when it is told, beside its phrases."""
        self.noise = frozenset(noise)
        self._by_stem: dict[str, list[Phrase]] = {}
        there = {situation: Counter[str](stems) for situation, stems in around.items()}
        for phrase in phrases:
            for stem in phrase.stems:
                self._by_stem.setdefault(stem, []).append(phrase)
            there.setdefault(phrase.situation, Counter()).update(dict.fromkeys(phrase.stems, phrase.weight))
        self._rare = {stem: _rare(len({one.situation for one in told})) for stem, told in self._by_stem.items()}
        self._likely = _Likely(
            {one: {stem: times for stem, times in told.items() if self._says(stem)} for one, told in there.items()}
        )

    def hear(self, stems: Sequence[str]) -> list[Heard]:
        """The situations said, surest first. What a longer phrase said is not heard again in a shorter one."""
        there = frozenset(stems)
        near = {phrase for stem in there - {ABSENT} for phrase in self._by_stem.get(stem, ())}
        told = _without_parts([one for one in near if one.stems <= there and _together(one.stems, stems)])
        heard = _strongest([self._weighed(one) for one in told])
        return _telling(_told_once(_surest(_backed(heard, self._likely.by(there)))))

    def _weighed(self, phrase: Phrase) -> Phrase:
        """Words that few situations are told by tell more."""
        return replace(phrase, weight=phrase.weight * max(self._rare[stem] for stem in phrase.stems))

    def _says(self, stem: str) -> bool:
        return stem != ABSENT and stem not in self.noise and not stem[0].isdigit()


class _Likely:
    """What single words hint at, whatever they stand beside: people say things in more ways than are listed.

    Naive Bayes (multinomial), every situation as likely as another before a word is heard."""

    def __init__(self, told: Mapping[str, Mapping[str, float]]) -> None:
        """`told`: of each situation, how often stems tell it."""
        words = {stem for stems in told.values() for stem in stems}
        self._unheard = {
            situation: log(_UNHEARD / (sum(stems.values()) + _UNHEARD * len(words)))
            for situation, stems in told.items()
        }
        self._heard: dict[str, dict[str, float]] = {stem: {} for stem in words}
        for situation, stems in told.items():
            for stem, times in stems.items():
                self._heard[stem][situation] = log(1 + times / _UNHEARD)

    def by(self, stems: Collection[str]) -> list[Heard]:
        """The situations these stems leave likely, each with those that speak for it."""
        known = [stem for stem in stems if stem in self._heard]
        speaks = {situation: len(known) * unheard for situation, unheard in self._unheard.items()}
        by: dict[str, list[str]] = {}
        for stem in known:
            for situation, much in self._heard[stem].items():
                speaks[situation] += much
                by.setdefault(situation, []).append(stem)
        most = max(speaks.values(), default=0.0)
        every = sum(exp(much - most) for much in speaks.values())
        likely = {situation: exp(speaks[situation] - most) / every for situation in by}
        return [Heard(one, _HINT * sqrt(much), frozenset(by[one])) for one, much in likely.items() if much >= _HINTED]


def _rare(situations: int) -> float:
    return _COMMON + (1 - _COMMON) / sqrt(situations)


def _told_once(heard: Sequence[Heard]) -> list[Heard]:
    """What a surer situation explains is less of a reason for another."""
    explained = dict[str, float]()
    kept = []
    for one in heard:
        new = sum(explained.setdefault(stem, one.strength) <= one.strength for stem in one.stems) / len(one.stems)
        kept.append(replace(one, strength=one.strength * (_SHARED + (1 - _SHARED) * new)))
    return kept


def _backed(heard: Iterable[Heard], hints: Iterable[Heard]) -> list[Heard]:
    """Hints speak for what was said; what was not said they may say themselves, when several words do."""
    said = {one.situation: one for one in heard}
    for hint in hints:
        if one := said.get(hint.situation):
            said[hint.situation] = replace(one, strength=one.strength + hint.strength)
        elif len(hint.stems) > 1:
            said[hint.situation] = hint
    return list(said.values())


def _telling(heard: Iterable[Heard]) -> list[Heard]:
    """Those worth looking for."""
    best_first = sorted(heard, key=lambda one: (-one.strength, one.situation))[:_MOST]
    return [one for one in best_first if one.strength >= _LEAST or one is best_first[0]]


def _together(wanted: frozenset[str], stems: Sequence[str]) -> bool:
    """Whether words of a phrase are near each other, in any order."""
    if len(wanted) == 1:
        return True
    last = dict[str, int]()
    for place, stem in enumerate(stems):
        if stem in wanted:
            last[stem] = place
            if len(last) == len(wanted) and place - min(last.values()) < len(wanted) + _BETWEEN:
                return True
    return False


def _without_parts(told: Collection[Phrase]) -> list[Phrase]:
    return [one for one in told if not any(one.stems < other.stems for other in told)]


def _strongest(told: Iterable[Phrase]) -> list[Heard]:
    best: dict[str, Heard] = {}
    for phrase in told:
        known = best.get(phrase.situation)
        stems = phrase.stems | (known.stems if known else frozenset())
        strength = max(phrase.weight, known.strength if known else 0.0)
        best[phrase.situation] = Heard(phrase.situation, strength, stems)
    return _surest(best.values())


def _surest(heard: Iterable[Heard]) -> list[Heard]:
    return sorted(heard, key=lambda one: (-one.strength, -len(one.stems), one.situation))


def weight(stems: Collection[str], *, sure: bool) -> float:
    """How much a phrase says: more words say more."""
    return (0.8, 1.0, 1.1)[min(len(stems), 3) - 1] * (1.0 if sure else _MAYBE)


def phrases(stems_of: Mapping[str, Sequence[str]]) -> list[Phrase]:
    """Every phrase of the lexicon, `stems_of` giving the stems of each."""
    return [
        Phrase(stems, name, weight(stems, sure=sure))
        for name, one in LEXICON.situations.items()
        for said, sure in ((one.says, True), (one.maybe, False))
        for text in said
        if (stems := frozenset(stems_of[text])) and stems != {ABSENT}
    ]


def around(stems_of: Mapping[str, Sequence[str]]) -> dict[str, Counter[str]]:
    """Of each situation, how often stems are around it: once for each sentence that holds them."""
    there: dict[str, Counter[str]] = {}
    for name, one in LEXICON.situations.items():
        there[name] = Counter(stem for text in SENTENCES.get(name, ()) for stem in set(stems_of[text]))
        there[name].update({stem for text in one.around for stem in stems_of[text]})
    return there


def spoken() -> list[str]:
    """Every phrase and word people say."""
    return _each(text for one in LEXICON.situations.values() for text in (*one.says, *one.maybe, *one.around))


def sentences() -> list[str]:
    """Every sentence people said."""
    return _each(text for told in SENTENCES.values() for text in told)


def written() -> list[str]:
    """Every phrase that offers say."""
    return _each(text for one in LEXICON.situations.values() for text in (*one.words, *one.also))


def _each(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
