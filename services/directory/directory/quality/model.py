"""Confirming, correcting and merging entries: the rules, without I/O."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.web.translations import N_
from contracts.durations import add_months
from contracts.events import OfferPublished, OrganisationPublished
from contracts.events.partners import Source
from contracts.references import draw
from directory import provenance
from directory.contact_points import Email, Link, Phone
from directory.refusal import Refused

Kind = Literal["organisation", "offer"]
Entry = OrganisationPublished | OfferPublished
ORGANISATION: Final[Kind] = "organisation"
OFFER: Final[Kind] = "offer"

# Asking ------------------------------------------------------------------------------------------

USUAL_MONTHS: Final = 12
"""How long an entry is believed where nothing else was said of its organisation."""
LINK_LASTS: Final = timedelta(days=7)
PAUSE: Final = timedelta(minutes=10)
"""Between two links that a holder asks for: each is a mail to somebody."""
_SECRET_LENGTH: Final = 26
"""Characters: 125 bits."""


def new_secret(random: Random) -> str:
    """The secret end of a link; `random` is `SystemRandom` outside tests."""
    return draw(random, _SECRET_LENGTH)


def link_hash(key: bytes, secret: str) -> str:
    """What the database finds a link by: keyed, in hexadecimal."""
    return hashlib.blake2b(secret.encode(), digest_size=32, key=key, person=b"maillage-confirm").hexdigest()


class Standing(StrEnum):
    """What can be done with a link."""

    GOOD = "good"
    EXPIRED = "expired"
    """It may be asked for again."""
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How often an organisation is asked (`every_months`, None: never), and the last link it was sent."""

    organisation_id: UUID
    every_months: int | None = None
    link_hash: str | None = None
    asked_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    answered_at: datetime | None = None
    version: int = 1

    def standing(self, now: datetime) -> Standing:
        if self.revoked_at is not None:
            return Standing.REVOKED
        return Standing.GOOD if self.expires_at is not None and now < self.expires_at else Standing.EXPIRED

    def due_on(self, sure_on: date | None, today: date) -> date | None:
        """The day it is asked next: when what is known is old enough, tomorrow at the earliest."""
        if self.every_months is None:
            return None
        earliest = today + timedelta(days=1)
        return max(add_months(sure_on, self.every_months), earliest) if sure_on else earliest


def asked(known: Confirmation, hashed: str, now: datetime) -> Confirmation:
    """With a new link; the one before it no longer works."""
    return replace(
        known, link_hash=hashed, asked_at=now, expires_at=now + LINK_LASTS, revoked_at=None, answered_at=None
    )


def revoked(known: Confirmation, now: datetime) -> Confirmation:
    """Its link no longer works, nor can a new one be asked for with it. Raises Refused where there is
    none to revoke."""
    if known.link_hash is None or known.revoked_at is not None:
        raise Refused("no-link", N_("Il n'y a pas de lien à révoquer."))
    return replace(known, revoked_at=now)


def check_good(known: Confirmation, now: datetime) -> None:
    """Raises Refused for a link that is over."""
    if known.standing(now) is not Standing.GOOD:
        raise Refused("link-over", N_("Ce lien n'est plus valable. Demandez-en un nouveau."))


def check_renewable(known: Confirmation, now: datetime) -> None:
    """Raises Refused while a link is good, once it is revoked, and right after the last one."""
    standing = known.standing(now)
    if standing is Standing.REVOKED:
        raise Refused("revoked", N_("Ce lien a été révoqué : adressez-vous au service qui tient l'annuaire."))
    if standing is Standing.GOOD or (known.asked_at is not None and now < known.asked_at + PAUSE):
        raise Refused("still-good", N_("Votre lien est encore valable : servez-vous de celui que vous avez reçu."))


# Correcting --------------------------------------------------------------------------------------

NOTE: Final = "note"
"""What an organisation says in its own words: accepting it says that somebody saw to it."""
GONE: Final = "retired"

_Name = Annotated[str, Field(min_length=2, max_length=200)]
_Long = Annotated[str, Field(min_length=5, max_length=10_000)]
_Short = Annotated[str, Field(min_length=2, max_length=1000)]


class Correction(BaseModel):
    """What may be said otherwise of any entry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name = ""
    description: _Long | None = None
    phone: Phone | None = None
    email: Email | None = None


class OrganisationCorrection(Correction):
    """Of an organisation. `note`: what has no field here, in its own words."""

    website: Link | None = None
    note: _Short | None = None


class OfferCorrection(Correction):
    """Of an offer. `retired`: it is no more."""

    audience: _Short | None = None
    conditions: _Short | None = None
    fees_note: _Short | None = None
    retired: bool = False


CORRECTABLE: Final[Mapping[Kind, type[Correction]]] = {ORGANISATION: OrganisationCorrection, OFFER: OfferCorrection}


def proposed(kind: Kind, entry: Entry, typed: Mapping[str, str]) -> dict[str, Any]:
    """Field → the value it should have, for those that differ from the entry. What is typed as it stands is no
    correction, whatever our rules say of it. Raises ValidationError."""
    names = CORRECTABLE[kind].model_fields.keys()
    said = {name: text.replace("\r\n", "\n").strip() for name, text in typed.items() if name in names}
    anew = {name: text for name, text in said.items() if text != _as_typed(entry, name)}
    values = {name: text if text or name == "name" else None for name, text in anew.items()}
    correct = CORRECTABLE[kind].model_validate(values)
    found = correct.model_dump(mode="json", include=set(values))
    return {name: value for name, value in found.items() if value != getattr(entry, name, None)}


def _as_typed(entry: Entry, name: str) -> str:
    value = getattr(entry, name, None)
    return str(value).replace("\r\n", "\n").strip() if value else ""


def corrected(entry: Entry, field: str, value: Any, on: date, by: UUID | None) -> Entry:
    """The entry once the organisation is believed: the field comes from it, `on` that day."""
    if field == NOTE:
        return entry
    wanted = type(entry).model_validate(entry.model_dump() | {field: value})
    return provenance.told(entry, wanted, Source(source=provenance.ORGANISATION, on=on, by=by))


# Merging -----------------------------------------------------------------------------------------

WEIGHTS: Final[Mapping[Kind, Mapping[str, int]]] = {
    ORGANISATION: {"siret": 4, "name": 2, "email": 2, "phone": 2, "address": 1},
    OFFER: {"name": 2, "siret": 1, "email": 1, "phone": 1, "address": 1},
}
"""What each reason says. Organisations under one roof share an address, offers of one organisation all the rest."""
ENOUGH: Final = 3
ALIKE: Final = 0.5
"""Of two names, by their trigrams."""
REASONS: Final[Mapping[str, str]] = {
    "siret": N_("même SIRET"),
    "name": N_("noms proches dans la même commune"),
    "email": N_("même adresse électronique"),
    "phone": N_("même téléphone"),
    "address": N_("même adresse"),
}
_NEVER_TAKEN: Final = frozenset(
    {"organisation_id", "offer_id", "source", "source_id", "source_link", "retired", "request_keys", "agreement_id",
     "unknown_values", "capacity", "notices", "closures", "address", "opening_hours"}
)  # fmt: skip
"""What identifies an entry or binds it, what holds for a time, and what is made from other fields."""


def completed(kept: Entry, other: Entry, source: Source) -> Entry:
    """`kept` with what the other says and it does not; each value says where it comes from."""
    lacking = {
        name: getattr(other, name)
        for name in type(kept).model_fields.keys() - provenance.UNTOLD[type(kept)] - _NEVER_TAKEN
        if getattr(kept, name) in (None, (), "") and getattr(other, name) not in (None, (), "")
    }
    state = provenance.told(kept, kept.model_copy(update=lacking), source)
    said = {name: other.told[name] for name in lacking if name in other.told}
    return state.model_copy(update={"told": state.told | said})


def mergeable(kept: Entry, other: Entry, pair: Collection[UUID]) -> None:
    """Raises Refused unless both are in function and they are the two of a proposal."""
    if kept.retired or other.retired or {UUID(kept.aggregate_id), UUID(other.aggregate_id)} != set(pair):
        raise Refused("not-a-pair", N_("Ces deux fiches ne sont plus proposées ensemble. Relisez la liste."))
