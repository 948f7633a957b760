"""Cases, as far as it takes to know which messages their events may cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction


@dataclass(frozen=True, slots=True)
class Situation:
    """A case, known from its opening or, before that, from its request.

    `quiet`: no automatic message to its people; None until its request is known.
    """

    case_id: UUID
    territory_id: str | None
    programme: str
    programme_version: int
    quiet: bool | None


_REMEMBER = """
INSERT INTO cases AS known (case_id, territory_id, programme, programme_version, quiet)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::boolean[])
ON CONFLICT (case_id) DO UPDATE SET quiet = coalesce(excluded.quiet, known.quiet)
WHERE known.quiet IS DISTINCT FROM coalesce(excluded.quiet, known.quiet)
"""


async def remember(tx: Transaction, situations: Sequence[Situation]) -> None:
    """Keep what is not known yet. Said twice, or in another order, it comes to the same."""
    merged: dict[UUID, Situation] = {}
    for one in situations:
        if one.case_id not in merged or merged[one.case_id].quiet is None:
            merged[one.case_id] = one
    rows = [(one.case_id, one.territory_id, one.programme, one.programme_version, one.quiet) for one in merged.values()]
    await tx.execute(_REMEMBER, *zip(*rows, strict=True))


async def known(tx: Transaction, case_ids: Sequence[UUID]) -> Mapping[UUID, Situation]:
    """What is known of these cases."""
    rows = await tx.fetch("SELECT * FROM cases WHERE case_id = ANY($1::uuid[])", case_ids)
    return {row["case_id"]: Situation(**row) for row in rows}
