"""Sharing a sum out, to the cent: what is shared always adds up to the sum.

The rule for what cannot be divided (largest remainder): each part is first rounded down to the cent; the cents left go
one each to the parts that lost most by it, and between equal losses to the first in the order of their names.
"""

from collections.abc import Mapping
from typing import TypeVar

_K = TypeVar("_K", bound=str)


def shared(total: int, weights: Mapping[_K, int]) -> dict[_K, int]:
    """`total` cents in proportion to `weights`, whole numbers in any unit. Nothing is shared when all of them are 0."""
    whole = sum(weights.values())
    if whole == 0:
        return dict.fromkeys(weights, 0)
    parts = {name: total * weight // whole for name, weight in weights.items()}
    lost = {name: total * weight % whole for name, weight in weights.items()}
    left = total - sum(parts.values())
    for name in sorted(lost, key=lambda name: (-lost[name], name))[:left]:
        parts[name] += 1
    return parts


def shared_up_to(total: int, weights: Mapping[_K, int], most: Mapping[_K, int]) -> dict[_K, int]:
    """The same, nobody being given more cents than `most` says: what they leave is shared among the others in the same
    proportion, again and again. The parts add up to `total`, or to all that may be given when that is less."""
    given: dict[_K, int] = dict.fromkeys(weights, 0)
    open_to = {name: weight for name, weight in weights.items() if weight > 0}
    while open_to:
        left = total - sum(given.values())
        parts = shared(left, open_to)
        full = [name for name, part in parts.items() if part >= most[name]]
        if not full:
            return given | parts
        for name in full:
            given[name] = most[name]
            del open_to[name]
    return given
