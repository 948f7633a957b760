"""Where a request stands, told to whoever holds its reference and secret."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chassis.actor import PUBLIC
from chassis.service import Parts
from contracts.references import readable
from intake.tracking import store
from intake.tracking.model import tracking_hash, typed


class NothingToFollow(Exception):
    """No request has this reference and this secret."""


@dataclass(frozen=True, slots=True)
class Held:
    """The right to follow one request: its reference, and the keyed hash of both in hexadecimal."""

    reference: str
    hashed: str


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is shown. A requester who is not the person concerned sees only that it was received."""

    reference: str
    received_on: date
    state: str
    promised_on: date | None
    answered_on: date | None
    contacts: list[dict[str, Any]]


class Tracking:
    """Finds requests for people without an account."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def held(self, reference: str, secret: str) -> Held:
        """What is kept in the browser of a reference and a secret, however they were typed."""
        reference = typed(reference)
        return Held(reference, tracking_hash(self._parts.settings.master_key, reference, typed(secret)).hex())

    async def standing(self, held: Held) -> Standing:
        """Raises NothingToFollow."""
        async with self._parts.app.transaction(PUBLIC) as tx:
            row = await store.tracked(tx, held.reference, bytes.fromhex(held.hashed))
            if row is None:
                raise NothingToFollow
            contacts = await store.contacts(tx, row["territory_id"])
        own = row["requester_role"] == "self"
        return Standing(
            reference=readable(row["reference"]),
            received_on=self._day(row["received_at"]),
            state=row["state"] if own else "received",
            promised_on=row["promised_on"] if own and row["state"] == "received" else None,
            answered_on=self._day(row["answered_at"]) if own and row["answered_at"] else None,
            contacts=[dict(contact) for contact in contacts],
        )

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._parts.settings.zone).date()
