"""Sites: premises where people are received, by whose they are or by others."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts import communes
from contracts.events import SitePublished
from directory.aggregates import saying
from directory.contact_points import Link, Phone
from directory.dated import Closures
from directory.hours.model import Expression
from directory.vocabulary import Accessibility


class UnknownSite(Exception):
    """Premises named somewhere do not exist or are retired. `field` is where, as in `places.0.site_id`."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class SiteInUse(Exception):
    """Offers are still made there."""


def _official(code: str) -> str:
    resolved = communes.resolve(code)
    if resolved is None:
        raise FieldError(N_("Cette commune n'est pas dans la liste officielle. Indiquez son code INSEE."))
    return resolved.commune.code


Line = Annotated[str, Field(min_length=1, max_length=200)]


class Site(BaseModel):
    """What is said about premises. `organisation_id`: whose they are; `hours`: of the premises, in OpenStreetMap's
    syntax, for offers there that have none of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organisation_id: UUID | None = None
    name: Line | None = None
    address: Line | None = None
    address_more: Line | None = None
    postal_code: Annotated[str, Field(pattern=r"^\d{5}$")] | None = None
    commune: Annotated[str, AfterValidator(_official)]
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    accessibility: Annotated[frozenset[Accessibility], Field(max_length=20)] = frozenset()
    accessibility_link: Link | None = None
    hours: Expression | None = None
    closures: Closures = ()
    phone: Phone | None = None

    def named(self, site_id: UUID, known: SitePublished | None = None) -> SitePublished:
        """The state of the site of that id, `known` as it stood. Closures unsaid stay what they are."""
        said = self.model_dump(exclude=set() if known is None else {"closures"} - self.model_fields_set)
        state = known or SitePublished(site_id=site_id)
        commune = communes.find(self.commune)
        if commune and self.commune != state.commune:
            said |= {"locality": commune.name, "commune_told": None}
        return saying(**said | {"accessibility": sorted(self.accessibility)})(state)


def address_of(site: SitePublished) -> str | None:
    """On one line; None where nothing is known of it."""
    locality = " ".join(part for part in (site.postal_code, site.locality) if part)
    parts = (site.name, site.address, site.address_more, locality)
    return ", ".join(part for part in parts if part) or None
