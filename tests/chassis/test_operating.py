"""How far a service is behind Kafka, asked of the broker itself."""

import asyncio

from chassis.operating import Ends, behind
from chassis.settings import Settings
from deploy.local.testing import Broker
from tests.chassis.conftest import SideFactory

PLACES = {("a", 0): 10, ("a", 1): 4, ("b", 0): 3}


def test_a_topic_is_behind_by_all_that_was_not_read() -> None:
    assert behind("a", {("a", 0): 10, ("a", 1): 1}, PLACES) == 3
    assert behind("a", {}, PLACES) == 14
    assert behind("b", {("b", 0): 9}, PLACES) == 0  # what was deleted meanwhile is not owed


async def test_the_broker_says_where_topics_end_but_never_of_the_cell_s(side: SideFactory, kafka: Broker) -> None:
    reader = await side("cases")
    ends = await Ends(reader.settings, ["intake-events", "child-concern"], patience=20).now()
    assert ends is not None
    assert {topic for topic, _partition in ends} == {"intake-events"}
    assert set(ends.values()) == {0}


async def test_a_broker_that_is_away_is_said_in_time_and_asked_once(side: SideFactory) -> None:
    reader = await side("cases")
    away: Settings = reader.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:9"})
    ends = Ends(away, ["intake-events"], patience=3)
    async with asyncio.timeout(5):
        assert set(await asyncio.gather(ends.now(), ends.now())) == {None}
