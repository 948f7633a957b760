"""What travels in the benches: requests of plainly invented people, as intake writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from chassis import outbox
from contracts.envelope import Envelope, event
from contracts.events import RequestSubmitted

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
INSERT = f"INSERT INTO outbox ({outbox.COLUMNS}) SELECT * FROM {outbox.rows_from(1)}"
CHUNK = 2000


def submitted(seed: int, number: int, sequence: int = 1) -> Envelope:
    """Request `number` of the lot `seed`; the same arguments give the same event."""
    request_id = uuid5(NAMESPACE_OID, f"{seed}/request/{number}")
    event_id = uuid5(request_id, str(sequence))
    person = str(uuid5(request_id, "person"))
    data: dict[str, Any] = {
        "request_id": request_id,
        "reference": "5VS9HGPTD",
        "channel": "desk",
        "received_at": NOW,
        "received_by": {"agent_id": uuid5(NAMESPACE_OID, "agent"), "organisation_id": uuid5(NAMESPACE_OID, "desk")},
        "territory_id": "saint-brieuc",
        "commune": "22278",
        "programme": "first-contact",
        "programme_version": 1,
        "themes": ["housing", "budget"],
        "urgency": "ordinary",
        "requester": {"person_id": person, "role": "self"},
        "concerned": {"person_id": person, "minor": False},
        "promised_on": date(2026, 3, 5),
        "summary": {
            "key_subject": f"request:{request_id}",
            "event_id": event_id,
            "field": "summary",
            "data": "OeU_tnLUMsdsHxS-E2auu5Eg7YGrsaLKEA1qD1CYD8p7NVvGMy8YQzFhzfv0CRsL" * 2,
        },
    }
    return event(
        RequestSubmitted.model_validate(data), id=event_id, source="/maillage/intake", sequence=sequence, time=NOW
    )


@dataclass(frozen=True)
class Lot:
    """Events as outbox rows, ready to be written as often as needed."""

    events: Sequence[Envelope]

    def __len__(self) -> int:
        return len(self.events)

    @cached_property
    def chunks(self) -> list[tuple[Any, ...]]:
        """Parameters of `INSERT`, some thousand rows each."""
        return [outbox.parameters(self.events[at : at + CHUNK]) for at in range(0, len(self.events), CHUNK)]


def lot(size: int, *, seed: int = 0, per_key: int = 1) -> Lot:
    """`size` events, `per_key` of each key, those of a key spread over the whole lot."""
    keys = max(1, size // per_key)
    return Lot([submitted(seed, number % keys, 1 + number // keys) for number in range(size)])
