"""What intake (and, for invitees, cases) says about people and about their wish to be written to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from contracts.events import (
    ConsentGiven,
    ConsentWithdrawn,
    PersonChanged,
    PersonIntroduced,
    PersonRecorded,
    PersonsMerged,
    PersonsSeparated,
)
from contracts.events.people import PersonState
from notifications.people import store

MESSAGES = "messages"
"""The kind of consent that is about being written to."""


def handlers() -> Handlers:
    """Replica: a higher sequence wins, so that redelivery changes nothing."""
    made = Handlers()

    async def told(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        people: list[tuple[PersonState, str, int]] = [
            (one.data, one.envelope.source, one.envelope.sequence) for one in received
        ]
        await store.store(tx, people)

    for event_type in (PersonRecorded, PersonChanged, PersonIntroduced):
        made.on(event_type, replica=True)(told)

    @made.on(PersonsMerged, replica=True)
    async def merged(tx: Transaction, received: Sequence[Received[PersonsMerged]]) -> None:
        await store.same(tx, [(one.data.person_id, one.data.into, one.envelope.sequence) for one in received])

    @made.on(PersonsSeparated, replica=True)
    async def separated(tx: Transaction, received: Sequence[Received[PersonsSeparated]]) -> None:
        await store.same(tx, [(one.data.person_id, None, one.envelope.sequence) for one in received])

    @made.on(ConsentGiven, replica=True)
    async def given(tx: Transaction, received: Sequence[Received[ConsentGiven]]) -> None:
        await store.consented(tx, _to_messages(received, withdrawn=False))

    @made.on(ConsentWithdrawn, replica=True)
    async def withdrawn(tx: Transaction, received: Sequence[Received[ConsentWithdrawn]]) -> None:
        await store.consented(tx, _to_messages(received, withdrawn=True))

    return made


def _to_messages(
    received: Sequence[Received[ConsentGiven]] | Sequence[Received[ConsentWithdrawn]], *, withdrawn: bool
) -> list[tuple[UUID, UUID, bool]]:
    return [(one.data.consent_id, one.data.person_id, withdrawn) for one in received if one.data.kind == MESSAGES]
