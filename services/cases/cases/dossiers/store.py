"""SQL of dossiers and their timeline."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cases.dossiers.model import Case, Entry
from chassis.actor import Actor
from chassis.agents import actor_of
from chassis.database import Transaction
from chassis.handlers import Received
from chassis.outbox import COLUMNS as OUTBOX_COLUMNS
from chassis.outbox import parameters, rows_from
from contracts.envelope import Envelope
from contracts.events import RequestSubmitted
from contracts.events.cases import CasePerson
from contracts.sealed import Sealed

_REFERENTS = "ARRAY(SELECT agent_id FROM referents AS r WHERE r.case_id = cases.case_id ORDER BY since) AS referent_ids"
_SUBSTITUTES = """ARRAY(SELECT substitute_id FROM absences JOIN referents AS r USING (agent_id)
    WHERE r.case_id = cases.case_id AND begins_at <= now() AND now() < ends_at) AS substitute_ids"""
_COMPUTED = {"referent_ids": _REFERENTS, "substitute_ids": _SUBSTITUTES}
_COLUMNS = ", ".join(_COMPUTED.get(one.name, one.name) for one in fields(Case))
"""A Case, of whatever is called `cases` in the statement."""

# One statement for a whole batch: a dossier that exists already makes no row anywhere.
_OPEN = f"""
WITH asked AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::boolean[], $13::date[], $14::timestamptz[],
        $15::uuid[], $16::jsonb[], $17::jsonb[], $18::jsonb[], $19::date[])
    AS a (case_id, correlation_id, request_id, reference, programme, programme_version, territory_id, commune, channel,
        themes, urgency, minor, promised_on, opened_at, event_id, summary, details, answers, day)
), opened AS (
    INSERT INTO cases (case_id, correlation_id, request_id, reference, programme, programme_version, territory_id,
        commune, channel, themes, urgency, minor, promised_on, opened_at, answers)
    SELECT case_id, correlation_id, request_id, reference, programme, programme_version, territory_id,
        commune, channel, string_to_array(themes, ','), urgency, minor, promised_on, opened_at, answers
    FROM asked ON CONFLICT DO NOTHING RETURNING case_id
), people AS (
    INSERT INTO case_people (case_id, person_id, role)
    SELECT * FROM unnest($20::uuid[], $21::uuid[], $22::text[]) AS p (case_id, person_id, role)
    WHERE case_id IN (SELECT case_id FROM opened)
), told AS (
    INSERT INTO timeline (case_id, entry_id, at, kind, readers, text, details)
    SELECT case_id, event_id, opened_at, 'request_received', '{{social_worker,coordinator,manager}}', summary, details
    FROM asked JOIN opened USING (case_id)
), counted AS (
    INSERT INTO request_figures (request_id, territory_id, commune, month, week, channel, themes)
    SELECT request_id, territory_id, commune, date_trunc('month', day)::date, date_trunc('week', day)::date, channel,
        string_to_array(themes, ',')
    FROM asked JOIN opened USING (case_id) WHERE territory_id IS NOT NULL
)
INSERT INTO outbox ({OUTBOX_COLUMNS})
SELECT {OUTBOX_COLUMNS} FROM {rows_from(23)} AS o ({OUTBOX_COLUMNS})
WHERE key::uuid IN (SELECT case_id FROM opened) RETURNING key::uuid
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Opening:
    """What a request makes: its dossier, and the event that tells it."""

    case_id: UUID
    cause: Received[RequestSubmitted]
    people: Sequence[CasePerson]
    told: Envelope
    opened_on: date


async def open_all(tx: Transaction, openings: Sequence[Opening]) -> list[Opening]:
    """Open dossiers, their first entry, count their requests, and write their CaseOpened. Those that exist stay as they
    are.

    `openings` holds each dossier once. Returns those that were opened.
    """
    people = [(one.case_id, person.person_id, person.role) for one in openings for person in one.people]
    columns: list[Any] = list(zip(*map(_row, openings), strict=True))
    of_people: list[Any] = list(zip(*people, strict=True)) or [(), (), ()]
    opened = {
        row[0] for row in await tx.fetch(_OPEN, *columns, *of_people, *parameters([one.told for one in openings]))
    }
    return [one for one in openings if one.case_id in opened]


def _row(opening: Opening) -> tuple[Any, ...]:
    request, cause = opening.cause.data, opening.cause.envelope
    return (
        opening.case_id,
        cause.correlationid,
        request.request_id,
        request.reference,
        request.programme,
        request.programme_version,
        request.territory_id,
        request.commune,
        request.channel,
        ",".join(request.themes),
        request.urgency,
        request.concerned.minor,
        request.promised_on,
        cause.time,
        cause.id,
        cause.data.get("summary"),
        cause.data.get("declined"),
        {one.name: one.given for one in request.answers if one.given is not None} or None,
        opening.opened_on,
    )


_BUMP = f"""
UPDATE cases SET version = version + 1 WHERE case_id = $1 AND ($2::bigint IS NULL OR version = $2) RETURNING {_COLUMNS}
"""  # noqa: S608
# What falls due in a dossier is taken first: the clock holds a due date when it comes to the dossier.
_TAKE = f"""
WITH due AS (
    SELECT FROM due_dates
    WHERE state = 'waiting' AND subject IN (
        SELECT conference_id FROM conferences WHERE case_id = $1
        UNION ALL SELECT orientation_id FROM orientations WHERE case_id = $1
        UNION ALL SELECT measure_id FROM measures WHERE case_id = $1
        UNION ALL SELECT appointment_id FROM appointments WHERE case_id = $1
        UNION ALL SELECT task_id FROM tasks WHERE case_id = $1 AND tasks.state = 'open'
        UNION ALL SELECT $1
    )
    ORDER BY due_date_id, stage FOR UPDATE
)
UPDATE cases SET version = version + 1
WHERE (SELECT count(*) FROM due) >= 0 AND case_id = $1 AND ($2::bigint IS NULL OR version = $2) RETURNING {_COLUMNS}
"""  # noqa: S608


async def take(tx: Transaction, case_id: UUID, expected: int | None = None) -> Case | None:
    """Begin to change a dossier: its version goes up, and its other writers wait for the end of the transaction.

    None when this actor may not change it, or when its version is not `expected`.
    """
    row = await tx.fetchrow(_TAKE, case_id, expected)
    return Case(**row) if row else None


async def take_due(tx: Transaction, case_id: UUID) -> Case | None:
    """`take` for the clock, which holds what falls due already, and not what else does."""
    row = await tx.fetchrow(_BUMP, case_id, None)
    return Case(**row) if row else None


async def bump(tx: Transaction, case_id: UUID) -> int:
    """The next version, for a second event of one transaction."""
    return int(
        await tx.fetchval("UPDATE cases SET version = version + 1 WHERE case_id = $1 RETURNING version", case_id)
    )


async def find(tx: Transaction, case_id: UUID) -> Case | None:
    """A dossier, when the actor may see it."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM cases WHERE case_id = $1", case_id)  # noqa: S608
    return Case(**row) if row else None


async def by_reference(tx: Transaction, reference: str) -> list[Case]:
    """The dossier of that reference, when the actor may see it."""
    rows = await tx.fetch(f"SELECT {_COLUMNS} FROM cases WHERE reference = $1", reference)  # noqa: S608
    return [Case(**row) for row in rows]


async def close(tx: Transaction, case_id: UUID, closed_on: date, reason: str) -> None:
    await tx.execute(
        "UPDATE cases SET status = 'closed', closed_on = $2, close_reason = $3 WHERE case_id = $1",
        case_id,
        closed_on,
        reason,
    )


async def reopen(tx: Transaction, case_id: UUID) -> None:
    await tx.execute(
        "UPDATE cases SET status = 'open', closed_on = NULL, close_reason = NULL WHERE case_id = $1", case_id
    )


async def coordinate(tx: Transaction, case_id: UUID, agent_id: UUID | None) -> None:
    """From now on this agent coordinates; None: nobody."""
    await tx.execute("UPDATE cases SET coordinator_id = $2 WHERE case_id = $1", case_id, agent_id)


async def refer(tx: Transaction, case_id: UUID, agent_id: UUID, since: datetime, code: str | None = None) -> None:
    """From now on this agent is a referent, once; `code`: which of those the programme wants."""
    await tx.execute(
        """INSERT INTO referents (case_id, agent_id, since, code) VALUES ($1, $2, $3, $4)
           ON CONFLICT (case_id, agent_id) DO UPDATE SET code = coalesce(excluded.code, referents.code)""",
        case_id,
        agent_id,
        since,
        code,
    )


async def release(tx: Transaction, case_id: UUID, agent_id: UUID) -> None:
    """This agent is no longer a referent."""
    await tx.execute("DELETE FROM referents WHERE case_id = $1 AND agent_id = $2", case_id, agent_id)


async def mark(
    tx: Transaction, case_id: UUID, *, private_time: bool | None = None, legal_duty: bool | None = None
) -> None:
    """Begin or end a family's private time; say whether a legal duty holds. None leaves as it is."""
    await tx.execute(
        """UPDATE cases SET private_time = coalesce($2, private_time), legal_duty = coalesce($3, legal_duty)
           WHERE case_id = $1""",
        case_id,
        private_time,
        legal_duty,
    )


async def agent(tx: Transaction, agent_id: UUID) -> Actor | None:
    """An agent still in function, with what they may do."""
    subject = await tx.fetchval("SELECT subject FROM agents WHERE agent_id = $1 AND NOT retired", agent_id)
    return await actor_of(tx, subject) if subject else None


async def assignable(tx: Transaction, territory_id: str | None) -> list[UUID]:
    """Agents who may be put in charge: social workers of a territory, coordinators wherever they work."""
    rows = await tx.fetch(
        """SELECT agent_id FROM agents WHERE NOT retired AND EXISTS (
               SELECT FROM jsonb_to_recordset(grants) AS held (role text, territory_id text)
               WHERE role = 'coordinator' OR role = 'social_worker'
                   AND ($1::text IS NULL OR held.territory_id IN ($1, '*')))""",
        territory_id,
    )
    return [row["agent_id"] for row in rows]


async def enter(tx: Transaction, case_id: UUID, entry: Entry) -> None:
    """Add to the timeline, once."""
    await tx.execute(
        """INSERT INTO timeline (case_id, entry_id, at, kind, readers, agent_id, text, details)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING""",
        case_id,
        entry.entry_id,
        entry.at,
        entry.kind,
        entry.readers,
        entry.agent_id,
        entry.text.model_dump(mode="json") if entry.text else None,
        entry.details or None,
    )


_TIMELINE = """
WITH RECURSIVE whole AS (
    SELECT $1::uuid AS case_id
    UNION SELECT joined_cases.case_id FROM whole JOIN joined_cases ON into_id = whole.case_id
)
SELECT entry_id, at, kind, readers, agent_id, text, details FROM timeline
WHERE case_id = ANY (ARRAY(SELECT case_id FROM whole)) ORDER BY at DESC, position DESC
"""


async def timeline(tx: Transaction, case_id: UUID) -> list[Entry]:
    """What the actor may read of what happened, in dossiers that go on in this one too, newest first."""
    rows = await tx.fetch(_TIMELINE, case_id)
    return [_entry(row) for row in rows]


def _entry(row: Any) -> Entry:
    fields = dict(row)
    text, details = fields.pop("text"), fields.pop("details")
    return Entry(**fields, text=Sealed.model_validate(text) if text else None, details=details or {})


@dataclass(frozen=True, slots=True)
class After:
    """Where a page of a worklist begins: behind this dossier."""

    opened_at: datetime
    case_id: UUID


# Every page begins behind something, the first one behind the end of time: « or there is no such thing » would have a
# prepared statement read all the pages before.
_OF_PAGE = "status = $1 AND (opened_at, case_id) < (coalesce($2::timestamptz, 'infinity'), $3::uuid)"
_NEWEST = "ORDER BY opened_at DESC, case_id DESC LIMIT $4"
# Each territory by its index, those without one, then the dossiers the agent is assigned to, wherever they are.
_BY_TERRITORY = f"""
SELECT {_COLUMNS} FROM (
    SELECT found.* FROM unnest($5::text[]) AS asked (territory)
    CROSS JOIN LATERAL (SELECT * FROM cases WHERE territory_id = territory AND {_OF_PAGE} {_NEWEST}) AS found
    UNION SELECT * FROM (
        SELECT * FROM cases WHERE territory_id IS NULL AND $6::uuid IS NOT NULL AND {_OF_PAGE} {_NEWEST}
    ) AS nowhere
    UNION SELECT * FROM (SELECT * FROM cases WHERE coordinator_id = $6 AND {_OF_PAGE} {_NEWEST}) AS coordinated
    UNION SELECT * FROM (
        SELECT cases.* FROM unnest(acting_as()) AS one (referring) CROSS JOIN LATERAL (
            SELECT case_id FROM referents WHERE agent_id = referring AND $6 IS NOT NULL AND {_OF_PAGE} {_NEWEST}
        ) AS referred JOIN cases USING (case_id)
    ) AS referred
) AS cases {_NEWEST}
"""  # noqa: S608 - constants only
_EVERYWHERE = f"SELECT {_COLUMNS} FROM cases WHERE {_OF_PAGE} {_NEWEST}"  # noqa: S608


async def worklist(
    tx: Transaction,
    *,
    status: str,
    territories: Sequence[str] | None,
    agent_id: UUID | None,
    after: After | None,
    limit: int,
) -> list[Case]:
    """Dossiers of these territories, newest first; None: of all. For an agent also those without a territory, and
    those assigned to them or to somebody they stand in for."""
    page = (status, after.opened_at if after else None, after.case_id if after else None, limit)
    if territories is None:
        rows = await tx.fetch(_EVERYWHERE, *page)
    else:
        rows = await tx.fetch(_BY_TERRITORY, *page, territories, agent_id)
    return [Case(**row) for row in rows]
