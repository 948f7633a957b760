"""SQL of dossiers and their timeline."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from cases.dossiers.model import Case, Entry
from chassis.database import Transaction
from chassis.outbox import COLUMNS as OUTBOX_COLUMNS
from chassis.outbox import parameters, rows_from
from contracts.envelope import Envelope
from contracts.events import RequestSubmitted
from contracts.events.cases import CasePerson

_COLUMNS = ", ".join(one.name for one in fields(Case))

# One statement for a whole batch: a dossier that exists already makes no row anywhere.
_OPEN = f"""
WITH asked AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::boolean[], $13::date[], $14::timestamptz[], $15::uuid[], $16::jsonb[],
        $17::jsonb[])
    AS a (case_id, correlation_id, request_id, reference, programme, programme_version, territory_id, commune, channel,
        themes, urgency, minor, promised_on, opened_at, event_id, summary, details)
), opened AS (
    INSERT INTO cases (case_id, correlation_id, request_id, reference, programme, programme_version, territory_id,
        commune, channel, themes, urgency, minor, promised_on, opened_at)
    SELECT case_id, correlation_id, request_id, reference, programme, programme_version, territory_id,
        commune, channel, string_to_array(themes, ','), urgency, minor, promised_on, opened_at
    FROM asked ON CONFLICT DO NOTHING RETURNING case_id
), people AS (
    INSERT INTO case_people (case_id, person_id, role)
    SELECT * FROM unnest($18::uuid[], $19::uuid[], $20::text[]) AS p (case_id, person_id, role)
    WHERE case_id IN (SELECT case_id FROM opened)
), told AS (
    INSERT INTO timeline (case_id, entry_id, at, kind, readers, text, details)
    SELECT case_id, event_id, opened_at, 'request_received', '{{social_worker,coordinator,manager}}', summary, details
    FROM asked JOIN opened USING (case_id)
)
INSERT INTO outbox ({OUTBOX_COLUMNS})
SELECT {OUTBOX_COLUMNS} FROM {rows_from(21)} AS o ({OUTBOX_COLUMNS})
WHERE key::uuid IN (SELECT case_id FROM opened)
"""  # noqa: S608 - constants only


class Opening:
    """What a request makes: its dossier, and the event that tells it."""

    __slots__ = ("cause", "people", "request", "told")

    def __init__(
        self, request: RequestSubmitted, cause: Envelope, people: Sequence[CasePerson], told: Envelope
    ) -> None:
        self.request = request
        self.cause = cause
        self.people = people
        self.told = told


async def open_all(tx: Transaction, openings: Sequence[Opening]) -> None:
    """Open dossiers, their first entry, and write their CaseOpened. Those that exist stay as they are.

    `openings` holds each dossier once.
    """
    rows = [_row(one) for one in openings]
    people = [(UUID(one.told.subject), person.person_id, person.role) for one in openings for person in one.people]
    columns: list[Any] = list(zip(*rows, strict=True))
    of_people: list[Any] = list(zip(*people, strict=True)) or [(), (), ()]
    await tx.execute(_OPEN, *columns, *of_people, *parameters([one.told for one in openings]))


def _row(opening: Opening) -> tuple[Any, ...]:
    request, cause = opening.request, opening.cause
    return (
        UUID(opening.told.subject),
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
        request.summary.model_dump(mode="json") if request.summary else None,
        {"declined": request.declined.programme} if request.declined else None,
    )
