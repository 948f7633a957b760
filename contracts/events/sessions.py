"""sessions: who is signed in no more, told to every service."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.events.data import EventData


class SessionsEnded(EventData):
    """Browsers that signed in until `ended_at` under what `mark` stands for (one browser, a session at the identity
    provider, everything of somebody) are signed in no more. A mark is a keyed hash: it tells nothing of anybody."""

    topic: ClassVar[str] = "sessions"
    key: ClassVar[str] = "mark"

    mark: UUID
    ended_at: AwareDatetime
