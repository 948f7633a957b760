"""A dossier closes: by an agent, or because the request was taken back."""

from typing import Final, Literal, get_args

from cases.appointments import acts as appointments
from cases.appointments.model import Party
from cases.conferences import acts as conferences
from cases.conferences import store as conference_store
from cases.conferences.model import Stop
from cases.dossiers import store
from cases.dossiers.model import EVERYONE, Refused, closes_on_withdrawal, must_be_writable
from cases.dossiers.work import Work
from cases.follow_ups import deadlines
from cases.orientations.acts import withdraw_all as withdraw_orientations
from chassis.web.translations import translate as _
from contracts.events import CaseClosed
from contracts.events.cases import CloseReason

Reason = Literal["answered", "completed", "moved", "no_news", "deceased"]
"""Why an agent may close a dossier."""
REASONS: Final[tuple[str, ...]] = get_args(Reason)
_THEIRS: Final = frozenset({"moved", "deceased", "withdrawn"})
"""Reasons for which it is not the service that cancels what was to come."""
_ENDS_A_CONFERENCE: Final = frozenset({"moved", "deceased"})


async def close(work: Work, reason: Reason) -> None:
    """Close a dossier. Raises Refused while a legal duty holds or a conference is to be held or followed up."""
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
    await _close(work, reason)


async def withdraw(work: Work) -> None:
    """The request was taken back: what depends on it stops, and the dossier closes unless the law says otherwise."""
    conference = await conference_store.under_way(work.tx, work.case.case_id)
    if conference is not None:
        await conferences.stop_it(work, conference, Stop.REQUEST_WITHDRAWN)
    await work.enter("request_withdrawn")
    if closes_on_withdrawal(work.case):
        await _close(work, "withdrawn")


async def _close(work: Work, reason: CloseReason) -> None:
    await withdraw_orientations(work)
    await appointments.cancel_all(work, Party.PERSON if reason in _THEIRS else Party.SERVICE)
    await store.close(work.tx, work.case.case_id, work.today, reason)
    await work.tell(CaseClosed(case_id=work.case.case_id, closed_on=work.today, reason=reason))
    await work.enter("case_closed", readers=EVERYONE, details={"reason": reason})
    await deadlines.cancel_all(work.tx, work.case.case_id)
