"""The command line of a service: `python -m intake all`, `python -m intake dead-letters list`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from getpass import getuser
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

import uvloop

from chassis import dead_letters, migrations
from chassis.actor import WORKER
from chassis.service import ROLES, Service, run
from chassis.settings import Settings
from contracts import communes

S = TypeVar("S", bound=Settings)


Command = Callable[[Service, Sequence[str]], Awaitable[None]]
"""A command of one service alone; gets the arguments after its name. SystemExit(sentence) says it can't be done."""


def main(
    name: str,
    settings: type[S],
    compose: Callable[[S], Service],
    commands: Mapping[str, Command] = MappingProxyType({}),
) -> None:
    """Run what the arguments ask of a service; exits with status 1 and a sentence when it cannot be done."""
    if len(sys.argv) > 1 and sys.argv[1] in commands:
        asyncio.run(_own(compose(_read(settings)), commands[sys.argv[1]], sys.argv[2:]))
        return
    arguments = _parser(name).parse_args()
    if arguments.command == "migrate":
        owner = settings().owner_database_url
        if owner is None:
            sys.exit("MAILLAGE_OWNER_DATABASE_URL is not set: migrations run as the owner of the tables")
        migrations.main(owner.get_secret_value(), name)
        return
    service = compose(_read(settings))
    if arguments.command == "dead-letters":
        sys.exit(asyncio.run(_dead_letters(service, arguments)))
    if arguments.command == "openapi":
        print(json.dumps(service.application().openapi(), indent=2, ensure_ascii=False))  # noqa: T201
        return
    roles = (*ROLES, *service.extras) if arguments.command == "all" else tuple(arguments.command.split("+"))
    if unknown := set(roles) - {*ROLES, *service.extras}:
        sys.exit(f"no such role: {', '.join(sorted(unknown))}")
    uvloop.run(run(service, roles))


def _read(settings: type[S]) -> S:
    given = settings()
    if given.communes is not None:
        communes.correct(given.communes)
    return given


async def _own(service: Service, command: Command, arguments: Sequence[str]) -> None:
    await service.parts.open()
    try:
        await command(service, arguments)
    finally:
        await service.parts.close()


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=f"The service {name} of Maillage.")
    parser.add_argument(
        "command",
        help="all, roles joined by + (serve, consume, relay, clock…), migrate, dead-letters or openapi",
    )
    parser.add_argument("action", nargs="?", choices=("list", "show", "replay", "discard"), default="list")
    parser.add_argument("identity", nargs="?", type=UUID, help="a dead letter's id")
    parser.add_argument("--reason", default="", help="why, kept with the decision")
    parser.add_argument("--by", default="", help="who decides; the user of this machine unless said")
    return parser


async def _dead_letters(service: Service, arguments: argparse.Namespace) -> int:
    """Each answer is one JSON document per line, for the `maillage` command and for scripts."""
    database = service.parts.worker
    await database.open()
    try:
        if arguments.action == "list":
            async with database.transaction(WORKER) as tx:
                letters, waiting = await dead_letters.listed(tx), await dead_letters.waiting(tx)
            for letter in letters:
                _say(letter)
            if waiting > len(letters):
                # Not on the standard output, which is one letter a line.
                print(f"the oldest {len(letters)} of {waiting}: decide on these to see the next", file=sys.stderr)  # noqa: T201
            return 0
        if arguments.identity is None:
            sys.exit("say which dead letter, by its id")
        if arguments.action != "show" and not arguments.reason:
            sys.exit("say why, with --reason")
        if arguments.action != "show":
            arguments.by = arguments.by or _user()
        return await _decide(service, arguments)
    except dead_letters.NothingWaits:
        sys.exit(f"no dead letter {arguments.identity} waits here")
    finally:
        await database.close()


def _user() -> str:
    """Who decides. In a container nobody may have a name."""
    try:
        return getuser()
    except (KeyError, OSError):
        sys.exit("say who decides, with --by")


async def _decide(service: Service, arguments: argparse.Namespace) -> int:
    database = service.parts.worker
    async with database.transaction(WORKER) as tx:
        letter, value = await dead_letters.show(tx, arguments.identity)
        if arguments.action == "discard":
            await dead_letters.discard(tx, arguments.identity, by=arguments.by, reason=arguments.reason)
    if arguments.action == "show":
        _say(letter, value=value.decode(errors="replace"))
    elif arguments.action == "replay":
        count = await dead_letters.replay(
            database, service.all_handlers, letter.topic, letter.key, by=arguments.by, reason=arguments.reason
        )
        _say(letter, replayed=count)
    return 0


def _say(letter: dead_letters.DeadLetter, **more: object) -> None:
    fields = {name: getattr(letter, name) for name in letter.__slots__}
    print(json.dumps(fields | more, default=str, ensure_ascii=False))  # noqa: T201
