"""Keys of those who registered for something: they come with what is to be told, and are dropped once it is not."""

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from chassis.sealing import WrappedKey, remember
from contracts.events import RegistrationForgotten, RegistrationToTell
from notifications.registrations import store


def handlers() -> Handlers:
    """For events that messages follow too: see `Handlers.beside`."""
    made = Handlers()

    @made.on(RegistrationToTell)
    async def to_tell(tx: Transaction, received: Sequence[Received[RegistrationToTell]]) -> None:
        keys = [WrappedKey(one.data.contact.key_subject, one.data.wrapped, one.data.master_key_id) for one in received]
        await remember(tx, keys)

    @made.on(RegistrationForgotten)
    async def forgotten(tx: Transaction, received: Sequence[Received[RegistrationForgotten]]) -> None:
        await store.forget(tx, [(one.data.registration_id, one.envelope.time) for one in received])

    return made
