"""`python -m intake communes load`: bring the table to the list of this release, once it brings another one.

`python -m intake communes add --code 22999 --name Exemple-sur-Mer`: a commune that the list does not hold yet.
"""

import argparse
from collections.abc import Sequence

from chassis.service import Service
from contracts.commune_changes import changed
from contracts.communes import CODE, department_of, every, find
from intake.communes import store


async def communes(service: Service, arguments: Sequence[str]) -> None:
    """Follows the official list of the release, and corrects it between two. SystemExit says what is wrong."""
    wanted = _parser().parse_args(arguments)
    if wanted.action == "load":
        await _load(service)
    else:
        await _add(service, wanted.code, wanted.name)


async def _add(service: Service, code: str, name: str) -> None:
    if not (CODE.fullmatch(code) and name):
        raise SystemExit("say its name, and its INSEE code of five characters, for example 22278 or 2A004")
    async with service.parts.worker.transaction() as tx:
        new = await store.add(tx, code=code, name=name, department=department_of(code))
    print(f"{code} {name}: {'added' if new else 'corrected'}")  # noqa: T201 - a command's answer


async def _load(service: Service) -> None:
    former = [code for code in changed() if find(code) is None]
    async with service.parts.worker.transaction() as tx:
        count = await store.load(tx, every(), former)
    print(f"{count} communes changed")  # noqa: T201 - a command's answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m intake communes", description=__doc__)
    parser.add_argument("action", choices=("add", "load"))
    parser.add_argument("--code", default="", help="INSEE code")
    parser.add_argument("--name", default="")
    return parser
