"""What a message would be about: the made-up events of the contracts, about nobody."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import contracts
from contracts.envelope import decode, parse
from notifications.messages.rules import Rule


def example(rule: Rule) -> Mapping[str, Any]:
    """The facts of the rule's event, secrets replaced."""
    file = Path(contracts.__file__).parent / "examples" / f"{rule.event}.1.json"
    facts = rule.occasion.state(parse(decode(file.read_bytes()))).model_dump()
    return {name: "exemple" if isinstance(value, dict) else value for name, value in facts.items()}
