"""Deadlines fire once per stage, whatever clocks run and however long none did."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.database import Database, Transaction
from chassis.due_dates import _TAKE, Clock, DueDate, OnDue, cancel, schedule
from tests.chassis.conftest import SideFactory

DAY = date(2026, 3, 29)
INSTANT = datetime(2026, 3, 29, 6, tzinfo=UTC)  # 08:00 in Paris, the day clocks go forward


def due(subject: UUID | None = None, stage: str = "due", fires_at: datetime = INSTANT) -> DueDate:
    return DueDate(uuid4(), stage, "conference_follow_up", subject or uuid4(), DAY, "Europe/Paris", fires_at)


class Fired:
    """Notes what fired; fails on demand."""

    def __init__(self) -> None:
        self.events: list[UUID] = []
        self.failures = 0

    async def __call__(self, tx: Transaction, one: DueDate) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not now")
        self.events.append(one.event_id)

    @property
    def on_due(self) -> dict[str, OnDue]:
        return {"conference_follow_up": self}


async def drain(*clocks: Clock) -> None:
    async def empty(clock: Clock) -> None:
        while await clock.fire_one():
            pass

    await asyncio.gather(*(empty(clock) for clock in clocks))


async def write(database: Database, *rows: DueDate) -> None:
    async with database.transaction() as tx:
        await schedule(tx, rows)


async def test_it_fires_at_its_instant_and_not_before(side: SideFactory) -> None:
    service, fired = await side("cases"), Fired()
    one = due()
    await write(service.worker, one)
    await drain(Clock(service.worker, fired.on_due, lambda: INSTANT - timedelta(seconds=1)))
    assert fired.events == []
    await drain(Clock(service.worker, fired.on_due, lambda: INSTANT))
    assert fired.events == [one.event_id]


async def test_many_clocks_fire_each_stage_once_after_a_long_absence(side: SideFactory) -> None:
    service, fired = await side("cases"), Fired()
    rows = [due(stage=stage) for stage in ("early", "due", "overdue") for _ in range(40)]
    await write(service.worker, *rows)
    clocks = [Clock(service.worker, fired.on_due, lambda: INSTANT + timedelta(days=400)) for _ in range(4)]
    await drain(*clocks)
    assert sorted(fired.events) == sorted(one.event_id for one in rows)


async def test_what_is_done_does_not_fire(side: SideFactory) -> None:
    service, fired = await side("cases"), Fired()
    subject = uuid4()
    await write(service.worker, due(subject), due(subject, "overdue"), due())
    async with service.worker.transaction() as tx:
        assert await cancel(tx, subject, "conference_follow_up") == 2
        assert await cancel(tx, subject, "conference_follow_up") == 0
    await drain(Clock(service.worker, fired.on_due, lambda: INSTANT))
    assert len(fired.events) == 1


async def test_a_moved_deadline_fires_anew_the_same_one_does_not(side: SideFactory) -> None:
    service, fired = await side("cases"), Fired()
    one = due()
    clock = Clock(service.worker, fired.on_due, lambda: INSTANT + timedelta(days=10))
    await write(service.worker, one)
    await drain(clock)
    await write(service.worker, one)
    await drain(clock)
    assert len(fired.events) == 1
    await write(service.worker, replace(one, due_on=DAY + timedelta(days=7), fires_at=INSTANT + timedelta(days=7)))
    await drain(clock)
    assert len(set(fired.events)) == 2


async def test_one_that_fails_is_tried_again_and_does_not_hold_up_the_others(side: SideFactory) -> None:
    service, fired = await side("cases"), Fired()
    fired.failures = 1
    first, second = due(fires_at=INSTANT - timedelta(hours=1)), due()
    await write(service.worker, first, second)
    await drain(Clock(service.worker, fired.on_due, lambda: INSTANT))
    assert fired.events == [second.event_id]
    await drain(Clock(service.worker, fired.on_due, lambda: INSTANT + timedelta(minutes=1)))
    assert fired.events == [second.event_id, first.event_id]


async def test_one_that_went_through_at_a_second_try_does_not_fire_anew(side: SideFactory) -> None:
    service, fired = await side("cases"), Fired()
    fired.failures = 1
    one = due()
    await write(service.worker, one)
    await drain(Clock(service.worker, fired.on_due, lambda: INSTANT))
    later = Clock(service.worker, fired.on_due, lambda: INSTANT + timedelta(minutes=1))
    await drain(later)
    await write(service.worker, one)
    await drain(later)
    assert fired.events == [one.event_id]


async def test_however_the_rows_are_found_one_event_is_one_stage(side: SideFactory) -> None:
    """A plan that asks for the next row again and again must not take another one each time."""
    service = await side("cases")
    await write(service.worker, *(due() for _ in range(20)))
    async with service.worker.transaction() as tx:
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
            await tx.execute(f"SET LOCAL enable_{way} = off")
        assert len(await tx.fetch(_TAKE, INSTANT)) == 1


@pytest.fixture
async def clock_side(side: SideFactory) -> Database:
    return (await side("cases")).worker


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offsets=st.lists(st.integers(-5000, 5000), min_size=1, max_size=12),
    visits=st.lists(st.integers(-5000, 9000), min_size=1, max_size=6),
)
async def test_whenever_the_clock_looks_each_is_fired_once_and_never_early(
    clock_side: Database, offsets: list[int], visits: list[int]
) -> None:
    fired = Fired()
    rows = [due(fires_at=INSTANT + timedelta(minutes=offset)) for offset in offsets]
    await write(clock_side, *rows)
    seen = datetime.min.replace(tzinfo=UTC)
    for visit in visits:
        seen = max(seen, INSTANT + timedelta(minutes=visit))
        await drain(Clock(clock_side, fired.on_due, lambda at=seen: at))  # type: ignore[misc]
        assert sorted(fired.events) == sorted(row.event_id for row in rows if row.fires_at <= seen)
    await drain(Clock(clock_side, fired.on_due, lambda: INSTANT + timedelta(days=30)))
    assert sorted(fired.events) == sorted(row.event_id for row in rows)
