"""How fresh a replica is: when its owner last said something, and when everything was last said again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.database import Database, Transaction
from chassis.handlers import Handlers, Received
from contracts.events import PartnersRetold

PARTNERS = PartnersRetold.topic
OLD: Final = timedelta(hours=26)
"""Everything is told again each night: a day, and the time to hear it, without a word from its owner is too long."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """`heard_at`: when the newest event taken in from a topic was told. `whole_at`: the last time everything was told
    again, once all of it was heard. None: not yet."""

    heard_at: datetime | None
    whole_at: datetime | None

    def is_old(self, now: datetime) -> bool:
        """Whether its owner has not been heard for longer than it is ever silent."""
        return self.heard_at is None or now - self.heard_at > OLD


async def partners(database: Database) -> Freshness:
    """How fresh the replica of partners is. `database`: the workers' own."""
    async with database.transaction() as tx:
        return (await of(tx)).get(PARTNERS, Freshness(None, None))


async def of(tx: Transaction) -> dict[str, Freshness]:
    """Topic → how fresh it is here. Workers alone may read it."""
    rows = await tx.fetch(
        """SELECT topic, max(heard_at) AS heard_at,
               CASE WHEN min(heard_at) >= max(whole_at) THEN max(whole_at) END AS whole_at
           FROM consumer_offsets GROUP BY topic"""
    )
    return {row["topic"]: Freshness(row["heard_at"], row["whole_at"]) for row in rows}


def handlers() -> Handlers:
    """What every service that keeps partners listens to."""
    handlers = Handlers()

    @handlers.on(PartnersRetold, replica=True)
    async def retold(tx: Transaction, received: Sequence[Received[PartnersRetold]]) -> None:
        await tx.execute(
            """UPDATE consumer_offsets SET whole_at = greatest(whole_at, $2) WHERE topic = $1 AND partition = (
                   SELECT min(partition) FROM consumer_offsets WHERE topic = $1)""",
            PARTNERS,
            max(one.data.told_at for one in received),
        )

    return handlers
