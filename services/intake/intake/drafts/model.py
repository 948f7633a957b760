"""What a draft is, whom it belongs to, and how long it is kept."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

KEPT = timedelta(days=7)
"""After the last change."""


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


def is_its_authors_alone(request: Mapping[str, Any], for_children: Container[str]) -> bool:
    """Whether what was typed concerns a child or violence, which no colleague reads over a shoulder: by its themes, by
    whom it is about, by its programme, or because an agent noted what excludes a programme. `for_children`: programmes
    that concern nobody of age. Half-typed fields count for nothing.
    """
    themes, concerned = request.get("themes"), request.get("concerned")
    violence = isinstance(themes, list) and any("violence" in str(theme) for theme in themes)
    child = isinstance(concerned, Mapping) and concerned.get("minor") is True
    return violence or child or bool(request.get("exclusions")) or text_of(request, "programme") in for_children


def text_of(request: Mapping[str, Any], name: str) -> str | None:
    """A field of what was typed, once it is a text."""
    value = request.get(name)
    return value.strip() or None if isinstance(value, str) else None
