"""An invitation as mail programs take it into a calendar (RFC 5546)."""

from datetime import timedelta
from typing import Final

from icalendar import Calendar, Event, vCalAddress

from notifications.messages.invitations import Invitation

PRODUCT: Final = "-//Maillage//Rendez-vous//FR"
FILE_NAME: Final = "invitation.ics"
"""Whoever sees the list of attachments learns nothing by it."""
_AROUND: Final = timedelta(days=366)
"""Years whose changes of the clock are told with an appointment: the one before and the one after it."""


def written(invitation: Invitation, *, organiser: str, organiser_name: str, guest: str) -> bytes:
    """The calendar with that one appointment, or with what is announced beside it, the same each time it is written.
    Its times are those of the clock on the wall, with when that clock changes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", invitation.method)
    every = [invitation, *(invitation.others or ())]
    for one in every:
        calendar.add_component(_event(one, organiser, organiser_name, guest if invitation.others is None else None))
    first, last = min(one.starts_at for one in every), max(one.ends_at for one in every)
    calendar.add_missing_timezones(first_date=(first - _AROUND).date(), last_date=(last + _AROUND).date())
    content: bytes = calendar.to_ical()
    return content


def _event(invitation: Invitation, organiser: str, organiser_name: str, guest: str | None) -> Event:
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", invitation.changed_at)
    event.add("dtstart", invitation.starts_at)
    event.add("dtend", invitation.ends_at)
    event.add("summary", invitation.title)
    if invitation.note:
        event.add("description", invitation.note)
    event.add("status", "CANCELLED" if invitation.cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if invitation.cancelled else "OPAQUE")
    event.add("organizer", _party(organiser, CN=organiser_name))
    if guest is None:
        return event  # What is published has no guests (RFC 5546, 3.2.1).
    # Nobody waits for an answer by mail: the address that sends is read by nobody.
    event.add("attendee", _party(guest, ROLE="REQ-PARTICIPANT", PARTSTAT="ACCEPTED", RSVP="FALSE"))
    return event


def _party(address: str, **parameters: str) -> vCalAddress:
    party = vCalAddress(f"mailto:{address}")
    party.params.update(parameters)
    return party
