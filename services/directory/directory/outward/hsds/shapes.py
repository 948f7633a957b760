"""Objects of the Human Services Data Specification 3.1, those of their fields that the directory fills.

Written after the specification's tables (Open Referral, https://docs.openreferral.org); `Required` are the fields it
requires. Ids are UUIDs everywhere, dates ISO 8601 days, instants RFC 3339.
"""

from typing import Annotated, Generic, Literal, Required, TypeVar

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Date = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
Uri = Annotated[str, Field(pattern=r"^https?://[!-~]+$")]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
Text = Annotated[str, Field(min_length=1)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Status = Literal["active", "inactive", "defunct"]

# The standard lets anybody add fields; a misspelt one of ours must show in a test.
_STRICT = ConfigDict(extra="forbid")


@with_config(_STRICT)
class Taxonomy(TypedDict, total=False):
    """A list of values entries are classified by."""

    id: Required[Id]
    name: Required[Text]
    description: Required[Text]
    uri: Uri
    version: Text


@with_config(_STRICT)
class TaxonomyTerm(TypedDict, total=False):
    """One of its values. `code` is how it is written in the source's own format."""

    id: Required[Id]
    code: Text
    name: Required[Text]
    description: Required[Text]
    parent_id: Id
    taxonomy: Text
    taxonomy_id: Id
    taxonomy_detail: Taxonomy
    language: Literal["fr"]


@with_config(_STRICT)
class Attribute(TypedDict, total=False):
    """What an entry is classified as, or something to know that has no field."""

    id: Required[Id]
    link_id: Id
    link_type: Text
    link_entity: Text
    label: Text
    value: Text
    taxonomy_term_id: Id
    taxonomy_term: TaxonomyTerm


@with_config(_STRICT)
class Phone(TypedDict, total=False):
    """A number anybody may call, in the E.164 form or short."""

    id: Required[Id]
    number: Required[Text]
    type: Literal["voice"]


@with_config(_STRICT)
class Contact(TypedDict, total=False):
    """How to write to a place: never a person, whose name is for professionals only."""

    id: Required[Id]
    email: Email


@with_config(_STRICT)
class Schedule(TypedDict, total=False):
    """When somebody receives: RRULE fields of RFC 5545 where they say it, and always a sentence."""

    id: Required[Id]
    freq: Literal["WEEKLY"]
    byday: Annotated[str, Field(pattern=r"^(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU))*$")]
    byweekno: Annotated[str, Field(pattern=r"^\d{1,2}(,\d{1,2})*$")]
    wkst: Literal["MO"]
    opens_at: Clock
    closes_at: Clock
    valid_from: Date
    valid_to: Date
    timezone: float
    description: Text
    attending_type: Text
    notes: Text


@with_config(_STRICT)
class Language(TypedDict, total=False):
    """A language spoken there: ISO 639-1, or 639-3 for sign language."""

    id: Required[Id]
    code: Text
    name: Text


@with_config(_STRICT)
class Accessibility(TypedDict, total=False):
    """What helps people with a disability."""

    id: Required[Id]
    description: Text
    url: Uri


@with_config(_STRICT)
class Address(TypedDict, total=False):
    """Where premises are. The standard requires what some sources leave out: then it is empty."""

    id: Required[Id]
    address_1: Required[str]
    address_2: str
    city: Required[str]
    state_province: Required[str]
    postal_code: Required[str]
    country: Required[Literal["FR"]]
    address_type: Required[Literal["physical"]]


@with_config(_STRICT)
class Location(TypedDict, total=False):
    """Premises. The point is their own, never a commune's centre."""

    id: Required[Id]
    location_type: Required[Literal["physical"]]
    organization_id: Id
    name: Text
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    addresses: list[Address]
    accessibility: list[Accessibility]
    phones: list[Phone]
    schedules: list[Schedule]
    attributes: list[Attribute]


@with_config(_STRICT)
class ServiceArea(TypedDict, total=False):
    """A place whose people are served."""

    id: Required[Id]
    name: Text
    description: Text


@with_config(_STRICT)
class CostOption(TypedDict, total=False):
    """What it costs. Amounts are known where it is free."""

    id: Required[Id]
    option: Text
    currency: Literal["EUR"]
    amount: float
    amount_description: Text


@with_config(_STRICT)
class Unit(TypedDict, total=False):
    """What is counted."""

    id: Required[Id]
    name: Required[Text]


@with_config(_STRICT)
class Capacity(TypedDict, total=False):
    """Room left, as told on a day."""

    id: Required[Id]
    unit: Required[Unit]
    available: Required[int]
    updated: Required[Instant]
    description: Text


@with_config(_STRICT)
class Identifier(TypedDict, total=False):
    """What others know an organisation by."""

    id: Required[Id]
    identifier_type: Required[Text]
    identifier: Required[Text]


@with_config(_STRICT)
class Organization(TypedDict, total=False):
    """Who offers. The standard requires a description: its name where it has none."""

    id: Required[Id]
    name: Required[Text]
    description: Required[Text]
    email: Email
    website: Uri
    phones: list[Phone]
    locations: list[Location]
    organization_identifiers: list[Identifier]
    attributes: list[Attribute]


@with_config(_STRICT)
class Service(TypedDict, total=False):
    """An offer."""

    id: Required[Id]
    name: Required[Text]
    status: Required[Status]
    description: Text
    url: Uri
    email: Email
    application_process: Text
    fees_description: Text
    eligibility_description: Text
    minimum_age: int
    maximum_age: int
    assured_date: Date
    alert: Text
    last_modified: Instant
    organization: Organization
    phones: list[Phone]
    schedules: list[Schedule]
    service_areas: list[ServiceArea]
    service_at_locations: list["ServiceAtLocation"]
    languages: list[Language]
    cost_options: list[CostOption]
    capacities: list[Capacity]
    attributes: list[Attribute]


@with_config(_STRICT)
class ServiceAtLocation(TypedDict, total=False):
    """An offer at premises, with hours and numbers of its own there. `service` as the standard's lists have it."""

    id: Required[Id]
    service_id: Id
    location_id: Id
    description: Text
    location: Location
    service: Service
    contacts: list[Contact]
    phones: list[Phone]
    schedules: list[Schedule]


@with_config(_STRICT)
class Modified(TypedDict):
    """All that `minimal` gives of an entry."""

    id: Id
    modified_date: Instant


T = TypeVar("T")


@with_config(_STRICT)
class Page(TypedDict, Generic[T]):
    """A part of a list. `page_number` counts from 1; `size`: entries on this page."""

    total_items: int
    total_pages: int
    page_number: int
    size: int
    first_page: bool
    last_page: bool
    empty: bool
    contents: list[T]
