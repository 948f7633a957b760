"""`python -m notifications hold|release|discard`: see the package's text for when and in which order."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from getpass import getuser
from uuid import UUID

from chassis.service import Service
from contracts.envelope import new_id
from notifications.letters.setting_up import rounds_of
from notifications.restoration import store


async def hold(service: Service, arguments: Sequence[str]) -> None:
    """Before the restored service starts: hold what may have been sent already."""
    parser = _parser("hold", "Holds messages caused since a backup, until they are released or discarded.")
    parser.add_argument("--since", type=_instant, required=True, help="instant of the backup, with its zone")
    given = parser.parse_args(arguments)
    now = service.parts.now()
    if given.since >= now:
        raise SystemExit("--since lies in the future")
    async with service.parts.worker.transaction() as tx:
        count = await store.hold(tx, hold_id=new_id(), since=given.since, until=now, by=given.by)
        await rounds_of(service.parts).restored(tx, now)
    _say(f"{count} messages held; those that events since {given.since.isoformat()} cause will be")


async def release(service: Service, arguments: Sequence[str]) -> None:
    """They never left: send them."""
    given = _decision("release", "Lets held messages leave.", arguments)
    async with service.parts.worker.transaction() as tx:
        count = await store.release(tx, given.message or None, by=given.by, at=service.parts.now())
    _say(f"{count} messages released")


async def discard(service: Service, arguments: Sequence[str]) -> None:
    """They left before the loss: do not send them again."""
    given = _decision("discard", "Gives held messages up.", arguments)
    async with service.parts.worker.transaction() as tx:
        count = await store.discard(tx, given.message or None, by=given.by, at=service.parts.now())
    _say(f"{count} messages discarded")


def _decision(name: str, text: str, arguments: Sequence[str]) -> argparse.Namespace:
    parser = _parser(name, text)
    parser.add_argument("message", nargs="*", type=UUID, help="ids; none for all that are held")
    return parser.parse_args(arguments)


def _parser(name: str, text: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m notifications {name}", description=text)
    parser.add_argument("--by", default=getuser(), help="who decides, kept with the decision")
    return parser


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError("say the zone, for example 2026-03-02T09:00:00+01:00")
    return instant


def _say(text: str) -> None:
    print(text)  # noqa: T201 - a command's answer
