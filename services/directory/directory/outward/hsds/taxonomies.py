"""What offers are classified by, as taxonomies: data·inclusion's values, and ours where it has none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID, uuid5

from chassis.web.translations import N_, translate
from contracts.themes import THEMATIQUES
from directory.outward.hsds import shapes
from directory.vocabulary import KINDS, LEGAL_PROFESSIONS, LEGAL_SUBJECTS, PUBLICS, RECEPTION

NAMES: Final = UUID("6d61696c-6c61-4765-8000-687364730000")
"""Ids of what has none in the directory are made from it: the same each time."""
_STANDARD: Final = N_("Valeurs du schéma data·inclusion, version 1.")
_OURS: Final = N_("Valeurs de cet annuaire.")


@dataclass(frozen=True)
class Taxonomy:
    """`values`: code → French label. `has`: an array in SQL, what a row `f` of `findable` or `o` of `offers` has of
    it."""

    slug: str
    name: str
    description: str
    values: Mapping[str, str]
    has: str

    @property
    def id(self) -> UUID:
        return _named("taxonomy", self.slug)


@dataclass(frozen=True)
class Term:
    """A value of a taxonomy. `parent`: the code of the category it is in."""

    taxonomy: Taxonomy
    code: str

    @property
    def id(self) -> UUID:
        return _named("term", self.taxonomy.slug, self.code)

    @property
    def label(self) -> str:
        return translate(self.taxonomy.values[self.code])

    @property
    def parent(self) -> "Term | None":
        category, _, detail = self.code.partition("--")
        return Term(self.taxonomy, category) if detail and category in self.taxonomy.values else None


@cache
def _named(*named: str) -> UUID:
    """The same, of the few that classify."""
    return made(*named)


def made(*named: object) -> UUID:
    """The id of what has none of its own."""
    return uuid5(NAMES, "/".join(map(str, named)))


THEMES: Final = Taxonomy("thematiques", N_("Thématiques"), _STANDARD, THEMATIQUES, "f.themes")
TYPES: Final = Taxonomy("types", N_("Types de service"), _STANDARD, KINDS, "ARRAY[o.kind]")
GROUPS: Final = Taxonomy("publics", N_("Publics"), _STANDARD, PUBLICS, "f.publics")
MODES: Final = Taxonomy("modes-accueil", N_("Modes d'accueil"), _STANDARD, RECEPTION, "o.reception")
LAWYERS: Final = Taxonomy(
    "professions-droit", N_("Conseil juridique : par qui"), _OURS, LEGAL_PROFESSIONS,
    "ARRAY[o.legal_access ->> 'profession']",
)  # fmt: skip
LAW: Final = Taxonomy(
    "sujets-droit", N_("Conseil juridique : sur quoi"), _OURS, LEGAL_SUBJECTS,
    "ARRAY(SELECT jsonb_array_elements_text(o.legal_access -> 'subjects'))",
)  # fmt: skip
ALL: Final = (THEMES, TYPES, GROUPS, MODES, LAWYERS, LAW)


@cache
def taxonomies() -> Mapping[UUID, Taxonomy]:
    """By id, in the order of their ids."""
    return {one.id: one for one in sorted(ALL, key=lambda one: one.id)}


@cache
def terms() -> Mapping[UUID, Term]:
    """Of all of them, by id, in the order of their ids."""
    every = (Term(one, code) for one in ALL for code in one.values)
    return {term.id: term for term in sorted(every, key=lambda term: term.id)}


def known(taxonomy: Taxonomy, *codes: str | None) -> Iterator[Term]:
    """Those of these codes it has: others are kept as text, and are no terms."""
    yield from (Term(taxonomy, code) for code in codes if code is not None and code in taxonomy.values)


def shown(one: Taxonomy) -> shapes.Taxonomy:
    """As the standard has it."""
    return {"id": str(one.id), "name": translate(one.name), "description": translate(one.description)}


def shown_term(term: Term) -> shapes.TaxonomyTerm:
    """The same. A label says all there is to say, and the standard wants a description."""
    told: shapes.TaxonomyTerm = {
        "id": str(term.id),
        "code": term.code,
        "name": term.label,
        "description": term.label,
        "taxonomy": translate(term.taxonomy.name),
        "taxonomy_id": str(term.taxonomy.id),
        "language": "fr",
    }
    if term.parent:
        told["parent_id"] = str(term.parent.id)
    return told
