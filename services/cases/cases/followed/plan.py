"""The plan the family ratified, for the person concerned who was there: what, by whom, before when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cases.conferences import store as conferences
from cases.conferences.model import Conference, Phase
from cases.dossiers import store as dossiers
from cases.dossiers.model import Case
from cases.followed import store
from cases.people import store as people
from chassis.database import Transaction
from chassis.sealing import Opened
from chassis.service import Parts


@dataclass(frozen=True, slots=True)
class Expected:
    """One action. `who`: None for the person who reads; `checked_by` likewise."""

    what: Opened | None
    who: Opened | str | None
    checked_by: Opened | str | None
    by_when: date


def concerned_by(case: Case, conference: Conference) -> UUID | None:
    """The person concerned, where they may read the plan here: they ratified it, it stands, and nothing is known that
    makes it unsafe on a screen that others may look at (violence, a duty towards a child)."""
    if conference.phase not in (Phase.RATIFIED, Phase.FOLLOWED_UP) or conference.violence or case.legal_duty:
        return None
    if case.minor or any("violence" in theme for theme in case.themes):
        return None
    ratified = (one.person_id for one in conference.guests if one.role == "concerned")
    return next((person for person in ratified if person in conference.ratified_by), None)


async def read(tx: Transaction, parts: Parts, request_id: UUID) -> Sequence[Expected]:
    """What is expected of whom; nothing for who may not read it."""
    case_id = await store.case_of(tx, request_id)
    case = await dossiers.find(tx, case_id) if case_id else None
    conference = await conferences.latest(tx, case.case_id) if case else None
    if case is None or conference is None:
        return ()
    reader = concerned_by(case, conference)
    if reader is None:
        return ()
    return await told(tx, parts, conference, reader)


async def told(tx: Transaction, parts: Parts, conference: Conference, reader: UUID) -> Sequence[Expected]:
    """What is expected of whom, to somebody who may read it."""
    named = await people.of_case(tx, conference.case_id)
    texts = [action.what for action in conference.actions]
    opened = await parts.keyring.open(tx, [*texts, *(one.name for one in named)])
    names = dict(zip((one.person_id for one in named), opened[len(texts) :], strict=True))

    def called(person_id: UUID) -> Opened | str | None:
        return None if person_id == reader else names.get(person_id) or ""

    return [
        Expected(what, called(action.who), called(action.checked_by), action.by_when)
        for action, what in zip(conference.actions, opened, strict=False)
    ]
