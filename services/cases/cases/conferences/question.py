"""The open question a family answers: one that cannot be answered by yes or no."""

import re
from typing import Final

from chassis.web.translations import translate as _

_OPEN_WORD: Final = (
    r"(?:comment|pourquoi|combien|où|quand|quoi|qu['’]|que|qui|quels?|quelles?|lequel|laquelle|lesquels|lesquelles)"
)
_PREPOSITION: Final = r"(?:(?:à|a|de|d['’]|avec|par|pour|en|sur|dans|vers|chez|sous|selon|jusqu['’](?:à|où)?)\s*)?"
_OPENS = re.compile(rf"^(?:et\s+|mais\s+|alors\s+)?{_PREPOSITION}{_OPEN_WORD}(?![\w-])", re.IGNORECASE)
_OPENS_ELIDED = re.compile(rf"^(?:et\s+|mais\s+|alors\s+)?{_PREPOSITION}(?:qu|jusqu)['’]", re.IGNORECASE)
_YES_OR_NO = re.compile(r"\b(?:oui\s+ou\s+(?:bien\s+)?non|ou\s+(?:bien\s+)?(?:non|pas))\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:–—]\s*")


def fault_of(question: str) -> str | None:
    """What keeps a text from being the open question of a family, in French; None when nothing does.

    One of its clauses begins with an interrogative word: "Pour que Sam dorme chez sa grand-mère, comment…".
    """
    text = " ".join(question.split())
    if not text.endswith("?"):
        return _("Écrivez une question, terminée par un point d'interrogation.")
    if _YES_OR_NO.search(text) or not any(_opens(clause) for clause in _CLAUSE.split(text)):
        return _(
            "Cette question appelle un oui ou un non. Commencez par « comment », « que » ou « de quelle façon » : "
            "la famille construit sa propre réponse."
        )
    return None


def _opens(clause: str) -> bool:
    return bool(_OPENS.match(clause) or _OPENS_ELIDED.match(clause))
