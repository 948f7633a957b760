"""Events become calls to partners' own software. Nothing is called here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from notifications.webhooks import store
from notifications.webhooks.model import KINDS, Kind, Notice


def handlers() -> Handlers:
    """For the events that messages follow too: see `Handlers.beside`."""
    made = Handlers()

    def follow(kind: Kind) -> None:
        @made.on(kind.event)
        async def told(tx: Transaction, received: Sequence[Received[Any]]) -> None:
            await store.plan(tx, [notice for one in received for notice in notices(kind, one)])

    for kind in KINDS.values():
        follow(kind)
    return made


def notices(kind: Kind, received: Received[Any]) -> list[Notice]:
    """What each organisation concerned is told of an event."""
    envelope, shown = received.envelope, kind.shown(received.data)
    return [
        Notice(organisation_id, envelope.id, envelope.type, envelope.time, UUID(shown[kind.about]), shown)
        for organisation_id in kind.concerns(received.data)
    ]
