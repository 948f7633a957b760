"""What the day leads further than a request: begun early, so that what must wait waits while the rest is played."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deploy.demo import appointment, measure, orientation, reading
from deploy.demo.appointment import Appointment
from deploy.demo.department import ASSOCIATION
from deploy.demo.orientation import Waiting
from deploy.demo.play import Doors
from deploy.demo.report import Led
from deploy.demo.script import MEASURE, MOVED, UNANSWERED, Ask
from deploy.demo.setup import Setting
from deploy.local.stack import Stack

LED = (MEASURE, MOVED, UNANSWERED)
"""The requests they come from."""


@dataclass(frozen=True)
class Begun:
    """Stories under way. `references`: those of their requests."""

    doors: Doors
    installation: Stack
    setting: Setting
    references: Mapping[str, str]
    waiting: Waiting
    appointment: Appointment


def begin(doors: Doors, installation: Stack, setting: Setting, references: Mapping[str, str], since: datetime) -> Begun:
    """Propose what an answer is awaited for, and book. `references`: by the situation of the request."""
    waiting = orientation.propose(doors, installation, setting, references[UNANSWERED.situation], since)
    booked = appointment.book(doors, installation, references[MOVED.situation])
    return Begun(doors, installation, setting, references, waiting, booked)


def go_on(begun: Begun) -> None:
    """Lead each to where the day leaves it. Raises Problem when a step is refused."""
    measure.lead(begun.doors, _of(begun, MEASURE), begun.setting.organisations[ASSOCIATION.name])
    appointment.keep(begun.appointment)
    orientation.conclude(begun.waiting)


def found(begun: Begun) -> list[Led]:
    """Each as cases keeps it."""
    installation = begun.installation
    facts = (
        ("measure", MEASURE, measure.found(installation, _of(begun, MEASURE))),
        ("appointment", MOVED, appointment.found(installation, _of(begun, MOVED), begun.appointment)),
        ("orientation", UNANSWERED, orientation.found(installation, _of(begun, UNANSWERED))),
    )
    return [Led(kind, _of(begun, asked), _done(begun, kind, asked), known) for kind, asked, known in facts]


def _of(begun: Begun, asked: Ask) -> str:
    return begun.references[asked.situation]


def _done(begun: Begun, kind: str, asked: Ask) -> tuple[str, ...]:
    """Entries of the dossier that are of this story."""
    entries = reading.timeline(begun.installation, _of(begun, asked))
    return tuple(entry for entry in entries if entry.startswith(kind))
