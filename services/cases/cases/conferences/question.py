"""The open question a family answers: one that cannot be answered by yes or no."""

import re
from typing import Final

from chassis.web.translations import translate as _

_LINKED: Final = r"^(?:et|mais|alors|ou)\s+"
_PREPOSITION: Final = (
    r"(?:(?:à|a|de|d['’]|avec|par|pour|en|sur|dans|vers|chez|sous|selon|après|avant|jusqu['’]?(?:à)?)\s*)?"
)
_ASKS = re.compile(
    rf"^{_PREPOSITION}(?:comment|pourquoi|combien|quoi|quels?|quelles?|lequel|laquelle|lesquels|lesquelles|"
    r"qu['’]est-ce|qu['’]y\s+a-t-il)(?![\w-])",
    re.IGNORECASE,
)
"""Words that only ask."""
_MAY_ASK = re.compile(rf"^{_PREPOSITION}(?:(?:où|quand|que|qui)(?![\w-])|qu['’])", re.IGNORECASE)
"""Words that ask, or only begin a clause of another question: « quand Sam sortira, … »."""
_INVERTED = re.compile(
    r"[^\W\d_]-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)\b|\b(?:est-ce\b|faut-il\b)", re.IGNORECASE
)
"""The verb before its subject: a question."""
_GOES_ON_CLOSED = re.compile(
    r"\b(?:et|ou|mais)\s+[^\W\d_]+-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)\b", re.IGNORECASE
)
"""« … et faut-il… », « … ou doit-on… »: a second question, closed, in the shade of the open one."""
_WHETHER = re.compile(
    r"\b(?:oui\s+ou\s+(?:bien\s+)?non|ou\s+(?:bien\s+)?(?:non|pas)|n['’]est-ce\s+pas|"
    r"qui\s+est\s+(?:d['’]accord|pour|contre|favorable))\b|,\s*(?:non|oui|d['’]accord)\s*\?$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:–—]\s*")


def fault_of(question: str) -> str | None:
    """What keeps a text from being the open question of a family, in French; None when nothing does.

    The first of its clauses that asks decides: "Pour que Sam dorme chez sa grand-mère, comment…" is open, "Quand Sam
    sortira, pourra-t-il…" is not; nor is one that goes on "… et faut-il…".
    """
    text = " ".join(question.split())
    if not text.endswith("?"):
        return _("Écrivez une question, terminée par un point d'interrogation.")
    if text.count("?") > 1:
        return _("Posez une seule question : la famille répondra à celle-là.")
    if _WHETHER.search(text) or not _is_open(_CLAUSE.split(text)):
        return _(
            "Cette question appelle un oui ou un non. Commencez par « comment », « que » ou « de quelle façon » : "
            "la famille construit sa propre réponse."
        )
    return None


def _is_open(clauses: list[str]) -> bool:
    if any(_GOES_ON_CLOSED.search(clause) for clause in clauses):
        return False
    found = [asks for clause in clauses if (asks := _asks(clause)) is not None]
    return found[0] if found else any(_MAY_ASK.match(_alone(clause)) for clause in clauses)


def _asks(clause: str) -> bool | None:
    """Whether a clause asks openly (True) or for a yes or no (False); None: it does not tell."""
    alone = _alone(clause)
    if _ASKS.match(alone):
        return True
    inverted = _INVERTED.search(alone) is not None
    if _MAY_ASK.match(alone):
        return True if inverted else None
    return False if inverted else None


def _alone(clause: str) -> str:
    return re.sub(_LINKED, "", clause, flags=re.IGNORECASE)
