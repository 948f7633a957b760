"""Handing batches over to who prints and posts them (hybrid mail): each letter as a PDF, then one manifest.

Whoever receives them takes what a manifest names, and a manifest gets its final name last, by a rename. Before that
rename the batch says which draft is about to be renamed: whoever takes over after a crash finds the manifest, or its
draft, or neither because it was taken away already, and knows each time whether the batch was handed over.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from random import random
from typing import Final
from uuid import UUID

import orjson
import structlog

from chassis import failpoints
from chassis.database import is_interruption
from chassis.service import Parts
from chassis.typesetting import NotTypeset
from notifications.letters import store
from notifications.letters.places import FAILED, Open, Place, Trouble
from notifications.letters.printing import Printed, printed, written
from notifications.letters.rounds import Rounds
from notifications.letters.store import Taken
from notifications.messages.model import next_attempt

log = structlog.get_logger(__name__)

_LEASE: Final = timedelta(minutes=15)
"""How long a process may be silent before another one takes its batch over: several times what a full one takes."""
_POLL: Final = 10.0
"""Seconds between two looks for batches to hand over."""


class Lost(Exception):
    """Another process took the batch over."""


class Handing:
    """Hands over for one process; any number of them may."""

    def __init__(
        self,
        parts: Parts,
        place: Place,
        rounds: Rounds,
        lease: timedelta = _LEASE,
        chance: Callable[[], float] = random,
    ) -> None:
        """`chance` gives the jitter of waits, from 0 to 1."""
        self._database = parts.worker
        self._keyring = parts.keyring
        self._now = parts.now
        self._place = place
        self._rounds = rounds
        self._lease = lease
        self._chance = chance
        self._name = secrets.token_hex(6)

    async def run(self) -> None:
        """Hand over until cancelled; waits for a database that is away."""
        while True:
            try:
                while await self.hand_over_one():
                    pass
            except Exception as error:
                if not is_interruption(error):
                    raise
                log.warning("letters_wait_for_database", error=type(error).__name__)
            await asyncio.sleep(_POLL)

    async def hand_over_one(self) -> bool:
        """The batch longest due, if any. Where it comes to nothing it is tried again later, and says why."""
        now = self._now()
        async with self._database.transaction() as tx:
            taken = await store.take(tx, self._name, now, now + self._lease)
        if taken is None:
            return False
        try:
            async with self._place.opened() as place:
                await self._hand_over(place, taken)
        except Trouble as trouble:
            await self._again(taken, trouble.code)
        except (NotTypeset, TimeoutError):
            await self._again(taken, FAILED)
        except Lost:
            log.warning("batch_taken_over", batch_id=str(taken.batch_id))
        return True

    async def _hand_over(self, place: Open, taken: Taken) -> None:
        manifest = f"{taken.batch_id}.json"
        if taken.manifest is None:
            draft = await self._deposit(place, taken)
            await place.rename(draft, manifest)
        elif not await place.exists(manifest) and await place.exists(taken.manifest):
            await place.rename(taken.manifest, manifest)
        failpoints.passing(failpoints.LETTERS_PLACED)
        await self._done(taken.batch_id)

    async def _deposit(self, place: Open, taken: Taken) -> str:
        """Everything but the manifest's final name. Returns its draft."""
        async with self._database.transaction() as tx:
            letters = await written(tx, self._keyring, taken.batch_id)
        named = []
        async for one in printed(letters):
            named.append(await self._put(place, one))
            failpoints.passing(failpoints.LETTERS_WRITTEN)
        draft = f".{taken.batch_id}.{self._name}-{taken.attempts}"
        await place.write(draft, _manifest(taken, named))
        async with self._database.transaction() as tx:
            if not await store.placing(tx, taken, self._name, draft):
                raise Lost
        failpoints.passing(failpoints.LETTERS_STAGED)
        return draft

    async def _put(self, place: Open, letter: Printed) -> dict[str, object]:
        name = f"{letter.delivery_id}.pdf"
        # The same draft each time: one that a crash left behind would tell things to whoever finds it.
        draft = f".{name}.part"
        await place.write(draft, letter.content)
        await place.rename(draft, name)
        return {"file": name, "sha256": letter.digest, "pages": letter.pages}

    async def _done(self, batch_id: UUID) -> None:
        now = self._now()
        async with self._database.transaction() as tx:
            if await store.deposited(tx, batch_id, now):
                await self._rounds.posted(tx, batch_id, now)
        log.info("batch_handed_over", batch_id=str(batch_id))

    async def _again(self, taken: Taken, trouble: str) -> None:
        now = self._now()
        until = next_attempt(taken.attempts, now, self._chance())
        async with self._database.transaction() as tx:
            await store.not_deposited(tx, taken, self._name, trouble, until)
        log.warning("batch_not_handed_over", batch_id=str(taken.batch_id), reason=trouble)


def _manifest(taken: Taken, letters: list[dict[str, object]]) -> bytes:
    said = {"batch": str(taken.batch_id), "closed_at": taken.closed_at.isoformat(), "letters": letters}
    return orjson.dumps(said, option=orjson.OPT_INDENT_2)
