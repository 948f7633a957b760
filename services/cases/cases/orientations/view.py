"""Orientations as people see them: those of a dossier, and those an organisation is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cases import words
from cases.dossiers.model import Case
from cases.orientations import model, store
from cases.orientations.links import Link, Standing
from cases.orientations.model import Ground, Orientation
from cases.partners import store as partners
from cases.partners.store import Offer, Organisation, Wanted
from chassis.database import Transaction
from chassis.sealing import Keyring, Opened
from chassis.web.translations import translate as _
from chassis.web.translations import translate_plural as _plural

_OFFERED = 200
"""Offers of a place that a form lets choose from, those of the same themes first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An orientation opened for whoever may read it: the dossier's agents, or the organisation that is asked."""

    orientation: Orientation
    offer: Offer | None
    proposing: Organisation | None
    first_name: Opened | None
    asked: Opened | None
    reach: Opened | None

    @property
    def title(self) -> str:
        """What is asked for; an offer the directory has not told of yet has no name."""
        return self.offer.title if self.offer else _("offre inconnue ici")

    @property
    def state(self) -> str:
        return _(words.word(words.ORIENTATIONS, self.orientation.state))

    @property
    def refusal(self) -> str:
        reason = self.orientation.reason
        return _(words.word(words.REFUSALS, reason)) if reason else ""

    @property
    def over(self) -> str:
        """Why no answer is expected any more; empty while one is."""
        return "" if self.orientation.open else model.over_sentence(self.orientation.state)


async def open_all(tx: Transaction, keyring: Keyring, found: Sequence[Orientation]) -> list[Asked]:
    """Orientations this actor may read, opened in one go."""
    offers = await partners.offers(tx, [one.offer_id for one in found])
    proposing = await partners.organisations(tx, [one.proposing_organisation_id for one in found])
    opened = await keyring.open(tx, [block for one in found for block in one.shared])
    blocks = iter(opened)
    return [
        Asked(
            one,
            offers.get(one.offer_id),
            proposing.get(one.proposing_organisation_id),
            next(blocks),
            next(blocks),
            next(blocks),
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class OfDossier:
    """An orientation for those who work on its dossier, with the state of its link and what came instead."""

    asked: Asked
    link: Link | None
    instead: Offer | None
    now: datetime

    @property
    def ground(self) -> str:
        return model.ground_sentence(self.asked.orientation.ground)

    @property
    def link_sentence(self) -> str:
        if self.link is None:
            return _("Aucun lien de réponse : cette structure n'a pas d'adresse de courriel enregistrée.")
        sentences = {
            Standing.GOOD: _("La structure peut répondre par le lien qu'elle a reçu."),
            Standing.EXPIRED: _("Le lien de réponse n'est plus valable : la structure peut en demander un autre."),
            Standing.REVOKED: _("Le lien de réponse est révoqué."),
        }
        return sentences[self.link.standing(self.now)]

    @property
    def revocable(self) -> bool:
        return self.link is not None and self.link.revoked_at is None


async def of_dossier(tx: Transaction, keyring: Keyring, case_id: UUID, now: datetime) -> list[OfDossier]:
    """The orientations of a dossier, newest first."""
    found = await store.of_case(tx, case_id)
    links = await store.links_of(tx, case_id)
    instead = await partners.offers(tx, [one.instead for one in found if one.instead])
    return [
        OfDossier(
            one,
            links.get(one.orientation.orientation_id),
            instead.get(one.orientation.instead) if one.orientation.instead else None,
            now,
        )
        for one in await open_all(tx, keyring, found)
    ]


async def offered(tx: Transaction, case: Case, on: date) -> list[tuple[str, str]]:
    """Offers somebody of this dossier can be oriented to on that day: (id, what it is, where, and its room)."""
    wanted = Wanted(case.themes, case.territory_id, case.minor, on)
    return [(str(one.offer_id), _choice(one)) for one in await partners.fitting(tx, wanted, _OFFERED)]


def _choice(offer: Offer) -> str:
    left = offer.places_left
    room = None if left is None else _plural("%(num)s place libre", "%(num)s places libres", left) % {"num": left}
    return " – ".join(part for part in (offer.title, offer.address, room) if part)


def shown(asked: Asked) -> dict[str, Any]:
    """An orientation in JSON, without its dossier."""
    orientation = asked.orientation
    return {
        "orientation_id": orientation.orientation_id,
        "version": orientation.version,
        "offer_id": orientation.offer_id,
        "offer": asked.offer.name if asked.offer else None,
        "organisation_id": orientation.organisation_id,
        "organisation": asked.offer.organisation.name if asked.offer else None,
        "proposed_at": orientation.proposed_at,
        "answer_by": orientation.answer_by,
        "state": orientation.state,
        "reason": orientation.reason,
        "answered_at": orientation.answered_at,
        "first_name": _text(asked.first_name),
        "asked": _text(asked.asked),
        "reach": _text(asked.reach),
        "asked_by": asked.proposing.name if asked.proposing else None,
        "phone": asked.proposing.phone if asked.proposing else None,
    }


def shown_in_dossier(one: OfDossier) -> dict[str, Any]:
    """An orientation in JSON, for those who work on its dossier."""
    orientation, link = one.asked.orientation, one.link
    return shown(one.asked) | {
        "proposed_by": orientation.proposed_by,
        "ground": orientation.ground,
        "shared": orientation.ground is not Ground.NOTHING,
        "sentence": one.ground,
        "instead": orientation.instead,
        "link": {"standing": link.standing(one.now), "expires_at": link.expires_at} if link else None,
    }


def _text(opened: Opened | None) -> str | None:
    return None if opened is None else str(opened)
