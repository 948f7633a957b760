"""Somebody is erased: their name goes from every dossier; the text of a dossier that was theirs alone goes with it."""

from datetime import datetime
from uuid import UUID

from cases.erasures import store
from chassis import erasures
from chassis.database import Transaction
from chassis.erasures import Dropped
from chassis.handlers import Handlers


def handlers() -> Handlers:
    """What is heard of erasures."""
    return erasures.handlers("cases", _drop)


async def _drop(tx: Transaction, person_id: UUID, _at: datetime) -> Dropped:
    await store.name_nobody(tx, person_id)
    found = await store.dossiers_of(tx, person_id)
    keys = [f"case:{case_id}" for case_id, _ in found.alone]
    keys += [f"request:{request_id}" for _, request_id in found.alone if request_id]
    return Dropped(keys, ["dossier_shared_text"] if found.others else [])
