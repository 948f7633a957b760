"""What people choose by the link of a message, without signing in: who holds it decides for its recipient."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, get_args
from uuid import UUID

from chassis.database import Transaction
from chassis.service import Parts
from contracts.envelope import new_id
from notifications.messages.rules import Kind, RuleBook
from notifications.people.store import reachable
from notifications.preferences import store
from notifications.preferences.store import Decision

KINDS: Final[Sequence[str]] = get_args(Kind)


class NothingToChoose(Exception):
    """No message of ours that could be declined, or nobody it was for any more."""


@dataclass(frozen=True, slots=True)
class Choices:
    """`unwanted`: kinds they are spared. `withdrawn`: they took back their consent to messages, which is given again to
    somebody."""

    unwanted: frozenset[str]
    withdrawn: bool


@dataclass(frozen=True)
class Choosing:
    """Reads and writes down wishes; each stays as evidence, with the message whose link was used."""

    parts: Parts
    book: RuleBook

    async def standing(self, message_id: UUID) -> Choices:
        """What they are spared now. Raises NothingToChoose."""
        async with self.parts.worker.transaction() as tx:
            person_id, _ = await self._recipient(tx, message_id)
            return await _standing(tx, person_id)

    async def decline(self, message_id: UUID) -> None:
        """No more messages of the kind of this one (RFC 8058). Raises NothingToChoose."""
        async with self.parts.worker.transaction() as tx:
            person_id, kind = await self._recipient(tx, message_id)
            if kind not in (await _standing(tx, person_id)).unwanted:
                await self._decide(tx, person_id, message_id, kind, wanted=False, how="one-click")

    async def choose(self, message_id: UUID, wanted: Collection[str]) -> None:
        """These kinds and no others. What stands already is not written down again. Raises NothingToChoose."""
        async with self.parts.worker.transaction() as tx:
            person_id, _ = await self._recipient(tx, message_id)
            unwanted = (await _standing(tx, person_id)).unwanted
            for kind in KINDS:
                if kind in wanted and kind in unwanted:
                    # Under whichever name they declined it: one of them would be enough to spare them.
                    for name in await store.who_declined(tx, person_id, kind):
                        await self._decide(tx, name, message_id, kind, wanted=True, how="online")
                elif kind not in wanted and kind not in unwanted:
                    await self._decide(tx, person_id, message_id, kind, wanted=False, how="online")

    async def _recipient(self, tx: Transaction, message_id: UUID) -> tuple[UUID, str]:
        """Whom the message was for, and its kind."""
        found = await store.recipient(tx, message_id)
        rule = self.book.rules.get(found.rule) if found else None
        if found is None or rule is None or rule.kind is None:
            raise NothingToChoose
        return found.person_id, rule.kind

    async def _decide(
        self, tx: Transaction, person_id: UUID, message_id: UUID, kind: str, *, wanted: bool, how: str
    ) -> None:
        decision = Decision(kind, wanted, self.parts.now(), f"message:{message_id}", how)
        await store.decide(tx, new_id(), person_id, decision)


async def _standing(tx: Transaction, person_id: UUID) -> Choices:
    person = await reachable(tx, person_id)
    if person is None:
        raise NothingToChoose
    return Choices(person.unwanted & set(KINDS), person.declined)
