"""`python -m directory import …` and `python -m directory export …`."""

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from chassis.service import Service
from directory.imports.model import SERVICE, STRUCTURE
from directory.imports.store import Overtaken, Run

FEED = "data-inclusion"
RARELY = (200_000, 5, 5)
"""A batch makes hundreds of thousands of objects, and no cycles: to look for those takes a third of the time."""
GIVES_WAY = 0.000_5
"""Seconds for which reading ahead may keep the interpreter to itself once the database has answered."""


async def import_(service: Service, arguments: Sequence[str]) -> None:
    """`python -m directory import --structures … --services …`: take published files in, or go on with them."""
    from directory.imports import running
    from directory.imports.reading import Unreadable

    parser = argparse.ArgumentParser(prog="python -m directory import", description="Take published files in.")
    parser.add_argument("--structures", type=Path, help="a .csv, .json or .parquet file")
    parser.add_argument("--services", type=Path, help="the same")
    parser.add_argument(
        "--feed", default=FEED, help="what these files are editions of: what it no longer shows is withdrawn"
    )
    given = parser.parse_args(arguments)
    files = {kind: path for kind, path in ((STRUCTURE, given.structures), (SERVICE, given.services)) if path}
    if not files:
        raise SystemExit("say which file, with --structures or --services")
    if missing := [path for path in files.values() if not path.is_file()]:
        raise SystemExit(f"no such file: {missing[0]}")
    gc.freeze()
    gc.set_threshold(*RARELY)
    sys.setswitchinterval(GIVES_WAY)
    try:
        _say(await running.run(service.parts, given.feed, files, _show))
    except Unreadable as error:
        raise SystemExit(f"not readable: {error}") from None
    except Overtaken:
        raise SystemExit("another import of this feed has begun, or goes on, elsewhere") from None


async def export(service: Service, arguments: Sequence[str]) -> None:
    """`python -m directory export --structures … --services …`: write what the directory holds, in the standard."""
    from directory.imports import exporting, writing

    parser = argparse.ArgumentParser(prog="python -m directory export", description="Write what the directory holds.")
    parser.add_argument("--structures", type=Path, required=True, help="a .csv, .json or .parquet file")
    parser.add_argument("--services", type=Path, required=True, help="the same")
    parser.add_argument(
        "--contacts", action="store_true", help="names of professional contacts too: not to be published"
    )
    given = parser.parse_args(arguments)
    files = {STRUCTURE: given.structures, SERVICE: given.services}
    if strange := [path.name for path in files.values() if path.suffix.lower() not in writing.FORMATS]:
        raise SystemExit(f"{strange[0]}: the name ends neither in .csv, .json nor .parquet")
    for kind, written in (await exporting.export(service.parts, files, contacts=given.contacts)).items():
        print(f"{kind}: written {written.lines}, left out {len(written.left_out)}")  # noqa: T201


def _show(run: Run) -> None:
    print(run.position, file=sys.stderr)  # noqa: T201


def _say(run: Run) -> None:
    for kind, counts in run.counts.items():
        print(f"{kind}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))  # noqa: T201
    print(f"run {run.run_id} {run.state}")  # noqa: T201
