"""Suspected duplicates in a population of 100,000 people whose duplicates are known: what is found, and how fast.

Everybody is learnt as the consumer learns them; then a few thousand, drawn at random, are looked for one by one, as it
does when a request was taken. Recall: pairs of records of one person that are proposed, of all there are. Precision:
proposed pairs that are one person's. The time is that of one search and its comparing, on one connection that waits for
nobody. The scores were set on the population of seed 7; another one is measured.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import quantiles
from typing import Any, Final, cast
from uuid import UUID

from chassis.actor import WORKER
from chassis.database import SET_ACTOR, Connection, Transaction
from intake.duplicates import store
from intake.duplicates.finding import LOOKED_AT
from intake.duplicates.model import Known, keys, known, likeness
from tests.bench.comparison import Limits
from tests.bench.ground import Ground, connected
from tests.bench.population import Population, Recorded

PEOPLE: Final = 100_000
SOUGHT: Final = 4_000
MEASURED_SEED: Final = 8
REACHES: Final = {"recall": 0.95, "precision": 0.90}
LIMITS: Final = {"search, p95 (ms)": 20.0}


@dataclass(frozen=True)
class Found:
    """What came of looking for some people of a population."""

    right: int
    wrong: int
    missed: int
    seconds: Sequence[float]

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)


async def bench(ground: Ground, scale: float) -> Limits:
    """Everybody learnt, some looked for."""
    people = max(500, int(PEOPLE * scale))
    async with ground.database("intake") as database, connected(database.admin_url) as admin:
        records = Population(MEASURED_SEED, people).records
        await learn(admin, records)
        async with connected(database.worker_url) as worker:
            found = await look_for(worker, records, min(SOUGHT, people))
    milliseconds = [1000 * one for one in quantiles(found.seconds, n=100, method="inclusive")]
    figures = {
        "recall": found.recall,
        "precision": found.precision,
        "search, p50 (ms)": milliseconds[49],
        "search, p95 (ms)": milliseconds[94],
        "search, p99 (ms)": milliseconds[98],
    }
    note = (
        f"{len(found.seconds)} of {people} people looked for, {found.right + found.missed} known duplicates among them"
    )
    return Limits("duplicates", "share, ms", figures, LIMITS, reaches=REACHES, notes=[note])


def compared(record: Recorded) -> Known:
    """A record as it is compared."""
    contacts = [(kind, value) for kind, value in (("phone", record.phone), ("email", record.email)) if value]
    return known(record.given_name, record.family_name, record.birth_date, contacts)


async def learn(admin: Connection, records: Sequence[Recorded]) -> None:
    """Everybody's traits, written at once; the number of a record is the id of its person, and of their request."""
    await admin.execute("SET session_replication_role = replica")
    columns = ("person_id", "given_name", "family_name", "birth_date", "names", "keys", "request_id", "territory_id",
               "recorded_at")  # fmt: skip
    at = await admin.fetchval("SELECT now()")
    await admin.copy_records_to_table(
        "traits", columns=columns, records=[_traits(number, record, at) for number, record in enumerate(records)]
    )
    await admin.execute("VACUUM ANALYZE traits")


def _traits(number: int, record: Recorded, at: Any) -> tuple[Any, ...]:
    one = compared(record)
    names = record.given_name, record.family_name, record.birth_date
    return (UUID(int=number), *names, one.names, keys(one), UUID(int=number), "saint-brieuc", at)


async def look_for(worker: Connection, records: Sequence[Recorded], count: int) -> Found:
    """Look for `count` people drawn at random, one after the other."""
    same = defaultdict(set)
    for number, record in enumerate(records):
        same[record.who].add(number)
    right = wrong = missed = 0
    seconds: list[float] = []
    for number in Random(1).sample(range(len(records)), count):
        began = time.perf_counter()
        proposed = await _proposed(worker, compared(records[number])) - {number}
        seconds.append(time.perf_counter() - began)
        others = same[records[number].who] - {number}
        right += len(proposed & others)
        wrong += len(proposed - others)
        missed += len(others - proposed)
    return Found(right, wrong, missed, seconds)


async def _proposed(worker: Connection, one: Known) -> set[int]:
    async with worker.transaction():
        await worker.execute(SET_ACTOR, WORKER.setting)
        candidates = await store.alike(cast("Transaction", worker), keys(one), None, LOOKED_AT)
    return {each.person_id.int for each in candidates if likeness(one, each.known).suspected}
