"""The benches run, in a size that measures nothing; and what is made of their figures is right."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from deploy.local.testing import Broker, Databases
from tests.bench import benches, report
from tests.bench.comparison import Comparison, Finding, Limits, Pace, Round, in_turn, spread
from tests.bench.ground import Ground
from tests.bench.latency import Journey, stages
from tests.bench.whole import whole_platform

TINY = 0.002
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SLOW, FAST = Pace(100, 20), Pace(300, 5)


def compared(*ours: float, reach: float = 0.8) -> Comparison:
    paces = [Pace(rate, 10) for rate in ours]
    return Comparison("relay", "events/s", "a bare loop", reach, paces, [Pace(100, 10)] * len(paces))


@pytest.mark.parametrize(
    ("ours", "reached"),
    [((80, 80, 80), True), ((10, 80, 90), True), ((79, 79, 200), False)],
    ids=["as fast as asked", "one bad round of three", "one good round of three"],
)
def test_the_middle_ratio_decides(ours: tuple[float, ...], reached: bool) -> None:
    assert compared(*ours).reached is reached


def test_a_figure_at_its_limit_has_not_stayed_under_it() -> None:
    assert not Limits("memory", "MiB", {"total": 1024.0}, {"total": 1024.0}).reached
    assert Limits("memory", "MiB", {"total": 1023.9, "kafka": 4000.0}, {"total": 1024.0}).reached
    assert Limits("duplicates", "share", {"recall": 0.95}, {}, {"recall": 0.95}).reached
    assert not Limits("duplicates", "share", {"recall": 0.94}, {}, {"recall": 0.95}).reached


async def test_contestants_take_turns_at_going_first_and_the_warm_up_does_not_count() -> None:
    went: list[str] = []

    def round_of(name: str, pace: Pace) -> Round:
        async def run() -> Pace:
            went.append(name)
            return pace

        return run

    ours, baseline = await in_turn(2, round_of("ours", FAST), round_of("baseline", SLOW))

    assert (ours, baseline) == ([FAST, FAST], [SLOW, SLOW])
    assert went == ["baseline", "ours", "ours", "baseline", "baseline", "ours"]


def test_stages_of_the_way_to_a_dossier() -> None:
    journeys = [Journey(sent=0, accepted=0.010, relayed=0.012, readable=0.015, visible=0.020)] * 10

    figures = stages(journeys)

    assert figures["accepted → visible, p50"] == pytest.approx(10)
    assert figures["sent → accepted, p99"] == pytest.approx(10)
    assert figures["in a batch → readable in Kafka, p50"] == pytest.approx(3)


def test_what_falls_short_is_printed_as_such_and_every_round_is_kept(tmp_path: Path) -> None:
    console = Console(width=120, record=True, file=StringIO())
    findings: list[Finding] = [compared(50, 60, 70), Limits("memory", "MiB", {"total": 2000.0}, {"total": 1024.0})]

    for finding in findings:
        report.show(console, finding)
    report.write(findings, NOON, tmp_path / "kept" / "bench.json")

    assert console.export_text().count("manqué") == 2
    kept = json.loads((tmp_path / "kept" / "bench.json").read_text())
    assert kept["at"] == "2026-03-02T12:00:00+00:00"
    assert kept["findings"][0]["spread"]["ratio"] == {"least": 0.5, "middle": 0.6, "most": 0.7}
    assert [finding["reached"] for finding in kept["findings"]] == [False, False]


def test_spread() -> None:
    found = spread([3, 1, 2])
    assert (found.least, found.middle, found.most) == (1, 2, 3)


@pytest.mark.scale
@pytest.mark.parametrize("name", benches.IN_PAIRS)
async def test_ours_and_the_baseline_both_do_the_work(name: str, postgres: Databases, kafka: Broker) -> None:
    found = await benches.IN_PAIRS[name](Ground(postgres, kafka), 1, TINY)

    assert found.bench == name
    assert len(found.ours) == len(found.baseline) == 1
    assert all(pace.rate > 0 for pace in (*found.ours, *found.baseline))


@pytest.mark.scale
def test_the_whole_platform_can_be_measured() -> None:
    with whole_platform() as platform:
        found = [measure(platform, TINY) for measure in benches.OF_THE_WHOLE.values()]

    assert [one.bench for one in found] == list(benches.OF_THE_WHOLE)
