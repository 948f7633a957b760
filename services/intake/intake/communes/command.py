"""`python -m intake communes add --code 22999 --name Exemple-sur-Mer`: a commune the data file does not hold yet."""

import argparse
import re
from collections.abc import Sequence

from chassis.service import Service
from contracts.communes import department_of
from intake.communes import store

_CODE = re.compile(r"(\d{2}|2[AB])\d{3}")


async def communes(service: Service, arguments: Sequence[str]) -> None:
    """Corrects the official list between two releases. SystemExit says what is wrong with the arguments."""
    wanted = _parser().parse_args(arguments)
    if not _CODE.fullmatch(wanted.code):
        raise SystemExit("a commune's INSEE code has five characters, for example 22278 or 2A004")
    async with service.parts.worker.transaction() as tx:
        new = await store.add(tx, code=wanted.code, name=wanted.name, department=department_of(wanted.code))
    print(f"{wanted.code} {wanted.name}: {'added' if new else 'corrected'}")  # noqa: T201 - a command's answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m intake communes", description=__doc__)
    parser.add_argument("action", choices=("add",))
    parser.add_argument("--code", required=True, help="INSEE code")
    parser.add_argument("--name", required=True)
    return parser
