"""What is counted of requests for a territory's diagnosis: SQL over all dossiers, which the service alone reads.

A request is counted in the statement that opens its dossier."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from cases.territorial.figures import OTHERS, Cell, Counts, Figures, Table, publishable
from chassis.database import Transaction
from contracts.durations import add_months

MONTHS: Final = 12
"""Whole months a diagnosis looks back."""
NO_THEME: Final = "none"

OF_REQUESTS: Final[Mapping[str, str]] = {
    "month": "to_char(month, 'YYYY-MM')",
    "theme": f"unnest(CASE WHEN themes = '{{}}' THEN ARRAY['{NO_THEME}'] ELSE themes END)",
    "channel": "channel",
    "delay": """CASE WHEN answered_after IS NULL THEN 'unanswered' WHEN answered_after = 0 THEN 'days_00'
        WHEN answered_after <= 3 THEN 'days_03' WHEN answered_after <= 10 THEN 'days_10' ELSE 'later' END""",
    "promise": "CASE WHEN missed THEN 'missed' ELSE 'kept' END",
}
_OF_SEVERAL, _OF_ONE = "theme", "channel"
REQUESTS: Final = """
SELECT commune, value, count(*) AS counted FROM (
    SELECT commune, {value} AS value FROM request_figures WHERE territory_id = $1 AND month >= $2 AND month < $3
) AS requests GROUP BY commune, value
"""
ORIENTATIONS: Final = """
SELECT commune, CASE orientations.state WHEN 'expired' THEN 'unanswered' WHEN 'proposed' THEN 'waiting'
    ELSE 'answered' END AS value, count(*) AS counted
FROM orientations JOIN cases USING (case_id)
WHERE territory_id = $1 AND proposed_at >= $2::date AND proposed_at < $3::date AND orientations.state <> 'withdrawn'
GROUP BY 1, 2
"""


async def figures(tx: Transaction, territory_id: str, opened_on: date) -> Figures:
    """Of the whole months before a conference was opened, as they may be shown. Read by the service itself."""
    until = opened_on.replace(day=1)
    since = add_months(until, -MONTHS)
    queries = {name: REQUESTS.format(value=value) for name, value in OF_REQUESTS.items()}
    return await published(tx, {**queries, "orientation": ORIENTATIONS}, territory_id, since, until)


async def published(
    tx: Transaction, queries: Mapping[str, str], territory_id: str, since: date, until: date
) -> Figures:
    """What may be shown of each of these counts by commune, in a territory from one day to before another."""
    counted = {
        name: {
            (row["commune"], row["value"]): row["counted"] for row in await tx.fetch(sql, territory_id, since, until)
        }
        for name, sql in queries.items()
    }
    tables = {name: publishable(counts) for name, counts in counted.items() if name != _OF_SEVERAL}
    if _OF_SEVERAL in counted:
        tables[_OF_SEVERAL] = _of_several(counted[_OF_SEVERAL], tables[_OF_ONE])
    shown = {name: one for name in queries if (one := tables.get(name)) is not None}
    return Figures(since=since, until=until, tables=shown)


def _of_several(counts: Counts, of_people: Table | None) -> Table | None:
    """A table in which one request counts several times: its numbers are larger than those of people, so that places
    are put together, or hidden, as those are."""
    if of_people is None:
        return None
    regrouped: dict[Cell, int] = defaultdict(int)
    for (row, column), count in counts.items():
        regrouped[OTHERS if row in of_people.together else row, column] += count
    return publishable(regrouped)


async def answered(tx: Transaction, requests: Sequence[tuple[UUID, int]]) -> None:
    """First answers: (request, working days it took)."""
    await tx.execute(
        """UPDATE request_figures SET answered_after = told.days
           FROM (SELECT request_id, min(days) AS days FROM unnest($1::uuid[], $2::int[]) AS t (request_id, days)
               GROUP BY request_id) AS told
           WHERE told.request_id = request_figures.request_id AND answered_after IS NULL""",
        [request_id for request_id, _ in requests],
        [days for _, days in requests],
    )


async def missed(tx: Transaction, request_ids: Sequence[UUID]) -> None:
    """Requests whose promised day has passed without an answer."""
    await tx.execute("UPDATE request_figures SET missed = true WHERE request_id = ANY($1::uuid[])", request_ids)
