"""Who read a dossier: noted once a day for each reader, told to the person it is about, gone after twelve months."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from cases.dossiers.model import Case
from cases.followed import store
from chassis import due_dates
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.due_dates import DueDate
from chassis.service import Parts
from chassis.web.translations import N_
from contracts.durations import add_months
from contracts.envelope import derived_id

READINGS: Final = "readings"
"""Kind of the due dates."""
KEPT_MONTHS: Final = 12
"""As long as access logs may be kept (CNIL, 2021-122: six to twelve months)."""
AS_WHOM: Final = {
    "coordinator": N_("coordination de la conférence familiale"),
    "social_worker": N_("travail social"),
    "manager": N_("responsable de territoire"),
    "reception": N_("accueil"),
}
"""Role → what the person reads; who holds several reads as the first."""


def as_whom(roles: Collection[str]) -> str | None:
    """The role a dossier is read in; None for who holds none there."""
    return next((role for role in AS_WHOM if role in roles), None)


async def note(tx: Transaction, parts: Parts, actor: Actor, case: Case) -> None:
    """The actor reads that dossier now."""
    role = as_whom(case.roles_of(actor))
    if role is None or actor.agent_id is None:
        return
    zone = parts.settings.zone
    today = parts.now().astimezone(zone).date()
    if not await store.note_reading(tx, case.case_id, actor.agent_id, today, actor.organisation_id, role):
        return
    ends = add_months(today, KEPT_MONTHS)
    due_id, at = derived_id(case.case_id, f"{READINGS} {today}"), datetime(ends.year, ends.month, ends.day, tzinfo=zone)
    await due_dates.schedule(tx, [DueDate(due_id, "due", READINGS, case.case_id, ends, zone.key, at)])


async def on_due(tx: Transaction, due: DueDate) -> None:
    """The readings of that day have been kept long enough."""
    await store.forget_readings(tx, due.subject, add_months(due.due_on, -KEPT_MONTHS))
