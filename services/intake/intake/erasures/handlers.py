"""Erasure as every service does it, and the register of who is done, which intake keeps."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis import erasures, outbox
from chassis.database import Transaction
from chassis.erasures import Dropped
from chassis.handlers import Handlers, Received
from contracts.events import PersonErasureDone, PersonKeyIssued
from intake.erasures import store


def erasure_handlers() -> Handlers:
    """What is heard of erasures."""
    return erasures.handlers("intake", _drop, _heard)


async def _drop(tx: Transaction, person_id: UUID, _at: datetime) -> Dropped:
    alone = await store.requests_alone(tx, person_id)
    await store.drop(tx, person_id, alone)
    return Dropped([f"request:{request_id}" for request_id in alone])


async def _heard(tx: Transaction, received: Sequence[Received[PersonErasureDone]]) -> None:
    answers = [one.data for one in received]
    await store.answered(tx, answers)
    # After each answer: what that service had still told of these keys has left before it.
    keys = {key: None for one in answers for key in (one.aggregate_id, *one.keys)}
    await outbox.forget(tx, PersonKeyIssued.topic, list(keys))
