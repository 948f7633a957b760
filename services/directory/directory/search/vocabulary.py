"""The words offers are found by: what a mistyped one is corrected to, and how much one says."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import eq
from typing import Final
from uuid import UUID

from spellchecker import SpellChecker

from chassis.database import Transaction
from directory.search import lexicon

COMMON: Final = 0.12
"""A word that more offers than this share hold chooses none of them."""
_SAMPLE: Final = 20_000
"""Offers among which words are counted."""
_USED: Final = 100
"""Times a word has to be found in the spell checker's texts: less often it may be a mistake that many make."""
_WORD = re.compile(r"[a-z0-9]+")

_SHORTEST_SOUND: Final = 3
_HEARD: Final = tuple(
    (re.compile(spelling), heard)
    for spelling, heard in (
        ("ph", "f"), ("eau|au", "o"), ("gu(?=[eiy])", "g"), ("qu|ck|c(?![eiyh])|k", "k"), ("c(?=[eiy])|ss", "s"),
        ("ge(?=[ao])", "j"), ("g(?=[eiy])", "j"), ("(?<!c)h", ""), ("oi|oy", "wa"), ("y", "i"),
        ("[ae]n(?=[^aeioun]|$)|[ae]m(?=[bp])", "A"), ("ain|ein|aim|in(?=[^aeioun]|$)|im(?=[bp])", "I"),
        ("(?<=.)(er|ez|ees?|es|et|ait|ais|ai|e)$", ""), ("ai|ei", "E"), ("(?<=..)[stdxz]+$", ""), (r"(.)\1", r"\1"),
    )
)  # fmt: skip
"""What letters sound like, in the order in which they are heard. At the end, a folded « e » tells little."""

_OF_OFFERS = """
SELECT DISTINCT regexp_split_to_table(
    directory_fold(concat_ws(' ', offers.name, words, organisation.name)), '[^a-z0-9]+') AS word
FROM offers LEFT JOIN organisations AS organisation USING (organisation_id) WHERE offer_id = ANY($1::uuid[])
"""
_LEARN = """
INSERT INTO search_words (word, stem)
SELECT word, stems[1] FROM unnest($1::text[]) AS given (word), ts_lexize('pg_catalog.french_stem', word) AS stems
WHERE length(word) > 2 AND stems <> '{}' AND NOT EXISTS (
    SELECT FROM search_words AS known WHERE known.word = given.word)
ON CONFLICT DO NOTHING
"""
_SAMPLED = "SELECT search FROM findable TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)"
_COUNT = """
UPDATE search_words AS word SET share = found.share
FROM (SELECT word, coalesce(ndoc / greatest(1.0, (SELECT count(*) FROM ({sample}) AS f)), 0) AS share
      FROM search_words LEFT JOIN (SELECT word AS stem, ndoc FROM ts_stat('{sample}')) AS counted USING (stem)) AS found
WHERE found.word = word.word AND abs(word.share - found.share) > 0.001
"""
SOUND: Final = (
    "(ts_lexize('pg_catalog.french_stem', regexp_replace({word}, '([a-z]{{3}})[sx]$', '\\1')) "
    "|| ts_lexize('pg_catalog.french_stem', {word}))[1]"
)
"""The stem of a word in the singular: those of « loyer » and « loyers » are not the same."""
# A word that nothing holds is taken for the nearest known one, if there is one near.
_READ = f"""
SELECT given.word AS typed, coalesce(near.word, given.word) AS read, coalesce(near.stem, stems[1]) AS stem,
    {SOUND.format(word="coalesce(near.word, given.word)")} AS sound,
    coalesce(known.share, near.share, 0) AS share
FROM unnest($1::text[]) AS given (word)
CROSS JOIN LATERAL ts_lexize('pg_catalog.french_stem', given.word) AS stems
LEFT JOIN LATERAL (SELECT stem, share FROM search_words AS w WHERE w.stem = stems[1] LIMIT 1) AS known ON true
LEFT JOIN LATERAL (
    SELECT word, stem, share FROM search_words AS w, levenshtein_less_equal(w.word, given.word, 2) AS distance
    WHERE known.stem IS NULL AND stems <> '{{}}' AND length(given.word) > 3 AND given.word !~ '[0-9]'
    AND given.word <> ALL ($2::text[])
    AND w.word % given.word AND distance <= CASE WHEN length(given.word) > 6 THEN 2 ELSE 1 END
    ORDER BY distance, similarity(w.word, given.word) DESC, share DESC, word LIMIT 1) AS near ON true
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed (folded), as read once corrected, its stem, as what it is heard, and the share of offers that
    hold it."""

    typed: str
    read: str
    stem: str
    sound: str
    share: float


def fold(text: str) -> str:
    """Lower case, no accents: as the database folds."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """Folded, in order."""
    return _WORD.findall(fold(text))


@cache
def french() -> frozenset[str]:
    """Words that are French, folded: rightly typed, whatever is near them."""
    return frozenset(fold(word) for word, times in SpellChecker("fr").word_frequency.items() if times >= _USED)


async def read(tx: Transaction, text: str) -> list[Word]:
    """The words of a text that say something, in order, each once. French ones are never taken for others, nor
    those of the lexicon."""
    typed = {word: spelled(word) for word in words_of(text)}
    words = list(dict.fromkeys(typed.values()))
    right = [word for word in words if _is_right(word)]
    rows = {row["typed"]: row for row in await tx.fetch(_READ, words, right)} if words else {}
    return [Word(**{**rows[word], "typed": one}) for one, word in typed.items() if rows[word]["stem"]]


def _is_right(word: str) -> bool:
    return word in french() or word in of_lexicon()


def spelled(word: str) -> str:
    """The word people say that is written as it sounds: « loyé », « retar »."""
    alike = () if _is_right(word) else _by_sound().get(sound(word), ())
    return max(alike, key=lambda one: (sum(map(eq, one, word)), -len(one), one), default=word)


@cache
def _by_sound() -> dict[str, list[str]]:
    """The words people say, by how they sound."""
    found: dict[str, list[str]] = {}
    for word in of_lexicon():
        if len(heard := sound(word)) >= _SHORTEST_SOUND:
            found.setdefault(heard, []).append(word)
    return found


def sound(word: str) -> str:
    """How a folded French word sounds, roughly: one letter a sound, and none for what is not heard."""
    for spelling, heard in _HEARD:
        word = spelling.sub(heard, word)
    return word


@cache
def of_lexicon() -> frozenset[str]:
    """The words people say, but those that say nothing."""
    texts = (*lexicon.spoken(), *lexicon.written(), *chain(*lexicon.LEXICON.alike))
    said = frozenset(word for text in texts for word in words_of(text))
    return said - {word for text in lexicon.LEXICON.noise for word in words_of(text)}


async def learn_of(tx: Transaction, offer_ids: Sequence[UUID]) -> None:
    """The words of these offers' names and themes."""
    rows = await tx.fetch(_OF_OFFERS, offer_ids)
    await learn(tx, [row["word"] for row in rows])


async def learn(tx: Transaction, words: Sequence[str]) -> None:
    """Words typed ones may be corrected to. In one order, so that two writers wait for each other at most."""
    await tx.execute(_LEARN, sorted(words))


async def count(tx: Transaction) -> None:
    """How common each word is, among some thousands of offers."""
    rows: float = await tx.fetchval("SELECT reltuples FROM pg_class WHERE oid = 'findable'::regclass")
    sample = _SAMPLED.format(percent=min(100.0, 100 * _SAMPLE / max(1.0, rows)))
    await tx.execute(_COUNT.format(sample=sample))
