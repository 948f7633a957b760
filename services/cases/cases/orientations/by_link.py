"""What whoever holds a link may do: look, ask for a code, be let in by it, answer, ask for the next link.

A stranger has no rights in the database: what they look at is shown by the link's hash (row-level security); what they
do, the service does for them, once the link is found good in the same transaction.
"""

from dataclasses import dataclass
from random import SystemRandom

from cases.dossiers.model import Refused
from cases.dossiers.work import Work
from cases.orientations import answering, linking, links, model, store, view
from cases.orientations.acts import called_now
from cases.orientations.answering import Given
from cases.orientations.links import CODE_LASTS, Link, Standing
from cases.orientations.model import Orientation
from cases.orientations.view import Asked
from cases.partners import store as partners
from chassis.actor import PUBLIC
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts.events import OrientationCodeAsked

_SYSTEM = SystemRandom()


class NoSuchLink(Exception):
    """No such link, or one that another has replaced."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a link shows: nothing of the person before the code."""

    asked: Asked
    standing: Standing
    awaits_code: bool
    let_in: bool


async def look(parts: Parts, secret: str, *, let_in: bool) -> Seen:
    """What the link shows; `let_in`: the code was given. Raises NoSuchLink."""
    now = parts.now()
    async with parts.app.transaction(PUBLIC) as tx:
        link = await _held(tx, parts, secret)
        orientation = await store.find(tx, link.orientation_id)
        assert orientation is not None, "a link shows its orientation"
        let_in = let_in and link.lives(now)
        shown = orientation if let_in else model.without_person(orientation)
        [asked] = await view.open_all(tx, parts.keyring, [shown])
    return Seen(asked, link.standing(now), link.awaits_code(now), let_in)


async def _held(tx: Transaction, parts: Parts, secret: str) -> Link:
    link = await store.held(tx, links.link_hash(parts.settings.master_key, secret))
    if link is None:
        raise NoSuchLink
    return link


async def _taken(tx: Transaction, parts: Parts, secret: str) -> tuple[Work, Link, Orientation]:
    """The dossier, held; then the link and its orientation, as they are by now. Raises NoSuchLink."""
    work = await answering.from_outside(tx, parts, PUBLIC, (await _held(tx, parts, secret)).case_id)
    link = await _held(tx, parts, secret)
    orientation = await store.find(tx, link.orientation_id)
    assert orientation is not None, "a link belongs to an orientation"
    return work, link, orientation


async def ask_code(parts: Parts, secret: str) -> None:
    """Send a one-time code to the organisation's registered address. Raises NoSuchLink or Refused."""
    async with parts.worker.transaction() as tx:
        work, link, orientation = await _taken(tx, parts, secret)
        if orientation.state not in model.READ_IN:
            raise Refused(model.over_sentence(orientation.state))
        code, event_id = links.new_code(_SYSTEM), work.make_id("OrientationCodeAsked")
        hashed = links.code_hash(parts.settings.master_key, orientation.orientation_id, code)
        await store.save_link(tx, links.ask_code(link, hashed, work.now))
        sealed = await work.seal(code, event_id, "code")
        told = OrientationCodeAsked(**orientation.ids, code=sealed, expires_at=work.now + CODE_LASTS)
        await work.tell(told, id=event_id)


async def try_code(parts: Parts, secret: str, code: str) -> bool:
    """Whether that is the code: then its holder is let in. A wrong one costs a try. Raises NoSuchLink."""
    async with parts.worker.transaction() as tx:
        _work, link, _orientation = await _taken(tx, parts, secret)
        hashed = links.code_hash(parts.settings.master_key, link.orientation_id, code)
        after, good = links.try_code(link, hashed, parts.now())
        await store.save_link(tx, after)
        return good


async def answer(parts: Parts, secret: str, given: Given) -> Orientation:
    """Answer, having been let in. Raises NoSuchLink, Outdated or Refused."""
    async with parts.worker.transaction() as tx:
        work, link, orientation = await _taken(tx, parts, secret)
        if not link.lives(work.now):
            raise Refused(_("Ce lien n'est plus valable. Demandez-en un nouveau."))
        return await answering.answer(work, orientation.orientation_id, given)


async def renew(parts: Parts, secret: str) -> None:
    """Send the next link to the organisation's registered address. Raises NoSuchLink or Refused."""
    async with parts.worker.transaction() as tx:
        work, link, orientation = await _taken(tx, parts, secret)
        links.must_be_renewable(link, work.now)
        if not orientation.open:
            raise Refused(model.over_sentence(orientation.state))
        organisation = await partners.organisation(tx, orientation.organisation_id)
        if organisation is None or not await linking.issue(work, orientation, organisation, "renewal"):
            raise Refused(_("Votre structure n'a plus d'adresse de courriel dans l'annuaire : appelez qui vous écrit."))
        await work.enter("orientation_link_sent", details=await called_now(work, orientation))
