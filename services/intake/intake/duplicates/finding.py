"""Finding duplicates: after a request was taken, by the consumer, so that nobody waits for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import asyncpg

from chassis.database import Transaction
from intake.duplicates import store
from intake.duplicates.model import Known, Likeness, keys, known, likeness

LOOKED_AT: Final = 60
"""Candidates that are compared: those who share most with whoever is looked for."""
PROPOSED: Final = 5
"""Suspicions of one person: an agent who reads more of them decides none."""


async def look_for(tx: Transaction, person_ids: Sequence[UUID], at: datetime) -> None:
    """Learn what is known of people now, and keep whom each may be the same as. Doing it again finds the same."""
    people = {row["person_id"]: row for row in await store.people(tx, person_ids)}
    known_by = {person_id: known(*_said(row)) for person_id, row in people.items()}
    await store.learn(tx, [_traits(row, known_by[person_id]) for person_id, row in people.items()])
    found = [one for person_id in people for one in await _found(tx, people[person_id], known_by[person_id], at)]
    await store.suspect(tx, found, list(people))


def _said(row: asyncpg.Record) -> tuple[str | None, str | None, str | None, list[tuple[str, str]]]:
    return row["given_name"], row["family_name"], row["birth_date"], [(kind, value) for kind, value in row["contacts"]]


_TRAITS: Final = (
    "person_id", "given_name", "family_name", "birth_date", "request_id", "territory_id", "organisation_id",
    "recorded_at",
)  # fmt: skip


def _traits(row: asyncpg.Record, one: Known) -> dict[str, Any]:
    return {name: row[name] for name in _TRAITS} | {"names": one.names, "keys": keys(one)}


async def _found(tx: Transaction, row: asyncpg.Record, one: Known, at: datetime) -> list[dict[str, Any]]:
    compared = [(candidate, likeness(one, candidate.known)) for candidate in await _candidates(tx, row, one)]
    suspected = sorted((pair for pair in compared if pair[1].suspected), key=lambda pair: -pair[1].points)
    return [_pair(row, candidate, alike, at) for candidate, alike in suspected[:PROPOSED]]


async def _candidates(tx: Transaction, row: asyncpg.Record, one: Known) -> list[store.Candidate]:
    """Who came with the same request is known to be somebody else."""
    return [
        candidate
        for candidate in await store.alike(tx, keys(one), None, LOOKED_AT)
        if candidate.person_id != row["person_id"] and candidate.request_id != row["request_id"]
    ]


def _pair(row: asyncpg.Record, other: store.Candidate, alike: Likeness, at: datetime) -> dict[str, Any]:
    """The pair has one id whoever of both it was found by."""
    first, second = sorted(
        [(row["recorded_at"], row["person_id"]), (other.recorded_at, other.person_id)], key=lambda one: (one[0], one[1])
    )
    return {
        "suspicion_id": uuid5(first[1], str(second[1])),
        "person_id": second[1],
        "other_id": first[1],
        "points": alike.points,
        "reasons": alike.reasons,
        "found_at": at,
    }
