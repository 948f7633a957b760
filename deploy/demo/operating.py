"""What the operator does of the partner's letters that intake set aside, by the commands of every day."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from deploy.demo import reading
from deploy.demo.reading import Letter
from deploy.demo.script import NEW_COMMUNE
from deploy.local import dead_letters, services
from deploy.local.problems import Problem
from deploy.local.stack import Stack

WAIT_SECONDS = 30.0
FICTIONAL = range(22999, 22400, -1)
"""INSEE codes that no commune of that département has."""


def until(condition: Callable[[], bool], awaited: str, seconds: float = WAIT_SECONDS) -> None:
    """Return once it holds. Raises Problem naming what was `awaited` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Problem(f"Attendu en vain : {awaited}.", "Voir ./maillage status et ./maillage logs SERVICE.")
        time.sleep(0.1)


def free_commune(installation: Stack) -> str:
    """The code of a commune that intake does not know: another one each time the day is played."""
    known = reading.known_communes(installation, "22")
    return next(str(code) for code in FICTIONAL if str(code) not in known)


def set_right(installation: Stack, since: datetime, commune: str, expected: int) -> None:
    """Wait until `expected` letters are set aside; add the commune, replay its letters in order, discard the rest."""
    until(lambda: len(_waiting(installation, since)) >= expected, f"{expected} lettres mises de côté")
    waiting = _waiting(installation, since)
    blocked = {letter.key for letter in waiting if commune in letter.reason}
    _add_commune(installation, commune)
    for letter in _first_of_each_key(waiting):
        if letter.key in blocked:
            _decide(installation, "replay", letter, f"commune {commune} ajoutée à la liste")
        else:
            _decide(installation, "discard", letter, "lettre illisible : le partenaire la renverra")


def _waiting(installation: Stack, since: datetime) -> list[Letter]:
    return [letter for letter in reading.letters(installation, since) if letter.state == "waiting"]


def _first_of_each_key(letters: Sequence[Letter]) -> list[Letter]:
    return list({letter.key: letter for letter in reversed(letters)}.values())


def _decide(installation: Stack, action: str, letter: Letter, reason: str) -> None:
    dead_letters.ask(installation, "intake", action, str(letter.dead_letter_id), "--reason", reason)


def _add_commune(installation: Stack, code: str) -> None:
    services.ask(installation, "intake", "communes", "add", "--code", code, "--name", NEW_COMMUNE)
