"""SQL of what the person concerned may read. As the service itself, since nobody without an account sees dossiers: each
statement looks for one request.

What was shared or asked on another ground than their agreement is not shown: it may be about a child in danger.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cases.followed.group import Held
from chassis.database import Transaction


async def case_of(tx: Transaction, request_id: UUID) -> UUID | None:
    """The dossier of a request."""
    found: UUID | None = await tx.fetchval("SELECT case_id FROM cases WHERE request_id = $1", request_id)
    return found


async def appointments(tx: Transaction, request_id: UUID, now: datetime) -> list[datetime]:
    """When they are expected from now on."""
    rows = await tx.fetch(
        """SELECT starts_at FROM appointments JOIN cases USING (case_id)
           WHERE request_id = $1 AND appointments.status = 'booked' AND starts_at > $2 ORDER BY starts_at LIMIT 20""",
        request_id,
        now,
    )
    return [row["starts_at"] for row in rows]


async def shares(tx: Transaction, request_id: UUID) -> list[dict[str, Any]]:
    """Structures that read something of the dossier, with their agreement: since when, and until when."""
    rows = await tx.fetch(
        """SELECT organisations.name, shared_at, ended_at
           FROM shares JOIN cases USING (case_id) JOIN organisations ON
               organisations.organisation_id = shares.organisation_id
           WHERE request_id = $1 AND ground = 'consent' ORDER BY shared_at DESC, share_id LIMIT 50""",
        request_id,
    )
    return [dict(row) for row in rows]


async def orientations(tx: Transaction, request_id: UUID) -> list[dict[str, Any]]:
    """Structures that were asked for something, with their agreement; `answer_by` while they owe an answer."""
    rows = await tx.fetch(
        """SELECT organisations.name, proposed_at,
               CASE WHEN state IN ('proposed', 'under_study') THEN answer_by END AS answer_by
           FROM orientations JOIN cases USING (case_id) JOIN organisations ON
               organisations.organisation_id = orientations.organisation_id
           WHERE request_id = $1 AND ground = 'consent' AND state IN ('proposed', 'under_study', 'accepted')
           ORDER BY proposed_at DESC, orientation_id LIMIT 50""",
        request_id,
    )
    return [dict(row) for row in rows]


async def readings(tx: Transaction, request_id: UUID) -> list[dict[str, Any]]:
    """Who read the dossier: structure, role and day, the last first. No agent is named, nor how many there were."""
    rows = await tx.fetch(
        """SELECT DISTINCT read_on, role, organisations.name
           FROM dossier_readings JOIN cases USING (case_id) LEFT JOIN organisations ON
               organisations.organisation_id = dossier_readings.organisation_id
           WHERE request_id = $1 ORDER BY read_on DESC, organisations.name, role LIMIT 100""",
        request_id,
    )
    return [dict(row) for row in rows]


async def note_reading(
    tx: Transaction, case_id: UUID, agent_id: UUID, read_on: date, organisation_id: UUID | None, role: str
) -> bool:
    """Note a reading, as who reads. False when that day's was noted before."""
    done = await tx.execute(
        """INSERT INTO dossier_readings (case_id, agent_id, read_on, organisation_id, role)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING""",
        case_id,
        agent_id,
        read_on,
        organisation_id,
        role,
    )
    return done == "INSERT 0 1"


async def forget_readings(tx: Transaction, case_id: UUID, until: date) -> None:
    """Drop the readings of a dossier up to that day."""
    await tx.execute("DELETE FROM dossier_readings WHERE case_id = $1 AND read_on <= $2", case_id, until)


async def added_by(tx: Transaction, case_id: UUID, person_id: UUID) -> int:
    """How many documents somebody added to a dossier."""
    found: int = await tx.fetchval(
        "SELECT count(*) FROM documents WHERE case_id = $1 AND added_by = $2", case_id, person_id
    )
    return found


# Links of the family group -------------------------------------------------------------------


async def keep_link(tx: Transaction, link: Held) -> None:
    """Keep a link that leaves with this transaction."""
    await tx.execute(
        """INSERT INTO plan_links (link_hash, case_id, conference_id, person_id, expires_at)
           VALUES ($1, $2, $3, $4, $5)""",
        *asdict(link).values(),
    )


async def held(tx: Transaction, hashed: bytes, now: datetime) -> Held | None:
    """The link of that hash, until it ends."""
    row = await tx.fetchrow(
        """SELECT link_hash, case_id, conference_id, person_id, expires_at FROM plan_links
           WHERE link_hash = $1 AND expires_at > $2""",
        hashed,
        now,
    )
    return Held(**row) if row else None


async def drop_ended_links(tx: Transaction, case_id: UUID, now: datetime) -> None:
    """Drop the links of a dossier that open nothing any more."""
    await tx.execute("DELETE FROM plan_links WHERE case_id = $1 AND expires_at <= $2", case_id, now)
