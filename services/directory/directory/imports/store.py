"""Runs of imports, their entries, lines and differences in PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from chassis.database import Transaction
from contracts.events import OrganisationPublished, SitePublished
from directory.imports.model import PREMISES, Host, Kind, written_place

Counts = Mapping[str, Mapping[str, int]]
"""Kind → outcome → lines."""


@dataclass(frozen=True, slots=True)
class Run:
    """One reading of a feed. `position`: lines of each kind that are taken in."""

    run_id: UUID
    feed: str
    files: Mapping[Kind, Mapping[str, str]]
    state: str
    position: Mapping[str, int]
    counts: Counts
    reason: str | None
    started_at: datetime
    moved_at: datetime
    finished_at: datetime | None


class Overtaken(Exception):
    """Another process took this run further, or began another one of the feed."""


_RUN: Final = f"SELECT {', '.join(one.name for one in fields(Run))} FROM import_runs"  # noqa: S608 - constants only


async def begin(
    tx: Transaction, *, run_id: UUID, feed: str, files: Mapping[Kind, Mapping[str, str]], at: datetime
) -> Run:
    """The unfinished run of these very files, to go on with; else a new one, and any other of the feed is given up."""
    row = await tx.fetchrow(
        f"""{_RUN} WHERE feed = $1 AND state IN ('running', 'failed', 'abandoned') AND files = $2
            AND started_at = (SELECT max(started_at) FROM import_runs WHERE feed = $1) FOR UPDATE""",  # noqa: S608
        feed,
        files,
    )
    await tx.execute(
        "UPDATE import_runs SET state = 'abandoned' WHERE feed = $1 AND state = 'running' AND run_id <> $2",
        feed,
        row["run_id"] if row else run_id,
    )
    if row is not None:
        await tx.execute("UPDATE import_runs SET state = 'running', reason = NULL WHERE run_id = $1", row["run_id"])
        return Run(**row)
    await tx.execute(
        "INSERT INTO import_runs (run_id, feed, files, started_at, moved_at) VALUES ($1, $2, $3, $4, $4)",
        run_id,
        feed,
        files,
        at,
    )
    return Run(run_id, feed, files, "running", {}, {}, None, at, at, None)


async def move(tx: Transaction, run: Run, moved: Run) -> None:
    """It is now there, and so far. Raises Overtaken when it is no longer where it was read."""
    found = await tx.fetchval(
        """UPDATE import_runs SET (state, position, counts, reason, moved_at, finished_at) = ($3, $4, $5, $6, $7, $8)
           WHERE run_id = $1 AND state = 'running' AND (position, counts) = ($2, $9) RETURNING true""",
        run.run_id,
        run.position,
        moved.state,
        moved.position,
        moved.counts,
        moved.reason,
        moved.moved_at,
        moved.finished_at,
        run.counts,
    )
    if not found:
        raise Overtaken


async def latest(tx: Transaction, limit: int) -> list[Run]:
    return [Run(**row) for row in await tx.fetch(f"{_RUN} ORDER BY started_at DESC LIMIT $1", limit)]


async def find(tx: Transaction, run_id: UUID) -> Run | None:
    row = await tx.fetchrow(f"{_RUN} WHERE run_id = $1", run_id)
    return Run(**row) if row else None


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of a line, when it was last seen."""

    kind: Kind
    entry_id: str
    feed: str
    aggregate_id: UUID
    site_id: UUID | None
    version: int
    site_version: int | None
    digest: bytes
    printed: Mapping[str, Any]
    place: Mapping[str, Any]
    contact: str | None
    remarks: Sequence[str]
    run_id: UUID
    line: int
    missing_since: date | None = None
    withdrawn_on: date | None = None


_COLUMNS: Final = ", ".join(one.name for one in fields(Entry))
# One look-up each, by its key, whatever the planner thinks of tables that have just grown.
_UNTOUCHED: Final[Mapping[Kind, str]] = {
    "structure": """(SELECT made.version = entry.version FROM organisations AS made
        WHERE made.organisation_id = entry.aggregate_id)""",
    "service": """(SELECT made.version = entry.version AND (entry.site_id IS NOT NULL OR made.places = '[]'
            AND (SELECT host.site_id IS NULL FROM organisations AS host
                WHERE host.organisation_id = made.organisation_id))
        FROM offers AS made WHERE made.offer_id = entry.aggregate_id)""",
}


async def entries(tx: Transaction, kind: Kind, entry_ids: Sequence[str]) -> dict[str, tuple[Entry, bool]]:
    """Entries of these ids, each with whether all it made, and its structure's premises, are as its line left them."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS}, {_UNTOUCHED[kind]} AND site_version IS NOT DISTINCT FROM (
                SELECT site.version FROM sites AS site WHERE site.site_id = entry.site_id) AS untouched
            FROM import_entries AS entry WHERE kind = $1 AND entry_id = ANY($2::text[])""",  # noqa: S608
        kind,
        entry_ids,
    )
    return {row["entry_id"]: (_entry(row), row["untouched"] is True) for row in rows}


def _entry(row: Record) -> Entry:
    return Entry(**{name: row[name] for name in Entry.__slots__})


# « kind = 'structure' » would be looked up by the key: all structures for each, where nothing is known of a table that
# has just grown.
_HOSTS: Final = f"""
SELECT of.organisation_id, of.name, of.kind, of.territory_ids, of.site_id, place, CASE WHEN of.site_id IS NOT NULL THEN
    (SELECT to_jsonb(held) FROM (SELECT site.site_id, site.name, {", ".join(PREMISES)} FROM sites AS site
        WHERE site.site_id = of.site_id) AS held) END AS premises
FROM organisations AS of
LEFT JOIN LATERAL (SELECT place FROM import_entries AS entry
    WHERE kind <> 'service' AND entry.aggregate_id = of.organisation_id LIMIT 1) AS told ON true
WHERE of.organisation_id = ANY($1::uuid[]) AND NOT retired
"""  # noqa: S608 - constants only


async def hosts(tx: Transaction, organisation_ids: Sequence[UUID]) -> list[Host]:
    """Those of these organisations that are in function, where they are, and where their source says they are. Of their
    states only what lines are read with, and not where each value comes from: that is most of them."""
    return [_host(row) for row in await tx.fetch(_HOSTS, organisation_ids)] if organisation_ids else []


def _host(row: Record) -> Host:
    values = dict(row)
    place, premises = values.pop("place"), values.pop("premises")
    site = SitePublished.model_validate(premises) if premises else None
    return Host(OrganisationPublished.model_validate(values), site, place or written_place(site))


async def keep(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Write what became of lines; of one entry only one may be given."""
    await tx.execute(
        f"""INSERT INTO import_entries ({_COLUMNS})
            SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::import_entries, $1)
            ON CONFLICT (kind, entry_id) DO UPDATE SET ({_COLUMNS}) = ROW ({_EXCLUDED})""",  # noqa: S608
        [
            {name: getattr(one, name) for name in Entry.__slots__} | {"digest": rf"\x{one.digest.hex()}"}
            for one in entries
        ],
    )


_EXCLUDED: Final = f"excluded.{_COLUMNS.replace(', ', ', excluded.')}"


async def seen(tx: Transaction, kind: Kind, run_id: UUID, lines: Mapping[str, int]) -> None:
    """Lines that say what they said, or that could not be taken in: their entries are not missing. Remarks are made
    again for this run."""
    # The line is looked up in an object: a join would compare each entry with every line given, a million of times.
    await tx.execute(
        """WITH seen AS (UPDATE import_entries SET run_id = $2, line = ($4::jsonb ->> entry_id)::bigint,
                missing_since = NULL WHERE kind = $1 AND entry_id = ANY($3::text[]) RETURNING entry_id, line, remarks)
           INSERT INTO import_lines SELECT $2, $1, line, entry_id, false, remarks FROM seen WHERE remarks <> '{}'
           ON CONFLICT DO NOTHING""",
        kind,
        run_id,
        list(lines),
        lines,
    )


@dataclass(frozen=True, slots=True)
class Remarked:
    """A line of which something is to be said."""

    kind: Kind
    line: int
    entry_id: str | None
    set_aside: bool
    remarks: Sequence[str]


async def remark(tx: Transaction, run_id: UUID, lines: Sequence[Remarked]) -> None:
    await tx.executemany(
        "INSERT INTO import_lines VALUES ($1, $2, $3, $4, $5, $6)",
        [(run_id, one.kind, one.line, one.entry_id, one.set_aside, one.remarks) for one in lines],
    )


async def remarked(tx: Transaction, run_id: UUID, after: tuple[str, int] | None, limit: int) -> list[Remarked]:
    """Lines of a run to be said something of, in the order of the files, after one of them."""
    rows = await tx.fetch(
        """SELECT kind, line, entry_id, set_aside, remarks FROM import_lines
           WHERE run_id = $1 AND ($2::text IS NULL OR (kind, line) > ($2, $3::bigint)) ORDER BY kind, line LIMIT $4""",
        run_id,
        *(after or (None, None)),
        limit,
    )
    return [Remarked(**row) for row in rows]


async def miss(tx: Transaction, run: Run, kind: Kind, today: date) -> None:
    """Entries of the feed that the run did not show are missing from today, unless they were already."""
    await tx.execute(
        """UPDATE import_entries SET missing_since = $4 WHERE feed = $1 AND kind = $2 AND run_id <> $3
           AND missing_since IS NULL AND withdrawn_on IS NULL""",
        run.feed,
        kind,
        run.run_id,
        today,
    )


_KEPT_BY_OTHERS: Final[Mapping[Kind, str]] = {
    "service": "",
    # What still offers something, or has agents, stays.
    "structure": """AND NOT EXISTS (SELECT FROM offers
            WHERE offers.organisation_id = entry.aggregate_id AND NOT offers.retired)
        AND NOT EXISTS (SELECT FROM agents WHERE agents.organisation_id = entry.aggregate_id AND NOT agents.retired)""",
}


async def to_withdraw(tx: Transaction, run: Run, kind: Kind, until: date, limit: int) -> list[Entry]:
    """Entries of the feed missing since that day or longer, taken for change."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM import_entries AS entry WHERE feed = $1 AND kind = $2 AND missing_since <= $3
            AND withdrawn_on IS NULL {_KEPT_BY_OTHERS[kind]} ORDER BY entry_id LIMIT $4 FOR UPDATE""",  # noqa: S608
        run.feed,
        kind,
        until,
        limit,
    )
    return [_entry(row) for row in rows]


async def withdraw(tx: Transaction, kind: Kind, entry_ids: Sequence[str], today: date) -> None:
    await tx.execute(
        "UPDATE import_entries SET withdrawn_on = $3 WHERE kind = $1 AND entry_id = ANY($2::text[])",
        kind,
        entry_ids,
        today,
    )


Contacts = list[dict[str, str]]


async def contacts(tx: Transaction, given: Sequence[tuple[UUID, Contacts, Contacts]]) -> None:
    """Professional contacts of offers, now and as the line before brought them: what was typed here since stays."""
    await tx.execute(
        """INSERT INTO professional_contacts (aggregate_id, contacts)
           SELECT given.aggregate_id, now
           FROM jsonb_to_recordset($1) AS given (aggregate_id uuid, now jsonb, before jsonb)
           LEFT JOIN professional_contacts AS known USING (aggregate_id)
           WHERE (known.contacts IS NULL AND now <> '[]') OR known.contacts IN ('[]', before)
           ON CONFLICT (aggregate_id) DO UPDATE SET contacts = excluded.contacts""",
        [{"aggregate_id": identity, "now": now, "before": before} for identity, now, before in given],
    )


@dataclass(frozen=True, slots=True)
class Noticed:
    """A difference as it is kept. `kind`: organisation, site or offer."""

    aggregate_id: UUID
    field: str
    kind: str
    entry_id: str
    source: str
    said_on: date
    ours: Any
    theirs: Any
    noticed_at: datetime
    kept_at: datetime | None = None
    kept_by: UUID | None = None


_NOTICED: Final = ", ".join(one.name for one in fields(Noticed))


async def notice(tx: Transaction, read: Iterable[UUID], differences: Sequence[Noticed]) -> None:
    """Of these aggregates, what sources now say otherwise. What was decided holds while they say the same."""
    found = [(one.aggregate_id, one.field) for one in differences]
    await tx.execute(
        """DELETE FROM import_differences WHERE aggregate_id = ANY($1::uuid[])
           AND NOT (aggregate_id, field) IN (SELECT * FROM unnest($2::uuid[], $3::text[]))""",
        list(read),
        [identity for identity, _ in found],
        [name for _, name in found],
    )
    await tx.executemany(
        f"""INSERT INTO import_differences AS known ({_NOTICED}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (aggregate_id, field) DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs,
                source = excluded.source, said_on = excluded.said_on, noticed_at = excluded.noticed_at,
                kept_at = NULL, kept_by = NULL
            WHERE (known.ours, known.theirs) IS DISTINCT FROM (excluded.ours, excluded.theirs)""",  # noqa: S608
        [tuple(getattr(one, name) for name in Noticed.__slots__) for one in differences],
    )


async def territories(tx: Transaction) -> dict[str, str]:
    """Commune → the territory that stewards it today."""
    rows = await tx.fetch("SELECT commune, territory_id FROM territory_communes WHERE validity @> current_date")
    return {row["commune"]: row["territory_id"] for row in rows}


async def in_function(tx: Transaction, kind: Kind, after: UUID | None, limit: int) -> list[UUID]:
    """Ids of organisations or offers in function, in their order, after one of them."""
    table, key = ("organisations", "organisation_id") if kind == "structure" else ("offers", "offer_id")
    rows = await tx.fetch(
        f"SELECT {key} FROM {table} WHERE NOT retired AND ($1::uuid IS NULL OR {key} > $1) ORDER BY {key} LIMIT $2",  # noqa: S608
        after,
        limit,
    )
    return [row[key] for row in rows]


async def printed(tx: Transaction, aggregate_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, list[Any]]]:
    """Of what was imported, how its source prints it."""
    rows = await tx.fetch(
        "SELECT aggregate_id, printed FROM import_entries WHERE aggregate_id = ANY($1::uuid[])", aggregate_ids
    )
    return {row["aggregate_id"]: row["printed"] for row in rows}


async def known_contacts(tx: Transaction, aggregate_ids: Sequence[UUID]) -> dict[UUID, Contacts]:
    """People to call or write to, for professionals only."""
    rows = await tx.fetch(
        "SELECT aggregate_id, contacts FROM professional_contacts WHERE aggregate_id = ANY($1::uuid[])", aggregate_ids
    )
    return {row["aggregate_id"]: row["contacts"] for row in rows}


async def noticed(tx: Transaction, after: tuple[datetime, UUID, str] | None, limit: int) -> list[Noticed]:
    """Differences nobody has decided on, oldest first, after one of them."""
    rows = await tx.fetch(
        f"""SELECT {_NOTICED} FROM import_differences WHERE kept_at IS NULL
            AND ($1::timestamptz IS NULL OR (noticed_at, aggregate_id, field) > ($1, $2, $3))
            ORDER BY noticed_at, aggregate_id, field LIMIT $4""",  # noqa: S608
        *(after or (None, None, None)),
        limit,
    )
    return [Noticed(**row) for row in rows]


async def difference(tx: Transaction, aggregate_id: UUID, name: str) -> Noticed | None:
    """One that nobody has decided on, taken for change."""
    row = await tx.fetchrow(
        f"""SELECT {_NOTICED} FROM import_differences WHERE aggregate_id = $1 AND field = $2 AND kept_at IS NULL
            FOR UPDATE""",  # noqa: S608
        aggregate_id,
        name,
    )
    return Noticed(**row) if row else None


async def decided(tx: Transaction, one: Noticed) -> None:
    """What the source says is followed: there is no difference any more."""
    await tx.execute(
        "DELETE FROM import_differences WHERE aggregate_id = $1 AND field = $2", one.aggregate_id, one.field
    )


async def kept(tx: Transaction, one: Noticed, by: UUID | None, at: datetime) -> None:
    """Ours stays, until the source says something else."""
    await tx.execute(
        "UPDATE import_differences SET kept_at = $3, kept_by = $4 WHERE aggregate_id = $1 AND field = $2",
        one.aggregate_id,
        one.field,
        at,
        by,
    )
