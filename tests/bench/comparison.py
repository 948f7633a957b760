"""What a bench finds out: ours beside a baseline, round by round, or figures beside their limits."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Pace:
    """How one round went."""

    rate: float
    """Units per second."""
    processor: float
    """Microseconds of processor the contestant's own process took per unit: less shaken by a busy machine."""


Round = Callable[[], Awaitable[Pace]]


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
    """Ours and the baseline, taken in turn; the ratio is of each round, so that a slow minute of the machine
    weighs on both."""

    bench: str
    unit: str
    baseline_is: str
    reach: float
    """The ratio to reach."""
    ours: Sequence[Pace]
    baseline: Sequence[Pace]
    notes: Sequence[str] = ()

    @property
    def ratios(self) -> list[float]:
        return [a.rate / b.rate for a, b in zip(self.ours, self.baseline, strict=True)]

    @property
    def reached(self) -> bool:
        return spread(self.ratios).middle >= self.reach

    def document(self) -> dict[str, Any]:
        spreads = {"ours": rates(self.ours), "baseline": rates(self.baseline), "ratio": spread(self.ratios)}
        return {**asdict(self), "ratios": self.ratios, "reached": self.reached, **_named("spread", spreads)}


def rates(paces: Sequence[Pace]) -> Spread:
    """The spread of their units per second."""
    return spread([pace.rate for pace in paces])


def processor(paces: Sequence[Pace]) -> float:
    """The median of their microseconds of processor per unit."""
    return median(pace.processor for pace in paces)


def _named(name: str, spreads: Mapping[str, Spread]) -> dict[str, Any]:
    return {name: {of: asdict(one) for of, one in spreads.items()}}


@dataclass(frozen=True)
class Limits:
    """Figures, some of which must stay under a limit, or reach one."""

    bench: str
    unit: str
    figures: Mapping[str, float]
    limits: Mapping[str, float]
    """By name of the figure: it stays under."""
    reaches: Mapping[str, float] = field(default_factory=dict)
    """By name of the figure: it is at least that."""
    notes: Sequence[str] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reached(self) -> bool:
        return all(map(self.holds, (*self.limits, *self.reaches)))

    def holds(self, name: str) -> bool:
        """Whether a figure is where it should be."""
        if name in self.limits:
            return self.figures[name] < self.limits[name]
        return self.figures[name] >= self.reaches[name]

    def document(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.reached}


Finding = Comparison | Limits


async def in_turn(rounds: int, ours: Round, baseline: Round) -> tuple[list[Pace], list[Pace]]:
    """Run both in every round, who begins changing each time: first ours, then the baseline, then the
    baseline again… A warm-up round that does not count comes first."""
    paces: tuple[list[Pace], list[Pace]] = ([], [])
    for number in range(rounds + 1):
        both = [(paces[0], ours), (paces[1], baseline)]
        for kept, round_of in both if number % 2 else reversed(both):
            pace = await round_of()
            if number > 0:
                kept.append(pace)
    return paces
