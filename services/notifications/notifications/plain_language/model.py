"""Whether a message is in plain words (« langage clair »): what a reader in a hurry, or unsure of French, needs.

The rules are about French sentences, which all others are translated from. They find what a list and a count can find;
that a text reads well is seen by reading it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

LONGEST: Final = 20
"""Words of a sentence, at most. The European Commission's « Rédiger clairement » asks for that on average; guides of
« langage clair » give 15 to 20 as the most. A number is one word, however it is spaced."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Jargon → the plain words for it; abbreviations anybody knows; words that show what a neutral message hides. A
    star stands for any ending."""

    jargon: Mapping[str, str]
    known: Sequence[str]
    revealing: Sequence[str]


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it is read: paragraphs parted by empty lines. `phone`: the number it is to give, if any; `aside`: an
    address that asks for nothing."""

    text: str
    neutral: bool = False
    phone: str = ""
    aside: str = ""


def faults(said: Said, vocabulary: Vocabulary) -> Iterator[str]:
    """What is not plain, in French sentences."""
    paragraphs = [_sentences(one) for one in _paragraphs(said.text)]
    words = _ADDRESS.sub("", said.text)
    yield from _too_long(paragraphs)
    yield from _jargon(words, vocabulary.jargon)
    yield from _abbreviations(words, vocabulary.known)
    yield from _too_much_asked(paragraphs)
    yield from _too_many_links(said)
    if said.phone and said.phone not in said.text:
        yield f"ne dit pas qui appeler, alors que le numéro est connu ({said.phone})"
    if said.neutral:
        yield from _revealing(words, vocabulary.revealing)


def never_told(dates: Mapping[str, Iterable[str]], texts: Sequence[str]) -> Iterator[str]:
    """Dates of an event that no form of its message tells. `dates`: fact → ways to write it."""
    for fact, written in dates.items():
        if not any(one in text for one in written for text in texts):
            yield f"ne dit jamais quand, ni jusqu’à quand ({fact})"


# Sentences ------------------------------------------------------------------------------------

_ADDRESS: Final = re.compile(r"https?://\S+")
_END: Final = re.compile(r"(?<!réf\.)(?<=[.!?…])\s+")
_NUMBER: Final = re.compile(r"\d[\d\s]*")
_WORD: Final = re.compile(r"\w[\w’'-]*")


def _paragraphs(text: str) -> Sequence[str]:
    return [" ".join(_ADDRESS.sub("", one).split()) for one in text.split("\n\n") if one.strip()]


def _sentences(paragraph: str) -> Sequence[str]:
    return [one for one in _END.split(paragraph) if one]


def _too_long(paragraphs: Sequence[Sequence[str]]) -> Iterator[str]:
    for sentence in chain.from_iterable(paragraphs):
        words = len(_WORD.findall(_NUMBER.sub("0 ", sentence)))
        if words > LONGEST:
            yield f"phrase de {words} mots, {LONGEST} au plus : « {sentence} »"


# Words ----------------------------------------------------------------------------------------

_CAPITALS: Final = re.compile(r"(?<![\w-])[A-ZÀÂÇÉÈÊËÎÏÔÛÜ](?:\.?[A-ZÀÂÇÉÈÊËÎÏÔÛÜ])+s?(?![\w-])")


def _jargon(words: str, jargon: Mapping[str, str]) -> Iterator[str]:
    for term, plain in jargon.items():
        if found := _found(term, words):
            yield f"« {found} » : dites plutôt « {plain} »"


def _revealing(words: str, revealing: Sequence[str]) -> Iterator[str]:
    for term in revealing:
        if found := _found(term, words):
            yield f"« {found} » : un message neutre ne le montre pas"


def _found(term: str, words: str) -> str | None:
    pattern = re.escape(term).replace(r"\*", r"\w*").replace(r"\ ", r"\s+").replace("'", "['’]")
    found = re.search(rf"(?<![\w-]){pattern}(?![\w-])", words, re.IGNORECASE)
    return found[0] if found else None


def _abbreviations(words: str, known: Sequence[str]) -> Iterator[str]:
    for found in _CAPITALS.finditer(words):
        spelled = words[: found.start()].endswith("(") or words[found.end() :].startswith(" (")
        if found[0] not in known and not spelled:
            yield f"« {found[0]} » : écrivez le sigle en entier"


# What is asked --------------------------------------------------------------------------------

_ASKING: Final = re.compile(
    r"(?:^|[,;:] |\b(?:et|ou|puis|alors) )(?!rendez-vous|chez\b|assez\b|avez\b)\w+ez\b", re.IGNORECASE
)
"""An imperative: what stands before it tells it from « vous … -ez »."""
_THANKS: Final = re.compile(r"\bmerci (?:de|d’)", re.IGNORECASE)
_IF_ONE_WANTS: Final = re.compile(r"^(?:pour|si|s’|en cas|sans|quand)\b", re.IGNORECASE)
_FORBIDDEN: Final = re.compile(r"\b(?:ne |n’).*\b(?:pas|jamais|personne|que|qu’)|\bne pas\b", re.IGNORECASE)


def _too_much_asked(paragraphs: Sequence[Sequence[str]]) -> Iterator[str]:
    """One request a message. What depends on the reader's own wish or question asks nothing, nor does what warns."""
    asked = [one for sentences in paragraphs for one in _asked(sentences)]
    if len(asked) > 1:
        yield f"demande {len(asked)} choses, une seule par message : {', '.join(f'« {one} »' for one in asked)}"


def _asked(sentences: Sequence[str]) -> Iterator[str]:
    for before, sentence in zip(("", *sentences), sentences, strict=False):
        spared = before.endswith("?") or _IF_ONE_WANTS.search(sentence) or _FORBIDDEN.search(sentence)
        if not spared and (_ASKING.search(sentence) or _THANKS.search(sentence)):
            yield sentence


def _too_many_links(said: Said) -> Iterator[str]:
    addresses = set(_ADDRESS.findall(said.text)) - {said.aside}
    if len(addresses) > 1:
        yield f"a {len(addresses)} liens, un seul par message"
