"""What another organisation learns of a dossier: with the person's agreement, or on a recorded ground.

Whoever works on a dossier is bound by professional secrecy (Code pénal 226-13): the default is not to share.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cases.dossiers.model import Refused
from chassis.web.translations import translate as _
from contracts.programme import Programme
from contracts.sealed import Sealed


class Part(StrEnum):
    """What may be shared besides the dossier's reference and programme."""

    PEOPLE = "people"
    """Who is in it, by name and role."""
    NOTES = "notes"
    """Notes that all social workers of the dossier read."""
    PLAN = "plan"
    DOCUMENTS = "documents"
    """Documents that all social workers of the dossier read."""


WHOLE = "referent"
"""A referent of the organisation works on the whole dossier."""
TRANSFER = "transfer"
"""The organisation takes the dossier over."""


class Ground(StrEnum):
    CONSENT = "consent"
    OVERRIDE = "override"


class LegalGround(StrEnum):
    """On what ground something is shared without a recorded agreement."""

    CHILD_PROTECTION = "child_protection"
    """CASF L226-2-2: those bound by secrecy who take part in the protection of a child."""
    VITAL_DANGER = "vital_danger"
    """Code pénal 223-6 and 226-14: somebody's life or health is in danger."""
    COURT = "court"
    """A judge or a prosecutor requires it."""
    LEGAL_DUTY = "legal_duty"
    """Another text requires it, which the reason names."""


@dataclass(frozen=True, slots=True)
class Override:
    """Why something is shared without a recorded agreement."""

    legal_ground: LegalGround
    reason: str


@dataclass(frozen=True, slots=True)
class Share:
    """A share as it stands. `parts` are Part, WHOLE or TRANSFER; `why` is sealed, and read by the organisation too."""

    share_id: UUID
    case_id: UUID
    reference: str
    programme: str
    organisation_id: UUID
    parts: Sequence[str]
    why: Sealed
    ground: Ground
    legal_ground: LegalGround | None
    shared_by: UUID
    sharing_organisation_id: UUID
    shared_at: datetime
    ended_at: datetime | None = None

    @property
    def in_force(self) -> bool:
        return self.ended_at is None


def ground_for(programme: Programme, *, agreed: bool, override: Override | None) -> Ground:
    """What allows to share. Raises Refused where nothing does, and where the programme keeps no child's name."""
    if programme.restricted or programme.no_child_name:
        raise Refused(_("Ce dossier ne se partage pas : son dispositif ne permet à aucune autre structure de le lire."))
    if agreed:
        return Ground.CONSENT
    if override is not None:
        return Ground.OVERRIDE
    raise Refused(
        _(
            "L'accord de la personne pour partager avec cette structure n'est pas enregistré. Recueillez-le, ou "
            "indiquez sur quel fondement légal et pour quelle raison vous partagez sans lui."
        )
    )


def must_be_shareable(organisation: str | None, own: bool, already: Sequence[Share], organisation_id: UUID) -> None:
    """Raises Refused. `organisation`: its name, None when there is no such organisation any more."""
    if organisation is None:
        raise Refused(_("Cette structure n'est pas, ou n'est plus, dans l'annuaire."))
    if own:
        raise Refused(_("C'est votre propre structure : chargez plutôt une personne du dossier."))
    if any(one.in_force and one.organisation_id == organisation_id for one in already):
        raise Refused(_("Ce dossier est déjà partagé avec cette structure : mettez d'abord fin à ce partage."))


def ended_by_withdrawal(shares: Sequence[Share], organisation_id: UUID) -> list[Share]:
    """What rests on an agreement that is taken back. What rests on a legal ground goes on."""
    return [
        one
        for one in shares
        if one.in_force and one.ground is Ground.CONSENT and one.organisation_id == organisation_id
    ]


def end(share: Share, at: datetime) -> Share:
    """The organisation reads nothing any more. Raises Refused once it has ended."""
    if not share.in_force:
        raise Refused(_("Ce partage est déjà terminé."))
    return replace(share, ended_at=at)
