"""A need in everyday French, read: which situations it tells, and which words of it are left to look for."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from chassis.database import Transaction
from directory.search import lexicon, vocabulary
from directory.search.vocabulary import Word, fold, words_of

_MOST_WORDS: Final = 10
"""Words of a need that are looked for: the rarest."""
NOISE: Final = frozenset(word for text in lexicon.LEXICON.noise for word in words_of(text))
_ABSENT: Final = frozenset(fold(word) for word in lexicon.LEXICON.absent)
_APART: Final = frozenset(fold(word) for word in lexicon.LEXICON.apart)
_TOLD, _LEFT, _ALONE = 0.35, 0.4, 0.8
"""What a word is worth that a situation tells already, that none tells, where none was recognised."""
_ENOUGH: Final = 2
"""As many words that say nothing say nothing together."""
_NUMBER = re.compile(r"\d{1,2}")
"""An age, a day, how many: of no use in offers."""
_AGED = re.compile(
    "".join(f"(?<!{before} )" for before in ("à", "depuis", "y a", "pendant", "fait", "en", "dans", "après"))
    + r"\b(\d{1,3}) ?ans\b"
)
_OLDEST: Final = 110
_LEXEME = re.compile(r"'(?:[^']|'')+'")
_WAY = re.compile(r"(?:'(?:[^']|'')+'|[^|'])+")
_SOUNDS = f"""
SELECT word, (ts_lexize('pg_catalog.french_stem', word))[1] AS stem, {vocabulary.SOUND.format(word="word")} AS sound
FROM unnest($1::text[]) AS word
"""  # noqa: S608 - constants only
_QUERIES = """
SELECT text, phraseto_tsquery('public.maillage_french', text)::text AS query FROM unnest($1::text[]) AS text
"""


@dataclass(frozen=True, slots=True)
class Sought:
    """What offers that answer a part of a need hold: `tsquery`s of words that say it (`words`), may say it (`also`),
    and of themes. `said`: the words of the need it answers; `share`: of all offers, how many hold the word."""

    said: str
    weight: float
    share: float
    words: str
    also: str = ""
    themes: str = ""
    near: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """What to look for, most telling first. `age`: of the one person whose age is said, in years. `empty`: nothing was
    said that could be looked for."""

    sought: Sequence[Sought]
    age: int | None = None

    @property
    def empty(self) -> bool:
        return not self.sought


@dataclass(frozen=True)
class _Compiled:
    ear: lexicon.Ear
    alike: dict[str, str]
    queries: dict[str, str]


_compiled: list[_Compiled] = []


async def understand(tx: Transaction, text: str) -> Need:
    """Read a need. One statement, after the first of the process."""
    words = await vocabulary.read(tx, text)
    if not words:
        return Need(())
    known = await _lexicon(tx)
    sounds = {word.typed: _sound(word.read, word.sound, known.alike) for word in words}
    heard = known.ear.hear([one for word in words_of(text) if (one := sounds.get(word) or _absent(word))])
    told = [_situation(one, [word.read for word in words if sounds[word.typed] in one.stems], known) for one in heard]
    sure = frozenset[str]().union(*(one.stems for one in heard if one.sure))
    left = [word for word in words if word.stem not in known.ear.noise and not _NUMBER.fullmatch(word.typed)]
    of_words = _words(left, {word.typed for word in left if sounds[word.typed] in sure}, heard=bool(heard))
    return Need((*told, *of_words), _age(text))


def _age(text: str) -> int | None:
    """The age said, when it is one; how long something lasts, or when it was, is none."""
    said = {int(years) for years in _AGED.findall(text.lower())}
    return said.pop() if len(said) == 1 and max(said) <= _OLDEST else None


async def _lexicon(tx: Transaction) -> _Compiled:
    """The lexicon with words cut as PostgreSQL cuts them: once for the process."""
    if not _compiled:
        texts = (*lexicon.spoken(), *lexicon.sentences())
        said = {text: words_of(text) for text in (*texts, *chain(*lexicon.LEXICON.alike))}
        rows = await tx.fetch(_SOUNDS, sorted(NOISE.union(*said.values())))
        stems = {row["word"]: row["stem"] for row in rows}
        alone = {row["word"]: _sound(row["word"], row["sound"], {}) for row in rows}
        alike = {
            alone[word]: alone[fold(first)]
            for first, *others in lexicon.LEXICON.alike for other in others for word in said[other]
        }  # fmt: skip
        sounds = {word: alike.get(sound, sound) for word, sound in alone.items()}
        stems_of = {text: _phrase(said[text], sounds) for text in texts}
        queries = {row["text"]: row["query"] for row in await tx.fetch(_QUERIES, lexicon.written())}
        noise = {stem for word in NOISE if (stem := stems[word])}
        _compiled.append(_Compiled(_ear(stems_of, noise), alike, queries))
    return _compiled[0]


def _ear(stems_of: Mapping[str, Sequence[str]], noise: Collection[str]) -> lexicon.Ear:
    return lexicon.Ear(lexicon.phrases(stems_of), lexicon.around(stems_of), noise)


def _phrase(words: Sequence[str], sounds: Mapping[str, str]) -> list[str]:
    """What has to be heard of a phrase: nothing of one that says nothing."""
    heard = {word: sounds[word] for word in words if sounds[word]}
    return list(heard.values()) if len(heard) > _ENOUGH or not heard.keys() <= (_ABSENT | NOISE) else []


def _absent(word: str) -> str:
    return lexicon.ABSENT if word in _ABSENT else ""


def _sound(word: str, stem: str, alike: Mapping[str, str]) -> str:
    """As what a word is heard; nothing for one that says nothing."""
    if word in _ABSENT:
        return lexicon.ABSENT
    if not stem or (len(word) == 1 and word.isalpha()):
        return ""
    alone = f"{word}!" if word in _APART else stem
    return alike.get(alone, alone)


def _situation(heard: lexicon.Heard, words: Sequence[str], known: _Compiled) -> Sought:
    one, queries = lexicon.LEXICON.situations[heard.situation], known.queries
    return Sought(
        said=" ".join(words),
        weight=heard.strength,
        share=0.0,
        words=any_of(queries[text] for text in one.words),
        also=any_of(queries[text] for text in one.also),
        themes=any_of(quoted(f"theme:{theme}") for theme in one.themes),
        near=any_of(quoted(f"theme:{theme}") for theme in one.near),
    )


def _words(words: Sequence[Word], told: Collection[str], *, heard: bool) -> list[Sought]:
    """What was said and is no noise: what no situation told counts more, and alone it must be enough."""
    telling = sorted(words, key=lambda word: word.share)[:_MOST_WORDS]
    return [
        Sought(one.read, _telling(one.share) * _worth(one.typed in told, heard=heard), one.share, quoted(one.stem))
        for one in telling
    ]


def _worth(told: bool, *, heard: bool) -> float:
    if told:
        return _TOLD
    return _LEFT if heard else _ALONE


def _telling(share: float) -> float:
    """1 for a rare word, towards 0.2 for one that every other offer holds."""
    return max(0.2, 1 - share * 5)


def quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def any_of(queries: Iterable[str]) -> str:
    return " | ".join(f"({query})" for query in queries if query)


def anywhere(query: str) -> str:
    """The same, wherever the words of a phrase are: what an index tells by itself. What fewer words say already is not
    asked again: an index is looked up for each."""
    ways = dict.fromkeys(frozenset(_LEXEME.findall(way)) for way in _WAY.findall(query))
    return " | ".join(" & ".join(sorted(way)) for way in ways if not any(other < way for other in ways))


def in_name(query: str) -> str:
    """The same, of words in a name alone."""
    return _LEXEME.sub(lambda found: f"{found[0]}:A", query)
