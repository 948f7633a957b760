"""Who answers STOP to a text message is sent none any more.

Numbers are sealed with their people's keys, so none can be looked up. What a text message leaves to is remembered as a
mark under a key of the deployment's own, and who a STOP comes from is looked for among those people alone; theirs it
must still be.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chassis.database import Transaction
from chassis.sealing import Keyring, NotOpened
from chassis.web.phones import mobile
from contracts.envelope import derived_id
from notifications.people.store import reachable
from notifications.preferences import store as preferences
from notifications.preferences.store import Decision
from notifications.sms import store

WORDS: Final = frozenset({"stop", "arret", "arrêt", "stopsms"})
"""The first word of an answer that wants no more."""
SMS: Final = "sms"


def is_stop(text: str) -> bool:
    """Whether an answer asks for no more messages."""
    words = text.casefold().split()
    return bool(words) and words[0].strip(".!\"'«»") in WORDS


@dataclass(frozen=True)
class Stops:
    """Remembers which numbers messages leave to, and hears who wants no more. `master_key`: from which the key of the
    marks derives."""

    master_key: bytes
    keyring: Keyring

    async def leaves_to(self, tx: Transaction, person_id: UUID, number: str) -> None:
        """A text message to somebody leaves to this number (E.164)."""
        await store.texted(tx, self._mark(number), person_id)

    async def hear(self, tx: Transaction, number: str, at: datetime, call_id: str) -> None:
        """STOP, sent from there at that moment: kept as the wish of each person whose number it is, unless they said
        something about text messages since. Heard again it changes nothing."""
        known = mobile(number)
        for person_id in await store.who_was_texted(tx, self._mark(known)) if known else ():
            if await self._is_theirs(tx, person_id, known) and not await _said_since(tx, person_id, at):
                decision = Decision(SMS, wanted=False, decided_at=at, recorded_by=f"reply:{call_id}", how=SMS)
                await preferences.decide(tx, derived_id(person_id, f"stop:{at.isoformat()}"), person_id, decision)

    async def _is_theirs(self, tx: Transaction, person_id: UUID, number: str | None) -> bool:
        person = await reachable(tx, person_id)
        points = [one.value for one in person.contact_points if one.kind == "phone"] if person else []
        try:
            opened = await self.keyring.open(tx, points)
        except NotOpened:
            return False
        return any(one is not None and one.readable and mobile(one.text) == number for one in opened)

    def _mark(self, number: str) -> bytes:
        key = HKDF(SHA256(), length=32, salt=None, info=b"maillage numbers 1").derive(self.master_key)
        return hmac.digest(key, number.encode(), sha256)


async def _said_since(tx: Transaction, person_id: UUID, at: datetime) -> bool:
    return any(one.about == SMS and one.decided_at >= at for one in await preferences.decisions(tx, person_id))
