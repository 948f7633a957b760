"""An agent's appointments as a calendar (RFC 5545), with nothing in it that tells whom they meet, or why."""

from collections.abc import Sequence
from typing import Final

from icalendar import Calendar, Event

from cases.appointments.model import Status
from cases.appointments.store import Dated
from chassis.web.translations import translate as _
from contracts.references import readable

PRODUCT: Final = "-//Maillage//Rendez-vous//FR"
_STATUSES: Final = {Status.PROPOSED: "TENTATIVE", Status.CANCELLED: "CANCELLED"}
"""The others took place, or were to: CONFIRMED."""


def written(dated: Sequence[Dated]) -> bytes:
    """The calendar. Its times are UTC: every program shows them by its own clock, whatever summer time does."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Rendez-vous"))
    for one in dated:
        calendar.add_component(_event(one))
    content: bytes = calendar.to_ical()
    return content


def _event(dated: Dated) -> Event:
    """A revision of one appointment. It is stamped with its own last change: the same calendar twice is the same."""
    appointment, event = dated.appointment, Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", appointment.changed_at)
    event.add("last-modified", appointment.changed_at)
    event.add("created", appointment.made_at)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("summary", _("Rendez-vous"))
    event.add("description", _("Dossier {reference}").format(reference=readable(dated.reference)))
    event.add("status", _STATUSES.get(appointment.status, "CONFIRMED"))
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE" if appointment.taken else "TRANSPARENT")
    return event
