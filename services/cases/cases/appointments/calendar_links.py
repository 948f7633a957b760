"""The address of an agent's calendar: a secret they alone are shown, once; kept as a keyed hash, and revocable."""

import hashlib
from datetime import datetime
from random import SystemRandom
from typing import Final
from uuid import UUID

from chassis.actor import Actor
from chassis.agents import actor_of
from chassis.database import Transaction
from chassis.service import Parts
from contracts.references import draw

LENGTH: Final = 32
"""Characters of the secret: 153 bits."""
_SYSTEM = SystemRandom()


def hashed(key: bytes, secret: str) -> bytes:
    """What the database keeps instead of the secret (32 bytes, keyed)."""
    return hashlib.blake2b(secret.encode(), digest_size=32, key=key, person=b"maillage-agenda").digest()


async def make(tx: Transaction, parts: Parts, agent_id: UUID) -> str:
    """A new secret, which replaces the one before it."""
    secret = draw(_SYSTEM, LENGTH)
    await tx.execute(
        """INSERT INTO calendar_links (agent_id, link_hash, made_at) VALUES ($1, $2, $3)
           ON CONFLICT (agent_id) DO UPDATE SET link_hash = excluded.link_hash, made_at = excluded.made_at""",
        agent_id,
        hashed(parts.settings.master_key, secret),
        parts.now(),
    )
    return secret


async def revoke(tx: Transaction, agent_id: UUID) -> None:
    """The address no longer works; saying it again changes nothing."""
    await tx.execute("DELETE FROM calendar_links WHERE agent_id = $1", agent_id)


async def made_at(tx: Transaction, agent_id: UUID) -> datetime | None:
    """Since when there is one."""
    at: datetime | None = await tx.fetchval("SELECT made_at FROM calendar_links WHERE agent_id = $1", agent_id)
    return at


async def whose(parts: Parts, secret: str) -> Actor | None:
    """The agent a secret was made for, with what they may do by now; None when it is nobody's, or they have left."""
    async with parts.worker.transaction() as tx:
        subject = await tx.fetchval(
            """SELECT subject FROM calendar_links JOIN agents USING (agent_id)
               WHERE link_hash = $1 AND NOT retired""",
            hashed(parts.settings.master_key, secret),
        )
        return await actor_of(tx, subject) if subject else None
