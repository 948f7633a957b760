"""Reading the YAML that comes with the code: rules, topics, words."""

from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any, Final

import yaml

Loader: Final[type[yaml.SafeLoader]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C where PyYAML was built with it: ten times as fast, and every process reads before it starts."""


def read(path: Path) -> Any:
    """What a file says. Raises yaml.YAMLError, or UnicodeDecodeError for what is not UTF-8."""
    return yaml.load(path.read_text("utf-8"), Loader)  # noqa: S506 - a safe one


def texts(source: bytes, names: Set[str]) -> Iterator[tuple[int, str]]:
    """The texts under keys of these names, wherever they stand, each with its line."""
    yield from _texts(yaml.compose(source, Loader), names)


def _texts(node: Any, names: Set[str]) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _texts(one, names)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value in names and isinstance(value, yaml.ScalarNode):
                yield value.start_mark.line + 1, value.value
            yield from _texts(value, names)
