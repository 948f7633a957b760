"""Messages that reached nobody: which of them somebody has to see to, and who."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from cases.dossiers.model import Case
from contracts.events import MessageFailed

WITHIN: Final = timedelta(days=2)
_PEOPLE: Final = frozenset({"person", "member", "requester"})
_NOTHING_SAFE: Final = "no_safe_contact"


def to_see_to(message: MessageFailed) -> bool:
    """Whether somebody has to find another way to the person.

    Who asked without leaving a way to be written to was told there and then how to follow their request: a task for
    each of them would drown the others.
    """
    if message.recipient_kind not in _PEOPLE:
        return False
    return not (message.recipient_kind == "requester" and message.reason == _NOTHING_SAFE)


def whose(case: Case, message: MessageFailed, managers: Sequence[UUID]) -> UUID | None:
    """Who follows the dossier: of a conference's guests its coordinator, else its referent; where nobody does yet, the
    first of those who manage its territory, who gives it to somebody."""
    referent, manager = next(iter(case.referent_ids), None), next(iter(managers), None)
    if message.recipient_kind == "member":
        return case.coordinator_id or referent or manager
    return referent or case.coordinator_id or manager


def due_on(today: date) -> date:
    """By when."""
    return today + WITHIN
