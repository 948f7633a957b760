"""What comes next in a dossier, of all that is followed in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Final

from cases import words
from cases.conferences.model import Phase
from chassis.web.translations import translate as _

MOST: Final = 6
"""A glance: the rest stands in its own section."""


@dataclass(frozen=True, slots=True)
class Coming:
    """`place`: the section of the page where it is."""

    on: date
    what: str
    place: str
    late: bool


def coming(shown: Mapping[str, Any], now: datetime) -> list[Coming]:
    """The first few, late ones before all others. `shown`: what the dossier's page shows; `now`: by the clock on the
    wall."""
    if not shown["case"].open:
        return []
    found = (Coming(on, what, place, on < now.date()) for on, what, place in _dated(shown, now.tzinfo))
    return sorted(found, key=lambda one: one.on)[:MOST]


def _dated(shown: Mapping[str, Any], zone: tzinfo | None) -> Iterator[tuple[date, str, str]]:
    for one in shown.get("steps_due", ()):
        yield one.due_on, one.label, "etapes"
    for kept, place in (("tasks", "taches"), ("plan", "plan-partage")):
        yield from ((one.task.due_on, str(one.what), place) for one in shown.get(kept, ()) if one.task.open)
    for one in shown["orientations"]:
        if one.asked.orientation.open:
            said = _("Orientation : %(offer)s") % {"offer": one.asked.title}
            yield one.asked.orientation.answer_by, said, "orientations"
    meeting = shown["meeting"]
    if meeting and meeting.follow_up and meeting.conference.phase is Phase.RATIFIED:
        yield meeting.follow_up.due_on, _("Suivi du plan"), "conference"
    if shown["masp"]:
        yield from ((day, what, "mesure") for what, day in shown["masp_near"])
    for one in shown.get("appointments", ()):
        if one.appointment.to_come:
            said = _(words.word(words.APPOINTMENTS, one.appointment.status))
            yield (
                one.appointment.starts_at.astimezone(zone).date(),
                _("Rendez-vous (%(state)s)") % {"state": said},
                "rendez-vous",
            )
