"""Silence: the organisation is reminded, then its manager, then another offer is looked for."""

from uuid import UUID

from cases.assignments import store as assignments
from cases.dossiers import store as dossiers
from cases.dossiers.work import Work, by_clock
from cases.orientations import deadlines, linking, model, store
from cases.orientations.acts import called, called_now
from cases.orientations.model import Orientation
from cases.partners import store as partners
from cases.partners.store import Offer, Wanted
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.events import OrientationExpired
from contracts.events.cases import KnownLinkOccasion


def on_due(parts: Parts) -> OnDue:
    """What is done at each stage of an answer that does not come."""

    async def fall_due(tx: Transaction, due: DueDate) -> None:
        case = await dossiers.take_due(tx, UUID(due.details["case_id"]))
        orientation = await store.find(tx, due.subject)
        assert case is not None, "an orientation belongs to a dossier"
        assert orientation is not None, "what falls due is an orientation"
        work = by_clock(tx, parts, case, due)
        if due.stage == deadlines.REMINDER:
            await _remind(work, orientation, due, orientation.proposed_by, "reminder")
        elif due.stage == deadlines.ESCALATION:
            manager = await store.its_manager(tx, orientation.organisation_id)
            await _remind(work, orientation, due, manager or orientation.proposed_by, "escalation")
        else:
            await _expire(work, orientation)

    return fall_due


async def _remind(
    work: Work, orientation: Orientation, due: DueDate, agent_id: UUID, occasion: KnownLinkOccasion
) -> None:
    """Tell an agent, and write to the organisation again unless its link was revoked."""
    await work.tell_due(
        due, await assignments.acting_for(work.tx, agent_id, due.fires_at), orientation_id=orientation.orientation_id
    )
    link = await store.link_of(work.tx, orientation.orientation_id)
    organisation = await partners.organisation(work.tx, orientation.organisation_id)
    if organisation is not None and (link is None or link.revoked_at is None):
        await linking.issue(work, orientation, organisation, occasion)
    await work.enter(f"orientation_{occasion}", details=await called_now(work, orientation))


async def _expire(work: Work, orientation: Orientation) -> None:
    instead = await _another(work, orientation)
    expired = model.expire(orientation, instead.offer_id if instead else None)
    await store.save(work.tx, expired)
    await work.tell(OrientationExpired(**expired.ids, instead=expired.instead))
    await work.enter("orientation_expired", details=await called_now(work, expired))
    if instead is not None:
        await work.enter("orientation_instead", details=called(instead))


async def _another(work: Work, orientation: Orientation) -> Offer | None:
    """An offer for the same needs and place that this dossier has not asked yet."""
    asked = [one.offer_id for one in await store.of_case(work.tx, work.case.case_id)]
    known = (await partners.offers(work.tx, [orientation.offer_id])).get(orientation.offer_id)
    themes = known.themes if known and known.themes else work.case.themes
    wanted = Wanted(themes, work.case.territory_id, work.case.minor, work.today)
    return await partners.another(work.tx, wanted, orientation.organisation_id, asked)
