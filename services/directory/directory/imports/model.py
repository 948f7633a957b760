"""What a line of the national standard says in our words, and what we say in the standard's.

A structure is an organisation and its premises; a service is an offer, held at its structure's site or at one of its
own. Ids come from the source's, so that taking a line in again finds what it made.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from chassis.web.translations import N_, translate
from contracts import communes
from contracts.envelope import derived_id
from contracts.events import OfferPublished, OrganisationPublished, SitePublished
from contracts.events.partners import OfferPlace
from directory.contact_points import Phone
from directory.hours.model import BadHours, parsed
from directory.offers.model import at_places

Kind = Literal["structure", "service"]
Record = dict[str, Any]
STRUCTURE: Final[Kind] = "structure"
SERVICE: Final[Kind] = "service"
KINDS: Final[tuple[Kind, ...]] = (STRUCTURE, SERVICE)

UNKNOWN: Final = "valeurs_inconnues"
"""A column beside the standard's: values of no vocabulary, by column. Its models ignore it."""
OURS: Final = "maillage"
"""`source` of what we export without having imported it."""
_NAMESPACE: Final = UUID("6d61696c-6c61-4765-8000-696d706f7274")

# Our fields and the standard's columns. What has a rule of its own is below.
ORGANISATION: Final = {
    "name": "nom", "siret": "siret", "description": "description", "website": "site_web", "phone": "telephone",
    "email": "courriel", "networks": "reseaux_porteurs", "source_link": "lien_source",
}  # fmt: skip
SITE: Final = {
    "address": "adresse", "address_more": "complement_adresse", "postal_code": "code_postal", "locality": "commune",
    "commune": "code_insee", "latitude": "latitude", "longitude": "longitude",
}  # fmt: skip
PREMISES: Final = SITE | {"accessibility_link": "accessibilite_lieu", "hours": "horaires_accueil"}
OFFER: Final = {
    "name": "nom", "description": "description", "source_link": "lien_source", "kind": "type", "themes": "thematiques",
    "fees": "frais", "fees_note": "frais_precisions", "publics": "publics", "audience": "publics_precisions",
    "conditions": "conditions_acces", "phone": "telephone", "email": "courriel", "reception": "modes_accueil",
    "area": "zone_eligibilite", "mobilisation_link": "lien_mobilisation", "mobilisation": "modes_mobilisation",
    "mobilised_by": "mobilisable_par", "mobilisation_note": "mobilisation_precisions",
    "weekly_hours": "volume_horaire_hebdomadaire", "weeks": "nombre_semaines",
}  # fmt: skip
_FIELD_OF: Final = {column: name for fields in (PREMISES, ORGANISATION, OFFER) for name, column in fields.items()}
_COLUMN_OF: Final = {name: column for column, name in _FIELD_OF.items() if name != "hours"}
"""Of fields with a vocabulary; hours that can't be read come back as they were printed."""
_KINDS: Final = {"ccas-cias": "ccas", "communes": "commune", "regions": "state", "france-travail": "state"}
_FRANCE: Final = "99100"
_PHONE: Final[TypeAdapter[str]] = TypeAdapter(Phone)


def organisation_id(structure_id: str) -> UUID:
    """The organisation of a structure of that id; an id we exported ourselves holds it."""
    return _ours(structure_id) or derived_id(_NAMESPACE, f"structure:{structure_id}")


def offer_id(service_id: str) -> UUID:
    """The offer of a service of that id."""
    return _ours(service_id) or derived_id(_NAMESPACE, f"service:{service_id}")


def site_id(kind: Kind, entry_id: str) -> UUID:
    """The premises of a structure, or those of a service elsewhere."""
    return derived_id(_NAMESPACE, f"site:{kind}:{entry_id}")


def _ours(entry_id: str) -> UUID | None:
    source, _, identity = entry_id.partition("--")
    return UUID(identity) if source == OURS and _UUID.fullmatch(identity) else None


_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says: an organisation or an offer, its own premises if it has some, and French sentences on what was
    kept otherwise than it is used. `contacts`: None when the file says nothing of them."""

    main: OrganisationPublished | OfferPublished
    site: SitePublished | None
    contacts: list[dict[str, str]] | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lines are read with. `territories`: commune → the territory that stewards it today."""

    territories: Mapping[str, str]

    def of(self, site: SitePublished | None) -> tuple[str, ...]:
        """Whose managers steward what lies at a site; nobody's: operators alone."""
        found = self.territories.get(site.commune) if site and site.commune else None
        return (found,) if found else ()


@dataclass(slots=True)
class _Reading:
    """Fields of one line, gathered; what can't be used is kept as text, and said."""

    record: Record
    unknown: dict[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def fields(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Our fields from their columns, read as each is."""
        found = {}
        for name, column in names.items():
            value = self.record.get(column)
            if value is not None and (read := _READ.get(name)) is not None:
                value = read(self, value)
            if value is not None:
                found[name] = value
        return found

    def put_aside_unknown(self) -> None:
        for column, values in self.record.get(UNKNOWN, {}).items():
            self.put_aside(column, values, N_("« {column} » : {values} n'est d'aucun vocabulaire."))

    def put_aside(self, column: str, values: Iterable[str], sentence: str) -> None:
        kept = tuple(values)
        self.unknown[_FIELD_OF[column]] = kept
        self.remarks.append(translate(sentence).format(column=column, values=", ".join(kept)))

    def remark(self, sentence: str, **values: str) -> None:
        self.remarks.append(translate(sentence).format(**values))

    @property
    def day(self) -> date:
        """When the source last changed the entry."""
        return date.fromisoformat(self.record["date_maj"])

    def origin(self) -> dict[str, Any]:
        return {"source": self.record["source"], "source_id": self.record["id"], "updated_on": self.day}


def _phone(_: _Reading, printed: str) -> str:
    """As agents type it; what is no number of one telephone stays as it is printed."""
    try:
        return _PHONE.validate_python(printed.strip())
    except ValidationError:
        return printed.strip()


def _email(_: _Reading, printed: str) -> str:
    """The domain in lower case."""
    local, at, domain = printed.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _hours(reading: _Reading, printed: str) -> str | None:
    try:
        parsed(printed.strip())
    except BadHours:
        reading.put_aside("horaires_accueil", [printed], N_("« {column} » : {values} ne se lit pas."))
        return None
    return printed.strip()


def _commune(reading: _Reading, code: str) -> str | None:
    found = current(code)
    if found is None:
        reading.remark(N_("Le code « {code} » n'est celui d'aucune commune."), code=code)
    return found


def _within(bound: float) -> Callable[[_Reading, float], float | None]:
    def read(reading: _Reading, degrees: float) -> float | None:
        if abs(degrees) <= bound:
            return degrees
        reading.remark(N_("Les coordonnées ne sont pas sur Terre : le lieu n'en a pas."))
        return None

    return read


def _area(reading: _Reading, codes: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys("france" if code == _FRANCE else current(code) or code for code in codes))


def _stripped(_: _Reading, text: str) -> str:
    return text.strip()


_READ: Final[Mapping[str, Callable[[_Reading, Any], Any]]] = {
    "name": _stripped,
    "locality": _stripped,
    "phone": _phone,
    "email": _email,
    "hours": _hours,
    "commune": _commune,
    "latitude": _within(90),
    "longitude": _within(180),
    "area": _area,
}


@lru_cache(maxsize=50_000)
def current(code: str) -> str | None:
    """Today's code of a commune, given its code of any day."""
    found = communes.resolve(code)
    return found.commune.code if found else None


def structure(record: Record, surroundings: Surroundings) -> Said:
    """A structure as an organisation, and a site if anything is said of where it is."""
    reading, organisation = _Reading(record), organisation_id(record["id"])
    reading.put_aside_unknown()
    fields = reading.fields(ORGANISATION)
    site = _site(reading, PREMISES, site_id(STRUCTURE, record["id"]), organisation)
    state = OrganisationPublished(
        organisation_id=organisation,
        kind=next((_KINDS[one] for one in fields.get("networks", ()) if one in _KINDS), "other"),
        territory_ids=surroundings.of(site),
        site_id=site.site_id if site else None,
        unknown_values=reading.unknown,
        **fields,
        **reading.origin(),
    )
    return Said(state, site, remarks=tuple(reading.remarks))


def _site(reading: _Reading, names: Mapping[str, str], identity: UUID, organisation: UUID) -> SitePublished | None:
    fields, code = reading.fields(names), reading.record.get("code_insee")
    if not fields and code is None:
        return None
    former = code if code != fields.get("commune") else None
    return SitePublished(site_id=identity, organisation_id=organisation, commune_told=former, **fields)


@dataclass(frozen=True, slots=True)
class Host:
    """The structure of a service: its organisation, its premises as they stand here, and where its source says it is
    (the columns of `SITE`)."""

    organisation: OrganisationPublished
    premises: SitePublished | None
    place: Mapping[str, Any]


def place_of(record: Record) -> Record:
    """Where a line says it is."""
    return {column: record[column] for column in SITE.values() if column in record}


def written_place(site: SitePublished | None) -> Record:
    """Where premises that no source speaks of are, in the standard's words."""
    return _written(site, SITE) if site else {}


def service(record: Record, surroundings: Surroundings, host: Host) -> Said:
    """A service as an offer of its structure: at the structure's premises, unless it says another address."""
    reading = _Reading(record)
    reading.put_aside_unknown()
    organisation, site = host.organisation, None
    if host.premises is None or not _same_place(place_of(record), host.place):
        site = _site(reading, SITE, site_id(SERVICE, record["id"]), organisation.organisation_id)
    held_at = site or host.premises
    hours = reading.fields({"hours": "horaires_accueil"}).get("hours")
    state = OfferPublished(
        offer_id=offer_id(record["id"]),
        organisation_id=organisation.organisation_id,
        territory_ids=surroundings.of(held_at) or organisation.territory_ids,
        places=(OfferPlace(site_id=held_at.site_id, hours=hours),) if held_at else (),
        opening_hours=hours,
        **reading.fields(OFFER),
        unknown_values=reading.unknown,
        **reading.origin(),
    )
    state = at_places(state, {held_at.site_id: held_at} if held_at else {})
    return Said(state, site, _contacts(record), tuple(reading.remarks))


def _same_place(said: Record, other: Mapping[str, Any]) -> bool:
    """Whether all that is said of where a service is, is where its structure is. Coordinates are computed from
    addresses: only without one do they tell places apart."""
    columns = ("adresse", "code_postal", "code_insee") if "adresse" in said else tuple(SITE.values())
    return all(column not in said or said[column] == other.get(column) for column in columns)


def _contacts(record: Record) -> list[dict[str, str]] | None:
    if "contact_nom_prenom" not in record:
        return None
    name = record["contact_nom_prenom"]
    return [{"name": name}] if name else []


# From here on: what we say, in the standard's words.


def structure_record(organisation: OrganisationPublished, site: SitePublished | None) -> Record:
    """An organisation and its premises as a structure."""
    record = _written(organisation, ORGANISATION) | (_written(site, PREMISES) if site else {})
    return _identified(record, organisation, organisation.organisation_id)


def service_record(
    offer: OfferPublished, structure_id: str, site: SitePublished | None, contacts: list[dict[str, str]] | None
) -> Record:
    """An offer as a service at its first place, `site`. Contacts are left out where they are None."""
    record = (_written(site, SITE) if site else {}) | _written(offer, OFFER)
    if hours := (offer.places[0].hours if offer.places else offer.opening_hours):
        record["horaires_accueil"] = hours
    if contacts is not None:
        record["contact_nom_prenom"] = next((one["name"] for one in contacts if one.get("name")), None)
    return _identified(record | {"structure_id": structure_id}, offer, offer.offer_id)


def exported_id(state: OrganisationPublished | OfferPublished) -> str:
    """The source's own id, or one of ours."""
    return state.source_id or f"{OURS}--{state.aggregate_id}"


def _identified(record: Record, state: OrganisationPublished | OfferPublished, identity: UUID) -> Record:
    record |= {"source": state.source or OURS, "id": exported_id(state)}
    if state.updated_on:
        record["date_maj"] = state.updated_on.isoformat()
    unknown = {_COLUMN_OF[name]: list(values) for name, values in state.unknown_values.items() if name in _COLUMN_OF}
    return record | ({UNKNOWN: unknown} if unknown else {})


def _written(state: OrganisationPublished | SitePublished | OfferPublished, names: Mapping[str, str]) -> Record:
    found = ((column, getattr(state, name)) for name, column in names.items())
    return {
        column: list(value) if isinstance(value, tuple) else value for column, value in found if value not in (None, ())
    }


def kept_of_structure(record: Record, said: Said) -> dict[str, list[Any]]:
    """What `as_printed` needs to give a structure back as it was printed."""
    assert isinstance(said.main, OrganisationPublished)
    return _differing(record, structure_record(said.main, said.site))


def kept_of_service(record: Record, said: Said, host: Host) -> dict[str, list[Any]]:
    """What `as_printed` needs to give a service back as it was printed, its structure being where its source says."""
    assert isinstance(said.main, OfferPublished)
    place = _Reading({"date_maj": record["date_maj"], **host.place})
    site = said.site or _site(place, SITE, host.organisation.organisation_id, host.organisation.organisation_id)
    held_at = site if said.main.places else None
    return _differing(record, service_record(said.main, record["structure_id"], held_at, said.contacts))


def _differing(printed: Record, ours: Record) -> dict[str, list[Any]]:
    columns = (printed.keys() | ours.keys()) - {UNKNOWN}
    return {
        column: [printed.get(column), ours.get(column)]
        for column in sorted(columns)
        if printed.get(column) != ours.get(column)
    }


def as_printed(ours: Record, kept: Mapping[str, list[Any]]) -> Record:
    """What we write, in the source's own words where it still says the same."""
    back = {column: printed for column, (printed, written) in kept.items() if ours.get(column) == written}
    return {column: value for column, value in (ours | back).items() if value is not None}
