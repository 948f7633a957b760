"""What must hold of every object of the Human Services Data Specification we give.

Its own JSON Schemas are not part of this repository (their licence, CC BY-SA 4.0, is not ours): with
`MAILLAGE_HSDS_SCHEMAS` naming a folder that holds the specification's `schema/compiled`, or that of its UK profile
(Open Referral UK, under the same licence), they check each object too.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from directory.outward.hsds import shapes

SHAPES: dict[str, TypeAdapter[Any]] = {
    "services": TypeAdapter(shapes.Service),
    "organizations": TypeAdapter(shapes.Organization),
    "service_at_locations": TypeAdapter(shapes.ServiceAtLocation),
    "taxonomies": TypeAdapter(shapes.Taxonomy),
    "taxonomy_terms": TypeAdapter(shapes.TaxonomyTerm),
}
_FILES = {
    "services": ("compiled/service.json", "compiled/service_list.json"),
    "organizations": ("compiled/organization.json", "compiled/organization_list.json"),
    "service_at_locations": ("compiled/service_at_location.json", "compiled/service_at_location_list.json"),
    "taxonomies": ("taxonomy.json",),
}
"""`taxonomy_term.json` is not compiled: services hold terms."""


def check(name: str, one: Any) -> None:
    """That an object of that list is as the standard has it."""
    SHAPES[name].validate_python(one)
    for validator in _official(name):
        validator.validate(one)


@cache
def _official(name: str) -> list[Any]:
    folder = os.environ.get("MAILLAGE_HSDS_SCHEMAS")
    if not folder:
        return []
    schemas = [json.loads((Path(folder) / file).read_text("utf-8")) for file in _FILES.get(name, ())]
    return [Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER) for schema in schemas]
