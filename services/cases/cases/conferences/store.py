"""SQL of conferences: each is loaded and saved whole, but for the safety of its guests, which fewer may read."""

from uuid import UUID

import asyncpg

from cases.conferences.model import Conference, Guest
from chassis.database import Transaction

_LOADED = """
SELECT state, (
    SELECT jsonb_object_agg(person_id, jsonb_build_object('safety', safety, 'met_on', met_on))
    FROM safety_checks AS checked WHERE checked.conference_id = conferences.conference_id
) AS checks
FROM conferences
"""


async def latest(tx: Transaction, case_id: UUID) -> Conference | None:
    """The dossier's conference: the one under way, else the last one."""
    return _loaded(await tx.fetchrow(f"{_LOADED} WHERE case_id = $1 ORDER BY conference_id DESC LIMIT 1", case_id))


async def find(tx: Transaction, conference_id: UUID) -> Conference | None:
    """One conference of a dossier, whatever came after it."""
    return _loaded(await tx.fetchrow(f"{_LOADED} WHERE conference_id = $1", conference_id))


def _loaded(row: asyncpg.Record | None) -> Conference | None:
    if row is None:
        return None
    state, checks = row["state"], row["checks"] or {}
    guests = [guest | checks.get(guest["person_id"], {}) for guest in state["guests"]]
    return Conference.model_validate(state | {"guests": guests})


async def of_case(tx: Transaction, case_id: UUID) -> list[UUID]:
    """Every conference of a dossier, over or not."""
    rows = await tx.fetch("SELECT conference_id FROM conferences WHERE case_id = $1 ORDER BY conference_id", case_id)
    return [row["conference_id"] for row in rows]


async def safe_guests(tx: Transaction, conference_id: UUID) -> frozenset[UUID]:
    """Guests whose safety was checked and found good, for who may read it."""
    rows = await tx.fetch(
        "SELECT person_id FROM safety_checks WHERE conference_id = $1 AND safety = 'safe'", conference_id
    )
    return frozenset(row["person_id"] for row in rows)


async def under_way(tx: Transaction, case_id: UUID) -> Conference | None:
    """The dossier's conference, when it is neither stopped nor followed up."""
    conference = await latest(tx, case_id)
    return None if conference is None or conference.over else conference


async def save(tx: Transaction, conference: Conference) -> None:
    """Write a conference, without its guests' safety, in the transaction that holds its dossier."""
    await tx.execute(
        """INSERT INTO conferences (conference_id, case_id, phase, meeting_at, state) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (conference_id) DO UPDATE
           SET phase = excluded.phase, meeting_at = excluded.meeting_at, state = excluded.state""",
        conference.conference_id,
        conference.case_id,
        conference.phase,
        conference.meeting_at,
        conference.model_dump(mode="json", exclude={"guests": {"__all__": {"safety", "met_on"}}}),
    )


async def save_check(tx: Transaction, conference: Conference, guest: Guest) -> None:
    """Write whether a guest is safe, and when they were met."""
    await tx.execute(
        """INSERT INTO safety_checks (conference_id, case_id, person_id, safety, met_on) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (conference_id, person_id) DO UPDATE SET safety = excluded.safety, met_on = excluded.met_on""",
        conference.conference_id,
        conference.case_id,
        guest.person_id,
        guest.safety,
        guest.met_on,
    )


async def drop_check(tx: Transaction, conference_id: UUID, person_id: UUID) -> None:
    """Forget the safety of somebody who is no longer invited."""
    await tx.execute("DELETE FROM safety_checks WHERE conference_id = $1 AND person_id = $2", conference_id, person_id)
