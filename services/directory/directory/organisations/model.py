"""Organisations: who takes part in social action on a territory."""

from typing import Annotated, Any
from uuid import UUID

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, field_validator

from chassis.actor import Actor
from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.events import OrganisationPublished
from contracts.events.data import TerritoryId
from contracts.events.partners import KnownOrganisationKind
from directory import scope
from directory.contact_points import Email, Link, Phone
from directory.vocabulary import Network, Thematique

_NOT_PUBLIC = N_("N'envoyez que des clés publiques (RFC 7517), chacune avec son kid ; gardez les clés privées.")
_ASYMMETRIC = ("EC", "OKP", "RSA")


class KeysAreOperators(Exception):
    """Only an operator lets a partner's software send requests."""


class UnknownOrganisation(Exception):
    """The organisation does not exist or is retired."""


class StillHasAgents(Exception):
    """An organisation is retired after its agents."""


class Organisation(BaseModel):
    """What is said about an organisation. `territory_ids`: where it acts, `*` for everywhere; where it acts
    in none of ours, operators alone change it. `site_id`: its own premises.

    `request_keys`: those of its software; unsaid they stay what they are, null takes them back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=2, max_length=200)]
    kind: KnownOrganisationKind
    siret: Annotated[str, Field(pattern=r"^\d{14}$")] | None = None
    themes: Annotated[tuple[Thematique, ...], Field(max_length=80)] = ()
    territory_ids: Annotated[tuple[TerritoryId, ...], Field(max_length=200)]
    email: Email | None = None
    phone: Phone | None = None
    request_keys: dict[str, Any] | None = None
    description: Annotated[str, Field(min_length=5, max_length=10_000)] | None = None
    website: Link | None = None
    networks: Annotated[tuple[Network, ...], Field(max_length=120)] = ()
    site_id: UUID | None = None

    @field_validator("request_keys")
    @classmethod
    def _public_keys(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        return value if value is None else public_keys(value)

    def named(self, organisation_id: UUID, known: OrganisationPublished | None = None) -> OrganisationPublished:
        """The state of the organisation of that id, `known` as it stood."""
        said = self.model_dump(exclude=set() if known is None else {"request_keys"} - self.model_fields_set)
        before = known.model_dump() if known else {}
        return OrganisationPublished.model_validate(before | said | {"organisation_id": organisation_id})


def public_keys(value: dict[str, Any]) -> dict[str, Any]:
    """The key set of a partner's software, checked. Raises FieldError for one that is private, symmetric or broken."""
    try:
        keys = KeySet.import_key_set(value).keys  # type: ignore[arg-type]
        acceptable = keys and all(key.key_type in _ASYMMETRIC and not key.is_private and key.kid for key in keys)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        acceptable = False
    if not acceptable or not all(member.get("kid") for member in value["keys"]):
        raise FieldError(_NOT_PUBLIC)
    return value


def check_may_write(actor: Actor, known: OrganisationPublished | None, wanted: OrganisationPublished) -> None:
    """Raises OutOfScope beyond the actor's territories, KeysAreOperators for a change of keys."""
    scope.check(actor, wanted.territory_ids, *([known.territory_ids] if known else []))
    keys = known.request_keys if known else None
    if wanted.request_keys != keys and not actor.has("operator"):
        raise KeysAreOperators
