"""When an offer is open next: whose hours count, and what closes it."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from contracts.events import OfferPublished, SitePublished
from directory.offers.openings import openings

PARIS = ZoneInfo("Europe/Paris")
HALL, MARKET = UUID(int=7), UUID(int=8)
EASTER = datetime(2026, 4, 1, 8, tzinfo=PARIS)  # a Wednesday; Good Friday is 3 April, Easter Monday the 6th


def offer(**more: Any) -> OfferPublished:
    usual = {"offer_id": UUID(int=1), "organisation_id": UUID(int=2), "name": "Permanence"}
    return OfferPublished.model_validate(usual | more)


def site(site_id: UUID = HALL, **more: Any) -> SitePublished:
    return SitePublished.model_validate({"site_id": site_id, "commune": "22278"} | more)


def at(**more: Any) -> dict[str, Any]:
    return {"places": [{"site_id": HALL} | more]}


def closed(first: int, last: int) -> list[dict[str, str]]:
    return [{"first": f"2026-04-{first:02}", "last": f"2026-04-{last:02}"}]


WEDNESDAYS = "We 09:00-12:00"


@pytest.mark.parametrize(
    ("offered", "premises", "days"),
    [
        (at(hours=WEDNESDAYS), {"hours": "Mo-Su 00:00-24:00"}, [1, 8]),  # its own hours, in somebody else's premises
        (at(), {"hours": WEDNESDAYS}, [1, 8]),  # without, those of the premises
        (at(), {}, []),
        (at(hours=WEDNESDAYS, closures=closed(1, 7)), {}, [8, 15]),
        (at(hours=WEDNESDAYS), {"closures": closed(8, 8)}, [1, 15]),
        (at(hours=WEDNESDAYS) | {"closures": closed(1, 14)}, {}, [15, 22]),
        (at(hours=WEDNESDAYS) | {"starts_on": "2026-04-08"}, {}, [8, 15]),
        (at(hours=WEDNESDAYS) | {"ends_on": "2026-04-07"}, {}, [1]),
        (at(hours="week 01-53/2 We 13:30-17:00"), {}, [8, 22]),  # odd ISO weeks
        (at(hours="Fr 09:00-12:00; PH off"), {}, [3, 10]),
        (at(hours="Fr 09:00-12:00; PH off"), {"commune": "67482"}, [10, 17]),  # Good Friday in Strasbourg
        ({"opening_hours": WEDNESDAYS}, {}, [1, 8]),  # said before places were
    ],
)
def test_when_it_is_open_next(offered: dict[str, Any], premises: dict[str, Any], days: list[int]) -> None:
    found = openings(offer(**offered), {HALL: site(**premises)}, EASTER, 2, PARIS)
    assert [one.opening.opens.day for one in found.found] == days
    assert not found.unsure


def test_places_answer_together_each_by_its_own_clock() -> None:
    held = [{"site_id": HALL, "hours": WEDNESDAYS}, {"site_id": MARKET, "hours": WEDNESDAYS}]
    sites = {HALL: site(), MARKET: site(MARKET, commune="97411")}  # Saint-Denis of La Réunion is two hours ahead
    found = openings(offer(places=held), sites, datetime(2026, 4, 1, tzinfo=PARIS), 3, PARIS).found
    assert [(one.site_id, one.opening.opens.isoformat()) for one in found] == [
        (MARKET, "2026-04-01T09:00:00+04:00"), (HALL, "2026-04-01T09:00:00+02:00"),
        (MARKET, "2026-04-08T09:00:00+04:00"),
    ]  # fmt: skip


@pytest.mark.parametrize("hours", ["lundi matin", "SH Mo 09:00-12:00"])
def test_what_cannot_be_known_is_said_to_be_unsure(hours: str) -> None:
    found = openings(offer(places=[{"site_id": HALL, "hours": hours}]), {HALL: site()}, EASTER, 2, PARIS)
    assert (found.found, found.unsure) == ((), True)
