"""A dossier closes: by an agent, or because the request was taken back."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from cases.appointments import acts as appointments
from cases.appointments.model import Party
from cases.conferences import acts as conferences
from cases.conferences import store as conference_store
from cases.conferences.model import Stop
from cases.dossiers import store
from cases.dossiers.model import EVERYONE, Refused, closes_on_withdrawal, must_be_reopenable, must_be_writable
from cases.dossiers.work import Work
from cases.follow_ups import deadlines
from cases.measures import acts as measures
from cases.measures.model import EndReason
from cases.orientations.acts import withdraw_all as withdraw_orientations
from cases.shares.acts import end_all as end_shares
from cases.steps import deadlines as step_deadlines
from cases.tasks.acts import cancel_all as cancel_tasks
from chassis.web.translations import translate as _
from contracts.events import CaseClosed, CaseReopened
from contracts.events.cases import CloseReason

Reason = Literal["answered", "completed", "moved", "no_news", "deceased"]
"""Why an agent may close a dossier."""
REASONS: Final[tuple[str, ...]] = get_args(Reason)
_ENDS_A_CONFERENCE: Final = frozenset({"moved", "deceased"})
_THEIRS: Final = frozenset({"moved", "deceased", "withdrawn"})
"""Reasons for which it is not the service that cancels what was to come."""
_ENDS_A_MEASURE: Final[Mapping[str, EndReason]] = {"moved": EndReason.MOVED, "deceased": EndReason.DECEASED}


async def close(work: Work, reason: Reason, summary: str) -> None:
    """Close a dossier; `summary` says what was done and what comes of it, for who works on it.

    Raises Refused while a legal duty holds, a conference is to be held or followed up, or a measure goes on.
    """
    work.require("social_worker", "manager")
    must_be_writable(work.case)
    if work.case.legal_duty:
        raise Refused(_("Une obligation légale court dans ce dossier : levez-la avant de le clore."))
    conference = await conference_store.under_way(work.tx, work.case.case_id)
    if conference is not None and reason not in _ENDS_A_CONFERENCE:
        raise Refused(
            _("Une conférence est en cours ou à suivre : menez-la à son terme, ou arrêtez-la, avant de clore.")
        )
    if conference is not None:
        await conferences.stop_it(work, conference, Stop.OTHER)
    await measures.end_with(work, _ENDS_A_MEASURE.get(reason))
    await work.enter("closing_summary", text=summary)
    await _close(work, reason)


async def withdraw(work: Work) -> None:
    """The request was taken back: what depends on it stops, and the dossier closes unless the law says otherwise."""
    conference = await conference_store.under_way(work.tx, work.case.case_id)
    if conference is not None:
        await conferences.stop_it(work, conference, Stop.REQUEST_WITHDRAWN)
    await work.enter("request_withdrawn")
    if not await measures.request_withdrawn(work) and closes_on_withdrawal(work.case):
        await _close(work, "withdrawn")


async def _close(work: Work, reason: CloseReason) -> None:
    await deadlines.cancel_all(work.tx, work.case.case_id)
    await withdraw_orientations(work)
    await appointments.cancel_all(work, Party.PERSON if reason in _THEIRS else Party.SERVICE)
    await cancel_tasks(work)
    await step_deadlines.cancel_all(work)
    await end_shares(work)
    await store.close(work.tx, work.case.case_id, work.today, reason)
    await work.tell(CaseClosed(case_id=work.case.case_id, closed_on=work.today, reason=reason))
    await work.enter("case_closed", readers=EVERYONE, details={"reason": reason})


async def reopen(work: Work, reason: str) -> None:
    """A closed dossier goes on, for a reason that is kept. What was stopped by its closing stays so, but for what the
    programme's deadlines still have to come: nobody could set them again. Raises Refused."""
    work.require("social_worker", "manager")
    must_be_reopenable(work.case)
    await store.reopen(work.tx, work.case.case_id)
    await step_deadlines.again(work)
    await work.tell(CaseReopened(case_id=work.case.case_id, reopened_on=work.today))
    await work.enter("case_reopened", readers=EVERYONE)
    await work.enter("reopening_reason", text=reason)
