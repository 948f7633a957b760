"""SQL of what an agent has to do: their own, and what they do for those they stand in for, as far as they may read it.

Each list is read by an index from its first day, and no further than it is counted.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from cases.today.model import COUNTED, REMEMBERED, spans
from chassis.database import Transaction

_MORE: Final = COUNTED + 1
# Days as two lists, of which one row each is a list of the page.
_SPANS: Final = "unnest($1::date[], $2::date[]) AS span (since, until)"
TASKS: Final = f"""
SELECT found.* FROM {_SPANS} CROSS JOIN unnest(acting_as()) AS one (working) CROSS JOIN LATERAL (
    SELECT tasks.kind, tasks.due_on, tasks.case_id, tasks.what, cases.reference
    FROM tasks JOIN cases USING (case_id)
    WHERE tasks.agent_id = working AND tasks.state = 'open' AND due_on >= since AND due_on < until
    ORDER BY due_on, task_id LIMIT {_MORE}
) AS found ORDER BY due_on
"""  # noqa: S608 - constants only
# Looked for in the dossiers an agent follows: there are some hundreds of them, and of follow-ups thousands.
_FOLLOWED: Final = """
    SELECT case_id FROM referents WHERE agent_id = ANY ((SELECT acting_as())::uuid[]) AND status = 'open'
    UNION SELECT case_id FROM cases WHERE coordinator_id = maillage_agent() AND status = 'open'
"""
FOLLOW_UPS: Final = f"""
SELECT due.due_on, due.case_id, cases.reference FROM (
    SELECT due_on, case_id FROM ({_FOLLOWED}) AS followed JOIN follow_ups USING (case_id)
    WHERE recorded_on IS NULL AND due_on < $1
    ORDER BY due_on, case_id LIMIT {3 * _MORE}
) AS due JOIN cases USING (case_id) ORDER BY due_on, case_id
"""  # noqa: S608
AWAITED: Final = f"""
SELECT found.* FROM {_SPANS} CROSS JOIN unnest(acting_as()) AS one (working) CROSS JOIN LATERAL (
    SELECT asked.answer_by, asked.case_id, asked.state = 'expired' AS expired, cases.reference, offers.name AS title
    FROM orientations AS asked JOIN cases USING (case_id) LEFT JOIN offers USING (offer_id)
    WHERE proposed_by = working AND state IN ('proposed', 'under_study', 'expired') AND cases.status = 'open'
        AND answer_by >= greatest(since, $3) AND answer_by < until
        AND (state <> 'expired' OR NOT EXISTS (
            SELECT FROM orientations AS next
            WHERE next.case_id = asked.case_id AND next.proposed_at > asked.proposed_at))
    ORDER BY answer_by, orientation_id LIMIT {_MORE}
) AS found ORDER BY answer_by
"""  # noqa: S608
TO_ANSWER: Final = f"""
SELECT found.* FROM {_SPANS} CROSS JOIN LATERAL (
    SELECT orientation_id, answer_by, offers.name AS title FROM orientations LEFT JOIN offers USING (offer_id)
    WHERE orientations.organisation_id = $3 AND state IN ('proposed', 'under_study')
        AND answer_by >= since AND answer_by < until
    ORDER BY answer_by, orientation_id LIMIT {_MORE}
) AS found ORDER BY answer_by
"""  # noqa: S608
MEETINGS: Final = f"""
SELECT met.meeting_at, met.case_id, cases.reference FROM (
    SELECT meeting_at, case_id FROM ({_FOLLOWED}) AS followed JOIN conferences USING (case_id)
    WHERE meeting_at >= $1 AND meeting_at < $2 AND phase <> 'stopped'
    ORDER BY meeting_at, case_id LIMIT {COUNTED}
) AS met JOIN cases USING (case_id) ORDER BY meeting_at, case_id
"""  # noqa: S608
# « IS FALSE » as in the index: see the dossiers of a team.
NEW: Final = f"""
SELECT found.* FROM unnest($1::text[]) AS held (territory) CROSS JOIN LATERAL (
    SELECT case_id, reference, programme, programme_version, territory_id, opened_at, urgency FROM cases
    WHERE territory_id = held.territory AND status = 'open' AND referred IS FALSE
    ORDER BY opened_at DESC, case_id DESC LIMIT {_MORE}
) AS found ORDER BY opened_at DESC, case_id DESC LIMIT {_MORE}
"""  # noqa: S608


def _days(today: date) -> tuple[list[date], list[date]]:
    found = spans(today)
    return [since for since, _ in found], [until for _, until in found]


async def tasks(tx: Transaction, today: date) -> list[Any]:
    """Tasks, and actions to check: kind, day, dossier, what (sealed)."""
    return list(await tx.fetch(TASKS, *_days(today)))


async def follow_ups(tx: Transaction, today: date) -> list[Any]:
    """Follow-ups of family conferences not recorded yet: day, dossier."""
    return list(await tx.fetch(FOLLOW_UPS, spans(today)[-1][1]))


async def awaited(tx: Transaction, today: date) -> list[Any]:
    """Answers to orientations that are still awaited, or never came and after which nobody else was asked."""
    return list(await tx.fetch(AWAITED, *_days(today), today - REMEMBERED))


async def to_answer(tx: Transaction, organisation_id: UUID, today: date) -> list[Any]:
    """Orientations an organisation has to answer."""
    return list(await tx.fetch(TO_ANSWER, *_days(today), organisation_id))


async def meetings(tx: Transaction, since: datetime, until: datetime) -> list[Any]:
    """Family conferences that meet between two moments: when, and which dossier."""
    return list(await tx.fetch(MEETINGS, since, until))


async def new(tx: Transaction, territories: Sequence[str]) -> list[Any]:
    """Open dossiers of these territories that nobody refers to, the newest first."""
    return list(await tx.fetch(NEW, territories))
