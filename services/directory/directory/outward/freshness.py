"""Whether what a harvester has is still so: nothing is made again for those who ask in vain.

`ETag` tells exactly what an answer is made of. It is weak: notices of past days go without a change. `Last-Modified` is
the last change of the whole directory, and is told once a minute went by without any (RFC 9110, 8.8.2.2): who writes
meanwhile may have begun before, and end after, the one who asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import Response

from chassis.database import Transaction

STILL: Final = timedelta(minutes=1)
"""A transaction that writes ends within this time of each of its changes."""
_EDITION: Final = 1
"""Of the forms entries are told in: another one, and all of them are read again."""
LAST_CHANGE: Final = """
SELECT greatest(
    (SELECT max(changed_at) FROM findable), (SELECT max(changed_at) FROM organisations),
    (SELECT max(changed_at) FROM sites), (SELECT max(changed_at) FROM offers WHERE retired),
    (SELECT max(lower(days)) FROM findable WHERE lower(days) <= $1)::timestamp AT TIME ZONE $2,
    (SELECT max(upper(days)) FROM findable WHERE upper(days) <= $1)::timestamp AT TIME ZONE $2)
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What the one who asks says they have."""

    tags: frozenset[str] = field(default_factory=frozenset)
    since: datetime | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Held":
        """From `If-None-Match`, or without one `If-Modified-Since` where it can be read."""
        tags = frozenset(tag.strip() for tag in headers.get("if-none-match", "").split(",") if tag.strip())
        return cls(tags) if tags else cls(since=_date(headers.get("if-modified-since")))

    def since_is(self, last: datetime | None) -> bool:
        """Whether nothing changed since."""
        return self.since is not None and last is not None and last <= self.since

    def has(self, tag: str) -> bool:
        """Whether that is what they have."""
        return tag in self.tags or "*" in self.tags


def aware(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """By the deployment's clock unless it says which."""
    return at if at is None or at.tzinfo else at.replace(tzinfo=zone)


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def tag_of(*made_of: object) -> str:
    """Of an answer, by all that it is made of."""
    return f'W/"{sha256(repr((_EDITION, made_of)).encode()).hexdigest()[:32]}"'


async def last_change(tx: Transaction, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Of anything told outward, to the second; None where it was less than a minute ago. Days on which something begins
    or is over count as changes."""
    found: datetime | None = await tx.fetchval(LAST_CHANGE, _today(now, zone), zone.key)
    if found is None or now - found < STILL:
        return None
    return found.replace(microsecond=0) + timedelta(seconds=1)


def _today(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()


def unchanged(tag: str | None, last: datetime | None) -> Response:
    """What they have is still so."""
    return Response(status_code=304, headers=headers(tag, last))


def headers(tag: str | None, last: datetime | None) -> dict[str, str]:
    """What to say with an answer."""
    told = {"Cache-Control": "no-cache"}
    if tag:
        told["ETag"] = tag
    if last:
        told["Last-Modified"] = format_datetime(last.astimezone(UTC), usegmt=True)
    return told
