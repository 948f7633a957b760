"""Measure: `python -m tests.bench [names…]`, as `./maillage bench` does. Ours and a baseline in turn, in one run.

A figure that falls short is printed as such: `docs/performance.md` says what holds it back. Nothing here is a test.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import uvloop
from cyclopts import App, Parameter
from rich.console import Console

from deploy.local import layout
from tests.bench import benches, report
from tests.bench.comparison import Finding
from tests.bench.ground import Ground, ground
from tests.bench.whole import Whole, whole_platform

app = App(name="bench", help="Mesurer Maillage à côté d'autres façons de faire.", version_flags=[])


@dataclass(frozen=True)
class Asked:
    """What to measure and how much of it."""

    names: Sequence[str]
    rounds: int
    scale: float


@app.default
def bench(
    *names: str,
    rounds: int = 5,
    scale: float = 1.0,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> None:
    """Mesurer Maillage à côté d'autres façons de faire ; sans nom, tout mesurer (vingt minutes au plus).

    Parameters
    ----------
    names
        relay, relay-peer, consume, intake, intake-agent, duplicates, import, messages, outward, relevance, search,
        worklist, memory, latency.
    rounds
        Combien de fois chacun passe, à tour de rôle.
    scale
        Multiplie le nombre d'événements et de requêtes.
    output
        Le fichier JSON où tout écrire ; sinon .maillage/bench/<date>.json.
    """
    if unknown := set(names) - set(benches.NAMES):
        raise SystemExit(
            f"Mesures inconnues : {', '.join(sorted(unknown))}\n→ Choisissez parmi : {', '.join(benches.NAMES)}"
        )
    asked = Asked([name for name in benches.NAMES if name in (names or benches.NAMES)], rounds, scale)
    at, console = datetime.now(UTC), Console()
    findings = _on_servers(asked, console) + _of_the_whole(asked, console)
    path = output or layout.default_state().folder / "bench" / f"{at:%Y%m%d-%H%M%S}.json"
    report.write(findings, at, path)
    console.print(f"Écrit : {path}")


def _on_servers(asked: Asked, console: Console) -> list[Finding]:
    """Those that need servers only, one after the other on the same ones."""
    names = [name for name in asked.names if name not in benches.OF_THE_WHOLE]
    if not names:
        return []
    with console.status("PostgreSQL et Kafka démarrent…"), ExitStack() as stack:
        made = stack.enter_context(ground())
        return uvloop.run(_each(made, names, asked, console))


async def _each(made: Ground, names: Sequence[str], asked: Asked, console: Console) -> list[Finding]:
    found: list[Finding] = []
    for name in names:
        found.append(await _on(made, name, asked))
        report.show(console, found[-1])
    return found


async def _on(made: Ground, name: str, asked: Asked) -> Finding:
    if name in benches.ALONE:
        return await benches.ALONE[name](made, asked.scale)
    return await benches.IN_PAIRS[name](made, asked.rounds, asked.scale)


def _of_the_whole(asked: Asked, console: Console) -> list[Finding]:
    """Those that need the whole platform, on one started for them."""
    names = [name for name in asked.names if name in benches.OF_THE_WHOLE]
    if not names:
        return []
    found: list[Finding] = []
    with console.status("Toute la plateforme démarre…"), whole_platform() as platform:
        for name in names:
            found.append(_measure(platform, name, asked.scale))
            report.show(console, found[-1])
    return found


def _measure(platform: Whole, name: str, scale: float) -> Finding:
    return benches.OF_THE_WHOLE[name](platform, scale)


if __name__ == "__main__":
    app()
