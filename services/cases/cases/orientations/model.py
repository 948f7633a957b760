"""An orientation: a question to another organisation about somebody, which must be answered.

It holds no clear text: what is said of the person is sealed, and absent where nothing allows to share it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from cases.dossiers.model import Refused
from chassis.web.translations import translate as _
from contracts.events.cases import KnownOrientationRefusal
from contracts.programme import Programme
from contracts.sealed import Sealed

PROPOSERS: Final = ("social_worker", "manager")
"""Who orients; and who answers, in the organisation that is asked."""


class State(StrEnum):
    PROPOSED = "proposed"
    UNDER_STUDY = "under_study"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


OPEN: Final = frozenset({State.PROPOSED, State.UNDER_STUDY})
READ_IN: Final = OPEN | {State.ACCEPTED}
"""While the organisation may read about the person."""
AnswerState = Literal[State.UNDER_STUDY, State.ACCEPTED, State.REFUSED]
"""What an organisation may answer."""
ANSWERS: Final[tuple[AnswerState, ...]] = (State.ACCEPTED, State.UNDER_STUDY, State.REFUSED)


class Ground(StrEnum):
    """On what ground the organisation is told about the person."""

    CONSENT = "consent"
    OVERRIDE = "override"
    NOTHING = "nothing"
    """On none: it reads which offer is asked for, and nothing about the person."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """An orientation as it stands. An answer is expected before
    `answer_by`; `instead` is the offer found when none came."""

    orientation_id: UUID
    case_id: UUID
    version: int
    offer_id: UUID
    organisation_id: UUID
    proposed_by: UUID
    proposing_organisation_id: UUID
    proposed_at: datetime
    answer_by: date
    ground: Ground
    state: State = State.PROPOSED
    reason: str | None = None
    answered_at: datetime | None = None
    first_name: Sealed | None = None
    asked: Sealed | None = None
    reach: Sealed | None = None
    instead: UUID | None = None

    @property
    def open(self) -> bool:
        """Whether an answer, or a last one, is still expected."""
        return self.state in OPEN

    @property
    def ids(self) -> dict[str, UUID]:
        """What every event of it names."""
        return {
            "case_id": self.case_id,
            "orientation_id": self.orientation_id,
            "offer_id": self.offer_id,
            "organisation_id": self.organisation_id,
            "agent_id": self.proposed_by,
        }

    @property
    def shared(self) -> tuple[Sealed | None, Sealed | None, Sealed | None]:
        """All that the organisation reads of the person."""
        return self.first_name, self.asked, self.reach


# Proposing ------------------------------------------------------------------------------------------


def must_be_proposable(programme: Programme, already: Sequence[Orientation], offer_id: UUID) -> None:
    """Raises Refused. A worry about a child is never handed to anybody by a link or a message (CASF L226-2-2: only
    those bound by secrecy share it, among themselves)."""
    if programme.restricted:
        raise Refused(_("Ce dossier n'est lu que par la cellule : il ne donne lieu à aucune orientation."))
    if any(one.open and one.offer_id == offer_id for one in already):
        raise Refused(_("Cette offre est déjà sollicitée dans ce dossier : attendez sa réponse, ou retirez-la."))


def ground_for(programme: Programme, *, agreed: bool, override: str | None) -> Ground:
    """Personal data go to another organisation with the person's agreement to share with it, or by a decision whose
    reason is recorded; never where the programme keeps no child's name."""
    if programme.no_child_name:
        return Ground.NOTHING
    if agreed:
        return Ground.CONSENT
    return Ground.OVERRIDE if override else Ground.NOTHING


def ground_sentence(ground: Ground) -> str:
    """What is shared, in words for who proposes."""
    sentences = {
        Ground.CONSENT: _("La personne est d'accord : la structure lit ce que vous transmettez d'elle."),
        Ground.OVERRIDE: _("La structure est informée sans accord enregistré, pour la raison inscrite au dossier."),
        Ground.NOTHING: _(
            "Rien de la personne n'est transmis : son accord pour partager avec cette structure n'est pas enregistré."
        ),
    }
    return sentences[ground]


# Answering ------------------------------------------------------------------------------------------


def answer(
    orientation: Orientation, state: AnswerState, reason: KnownOrientationRefusal | None, at: datetime
) -> Orientation:
    """The organisation answers; « à l'étude » is an answer that another one follows. Raises Refused."""
    _must_be_open(orientation)
    if state is State.UNDER_STUDY and orientation.state is State.UNDER_STUDY:
        raise Refused(_("Cette demande est déjà à l'étude : acceptez-la ou refusez-la."))
    if state is State.REFUSED and reason is None:
        raise Refused(_("Indiquez pourquoi vous refusez : cela aide à trouver une autre solution."))
    if state is not State.REFUSED and reason is not None:
        raise Refused(_("Une raison ne s'indique que pour un refus."))
    answered = _moved(orientation, state)
    return replace(answered, reason=reason, answered_at=at)


def withdraw(orientation: Orientation) -> Orientation:
    """No answer is expected any more. Raises Refused."""
    _must_be_open(orientation)
    return _moved(orientation, State.WITHDRAWN)


def expire(orientation: Orientation, instead: UUID | None) -> Orientation:
    """Nobody answered in time. Raises Refused."""
    _must_be_open(orientation)
    return replace(_moved(orientation, State.EXPIRED), instead=instead)


def _moved(orientation: Orientation, state: State) -> Orientation:
    """In its next state. Who does not take the person has nothing more to read about them."""
    moved = replace(orientation, state=state, version=orientation.version + 1)
    return moved if state in READ_IN else without_person(moved)


def without_person(orientation: Orientation) -> Orientation:
    """The orientation without what is said of the person."""
    return replace(orientation, first_name=None, asked=None, reach=None)


def postpone(orientation: Orientation, answer_by: date) -> Orientation:
    """The last answer is expected by another day."""
    return replace(orientation, answer_by=answer_by)


def stop_sharing(orientation: Orientation) -> Orientation:
    """The person takes their agreement back: the organisation reads nothing of them any more, whatever it answered."""
    return without_person(replace(orientation, ground=Ground.NOTHING, version=orientation.version + 1))


def _must_be_open(orientation: Orientation) -> None:
    if not orientation.open:
        raise Refused(over_sentence(orientation.state))


def over_sentence(state: State) -> str:
    """Why nothing more is expected."""
    sentences = {
        State.ACCEPTED: _("Cette orientation a été acceptée : elle ne change plus."),
        State.REFUSED: _("Cette orientation a été refusée : elle ne change plus."),
        State.EXPIRED: _("Le délai pour répondre est passé : une autre structure est cherchée."),
        State.WITHDRAWN: _("Cette orientation a été retirée : aucune réponse n'est plus attendue."),
    }
    return sentences[state]
