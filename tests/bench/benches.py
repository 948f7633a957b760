"""The list of benches, with the sizes that make each last less than a minute on two cores; but a burst of messages,
which is drained whole at the pace of its gateway."""

from collections.abc import Awaitable, Callable, Mapping

from tests.bench import (
    consume,
    duplicates,
    imports,
    intake,
    latency,
    memory,
    messages,
    needs,
    outward,
    peer,
    relay,
    search,
    worklist,
)
from tests.bench.comparison import Comparison, Finding, Limits
from tests.bench.ground import Ground
from tests.bench.whole import Whole

EVENTS = 20_000
REQUESTS = 2_000
SECONDS = 20.0
SMALLEST = 20

InPair = Callable[[Ground, int, float], Awaitable[Comparison]]
Alone = Callable[[Ground, float], Awaitable[Limits]]
OfTheWhole = Callable[[Whole, float], Finding]


def _in_pair(bench: Callable[..., Awaitable[Comparison]], size: int) -> InPair:
    return lambda ground, rounds, scale: bench(ground, rounds=rounds, size=max(SMALLEST, int(size * scale)))


IN_PAIRS: Mapping[str, InPair] = {
    "relay": _in_pair(relay.bench, EVENTS),
    "relay-peer": _in_pair(peer.bench, EVENTS),
    "consume": _in_pair(consume.bench, EVENTS),
    "intake": _in_pair(intake.residents, REQUESTS),
    "intake-agent": _in_pair(intake.agents, REQUESTS),
}
"""Ours beside a baseline."""

ALONE: Mapping[str, Alone] = {
    "duplicates": duplicates.bench,
    "import": imports.bench,
    "messages": messages.bench,
    "outward": outward.bench,
    "relevance": needs.bench,
    "search": search.bench,
    "worklist": worklist.bench,
}
"""Ours by itself, on the same servers."""

OF_THE_WHOLE: Mapping[str, OfTheWhole] = {
    "memory": lambda platform, scale: memory.bench(platform, seconds=SECONDS * min(1.0, scale)),
    "latency": lambda platform, scale: latency.bench(platform, seconds=max(1.0, SECONDS * scale)),
}
"""Figures of the whole platform, memory first: idle means that nobody has worked yet."""

NAMES = (*IN_PAIRS, *ALONE, *OF_THE_WHOLE)
