"""Sites as locations of the standard."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from chassis.web.translations import N_, translate
from contracts import communes, groupings
from contracts.events import SitePublished
from directory.hours.places import place_in
from directory.outward.hsds import shapes
from directory.outward.hsds.pieces import attribute, filled, label, phones, uri
from directory.outward.hsds.schedules import schedules
from directory.outward.hsds.taxonomies import made
from directory.vocabulary import ACCESSIBILITY


def location(site: SitePublished, zone: ZoneInfo) -> shapes.Location:
    """Premises with everything that belongs to them. `zone`: the deployment's clock."""
    lists: shapes.Location = filled(
        accessibility=list(_accessibility(site)),
        phones=phones(site.site_id, site.phone),
        schedules=schedules(site.hours, site.site_id, place_in(site.commune, zone).zone),
        attributes=_commune(site),
    )
    return premises(site) | lists


def premises(site: SitePublished) -> shapes.Location:
    """Where they are. The point is their own, never their commune's."""
    known = site.latitude is not None and site.longitude is not None
    told: shapes.Location = filled(
        id=str(site.site_id),
        location_type="physical",
        organization_id=site.organisation_id and str(site.organisation_id),
        name=site.name,
        latitude=site.latitude if known else None,
        longitude=site.longitude if known else None,
        addresses=[_address(site)] if site.address or site.locality or site.commune else [],
    )
    return told


def _address(site: SitePublished) -> shapes.Address:
    commune = communes.resolve(site.commune) if site.commune else None
    department = groupings.department(commune.commune.department) if commune else None
    told: shapes.Address = {
        "id": str(made("address", site.site_id)),
        "address_1": site.address or "",
        "city": site.locality or (commune.commune.name if commune else ""),
        "state_province": department.name if department else "",
        "postal_code": site.postal_code or _only(commune.commune.postal_codes if commune else ()),
        "country": "FR",
        "address_type": "physical",
    }
    return told | {"address_2": site.address_more} if site.address_more else told


def _only(codes: Sequence[str]) -> str:
    """The postal code of a commune that has one."""
    return codes[0] if len(codes) == 1 else ""


def _accessibility(site: SitePublished) -> Iterator[shapes.Accessibility]:
    for name in site.accessibility:
        yield {"id": str(made("accessibility", site.site_id, name)), "description": label(ACCESSIBILITY, name)}
    if link := uri(site.accessibility_link):
        yield {"id": str(made("accessibility", site.site_id, "link")), "url": link}


def _commune(site: SitePublished) -> list[shapes.Attribute]:
    if site.commune is None:
        return []
    return [attribute(site.site_id, "location", "commune", translate(N_("Code commune (INSEE)")), site.commune)]
