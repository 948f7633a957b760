"""What those who run the platform read of deliveries: how many stand in each state, and nothing of whose they are."""

from collections.abc import Sequence
from typing import Final

from chassis.database import Transaction
from chassis.operating import MOST
from chassis.web.translations import translate as _
from notifications.messages.pages import STATES

# Each state is counted in its own part of the index, and no further than a page says.
BY_STATE: Final = f"""
SELECT state, (SELECT count(*) FROM (
    SELECT FROM deliveries WHERE deliveries.state = known.state LIMIT {MOST + 1}) AS counted) AS many
FROM unnest($1::text[]) WITH ORDINALITY AS known (state, place) ORDER BY place
"""  # noqa: S608 - constants only


async def deliveries(tx: Transaction) -> Sequence[tuple[str, str, int]]:
    """Deliveries by state, those that are none of anything left out."""
    rows = await tx.fetch(BY_STATE, list(STATES))
    return [(_("Messages"), _(STATES[row["state"]][0]), row["many"]) for row in rows if row["many"]]
