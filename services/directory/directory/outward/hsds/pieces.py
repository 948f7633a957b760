"""What services, organizations and locations of the standard are made of."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import md5
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from chassis.web.translations import N_, translate
from contracts.events.partners import Told
from directory.outward.hsds import shapes
from directory.outward.hsds.taxonomies import Term, made, shown_term


def filled(**fields: Any) -> Any:
    """An object without the fields that say nothing. Which it may have, `shapes` says, and tests check."""
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def offer_at(offer_id: UUID, site_id: UUID) -> UUID:
    """The id of an offer at a site, as PostgreSQL's `directory_offer_at` makes it."""
    return UUID(md5(f"{offer_id}{site_id}".encode(), usedforsecurity=False).hexdigest())


def phones(of: UUID, number: str | None) -> list[shapes.Phone]:
    """The one of that entry."""
    return [{"id": str(made("phone", of)), "number": number, "type": "voice"}] if number else []


def uri(text: str | None) -> str | None:
    """An address of the web: what sources give is not always one."""
    if not text or not all("!" <= character <= "~" for character in text) or set(text) & set('"<>\\^`{|}'):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in {"http", "https"} and parts.hostname else None


def email(text: str | None) -> str | None:
    """An address of a mailbox, where it is one."""
    name, _, host = (text or "").partition("@")
    plain = name and host and "@" not in host and not any(map(str.isspace, text or ""))
    return text if plain else None


def instant(at: datetime) -> str:
    """To the millisecond, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def label(labels: Mapping[str, str], value: str | None) -> str:
    """In French; as written where it is of no vocabulary."""
    return translate(labels[value]) if value is not None and value in labels else value or ""


def sentences(*parts: str | None) -> str:
    """Parts, each a sentence."""
    said = (part.strip() for part in parts if part and part.strip())
    return " ".join(part if part.endswith((".", "!", "?", "…")) else f"{part}." for part in said)


def classified(of: UUID, entity: str, terms: Iterable[Term]) -> Iterator[shapes.Attribute]:
    """What an entry is classified as."""
    for term in terms:
        told = attribute(of, entity, term.taxonomy.slug, term.label, term.code)
        yield told | {"taxonomy_term_id": str(term.id), "taxonomy_term": shown_term(term)}


def provenance(
    of: UUID, entity: str, source: str | None, source_id: str | None, told: Told
) -> Iterator[shapes.Attribute]:
    """Where it was first published, then by source and day the fields that come from there: never who said it."""
    if source:
        yield attribute(of, entity, "source", translate(N_("Première source")), source)
    if source_id:
        yield attribute(of, entity, "source_id", translate(N_("Identifiant à la source")), source_id)
    origins = sorted((one.source, one.on.isoformat(), name) for name, one in told.items())
    for (origin, on), fields in groupby(origins, lambda one: one[:2]):
        yield attribute(of, entity, "provenance", f"{origin} {on}", ", ".join(name for *_, name in fields))


def attribute(of: UUID, entity: str, link_type: str, name: str, value: str) -> shapes.Attribute:
    """Something to know of an entry."""
    return {
        "id": str(made("attribute", of, link_type, name, value)),
        "link_id": str(of),
        "link_type": link_type,
        "link_entity": entity,
        "label": name,
        "value": value,
    }
