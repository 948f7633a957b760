"""What the day leads further than a request: begun early, so that what must wait waits while the rest is played."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.demo import appointment, measure, orientation, reading
from deploy.demo.appointment import Appointment
from deploy.demo.department import ASSOCIATION
from deploy.demo.dossier import Dossier
from deploy.demo.play import Doors
from deploy.demo.report import Led
from deploy.demo.script import ANSWERED, MEASURE, MOVED, UNANSWERED
from deploy.demo.setup import Setting
from deploy.local.stack import Stack

LED = {"measure": MEASURE, "appointment": MOVED, "orientation": UNANSWERED, "answered": ANSWERED}
"""The requests they come from, by the kind of story."""
ENTRIES = {"answered": "orientation"}
"""How entries of the dossier begin that are of a story; as the story's kind unless said."""


@dataclass(frozen=True)
class Begun:
    """Stories under way. `references`: those of their requests, by the kind of story."""

    doors: Doors
    installation: Stack
    setting: Setting
    references: Mapping[str, str]
    since: datetime
    appointment: Appointment
    unanswered: Dossier
    agreed: Dossier


def begin(doors: Doors, installation: Stack, setting: Setting, asked: Mapping[str, str], since: datetime) -> Begun:
    """Propose what an answer is awaited for, and book. `asked`: references by the situation of the request."""
    references = {kind: asked[request.situation] for kind, request in LED.items()}
    unanswered = orientation.propose_in_vain(doors, installation, setting, references["orientation"])
    agreed = orientation.agree(doors, setting, references["answered"])
    booked = appointment.book(doors, installation, references["appointment"], since)
    return Begun(doors, installation, setting, references, since, booked, unanswered, agreed)


def go_on(begun: Begun) -> None:
    """Lead each to where the day leaves it. Raises Problem when a step is refused."""
    measure.lead(begun.doors, begun.references["measure"], begun.setting.organisations[ASSOCIATION.name])
    appointment.keep(begun.appointment)
    orientation.propose_and_answer(begun.agreed, begun.installation, begun.setting, begun.since)
    orientation.await_the_end(begun.unanswered)


def found(begun: Begun) -> list[Led]:
    """Each as cases keeps it."""
    return [
        Led(kind, reference, _done(begun, kind), _facts(begun, kind)) for kind, reference in begun.references.items()
    ]


def _done(begun: Begun, kind: str) -> tuple[str, ...]:
    """Entries of the dossier that are of this story."""
    entries = reading.timeline(begun.installation, begun.references[kind])
    return tuple(entry for entry in entries if entry.startswith(ENTRIES.get(kind, kind)))


def _facts(begun: Begun, kind: str) -> dict[str, Any]:
    installation, reference = begun.installation, begun.references[kind]
    if kind == "measure":
        return measure.found(installation, reference)
    if kind == "appointment":
        return appointment.found(installation, reference, begun.appointment)
    return orientation.found(installation, reference)
