"""SQL of the replica of territories: what they are called."""

from collections.abc import Sequence

from chassis.database import Transaction


async def keep(tx: Transaction, territories: Sequence[tuple[str, str, int]]) -> None:
    """Keep newest names: (territory, name, sequence). An older sequence changes nothing."""
    newest = {territory: (name, sequence) for territory, name, sequence in sorted(territories, key=lambda one: one[2])}
    await tx.execute(
        """INSERT INTO territories (territory_id, name, sequence)
           SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
           ON CONFLICT (territory_id) DO UPDATE SET name = excluded.name, sequence = excluded.sequence
           WHERE excluded.sequence > territories.sequence""",
        list(newest),
        [name for name, _ in newest.values()],
        [sequence for _, sequence in newest.values()],
    )


async def names(tx: Transaction) -> dict[str, str]:
    """What each territory is called; there are a few hundred at most."""
    rows = await tx.fetch("SELECT territory_id, name FROM territories")
    return {row["territory_id"]: row["name"] for row in rows}
