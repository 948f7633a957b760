"""A suspicion as an agent reads it, in JSON and on pages."""

from typing import Any

from chassis.web.translations import translate as _
from intake.duplicates.model import SENTENCES, Likeness, Reason


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """With the reasons in words, and points as a score of 100."""
    reasons = tuple(Reason(one) for one in found["reasons"])
    return {name: value for name, value in found.items() if name != "points"} | {
        "score": Likeness(found["points"], reasons).score,
        "reasons": [_(SENTENCES[one]) for one in reasons],
    }
