"""Who is in a dossier besides whom it is about, and what a protected adult says themself."""

from datetime import date
from typing import Final, Literal
from uuid import UUID

from cases.conferences import store as conferences
from cases.dossiers.model import Refused, must_be_writable
from cases.dossiers.work import NoSuchCase, Work
from cases.people import store
from cases.people.introduction import Introduction, introduce
from chassis.web.translations import translate as _
from contracts.events.people import KnownOwnAgreement

SUPPORTERS: Final = ("social_worker", "manager")
AddedRole = Literal["household", "relative", "social_network", "professional"]
"""As whom somebody is added. Whom a dossier is about, and who asked, come with the request."""
_FROM_THE_REQUEST: Final = frozenset({"concerned", "requester"})


async def add(work: Work, somebody: UUID | Introduction, role: AddedRole) -> UUID:
    """Give somebody a place: a person the actor knows already, or one met here for the first time. Raises Refused."""
    work.require(*SUPPORTERS)
    must_be_writable(work.case)
    if isinstance(somebody, UUID) and not await store.known(work.tx, somebody):
        raise Refused(_("Cette personne n'est dans aucun de vos dossiers : donnez plutôt son nom."))
    person_id = somebody if isinstance(somebody, UUID) else await introduce(work, somebody)
    await store.add_to_case(work.tx, work.case.case_id, person_id, role)
    await work.enter("person_added", details={"person_id": str(person_id), "role": role}, about=person_id)
    return person_id


async def remove(work: Work, person_id: UUID) -> None:
    """Somebody has no place in the dossier any more. Raises Refused."""
    work.require(*SUPPORTERS)
    must_be_writable(work.case)
    roles = {one.role for one in await store.of_case(work.tx, work.case.case_id) if one.person_id == person_id}
    if not roles:
        raise NoSuchCase
    if roles & _FROM_THE_REQUEST:
        raise Refused(_("Le dossier concerne cette personne, ou vient de sa demande : elle y reste."))
    conference = await conferences.under_way(work.tx, work.case.case_id)
    if conference is not None and conference.guest(person_id) is not None:
        raise Refused(_("Cette personne est invitée à la conférence en cours : retirez d'abord l'invitation."))
    for role in sorted(roles):
        await store.remove_from_case(work.tx, work.case.case_id, person_id, role)
    await work.enter("person_removed", details={"role": min(roles)}, about=person_id)


async def record_own_agreement(work: Work, person_id: UUID, agreement: KnownOwnAgreement, said_on: date) -> None:
    """What a protected adult says of this support themself: whoever protects them agrees beside them, never instead
    (Code civil, 457-1 and 459). Raises Refused."""
    work.require(*SUPPORTERS)
    must_be_writable(work.case)
    if said_on > work.today:
        raise Refused(_("L'accord d'une personne se recueille au plus tard aujourd'hui."))
    if all(one.person_id != person_id for one in await store.of_case(work.tx, work.case.case_id)):
        raise NoSuchCase
    await store.say_own_agreement(work.tx, work.case.case_id, person_id, agreement, said_on, work.agent_id)
    details = {"person_id": str(person_id), "agreement": agreement, "said_on": said_on.isoformat()}
    await work.enter("own_agreement", details=details, about=person_id)
