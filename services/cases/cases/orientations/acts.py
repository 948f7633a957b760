"""What agents do with the orientations of their dossier, in the transaction that holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cases.dossiers.model import Refused, must_be_writable
from cases.dossiers.work import NoSuchCase, Work
from cases.orientations import deadlines, linking, links, model, store
from cases.orientations.model import PROPOSERS, Ground, Orientation
from cases.partners import store as partners
from cases.partners.store import Offer
from cases.people import store as people
from cases.programmes import programme_of
from cases.telling import NotTheirs
from chassis import due_dates
from chassis.web.translations import translate as _
from contracts.envelope import new_id
from contracts.events import OrientationProposed, OrientationWithdrawn
from contracts.programme import Programme
from contracts.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an agent proposes. `override`: why the organisation is told without a recorded agreement."""

    offer_id: UUID
    asked: str
    first_name: str | None = None
    reach: str | None = None
    """How to reach the person, where that is safe."""
    override: str | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    orientation: Orientation
    link_sent: bool
    """Whether the organisation was written to."""


async def propose(work: Work, proposal: Proposal) -> Proposed:
    """Orient the person of the dossier to an offer. Without a ground the organisation learns nothing of them."""
    work.require(*PROPOSERS)
    must_be_writable(work.case)
    programme = programme_of(work.case, work.parts.settings.programmes)
    model.must_be_proposable(programme, await store.of_case(work.tx, work.case.case_id), proposal.offer_id)
    offer = await partners.offer(work.tx, proposal.offer_id)
    if offer is None:
        raise Refused(_("Cette offre n'est pas, ou n'est plus, dans l'annuaire : choisissez-en une autre."))
    ground = model.ground_for(programme, agreed=await _agreed(work, offer), override=proposal.override)
    orientation = await _begin(work, programme, offer, proposal, ground)
    await work.tell(OrientationProposed(**orientation.ids, answer_by=orientation.answer_by))
    await _enter(work, offer, proposal, ground)
    return Proposed(orientation, await linking.issue(work, orientation, offer.organisation, "proposal"))


async def _agreed(work: Work, offer: Offer) -> bool:
    person_id = await people.concerned_by(work.tx, work.case.case_id)
    organisation_id = offer.organisation.organisation_id
    return person_id is not None and await people.agrees_to_share(work.tx, person_id, organisation_id)


async def _begin(work: Work, programme: Programme, offer: Offer, proposal: Proposal, ground: Ground) -> Orientation:
    """The orientation with its due dates."""
    agent_id, of = work.actor.agent_id, work.actor.organisation_id
    if agent_id is None or of is None:
        raise NotTheirs
    identity, case_id = new_id(), work.case.case_id
    due = deadlines.stages(identity, case_id, programme, work.now, "proposed", work.parts.settings.zone)
    orientation = Orientation(
        orientation_id=identity,
        case_id=case_id,
        version=1,
        offer_id=offer.offer_id,
        organisation_id=offer.organisation.organisation_id,
        proposed_by=agent_id,
        proposing_organisation_id=of,
        proposed_at=work.now,
        answer_by=due[0].due_on,
        ground=ground,
        first_name=await _sealed(work, identity, "first_name", proposal.first_name, ground),
        asked=await _sealed(work, identity, "asked", proposal.asked, ground),
        reach=await _sealed(work, identity, "reach", proposal.reach, ground),
    )
    await store.save(work.tx, orientation)
    await due_dates.schedule(work.tx, due)
    return orientation


async def _sealed(work: Work, identity: UUID, name: str, text: str | None, ground: Ground) -> Sealed | None:
    """What the organisation reads of the person, where something allows it."""
    return await work.seal(text, identity, name) if text and ground is not Ground.NOTHING else None


async def _enter(work: Work, offer: Offer, proposal: Proposal, ground: Ground) -> None:
    await work.enter("orientation_proposed", text=proposal.asked, details=called(offer) | {"ground": ground})
    if ground is Ground.OVERRIDE:
        await work.enter("sharing_overridden", text=proposal.override, details=called(offer))


def called(offer: Offer) -> dict[str, str]:
    """What the timeline says of an offer: its name then, whatever the directory calls it later."""
    return {"offer": offer.title}


async def called_now(work: Work, orientation: Orientation) -> Mapping[str, str]:
    """`called`, of an orientation's offer; nothing when the directory has never told of it."""
    found = await partners.offers(work.tx, [orientation.offer_id])
    return called(found[orientation.offer_id]) if found else {}


async def of_dossier(work: Work, orientation_id: UUID) -> Orientation:
    """An orientation of the dossier at hand. Raises NoSuchCase."""
    orientation = await store.find(work.tx, orientation_id)
    if orientation is None or orientation.case_id != work.case.case_id:
        raise NoSuchCase
    return orientation


async def withdraw(work: Work, orientation_id: UUID) -> Orientation:
    """No answer is expected any more."""
    work.require(*PROPOSERS)
    must_be_writable(work.case)
    return await _withdraw(work, await of_dossier(work, orientation_id))


async def withdraw_all(work: Work) -> None:
    """The dossier closes: nobody is waited for any more."""
    for orientation in await store.of_case(work.tx, work.case.case_id):
        if orientation.open:
            await _withdraw(work, orientation)


async def _withdraw(work: Work, orientation: Orientation) -> Orientation:
    withdrawn = model.withdraw(orientation)
    await store.save(work.tx, withdrawn)
    await deadlines.cancel(work.tx, withdrawn)
    event_id = work.make_id(f"OrientationWithdrawn:{orientation.orientation_id}")
    await work.tell(OrientationWithdrawn(**withdrawn.ids), id=event_id)
    await work.enter(
        "orientation_withdrawn",
        details=await called_now(work, withdrawn),
        about=orientation.orientation_id,
    )
    return withdrawn


async def send_link(work: Work, orientation_id: UUID) -> Orientation:
    """Send the organisation a new link; the one before it no longer works."""
    work.require(*PROPOSERS)
    must_be_writable(work.case)
    orientation = await of_dossier(work, orientation_id)
    if not orientation.open:
        raise Refused(model.over_sentence(orientation.state))
    organisation = await partners.organisation(work.tx, orientation.organisation_id)
    if organisation is None or not await linking.issue(work, orientation, organisation, "renewal"):
        raise Refused(_("Cette structure n'a pas d'adresse de courriel enregistrée : appelez-la."))
    await work.enter("orientation_link_sent", details=await called_now(work, orientation))
    return orientation


async def revoke_link(work: Work, orientation_id: UUID) -> Orientation:
    """The link no longer works, and none is sent again before an agent does."""
    work.require(*PROPOSERS)
    orientation = await of_dossier(work, orientation_id)
    link = await store.link_of(work.tx, orientation_id)
    if link is None:
        raise Refused(_("Aucun lien n'a été envoyé pour cette orientation."))
    await store.save_link(work.tx, links.revoke(link, work.now))
    await work.enter("orientation_link_revoked", details=await called_now(work, orientation))
    return orientation


async def stop_sharing(work: Work, organisation_id: UUID) -> None:
    """The person takes their agreement back: the organisation reads nothing of them any more."""
    for orientation in await store.shared_by_consent(work.tx, work.case.case_id, organisation_id):
        await store.save(work.tx, model.stop_sharing(orientation))
        await work.enter(
            "sharing_withdrawn",
            details=await called_now(work, orientation),
            about=orientation.orientation_id,
        )
