"""A need in everyday French, read: which situations it tells, and which words of it are left to look for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chassis.database import Transaction
from directory.search import lexicon, vocabulary
from directory.search.vocabulary import Word, words_of

_MOST_WORDS: Final = 10
"""Words of a need that are looked for: the rarest."""
NOISE: Final = frozenset(word for text in lexicon.LEXICON.noise for word in words_of(text))
_LEXEME = re.compile(r"'(?:[^']|'')+'")
_FOLLOWED = re.compile(r"<(?:-|\d+)>")
_STEMS = """
SELECT word, (ts_lexize('pg_catalog.french_stem', word))[1] AS stem FROM unnest($1::text[]) AS word
"""
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
    """What to look for, most telling first. `empty`: nothing was said that could be looked for."""

    sought: Sequence[Sought]

    @property
    def empty(self) -> bool:
        return not self.sought


@dataclass(frozen=True)
class _Compiled:
    ear: lexicon.Ear
    queries: dict[str, str]


_compiled: list[_Compiled] = []


async def understand(tx: Transaction, text: str) -> Need:
    """Read a need. One statement, after the first of the process."""
    words = await vocabulary.read(tx, text, NOISE)
    if not words:
        return Need(())
    known = await _lexicon(tx)
    heard = known.ear.hear([word.stem for word in words])
    told = [_situation(one, words, known.queries) for one in heard]
    return Need((*told, *_words(words, known.ear.noise, told=bool(heard))))


async def _lexicon(tx: Transaction) -> _Compiled:
    """The lexicon with words cut as PostgreSQL cuts them: once for the process."""
    if not _compiled:
        spoken = {text: words_of(text) for text in lexicon.spoken()}
        stems = await _stems(tx, sorted(NOISE.union(*spoken.values())))
        stems_of = {text: [stems[word] for word in words if stems[word]] for text, words in spoken.items()}
        rows = await tx.fetch(_QUERIES, lexicon.written())
        noise = {stem for word in NOISE if (stem := stems[word])}
        queries = {row["text"]: row["query"] for row in rows}
        _compiled.append(_Compiled(lexicon.Ear(lexicon.phrases(stems_of), noise), queries))
    return _compiled[0]


async def _stems(tx: Transaction, words: Sequence[str]) -> dict[str, str]:
    return {row["word"]: row["stem"] for row in await tx.fetch(_STEMS, words)}


def _situation(heard: lexicon.Heard, words: Sequence[Word], queries: dict[str, str]) -> Sought:
    one = lexicon.LEXICON.situations[heard.situation]
    return Sought(
        said=" ".join(word.read for word in words if word.stem in heard.stems),
        weight=heard.strength,
        share=0.0,
        words=any_of(queries[text] for text in one.words),
        also=any_of(queries[text] for text in one.also),
        themes=any_of(quoted(f"theme:{theme}") for theme in one.themes),
        near=any_of(quoted(f"theme:{theme}") for theme in one.near),
    )


def _words(words: Sequence[Word], noise: frozenset[str], *, told: bool) -> list[Sought]:
    """What was said and is no noise: alone, such words must be enough."""
    telling = [word for word in words if word.stem not in noise]
    telling = sorted(telling, key=lambda word: word.share)[:_MOST_WORDS]
    worth = 0.35 if told else 0.8
    return [Sought(one.read, _telling(one.share) * worth, one.share, quoted(one.stem)) for one in telling]


def _telling(share: float) -> float:
    """1 for a rare word, towards 0.2 for one that every other offer holds."""
    return max(0.2, 1 - share * 5)


def quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def any_of(queries: Iterable[str]) -> str:
    return " | ".join(f"({query})" for query in queries if query)


def anywhere(query: str) -> str:
    """The same, wherever the words of a phrase are: what an index tells by itself."""
    return _FOLLOWED.sub("&", query)


def in_name(query: str) -> str:
    """The same, of words in a name alone."""
    return _LEXEME.sub(lambda found: f"{found[0]}:A", query)
