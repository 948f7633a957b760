"""The rules of erasure.

Most of what is kept serves a public task: erasure is decided, not automatic (GDPR, article 17-3), and files are public
archives, destroyed only under the visa of the Archives départementales (Code du patrimoine, L212-2). Once granted it is
complete.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from uuid import UUID

from chassis.web.translations import N_

Outcome = Literal["granted", "refused"]
Ground = Literal["legal_retention", "no_visa", "procedure_under_way", "legal_claim", "legal_duty"]
"""Why it is refused. None of them says which duty: a worry about a child must not be guessed from a register."""
GROUNDS: Final = get_args(Ground)
SERVICES: Final = ("intake", "cases", "directory", "notifications")
"""Who answers that it is done."""
COPIES_KEPT: Final = timedelta(days=30)
"""Old segments and backups can hold a wrapped key until they expire."""


class Refused(Exception):
    """That can't be decided so. `sentence` is for whoever decides."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def must_be_decidable(state: str, outcome: Outcome, ground: Ground | None, visa: str | None) -> None:
    """Raises Refused: a decision is made once, a refusal says its ground, a destruction has its visa."""
    if state != "asked":
        raise Refused(N_("Cette demande est déjà décidée. Rouvrez la liste pour lire la décision."))
    if outcome == "refused" and ground is None:
        raise Refused(N_("Un refus a un motif. Choisissez-en un."))
    if outcome == "granted" and not visa:
        raise Refused(
            N_("Sans le visa des Archives départementales, rien n’est détruit. Indiquez sa référence, ou refusez.")
        )
    if outcome == "granted" and ground is not None:
        raise Refused(N_("Un effacement accordé n’a pas de motif de refus. Retirez-le."))


def gone_from_copies_on(done_at: datetime) -> datetime:
    """From when on no old segment and no backup can hold a key of the person: the last was made before the last service
    was done."""
    return done_at + COPIES_KEPT


def done_everywhere_at(person_ids: Collection[UUID], answers: Mapping[tuple[UUID, str], datetime]) -> datetime | None:
    """When the last service was done with the last id of the person; None while one is not.

    `answers`: (id, service) → when.
    """
    wanted = [(person_id, service) for person_id in person_ids for service in SERVICES]
    if not wanted or any(one not in answers for one in wanted):
        return None
    return max(answers[one] for one in wanted)


def erased_everywhere(done_at: datetime | None, now: datetime) -> bool:
    """Whether it may be said: every service is done, and no old copy is left. Nothing is said sooner."""
    return done_at is not None and now >= gone_from_copies_on(done_at)
