"""SQL of the official communes."""

from chassis.database import Transaction


async def add(tx: Transaction, *, code: str, name: str, department: str) -> bool:
    """Add a commune, or correct its name. Returns whether it is new."""
    return bool(
        await tx.fetchval(
            """INSERT INTO communes (code, name, department) VALUES ($1, $2, $3)
               ON CONFLICT (code) DO UPDATE SET name = excluded.name, department = excluded.department
               RETURNING xmax = 0""",
            code,
            name,
            department,
        )
    )
