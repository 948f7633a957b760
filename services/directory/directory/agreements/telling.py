"""The events that tell what becomes of an agreement."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from chassis.database import Transaction
from contracts.events import EventData
from directory import aggregates
from directory.aggregates import Versioned
from directory.agreements.model import Agreement

_E = TypeVar("_E", bound=EventData)


def of(event: type[_E], agreement: Agreement, **more: Any) -> _E:
    """An event about the agreement as it now is."""
    terms = agreement.terms
    return event.model_validate(
        {
            "agreement_id": agreement.agreement_id,
            "kind": agreement.kind,
            "title": terms.title,
            "party_ids": terms.party_ids,
            "territory_ids": terms.territory_ids,
            "starts_on": terms.starts_on,
            "ends_on": agreement.last_day,
        }
        | more
    )


async def publish(tx: Transaction, event: EventData, version: int, *, id: UUID, at: datetime) -> None:
    """Tell it, when the transaction that made that version commits."""
    await aggregates.publish(tx, Versioned(event, version), id=id, at=at)
