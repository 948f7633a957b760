"""SQL of what is published of territories' months: written by the service, read by its key."""

from datetime import date, datetime
from typing import Final

from cases.territorial.figures import Figures
from chassis.database import Transaction

READ: Final = "SELECT figures FROM steering_figures WHERE territory_id = $1 AND month = $2"
MONTHS: Final = "SELECT month FROM steering_figures WHERE territory_id = $1 ORDER BY month DESC LIMIT $2"


async def unpublished(tx: Transaction, oldest: date, newest: date, limit: int) -> list[tuple[str, date]]:
    """Months of territories in which requests came and nothing was published, the newest first."""
    rows = await tx.fetch(
        """SELECT territory_id, month FROM request_figures WHERE month BETWEEN $1 AND $2
           EXCEPT SELECT territory_id, month FROM steering_figures
           ORDER BY month DESC, territory_id LIMIT $3""",
        oldest,
        newest,
        limit,
    )
    return [(row["territory_id"], row["month"]) for row in rows]


async def publish(tx: Transaction, territory_id: str, figures: Figures, at: datetime) -> None:
    """Keep figures as they may be shown; what is out stays as it is."""
    await tx.execute(
        """INSERT INTO steering_figures (territory_id, month, figures, published_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING""",
        territory_id,
        figures.since,
        figures.model_dump(mode="json"),
        at,
    )


async def read(tx: Transaction, territory_id: str, month: date) -> Figures | None:
    """A territory's month, if it is out and the actor may read it."""
    found = await tx.fetchval(READ, territory_id, month)
    return Figures.model_validate(found) if found else None


async def months(tx: Transaction, territory_id: str, limit: int) -> list[date]:
    """Months that are out, the newest first."""
    return [row["month"] for row in await tx.fetch(MONTHS, territory_id, limit)]
