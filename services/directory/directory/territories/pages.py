"""Territories as pages for operators, and their lists as JSON for programs."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, RedirectResponse, Response

from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.identity import CurrentActor
from chassis.web.pages import render
from chassis.web.problems import wants_page
from chassis.web.translations import N_, translate
from chassis.web.validation import sentence
from contracts import communes, groupings
from contracts.commune_changes import changes_of
from contracts.events import TerritoryPublished
from directory.aggregates import NotKept, Outdated, Versioned
from directory.answers import listed
from directory.territories import acts, store
from directory.territories.api import PATH, PROBLEMS, Operator
from directory.territories.model import CommuneTaken, Definition, NewTerritory, Noticed, Territory, TerritoryExists

router = APIRouter(tags=["territories"])
NEWEST: Final = 200
"""Changes shown at once."""
SETS: Final = ("areas", "communes", "without")
_SEPARATORS = re.compile(r"[\s,;]+")
_CODE = re.compile(r"\d[\dAB]\d{3}|\d{9}|\d{2,3}|2[AB]")
_CHANGED = N_("Quelqu'un a modifié ce territoire entre-temps. Relisez-le, puis renvoyez : votre saisie est gardée.")


@router.get(PATH)
async def all_territories(request: Request, actor: CurrentActor, parts: CurrentParts) -> Response:
    """All in function, by name; for a person, with what is going on."""
    async with parts.app.transaction(actor) as tx:
        found = await store.listed(tx)
        if not wants_page(request):
            return JSONResponse({"territories": listed(found)})
        definitions = await store.definitions(tx, [one.state.territory_id for one in found])
        noticed = await store.noticed(tx, NEWEST)
    names = {one.state.territory_id: one.state.name for one in found}
    return render(
        request,
        "directory/territories.html",
        headers={"Vary": "Accept"},
        territories=[(one.state, definitions[one.state.territory_id]) for one in found],
        noticed=noticed,
        names=names,
        called=called,
        may_write=actor.has("operator"),
    )


@router.get(f"{PATH}-changes")
async def changes(actor: Operator, parts: CurrentParts) -> dict[str, list[Noticed]]:
    """What changes of the official list did to territories; first what waits for an operator's decision."""
    async with parts.app.transaction(actor) as tx:
        return {"changes": await store.noticed(tx, NEWEST)}


@router.get("/directory/territory-form", include_in_schema=False)
async def form(request: Request, actor: Operator, parts: CurrentParts, territory_id: str = "") -> Response:
    """A new territory, or one to change."""
    if not territory_id:
        return _page(request, {})
    async with parts.app.transaction(actor) as tx:
        found = await store.find(tx, territory_id)
        definitions = await store.definitions(tx, [territory_id])
    if found is None:
        raise NotKept
    return _page(request, _filled(found, definitions[territory_id]))


@router.post("/directory/territory-form", include_in_schema=False)
async def sent(request: Request, actor: Operator, parts: CurrentParts) -> Response:
    """Done; or the form comes again, with what was typed and why it was not done."""
    fields = {name: str(value) for name, value in (await request.form()).items()}
    try:
        async with parts.app.transaction(actor) as tx:
            await _write(tx, fields, parts.now())
    except ValidationError as invalid:
        return _page(request, fields, _faults(invalid), status=422)
    except (CommuneTaken, TerritoryExists) as refused:
        name = "communes" if isinstance(refused, CommuneTaken) else "territory_id"
        return _page(request, fields, {name: str(PROBLEMS[type(refused)](refused).detail)}, status=409)
    except Outdated:
        return _page(request, fields, {"name": translate(_CHANGED)}, status=412)
    return RedirectResponse(PATH, 303)


async def _write(tx: Transaction, fields: Mapping[str, str], at: datetime) -> None:
    typed: dict[str, Any] = {name: _codes(fields.get(name, "")) for name in SETS}
    typed |= {name: fields.get(name, "").strip() or None for name in ("valid_from", "valid_to")}
    typed["name"] = fields.get("name", "").strip()
    if version := fields.get("version", ""):
        await acts.edit(tx, fields["territory_id"], Territory.model_validate(typed), int(version), at)
    else:
        await acts.create(tx, NewTerritory.model_validate(typed | {"territory_id": fields.get("territory_id", "")}), at)


def _codes(text: str) -> list[str]:
    """The codes that each line begins with; a name may follow. What is no code stays, to be refused."""
    lines = [_SEPARATORS.split(line.strip()) for line in text.splitlines() if line.strip()]
    return [code for words in lines for code in [*takewhile(_CODE.fullmatch, words)] or words[:1]]


def _faults(invalid: ValidationError) -> dict[str, str]:
    """What is wrong by field, naming the code it is about: a code is nobody's secret."""
    faults = invalid.errors(include_url=False)
    return {
        str(fault["loc"][0]) if fault["loc"] else "communes": " ".join(
            [*([f"{fault['input']} :"] if len(fault["loc"]) > 1 else []), sentence(fault)]
        )
        for fault in reversed(faults)
    }


def _filled(known: Versioned[TerritoryPublished], definition: Definition) -> dict[str, str]:
    """A territory as the form shows it."""
    state = known.state
    sets = {name: "\n".join(map(called, codes)) for name, codes in asdict(definition).items()}
    days = {
        "valid_from": state.valid_from.isoformat(),
        "valid_to": state.valid_to.isoformat() if state.valid_to else "",
    }
    return sets | days | {"territory_id": state.territory_id, "name": state.name, "version": str(known.version)}


def called(code: str) -> str:
    """A code and the name behind it: `22278 Saint-Brieuc`, `01039 Béon (aujourd'hui Culoz-Béon)`."""
    area = groupings.epci(code) or groupings.department(code) or communes.find(code)
    if area is None and (resolved := communes.resolve(code)):
        today = translate(N_("aujourd'hui {name}")).format(name=resolved.commune.name)
        return f"{code} {changes_of(code)[-1].name} ({today})"
    return f"{code} {area.name}" if area else code


def _page(
    request: Request, fields: Mapping[str, str], errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    return render(request, "directory/territory_form.html", status=status, fields=fields, errors=errors or {})
