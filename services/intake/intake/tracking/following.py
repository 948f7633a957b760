"""Where a request stands, told to whoever holds its reference and secret."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

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
    own: bool
    """Whether who asks is the person concerned."""
    promised_on: date | None
    late: bool
    """Whether the promised day is over without an answer."""
    answered_on: date | None
    organisation: str | None
    """Who took the request in, where somebody did."""
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
        promised_on = row["promised_on"] if own and row["state"] == "received" else None
        return Standing(
            reference=readable(row["reference"]),
            received_on=self._day(row["received_at"]),
            state=row["state"] if own else "received",
            own=own,
            promised_on=promised_on,
            late=promised_on is not None and promised_on < self._day(self._parts.now()),
            answered_on=self._day(row["answered_at"]) if own and row["answered_at"] else None,
            organisation=row["organisation"] if own else None,
            contacts=[dict(contact) for contact in contacts],
        )

    async def may_visit(self, held: Held) -> UUID | None:
        """The request whose dossier may be shown beside it; None where it tells too much, or is somebody else's."""
        async with self._parts.worker.transaction() as tx:
            return await store.may_visit(tx, held.reference, bytes.fromhex(held.hashed))

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._parts.settings.zone).date()
