"""What was found, for people (a table) and for programs (JSON)."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.comparison import Comparison, Finding, Limits, Spread, processor, rates, spread


def document(findings: Sequence[Finding], at: datetime) -> dict[str, Any]:
    """Everything, each round included, with what is known of the machine."""
    return {
        "at": at.isoformat(timespec="seconds"),
        "machine": {
            "processors": os.cpu_count(),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "load_1_5_15_minutes": os.getloadavg(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "findings": [finding.document() for finding in findings],
    }


def write(findings: Sequence[Finding], at: datetime, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(findings, at), indent=1, ensure_ascii=False) + "\n")


def show(console: Console, finding: Finding) -> None:
    """Print one finding as soon as it is there."""
    console.print(_compared(finding) if isinstance(finding, Comparison) else _limited(finding))
    for note in finding.notes:
        console.print(f"  {note}", style="dim")
    console.print()


def _compared(found: Comparison) -> Table:
    table = Table(f"{found.bench} ({found.unit})", "min", "médiane", "max", "µs de processeur", title_justify="left")
    for name, paces in (("Maillage", found.ours), (found.baseline_is, found.baseline)):
        table.add_row(name, *_numbers(rates(paces), "{:,.0f}"), f"{processor(paces):,.0f}")
    ratio = _numbers(spread(found.ratios), "{:.2f}")
    table.add_row(f"rapport (à atteindre : {found.reach:g})", *ratio, _verdict(found), style="bold")
    return table


def _limited(found: Limits) -> Table:
    table = Table(f"{found.bench} ({found.unit})", "mesuré", "limite", "")
    for name, value in found.figures.items():
        table.add_row(name, f"{value:,.3f}" if value < 1 else f"{value:,.1f}", *_held(found, name))
    return table


def _held(found: Limits, name: str) -> tuple[str, str]:
    """The limit of a figure, and whether it keeps to it."""
    if name not in found.limits and name not in found.reaches:
        return "", ""
    limit = f"< {found.limits[name]:,g}" if name in found.limits else f"≥ {found.reaches[name]:,g}"
    return limit, "atteint" if found.holds(name) else "manqué"


def _verdict(found: Comparison) -> str:
    return "atteint" if found.reached else "manqué"


def _numbers(values: Spread, form: str) -> list[str]:
    return [form.format(value).replace(",", " ") for value in (values.least, values.middle, values.most)]
