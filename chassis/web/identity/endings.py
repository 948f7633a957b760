"""What a service knows of sessions that are over before their time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.ended_sessions import mark
from chassis.web.identity.cookie import Session


class Endings(Protocol):
    """Where ends are noted and asked for: see `chassis.ended_sessions.EndedSessions`."""

    async def latest(self, marks: Sequence[UUID]) -> datetime | None: ...

    async def end(self, marks: Sequence[UUID], once: UUID | None = None) -> bool: ...


def own_mark(key: bytes, session: Session) -> UUID:
    """What stands for this very browser's session; its token is known to it alone."""
    return mark(key, "browser", session.csrf)


class Over:
    """Whether a session ended before its time. `key` is the one of the cookie."""

    def __init__(self, key: bytes, endings: Endings) -> None:
        self._key = key
        self._endings = endings

    async def ended(self, session: Session) -> bool:
        """Asked for each page and each sending: who is signed out must not go on for a moment."""
        marks = [own_mark(self._key, session), mark(self._key, "subject", session.subject)]
        if session.sid:
            marks.append(mark(self._key, "session", session.sid))
        at = await self._endings.latest(marks)
        return at is not None and int(at.timestamp()) >= session.began
