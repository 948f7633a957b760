"""What agents decide of who else learns about their dossier, in the transaction that holds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cases.dossiers import store as dossiers
from cases.dossiers.model import Refused, must_be_writable
from cases.dossiers.work import NoSuchCase, Work
from cases.measures.store import organisation as name_of
from cases.people import store as people
from cases.programmes import programme_of
from cases.shares import model, store
from cases.shares.model import TRANSFER, WHOLE, Ground, Override, Part, Share
from cases.tasks import acts as tasks
from cases.telling import NotTheirs
from chassis import due_dates
from chassis.actor import Actor
from chassis.due_dates import DueDate
from chassis.web.translations import translate as _
from contracts.envelope import derived_id, new_id

SHARERS = ("social_worker", "manager")


@dataclass(frozen=True, slots=True)
class Sharing:
    """With whom something is to be shared, why, and on what ground where no agreement is recorded."""

    organisation_id: UUID
    why: str
    override: Override | None = None


async def share(work: Work, sharing: Sharing, parts: Sequence[Part]) -> Share:
    """Let an organisation read these parts of the dossier. Raises Refused."""
    work.require(*SHARERS)
    must_be_writable(work.case)
    return await _share(work, sharing, parts)


async def _share(work: Work, sharing: Sharing, parts: Sequence[str]) -> Share:
    organisation_id = sharing.organisation_id
    name = await name_of(work.tx, organisation_id)
    own = organisation_id == work.actor.organisation_id
    model.must_be_shareable(name, own, await store.of_case(work.tx, work.case.case_id), organisation_id)
    ground = await _ground(work, sharing)
    made = await _made(work, sharing, parts, ground)
    await store.add(work.tx, made)
    details = {"organisation": name, "parts": list(parts)}
    await work.enter("dossier_shared", text=sharing.why, details=details, about=made.share_id)
    if ground is Ground.OVERRIDE and sharing.override is not None:
        told = details | {"legal_ground": sharing.override.legal_ground}
        await work.enter("sharing_overridden", text=sharing.override.reason, details=told, about=made.share_id)
    return made


async def _ground(work: Work, sharing: Sharing) -> Ground:
    """Everybody the dossier is about has to agree, each for themself."""
    concerned = await store.concerned(work.tx, work.case.case_id)
    agreed = [await people.agrees_to_share(work.tx, one, sharing.organisation_id) for one in concerned]
    programme = programme_of(work.case, work.parts.settings.programmes)
    return model.ground_for(programme, agreed=bool(agreed) and all(agreed), override=sharing.override)


async def _made(work: Work, sharing: Sharing, parts: Sequence[str], ground: Ground) -> Share:
    if work.actor.organisation_id is None:
        raise NotTheirs
    share_id, override = new_id(), sharing.override
    return Share(
        share_id,
        work.case.case_id,
        work.case.reference,
        work.case.programme,
        sharing.organisation_id,
        parts,
        await work.seal(sharing.why, share_id, "why"),
        ground,
        override.legal_ground if ground is Ground.OVERRIDE and override else None,
        work.agent_id,
        work.actor.organisation_id,
        work.now,
    )


async def end(work: Work, share_id: UUID) -> Share:
    """The organisation reads nothing any more. Raises Refused."""
    work.require(*SHARERS)
    share = await store.find(work.tx, share_id)
    if share is None or share.case_id != work.case.case_id:
        raise NoSuchCase
    return await _end(work, share)


async def end_all(work: Work) -> None:
    """The dossier closes: nobody else reads it any more."""
    for one in await store.of_case(work.tx, work.case.case_id):
        if one.in_force:
            await _end(work, one)


async def stop(work: Work, organisation_id: UUID) -> None:
    """The person takes their agreement back: what rests on it ends, and nobody is told why."""
    for one in model.ended_by_withdrawal(await store.of_case(work.tx, work.case.case_id), organisation_id):
        await _end(work, one)


async def _end(work: Work, share: Share) -> Share:
    ended = model.end(share, work.now)
    await store.end(work.tx, ended)
    if WHOLE in share.parts:
        for agent_id in await store.referents_of(work.tx, share.case_id, share.organisation_id):
            await dossiers.release(work.tx, share.case_id, agent_id)
    called = await store.names(work.tx, [share.organisation_id])
    details = {"organisation": called.get(share.organisation_id, "")}
    await work.enter("share_ended", details=details, about=share.share_id)
    return ended


# Referents of other organisations ---------------------------------------------------------------------


async def open_to(work: Work, agent: Actor, why: str, override: Override | None) -> None:
    """A referent of another organisation, who could not read the dossier yet, works on the whole of it. Raises Refused
    where nothing allows it."""
    if agent.organisation_id is None or not why:
        raise Refused(_("Cette personne relève d'une autre structure : dites pourquoi le dossier lui est partagé."))
    already = await store.of_case(work.tx, work.case.case_id)
    if not any(one.in_force and WHOLE in one.parts and one.organisation_id == agent.organisation_id for one in already):
        await _share(work, Sharing(agent.organisation_id, why, override), (WHOLE,))


async def left(work: Work, organisation_id: UUID) -> None:
    """Once nobody of an organisation is a referent, nothing is shared with it for that."""
    if await store.referents_of(work.tx, work.case.case_id, organisation_id):
        return
    for one in await store.of_case(work.tx, work.case.case_id):
        if one.in_force and WHOLE in one.parts and one.organisation_id == organisation_id:
            await _end(work, one)


# Transfers --------------------------------------------------------------------------------------------


async def transfer(work: Work, sharing: Sharing, territory_id: str) -> Share:
    """Another organisation takes the dossier over, on its territory. Its referents leave it, and what was still to be
    done is cancelled. Raises Refused."""
    work.require("manager")
    must_be_writable(work.case)
    if territory_id == work.case.territory_id:
        raise Refused(_("Le dossier est déjà sur ce territoire : changez plutôt qui en est chargé."))
    if not await store.known_territory(work.tx, territory_id):
        raise Refused(_("Ce territoire n'est pas dans l'annuaire."))
    await tasks.cancel_all(work)
    made = await _share(work, sharing, (TRANSFER,))
    await work.enter("transfer_decided", details={"territory_id": territory_id})
    await due_dates.schedule(work.tx, [_at_once(work, made, territory_id)])
    return made


def _at_once(work: Work, made: Share, territory_id: str) -> DueDate:
    """Nobody who decides may write on the other territory: the service itself carries it out."""
    details = {
        "case_id": str(made.case_id),
        "territory_id": territory_id,
        "organisation_id": str(made.organisation_id),
    }
    zone = work.parts.settings.zone.key
    return DueDate(
        derived_id(made.share_id, TRANSFER), "due", TRANSFER, made.share_id, work.today, zone, work.now, details
    )
