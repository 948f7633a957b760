"""Organisations as organizations of the standard."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from chassis.web.translations import N_, translate
from contracts.events import OrganisationPublished, SitePublished
from directory.outward.hsds import shapes
from directory.outward.hsds.locations import location
from directory.outward.hsds.pieces import attribute, classified, email, filled, phones, provenance, uri
from directory.outward.hsds.taxonomies import THEMES, known, made


def organization(one: OrganisationPublished, premises: Iterable[SitePublished], zone: ZoneInfo) -> shapes.Organization:
    """One with everything that belongs to it. `zone`: the deployment's clock."""
    if one.retired:
        return listed_organization(one)
    lists: shapes.Organization = filled(
        phones=phones(one.organisation_id, one.phone),
        locations=[location(site, zone) for site in premises],
        organization_identifiers=_identifiers(one),
        attributes=list(_attributes(one)),
    )
    return listed_organization(one) | lists


def listed_organization(one: OrganisationPublished) -> shapes.Organization:
    """One with its own fields alone. The standard has no field to say that one is withdrawn."""
    if one.retired:
        status = attribute(one.organisation_id, "organization", "status", translate(N_("Statut")), "defunct")
        return {"id": str(one.organisation_id), "name": one.name, "description": one.name, "attributes": [status]}
    told: shapes.Organization = filled(
        id=str(one.organisation_id),
        name=one.name,
        description=one.description or one.name,
        email=email(one.email),
        website=uri(one.website),
    )
    return told


def _identifiers(one: OrganisationPublished) -> list[shapes.Identifier]:
    if one.siret is None:
        return []
    return [{"id": str(made("siret", one.organisation_id)), "identifier_type": "SIRET", "identifier": one.siret}]


def _attributes(one: OrganisationPublished) -> Iterator[shapes.Attribute]:
    identity, entity = one.organisation_id, "organization"
    yield from classified(identity, entity, known(THEMES, *one.themes))
    for network in one.networks:
        yield attribute(identity, entity, "network", translate(N_("Réseau porteur")), network)
    yield from provenance(identity, entity, one.source, one.source_id, one.told)
