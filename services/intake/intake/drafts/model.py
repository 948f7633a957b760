"""What a draft is, whom it belongs to, and how long it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

KEPT = timedelta(days=7)
"""After the last change."""
CHILD_CONCERN = "child-concern"


@dataclass(frozen=True, slots=True)
class Draft:
    """A request not made yet. `request`: what was typed so far, as it will be submitted, whole or not."""

    draft_id: UUID
    version: int
    agent_id: UUID
    """Who typed last."""
    place: str
    restricted: bool
    changed_at: datetime
    expires_at: datetime
    request: Mapping[str, Any] = field(repr=False)


def is_its_authors_alone(request: Mapping[str, Any]) -> bool:
    """Whether what was typed concerns a child in danger or violence, which no colleague reads over a shoulder: by its
    themes or its programme, or because an agent noted what excludes a programme. Half-typed fields count for nothing.
    """
    themes, exclusions = request.get("themes"), request.get("exclusions")
    violence = isinstance(themes, list) and any("violence" in str(theme) for theme in themes)
    return violence or bool(exclusions) or request.get("programme") == CHILD_CONCERN


def text_of(request: Mapping[str, Any], name: str) -> str | None:
    """A field of what was typed, once it is a text."""
    value = request.get(name)
    return value.strip() or None if isinstance(value, str) else None
