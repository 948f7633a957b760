"""What a bench finds out: ours beside a baseline, round by round, or figures beside their limits."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

Contestant = Callable[[], Awaitable[float]]
"""Runs one round and gives its rate (units per second)."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the middle and the most of several values."""

    least: float
    middle: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(min(values), median(values), max(values))


@dataclass(frozen=True)
class Comparison:
    """Rates of ours and of the baseline, taken in turn; the ratio is of each round, so that a slow minute
    of the machine weighs on both."""

    bench: str
    unit: str
    baseline_is: str
    reach: float
    """The ratio to reach."""
    ours: Sequence[float]
    baseline: Sequence[float]
    notes: Sequence[str] = ()

    @property
    def ratios(self) -> list[float]:
        return [a / b for a, b in zip(self.ours, self.baseline, strict=True)]

    @property
    def reached(self) -> bool:
        return spread(self.ratios).middle >= self.reach

    def document(self) -> dict[str, Any]:
        summary = {name: asdict(spread(getattr(self, name))) for name in ("ours", "baseline", "ratios")}
        return {**asdict(self), "ratios": self.ratios, "summary": summary, "reached": self.reached}


@dataclass(frozen=True)
class Limits:
    """Figures, some of which must stay under a limit."""

    bench: str
    unit: str
    figures: Mapping[str, float]
    limits: Mapping[str, float]
    """By name of the figure."""
    notes: Sequence[str] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reached(self) -> bool:
        return all(self.figures[name] < limit for name, limit in self.limits.items())

    def document(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.reached}


Finding = Comparison | Limits


async def in_turn(rounds: int, ours: Contestant, baseline: Contestant) -> tuple[list[float], list[float]]:
    """Run both in every round, who begins changing each time: first ours, then the baseline, then the
    baseline again… A warm-up round that does not count comes first."""
    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        both = [(rates[0], ours), (rates[1], baseline)]
        for kept, contestant in both if number % 2 else reversed(both):
            rate = await contestant()
            if number > 0:
                kept.append(rate)
    return rates
