"""Whether the search answers what people say: needs of a committed list, and the offers expected of each.

nDCG@10: how near the first ten answers come to the best order there is, 1 being that order; a grade counts 2^grade - 1.
A useful first page holds an offer of grade 2 or 3 among the first ten. Needs were set aside before the ranking was
written, and are never looked at: only their figure is printed, beside those of the list it was written with and of the
one it was tuned on afterwards.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from math import log2
from pathlib import Path
from statistics import mean
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from chassis.database import Database, Transaction
from contracts import communes
from contracts.events import OfferPublished, OrganisationPublished, SitePublished
from directory.offers import store as offers
from directory.organisations import store as organisations
from directory.search import timetables, vocabulary
from directory.search.model import Criteria, Found, Open
from directory.search.store import search
from directory.sites import store as sites
from tests.bench.comparison import Limits
from tests.bench.ground import Ground

FOLDER: Final = Path(__file__).parent / "relevance"
OPEN, TUNING, HELD_OUT = "needs", "needs_tuning", "needs_held_out"
TOLD = "needs_told"
FIRST_PAGE: Final = 10
USEFUL: Final = 2
PARIS: Final = ZoneInfo("Europe/Paris")
TODAY: Final = datetime(2026, 11, 23, 10, tzinfo=PARIS)
"""When a need that names no time is told."""
_NAMES: Final = UUID("6d61696c-6c61-4765-8000-6f6666657273")
_UNTIL_ALL = 1_000_000


@dataclass(frozen=True)
class Need:
    """A need, and the grade of each offer that answers it."""

    asked: Criteria
    at: datetime
    expected: Mapping[UUID, int]


@dataclass(frozen=True)
class Judged:
    """How well a need was answered."""

    need: Need
    ndcg: float
    useful: bool
    found: Sequence[Found]


def identity(name: str) -> UUID:
    """The id of a sample offer, organisation or site."""
    return uuid5(_NAMES, name)


@cache
def samples() -> Sequence[Mapping[str, Any]]:
    """The offers searched, as the file words them."""
    found: Sequence[Mapping[str, Any]] = tomllib.loads((FOLDER / "offers.toml").read_text("utf-8"))["offer"]
    return found


def needs(of: str) -> list[Need]:
    """Those of a list: `OPEN`, `TUNING` or `HELD_OUT`."""
    return [_need(one) for one in tomllib.loads((FOLDER / f"{of}.toml").read_text("utf-8"))["need"]]


def _need(said: Mapping[str, Any]) -> Need:
    at = datetime.fromisoformat(said["open_at"]).replace(tzinfo=PARIS) if "open_at" in said else None
    asked = Criteria(
        text=said["text"],
        commune=said["commune"],
        age=said.get("age"),
        opened=Open(at) if at else None,
        free=said.get("free", False),
        remote=said.get("remote", False),
    )
    return Need(asked, at or TODAY, {identity(name): grade for name, grade in said["expected"].items()})


async def fill(tx: Transaction) -> None:
    """The directory of the samples."""
    names = {one["structure"] for one in samples()}
    await organisations.keep(
        tx, [OrganisationPublished(organisation_id=identity(name), name=name, kind="other") for name in sorted(names)]
    )
    await sites.keep(tx, [_site(code) for code in sorted({one["commune"] for one in samples()})])
    await offers.keep(tx, [_offer(one) for one in samples()])
    await vocabulary.count(tx)


def _site(code: str) -> SitePublished:
    return SitePublished(site_id=identity(code), commune=code)


def _offer(said: Mapping[str, Any]) -> OfferPublished:
    told = {name: said[name] for name in ("name", "description", "themes", "publics", "fees", "reception")}
    return OfferPublished.model_validate(
        told
        | {
            "offer_id": identity(said["id"]),
            "organisation_id": identity(said["structure"]),
            "age_from": said.get("age_from"),
            "age_to": said.get("age_to"),
            "area": [_area(said)],
            "places": [{"site_id": identity(said["commune"]), "hours": said.get("opening_hours")}],
            "capacity": {"left": int(said["places_left"]), "on": TODAY.date()},
        }
    )


def _area(said: Mapping[str, Any]) -> str:
    home = communes.find(said["commune"])
    assert home is not None
    areas = {"commune": home.code, "epci": home.epci, "departement": home.department, "france": communes.FRANCE}
    return areas[said["area"]] or home.code


async def judge(tx: Transaction, of: str) -> list[Judged]:
    """Every need of a list asked, at its own time."""
    found = []
    for at, told in groupby(sorted(needs(of), key=lambda one: one.at), lambda one: one.at):
        await timetables.renew(tx, UUID(int=0), _UNTIL_ALL, at)
        for need in told:
            page = await search(tx, need.asked, None, FIRST_PAGE, at)
            found.append(_judged(need, page.offers))
    return found


def _judged(need: Need, found: Sequence[Found]) -> Judged:
    grades = [need.expected.get(one.offer.offer_id, 0) for one in found]
    best = sorted(need.expected.values(), reverse=True)[:FIRST_PAGE]
    return Judged(need, _gain(grades) / _gain(best), any(grade >= USEFUL for grade in grades), found)


def _gain(grades: Sequence[int]) -> float:
    return sum(((1 << grade) - 1) / log2(place + 2) for place, grade in enumerate(grades))


def ndcg(judged: Sequence[Judged]) -> float:
    """Of a list: the mean of its needs."""
    return mean(one.ndcg for one in judged)


def useless(judged: Sequence[Judged]) -> int:
    """Needs whose first page helps nobody."""
    return sum(not one.useful for one in judged)


async def first_answers(tx: Transaction) -> list[bool]:
    """Of each way of saying a need, whether the first answer helps."""
    return [await _first_helps(tx, one) for one in tomllib.loads((FOLDER / f"{TOLD}.toml").read_text("utf-8"))["need"]]


async def _first_helps(tx: Transaction, said: Mapping[str, Any]) -> bool:
    page = await search(tx, Criteria(text=said["text"], commune=said["commune"]), None, 1, TODAY)
    return any(one.offer.offer_id in map(identity, said["helps"]) for one in page.offers)


async def bench(ground: Ground, _: float) -> Limits:
    """Each list: nDCG@10, and the needs without a useful first page."""
    figures = dict[str, float]()
    async with ground.database("directory") as made:
        database = Database(made.worker_url, size=1)
        await database.open()
        async with database.transaction() as tx:
            await fill(tx)
        for name, of in (("open", OPEN), ("tuned on", TUNING), ("held out", HELD_OUT)):
            async with database.transaction() as tx:
                judged = await judge(tx, of)
            figures |= {f"nDCG@10, {name}": ndcg(judged), f"needs without use, {name}": float(useless(judged))}
        async with database.transaction() as tx:
            figures["first answer helps, told"] = mean(await first_answers(tx))
        await database.close()
    reaches = dict.fromkeys((name for name in figures if name.startswith("nDCG")), 0.8)
    limits = dict.fromkeys((name for name in figures if name.startswith("needs")), 1.0)
    return Limits("relevance", "share, needs", figures, limits, reaches=reaches, notes=[f"{len(samples())} offers"])
