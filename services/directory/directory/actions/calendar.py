"""Actions as a calendar (RFC 5545): what is announced, and nothing of who comes."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from icalendar import Calendar, Event

from chassis.web.translations import translate as _
from directory.actions.model import Action, Session

PRODUCT: Final = "-//Maillage//Actions collectives//FR"
MEDIA_TYPE: Final = "text/calendar; charset=utf-8"


def written(actions: Sequence[Action], sites: Mapping[UUID, str], address: str) -> bytes:
    """The calendar. `sites` tells where each site is; `address` is that of the page that lists actions. Times are UTC:
    every program shows them by its own clock, whatever summer time does."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Actions collectives"))
    for action in actions:
        for session in action.sessions:
            calendar.add_component(_event(action, session, place_of(action, sites), f"{address}/{action.action_id}"))
    content: bytes = calendar.to_ical()
    return content


def place_of(action: Action, sites: Mapping[UUID, str]) -> str:
    """Where it takes place, on one line."""
    return action.place or (sites.get(action.site_id, "") if action.site_id else "")


def _event(action: Action, session: Session, place: str, url: str) -> Event:
    """One session, stamped with the action's last change: the same calendar twice is the same."""
    event = Event()
    event.add("uid", session.uid)
    event.add("sequence", session.sequence)
    event.add("dtstamp", action.changed_at)
    event.add("last-modified", action.changed_at)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.ends_at)
    event.add("summary", action.title)
    event.add("description", action.about)
    event.add("location", place)
    event.add("url", url)
    event.add("status", "CANCELLED" if session.cancelled else "CONFIRMED")
    return event
