"""directory-partners: who does what, where. Full state each time: a replica keeps the last of each."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.events.data import (
    AgentId,
    Commune,
    Count,
    Day,
    EventData,
    OrganisationId,
    Part,
    Positive,
    TerritoryId,
    Theme,
)
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

KnownFees = Literal["gratuit", "payant"]
KnownReception = Literal["en-presentiel", "a-distance"]
KnownAccessibility = Literal[
    "wheelchair", "lift", "accessible_toilets", "hearing_loop", "sign_language", "easy_to_read", "reserved_parking"
]
KnownLegalProfession = Literal[
    "lawyer",
    "notary",
    "commissaire_de_justice",
    "conciliator",
    "mediator",
    "defender_of_rights",
    "legal_adviser",
    "association",
]
KnownLegalSubject = Literal[
    "family",
    "inheritance",
    "housing",
    "neighbours",
    "property",
    "work",
    "consumption",
    "debts",
    "social_rights",
    "administrations",
    "foreigners",
    "civil_status",
    "protection",
    "young_people",
    "discrimination",
    "victims",
    "criminal",
    "procedure",
]


class Source(Part):
    """Where the value of a field comes from: a published source's name or `local`, the day it was said, and the agent
    who typed or confirmed it."""

    source: str
    on: Day
    by: AgentId | None = None


Told = Annotated[dict[str, Source], Field(description="field → where its value comes from")]


Unknown = Annotated[dict[str, tuple[str, ...]], Field(description="field → values of no vocabulary")]


class Assurance(Part):
    """Somebody checked that the whole is right: an agent, or without one the organisation itself by its signed link."""

    on: Day
    by: AgentId | None = None


class Closure(Part):
    """Closed exceptionally, both days included, whatever the hours say."""

    first: Day
    last: Day
    message: str = ""


class Notice(Part):
    """Something to know for a time, both days included; without `last`, until it is taken back."""

    first: Day
    last: Day | None = None
    text: str


class Capacity(Part):
    """Room at an offer, as told on a day. `reserved`: places kept for those the platform sends; `left`: of all places;
    `waiting_days`: how long one waits for a first meeting. Absent: not known."""

    reserved: Count | None = None
    left: Count | None = None
    waiting_days: Count | None = None
    on: Day


class LegalAccess(Part):
    """Free legal advice: by whom (`KnownLegalProfession`), on what (`KnownLegalSubject`; none: anything), and whether
    one must book."""

    profession: str
    subjects: tuple[str, ...] = ()
    booking: bool = False


class OfferPlace(Part):
    """An offer at a site, in its own premises or somebody else's. `hours` are those of this offer there, in the
    OpenStreetMap `opening_hours` syntax; without them, those of the site."""

    site_id: UUID
    hours: str | None = None
    closures: tuple[Closure, ...] = ()
    note: str | None = None
    phone: str | None = None
    email: str | None = None


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
    description: str | None = None
    website: str | None = None
    networks: Annotated[tuple[str, ...], Field(description="réseaux porteurs, of data·inclusion")] = ()
    site_id: Annotated[UUID | None, Field(description="its own premises")] = None
    source: Annotated[str | None, Field(description="published source it was first imported from")] = None
    source_id: str | None = None
    source_link: str | None = None
    updated_on: Annotated[Day | None, Field(description="when it last changed, at its source or here")] = None
    unknown_values: Unknown = Field(default_factory=dict)
    assured: Assurance | None = None
    told: Told = Field(default_factory=dict)
    retired: bool = False


class SitePublished(EventData):
    """Premises as they now stand. `organisation_id`: whose they are; offers of others may be held there. `commune` is
    today's INSEE code, `commune_told` the one its source gave where it is another, `locality` the name as printed."""

    topic: ClassVar[str] = "directory-partners"
    key: ClassVar[str] = "site_id"

    site_id: UUID
    organisation_id: OrganisationId | None = None
    name: str | None = None
    address: str | None = None
    address_more: str | None = None
    postal_code: str | None = None
    locality: str | None = None
    commune: Commune | None = None
    commune_told: str | None = None
    latitude: Annotated[float | None, Field(ge=-90, le=90, description="WGS 84, degrees")] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180, description="WGS 84, degrees")] = None
    accessibility: Annotated[tuple[str, ...], Field(description="`KnownAccessibility`")] = ()
    accessibility_link: str | None = None
    hours: Annotated[str | None, Field(description="of the premises, in the opening_hours syntax")] = None
    closures: tuple[Closure, ...] = ()
    phone: str | None = None
    told: Told = Field(default_factory=dict)
    retired: bool = False


class OfferPublished(EventData):
    """An offer as it now stands. Ages limit the person concerned, never who asks; both are included.

    `area` are the places whose people it serves: INSEE codes of communes and départements, SIREN of EPCI, `france`.
    Values of `kind`, `publics`, `fees`, `reception`, `mobilisation` and `mobilised_by` are data·inclusion's;
    `languages` are ISO 639-1, and `lsf`. `address` and `opening_hours` are those of its first place.
    """

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
    description: str | None = None
    kind: str | None = None
    publics: tuple[str, ...] = ()
    conditions: str | None = None
    fees: str | None = None
    fees_note: str | None = None
    reception: tuple[str, ...] = ()
    mobilisation: tuple[str, ...] = ()
    mobilised_by: tuple[str, ...] = ()
    mobilisation_note: str | None = None
    mobilisation_link: str | None = None
    languages: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
    places: tuple[OfferPlace, ...] = ()
    capacity: Capacity | None = None
    closures: tuple[Closure, ...] = ()
    notices: tuple[Notice, ...] = ()
    weekly_hours: Annotated[float | None, Field(ge=0, description="hours a week it takes of the person")] = None
    weeks: Positive | None = None
    legal_access: LegalAccess | None = None
    agreement_id: Annotated[UUID | None, Field(description="the agreement that opens it, and ends it")] = None
    starts_on: Day | None = None
    ends_on: Annotated[Day | None, Field(description="last day")] = None
    source: Annotated[str | None, Field(description="published source it was first imported from")] = None
    source_id: str | None = None
    source_link: str | None = None
    updated_on: Annotated[Day | None, Field(description="when it last changed, at its source or here")] = None
    unknown_values: Unknown = Field(default_factory=dict)
    assured: Assurance | None = None
    told: Told = Field(default_factory=dict)
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


class PartnersRetold(EventData):
    """Everything on this topic was told again, and this comes last: who heard it all is as whole as the directory was
    at `told_at`. `teller` is the directory's own name, the same each time."""

    topic: ClassVar[str] = "directory-partners"
    key: ClassVar[str] = "teller"

    teller: str
    told_at: AwareDatetime
    states: Annotated[Count, Field(description="how many were told, agents and territories included")]
