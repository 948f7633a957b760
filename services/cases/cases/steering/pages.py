"""A territory's figures for who steers it: charts with their tables, and the same as a spreadsheet."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from babel.dates import format_date
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from cases.assignments.view import choices, must_manage
from cases.steering import store, wording, workbook
from cases.steering.publishing import BACK
from cases.territorial.figures import Figures, Table
from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web import charts
from chassis.web.identity import require
from chassis.web.pages import render
from chassis.web.problems import not_found
from chassis.web.spreadsheets import MARK, MEDIA_TYPE, as_csv
from chassis.web.translations import language
from chassis.web.translations import translate as _

router = APIRouter(tags=["pages"], include_in_schema=False)
Manager = Annotated[Actor, Depends(require("manager"))]
HIDDEN: Final = "–"


class Asked(BaseModel):
    """Which territory, the first one otherwise, and which month, the newest otherwise."""

    territory: Annotated[str, Field(max_length=64)] = ""
    month: Annotated[str, Field(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")] = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a manager asked for. `figures` is None where nothing is out."""

    territories: Sequence[tuple[str, str]]
    territory_id: str
    months: Sequence[date]
    month: date | None
    figures: Figures | None


async def _read(actor: Actor, parts: CurrentParts, asked: Asked) -> Read:
    """Raises a 403 problem for a territory the actor does not manage, 404 for a month that is not out."""
    async with parts.app.transaction(actor) as tx:
        possible = await choices(tx, actor)
        territory_id = asked.territory or (possible[0][0] if possible else "")
        if territory_id:
            must_manage(actor, territory_id)
        months = await store.months(tx, territory_id, BACK)
        month = date.fromisoformat(f"{asked.month}-01") if asked.month else next(iter(months), None)
        figures = await store.read(tx, territory_id, month) if month else None
    return Read(possible, territory_id, months, month, figures)


def _called(month: date) -> str:
    return format_date(month, "MMMM y", locale=language())


@dataclass(frozen=True, slots=True)
class Shown:
    """One table and its chart."""

    name: str
    title: str
    table: Table
    chart: charts.Drawing


def _shown(figures: Figures) -> Iterator[Shown]:
    for name, title in wording.TABLES.items():
        if (table := figures.tables.get(name)) is not None:
            yield Shown(name, _(title), table, _chart(name, _(title), table))
    largest = figures.tables.get("channel")
    if largest is not None:
        counted = [(wording.row(row), total) for row, total in zip(largest.rows, largest.row_totals, strict=True)]
        title = _("Demandes reçues, par commune")
        yield Shown(
            "commune", title, largest, charts.bars("chart-commune", title, _described(counted), counted, HIDDEN)
        )


def _chart(name: str, title: str, table: Table) -> charts.Drawing:
    counted = [
        (wording.column(name, column), total) for column, total in zip(table.columns, table.column_totals, strict=True)
    ]
    return charts.bars(f"chart-{name}", title, _described(counted), counted, HIDDEN)


def _described(counted: Sequence[tuple[str, int]]) -> str:
    return " ; ".join(f"{called} : {count}" for called, count in counted)


@router.get("/cases/steering")
async def steering(request: Request, actor: Manager, parts: CurrentParts, asked: Annotated[Asked, Query()]) -> Response:
    read = await _read(actor, parts, asked)
    return render(
        request,
        "cases/steering.html",
        read=read,
        month_choices=[(f"{one:%Y-%m}", _called(one)) for one in read.months],
        month_called=_called(read.month) if read.month else "",
        shown=list(_shown(read.figures)) if read.figures else [],
        wording=wording,
    )


@router.get("/cases/steering.csv")
async def exported(actor: Manager, parts: CurrentParts, asked: Annotated[Asked, Query()]) -> Response:
    """What the page shows and nothing more; hidden counts are empty."""
    figures, month = await _out(actor, parts, asked)
    return _file(MARK + as_csv(_lines(figures)), MEDIA_TYPE, f"chiffres-{month:%Y-%m}.csv")


@router.get("/cases/steering.xlsx")
async def exported_as_workbook(actor: Manager, parts: CurrentParts, asked: Annotated[Asked, Query()]) -> Response:
    """The same lines, for who would rather not be asked how a CSV is to be read."""
    figures, month = await _out(actor, parts, asked)
    content = await asyncio.to_thread(workbook.written, _("Chiffres"), _lines(figures))
    return _file(content, workbook.MEDIA_TYPE, f"chiffres-{month:%Y-%m}.xlsx")


async def _out(actor: Actor, parts: CurrentParts, asked: Asked) -> tuple[Figures, date]:
    """Raises what `_read` does, and a 404 problem where nothing is out."""
    read = await _read(actor, parts, asked)
    if read.figures is None or read.month is None:
        raise not_found()
    return read.figures, read.month


def _file(content: str | bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _lines(figures: Figures) -> Iterator[Sequence[object]]:
    yield (_("Tableau"), _("Commune"), _("Code INSEE"), _("Valeur"), _("Nombre"))
    for name, title in wording.TABLES.items():
        if (table := figures.tables.get(name)) is None:
            continue
        for row, cells, total in zip(table.rows, table.cells, table.row_totals, strict=True):
            for column, count in zip(table.columns, cells, strict=True):
                yield (_(title), wording.row(row), row, wording.column(name, column), count)
            yield (_(title), wording.row(row), row, _("Total"), total)
        for column, total in zip(table.columns, table.column_totals, strict=True):
            yield (_(title), _("Ensemble"), "", wording.column(name, column), total)
        yield (_(title), _("Ensemble"), "", _("Total"), table.total)
