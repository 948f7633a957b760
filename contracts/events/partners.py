"""directory-partners: who does what, where. Full state each time: a replica keeps the last of each."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.events.data import AgentId, Commune, Day, EventData, OrganisationId, Part, TerritoryId, Theme
from contracts.sealed import Sealed

KnownOrganisationKind = Literal[
    "departement",
    "ccas",
    "cias",
    "commune",
    "intercommunality",
    "state",
    "association",
    "school",
    "health",
    "other",
]
OrganisationKind = KnownOrganisationKind | str
KnownAgentRole = Literal["reception", "social_worker", "coordinator", "manager", "cell", "operator"]
AgentRole = KnownAgentRole | str

ALL_TERRITORIES = "*"


class OrganisationPublished(EventData):
    """An organisation as it now stands. `request_keys` is the public JSON Web Key Set (RFC 7517) its software
    signs requests with."""

    topic: ClassVar[str] = "directory-partners"
    key: ClassVar[str] = "organisation_id"

    organisation_id: OrganisationId
    name: str
    siret: Annotated[str, Field(pattern=r"^\d{14}$")] | None = None
    kind: OrganisationKind
    themes: tuple[Theme, ...] = ()
    territory_ids: tuple[TerritoryId, ...] = ()
    email: str | None = None
    phone: str | None = None
    request_keys: dict[str, Any] | None = None
    retired: bool = False


class OfferPublished(EventData):
    """An offer as it now stands. Ages limit the person concerned, never who asks; both are included."""

    topic: ClassVar[str] = "directory-partners"
    key: ClassVar[str] = "offer_id"

    offer_id: UUID
    organisation_id: OrganisationId
    name: str
    themes: tuple[Theme, ...] = ()
    territory_ids: tuple[TerritoryId, ...] = ()
    audience: str | None = None
    age_from: int | None = None
    age_to: int | None = None
    address: str | None = None
    opening_hours: Annotated[str | None, Field(description="in the OpenStreetMap opening_hours syntax")] = None
    email: str | None = None
    phone: str | None = None
    retired: bool = False


class AgentGrant(Part):
    """A role over a territory; `*` is all of them."""

    role: AgentRole
    territory_id: TerritoryId


class AgentPublished(EventData):
    """An agent and what they may do. `subject` is their `sub` at the OpenID Connect provider."""

    topic: ClassVar[str] = "directory-partners"
    key: ClassVar[str] = "agent_id"

    agent_id: AgentId
    subject: Annotated[str, Field(min_length=1)]
    organisation_id: OrganisationId
    name: Sealed
    email: Sealed
    grants: tuple[AgentGrant, ...] = ()
    retired: bool = False


class TerritoryPublished(EventData):
    """A territory as it now stands; `valid_to` is its last day."""

    topic: ClassVar[str] = "directory-partners"
    key: ClassVar[str] = "territory_id"

    territory_id: TerritoryId
    name: str
    communes: tuple[Commune, ...]
    valid_from: Day
    valid_to: Day | None = None
    retired: bool = False
