"""The département before the day begins: found as it is, or made by the operator, over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deploy.demo.client import OTHERWISE, Client
from deploy.demo.department import (
    NAME,
    OFFERS,
    ORGANISATIONS,
    ROLES_BY_TERRITORY,
    TERRITORIES,
    Offer,
    Organisation,
    Territory,
)
from deploy.local.oidc import ACCOUNTS, Account
from deploy.local.problems import Problem

VALID_FROM = "2026-01-01"
CONFLICT = 409


@dataclass(frozen=True)
class Setting:
    """What the day needs to know of the département: organisations and offers by their names."""

    organisations: Mapping[str, UUID]
    offers: Mapping[str, UUID]


def prepare(operator: Client, partner_keys: dict[str, Any]) -> Setting:
    """Make what is missing. Raises Problem when the platform refuses something.

    `partner_keys`: the public key set of the partner's software.
    """
    territories(operator)
    organisations = _organisations(operator, partner_keys)
    offers = _offers(operator, organisations)
    for account in ACCOUNTS:
        if account.role != "operator":
            _agent(operator, account, organisations[NAME])
    for organisation in ORGANISATIONS:
        if organisation.manager is not None:
            _agent(operator, _managing(organisation.manager), organisations[organisation.name])
    return Setting(_by_name(organisations), _by_name(offers))


def _by_name(ids: Mapping[str, str]) -> dict[str, UUID]:
    return {name: UUID(one) for name, one in ids.items()}


def territories(operator: Client) -> None:
    """Make those that are missing. Raises Problem where somebody has set up other ones: agents would not be let in
    where the day takes them."""
    listed = operator.get("/directory/territories").body["territories"]
    known = {one["territory_id"]: sorted(one["communes"]) for one in listed}
    for territory in TERRITORIES:
        held = known.get(territory.territory_id)
        body = territory_body(territory)
        made = held is None and operator.post("/directory/territories", body, accept=CONFLICT).status != CONFLICT
        if not made and held != sorted(territory.communes()):
            raise Problem(f"Le territoire « {territory.name} » n'est pas ici celui de la démonstration.", OTHERWISE)


def territory_body(territory: Territory) -> dict[str, Any]:
    """What the directory is told of a territory."""
    return {
        "territory_id": territory.territory_id,
        "name": territory.name,
        "communes": territory.communes(),
        "valid_from": VALID_FROM,
    }


def _organisations(operator: Client, partner_keys: dict[str, Any]) -> dict[str, str]:
    listed = list(_pages(operator, "/directory/organisations", "organisations"))
    known = {one["name"]: str(one["organisation_id"]) for one in listed}
    known[NAME] = _departement(operator, listed)
    for organisation in ORGANISATIONS:
        if organisation.name not in known:
            body = organisation_body(organisation, partner_keys)
            known[organisation.name] = operator.post("/directory/organisations", body).body["organisation_id"]
    return known


def organisation_body(organisation: Organisation, partner_keys: dict[str, Any]) -> dict[str, Any]:
    """What the directory is told of an organisation."""
    body = {
        "name": organisation.name,
        "kind": organisation.kind,
        "territory_ids": organisation.territories,
        "themes": organisation.themes,
        "email": organisation.email,
    }
    return body | ({"request_keys": partner_keys} if organisation.software else {})


def _departement(operator: Client, listed: list[dict[str, Any]]) -> str:
    """The first operator came with a département of no particular name: it gets its own."""
    found = next(one for one in listed if one["kind"] == "departement")
    path = f"/directory/organisations/{found['organisation_id']}"
    if found["name"] != NAME:
        known = operator.get(path)
        kept = {name: known.body[name] for name in ("kind", "territory_ids")}
        operator.put(path, {**kept, "name": NAME, "phone": "+33 1 99 00 00 00"}, version=known.etag or "")
    return str(found["organisation_id"])


def _offers(operator: Client, organisations: Mapping[str, str]) -> dict[str, str]:
    known = {one["name"]: str(one["offer_id"]) for one in _pages(operator, "/directory/offers", "offers")}
    for offer in OFFERS:
        if offer.name not in known:
            site = operator.post("/directory/sites", site_body(offer)).body["site_id"]
            body = offer_body(offer, organisations[offer.organisation.name], site)
            known[offer.name] = operator.post("/directory/offers", body).body["offer_id"]
    return known


def site_body(offer: Offer) -> dict[str, Any]:
    """What the directory is told of where an offer is made."""
    [territory] = (one for one in TERRITORIES if one.territory_id == offer.territories[0])
    return {"name": f"Maison de quartier, {offer.organisation.name}", "commune": territory.communes()[0]}


def offer_body(offer: Offer, organisation_id: str, site_id: str) -> dict[str, Any]:
    """What the directory is told of an offer."""
    return {
        "organisation_id": organisation_id,
        "name": offer.name,
        "themes": offer.themes,
        "territory_ids": offer.territories,
        "places": [{"site_id": site_id, "hours": offer.hours}],
        "age_from": offer.age_from,
        "age_to": offer.age_to,
    }


def _managing(user_name: str) -> Account:
    """Who manages a structure: an agent of the directory, who has no account to sign in with here."""
    return Account(user_name, "Direction", "Exemple", "manager")


def _agent(operator: Client, account: Account, organisation_id: str) -> None:
    """An account that is an agent already stays as it is."""
    body = {
        "subject": account.user_name,
        "organisation_id": organisation_id,
        "name": account.name,
        "email": account.email,
        "grants": grants(account.role),
    }
    operator.post("/directory/agents", body, accept=CONFLICT)


def grants(role: str) -> list[dict[str, str]]:
    """What a sample account may do."""
    places = [one.territory_id for one in TERRITORIES] if role in ROLES_BY_TERRITORY else ["*"]
    return [{"role": role, "territory_id": place} for place in places]


def _pages(client: Client, path: str, members: str) -> Any:
    """Every member of a list that is served page by page."""
    query: dict[str, str] = {}
    while True:
        body = client.get(path, **query).body
        yield from body[members]
        if not body.get("next"):
            return
        query = {"after": str(body["next"])}
