"""What a browser without an account may see for a while, in every service: one thing, by its id.

The service that let it in seals the id; the others trust it, since only we hold the key.
"""

from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from chassis.settings import Settings
from chassis.web.identity.cookie import SealedCookie

VISIT_SECONDS = 1800


class Visit:
    """The cookie of a visitor. Times are Unix seconds."""

    def __init__(self, settings: Settings) -> None:
        secure = settings.public_url.startswith("https://")
        self._cookie = SealedCookie("visite", settings.cookie_key, seconds=VISIT_SECONDS, secure=secure)

    def let_in(self, response: Response, subject: UUID, now: float) -> None:
        """From now on this browser may see what belongs to `subject`."""
        self._cookie.set(response, {"subject": str(subject)}, now)

    def end(self, response: Response) -> None:
        self._cookie.clear(response)

    def subject(self, request: Request, now: float) -> UUID | None:
        """What this browser may see, if anything."""
        content = self._cookie.open(request.cookies.get(self._cookie.name), now)
        return UUID(content["subject"]) if content else None
