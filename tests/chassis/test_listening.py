"""Waiting to hear something, and being asked to stop meanwhile."""

import asyncio

import pytest

from chassis.listening import rung


@pytest.mark.parametrize("later", range(6))
async def test_who_is_asked_to_stop_as_a_bell_rings_stops(later: int) -> None:
    """A relay and a sender hung until they were killed when news came at the moment they were asked to stop."""
    bell = asyncio.Event()

    async def for_ever() -> None:
        while True:
            bell.clear()
            await rung(bell, within=60)

    task = asyncio.create_task(for_ever())
    await asyncio.sleep(0)
    bell.set()
    for _ in range(later):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    assert done, f"{later} turns of the loop later, it goes on"


async def test_a_bell_that_does_not_ring_is_waited_for_no_longer_than_said() -> None:
    async with asyncio.timeout(5):
        await rung(asyncio.Event(), within=0.01)
