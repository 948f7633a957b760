"""Taxonomies and their terms over HTTP: they are part of this release, and change with it alone."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.communes import fold
from directory.aggregates import NotKept
from directory.outward.hsds import shapes
from directory.outward.hsds.asking import LARGEST
from directory.outward.hsds.opening import OpenRoute
from directory.outward.hsds.paging import paged
from directory.outward.hsds.taxonomies import shown, shown_term, taxonomies, terms

router = APIRouter(prefix="/directory/hsds", tags=["hsds"], route_class=OpenRoute)


class Asked(BaseModel):
    """`top_only`: terms that are in no other. `parent_id`: those that are in that one."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    search: Annotated[str, Field(max_length=400)] = ""
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=LARGEST)] = 50
    taxonomy_id: UUID | None = None
    parent_id: UUID | None = None
    top_only: bool = False

    def page_of(self, found: list[Any]) -> dict[str, Any]:
        start = (self.page - 1) * self.per_page
        return paged(found[start : start + self.per_page], len(found), self.page, self.per_page)


@router.get("/taxonomies", response_model=shapes.Page[shapes.Taxonomy])
async def some(asked: Annotated[Asked, Query()]) -> dict[str, Any]:
    """What entries are classified by."""
    return asked.page_of([shown(one) for one in taxonomies().values() if fold(asked.search) in fold(one.name)])


@router.get("/taxonomies/{taxonomy_id}", response_model=shapes.Taxonomy)
async def one(taxonomy_id: UUID) -> shapes.Taxonomy:
    """One of them. Raises NotKept."""
    if taxonomy_id not in taxonomies():
        raise NotKept
    return shown(taxonomies()[taxonomy_id])


@router.get("/taxonomy_terms", response_model=shapes.Page[shapes.TaxonomyTerm])
async def some_terms(asked: Annotated[Asked, Query()]) -> dict[str, Any]:
    """Their values, with the code the national standard has for each."""
    found = [
        shown_term(term)
        for term in terms().values()
        if asked.taxonomy_id in (None, term.taxonomy.id)
        and asked.parent_id in (None, term.parent and term.parent.id)
        and not (asked.top_only and term.parent)
        and fold(asked.search) in fold(term.label)
    ]
    return asked.page_of(found)


@router.get("/taxonomy_terms/{term_id}", response_model=shapes.TaxonomyTerm)
async def one_term(term_id: UUID) -> shapes.TaxonomyTerm:
    """One of them. Raises NotKept."""
    if term_id not in terms():
        raise NotKept
    return shown_term(terms()[term_id])
