"""SQL of partners' letters: which were taken in."""

from uuid import UUID

from chassis.database import Transaction


async def filed(tx: Transaction, letter_id: UUID, content_hash: bytes) -> bytes | None:
    """File a letter; when one of that id was filed before, its hash comes back and nothing changes."""
    new = await tx.fetchval(
        "INSERT INTO partner_letters (letter_id, content_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true",
        letter_id,
        content_hash,
    )
    if new:
        return None
    known: bytes = await tx.fetchval("SELECT content_hash FROM partner_letters WHERE letter_id = $1", letter_id)
    return known
