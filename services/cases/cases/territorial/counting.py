"""What is counted of requests for a territory's diagnosis: SQL over all dossiers, which the service alone reads.

A request is counted in the statement that opens its dossier."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from cases.territorial.figures import Figures, publishable
from chassis.database import Transaction
from contracts.durations import add_months

MONTHS: Final = 12
"""Whole months a diagnosis looks back."""
NO_THEME: Final = "none"

_OF_REQUESTS: Final[Mapping[str, str]] = {
    "month": "to_char(month, 'YYYY-MM')",
    "theme": f"unnest(CASE WHEN themes = '{{}}' THEN ARRAY['{NO_THEME}'] ELSE themes END)",
    "channel": "channel",
    "delay": """CASE WHEN answered_after IS NULL THEN 'unanswered' WHEN answered_after = 0 THEN 'days_00'
        WHEN answered_after <= 3 THEN 'days_03' WHEN answered_after <= 10 THEN 'days_10' ELSE 'later' END""",
    "promise": "CASE WHEN missed THEN 'missed' ELSE 'kept' END",
}
_REQUESTS: Final = """
SELECT commune, value, count(*) AS counted FROM (
    SELECT commune, {value} AS value FROM request_figures WHERE territory_id = $1 AND month >= $2 AND month < $3
) AS requests GROUP BY commune, value
"""
_ORIENTATIONS: Final = """
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
    queries = {name: _REQUESTS.format(value=value) for name, value in _OF_REQUESTS.items()}
    counted = {
        name: {
            (row["commune"], row["value"]): row["counted"] for row in await tx.fetch(sql, territory_id, since, until)
        }
        for name, sql in {**queries, "orientation": _ORIENTATIONS}.items()
    }
    tables = {name: publishable(counts) for name, counts in counted.items()}
    return Figures(since=since, until=until, tables={name: one for name, one in tables.items() if one is not None})


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
