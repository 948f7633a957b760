"""A permanence of some weeks only, looked for on each day it could be open: an agent finds it on the right ones."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from deploy.demo.client import Client
from deploy.demo.department import OFFERS, SCHOOL, ZONE, Offer

OFFER: Final[Offer] = next(offer for offer in OFFERS if offer.organisation == SCHOOL)
"""Wednesdays and Fridays of odd weeks."""
NEED: Final = "parler à quelqu'un, mon fils de 15 ans va mal"
AGE: Final = "15"
WEDNESDAY, WEEKS = 2, 3
AT: Final = time(14)


def looked_for(agent: Client, today: date) -> list[dict[str, Any]]:
    """Each Wednesday asked about: the day, its week's number (ISO 8601), and whether the permanence is among the
    answers."""
    return [{"on": day, "week": day.isocalendar().week, "found": _found(agent, day)} for day in _days(today)]


def _days(today: date) -> Iterator[date]:
    first = today + timedelta(days=(WEDNESDAY - today.weekday()) % 7 or 7)
    return (first + timedelta(weeks=number) for number in range(WEEKS))


def _found(agent: Client, day: date) -> bool:
    asked = {"q": NEED, "age": AGE, "territory": OFFER.territories[0]}
    at = datetime.combine(day, AT, ZONE).isoformat()
    offers = agent.get("/directory/offers", **asked, open_at=at).body["offers"]
    return any(offer["name"] == OFFER.name for offer in offers)
