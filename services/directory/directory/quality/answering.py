"""What an organisation does behind its link: it confirms all, or says what is otherwise. It reaches its own entry and
no other; the service itself writes, and nothing it says is published before a steward agrees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import Transaction
from chassis.service import Parts
from contracts.envelope import new_id
from contracts.events import OfferPublished, OrganisationPublished
from contracts.events.partners import Assurance
from directory.aggregates import NotKept, publish_all
from directory.offers import store as offers
from directory.organisations import store as organisations
from directory.quality import asking, store
from directory.quality.model import (
    OFFER,
    ORGANISATION,
    Confirmation,
    Entry,
    Kind,
    Standing,
    check_good,
    check_renewable,
    link_hash,
    proposed,
)
from directory.quality.store import Proposal


@dataclass(frozen=True, slots=True)
class Seen:
    """What a link shows. Nothing of the entry once it is over."""

    standing: Standing
    confirmation: Confirmation
    organisation: OrganisationPublished | None = None
    offers: Sequence[OfferPublished] = ()
    waiting: Mapping[tuple[UUID, str], Proposal] | None = None


async def look(parts: Parts, secret: str) -> Seen:
    """Raises NotKept for a link that is none, or no longer the last one."""
    async with parts.worker.transaction() as tx:
        known = await _of(tx, parts, secret)
        standing = known.standing(parts.now())
        if standing is not Standing.GOOD:
            return Seen(standing, known)
        organisation, offered = await _entry(tx, known.organisation_id)
        waiting = await store.waiting_of(tx, known.organisation_id)
    return Seen(standing, known, organisation, offered, {(one.aggregate_id, one.field): one for one in waiting})


async def confirm(parts: Parts, secret: str) -> None:
    """All is right: the organisation and what it offers were checked today. Raises NotKept and Refused."""
    async with parts.worker.transaction() as tx:
        known = await _good(tx, parts, secret)
        now = parts.now()
        sure = {"assured": Assurance(on=now.astimezone(parts.settings.zone).date())}
        whose = await organisations.those(tx, [known.organisation_id], changing=True)
        held = await offers.in_function_of(tx, known.organisation_id)
        kept = await organisations.keep(tx, [one.state.model_copy(update=sure) for one in whose.values()])
        await publish_all(tx, kept, at=now)
        await publish_all(tx, await offers.keep(tx, [one.state.model_copy(update=sure) for one in held]), at=now)
        await _answered(tx, parts, known)


async def correct(parts: Parts, secret: str, aggregate_id: UUID, typed: Mapping[str, str]) -> int:
    """Propose what is typed otherwise than it stands; how many fields that is. Raises NotKept, also for an entry
    that is another's, Refused and ValidationError."""
    async with parts.worker.transaction() as tx:
        known = await _good(tx, parts, secret)
        kind, entry = await _own(tx, known.organisation_id, aggregate_id)
        now = parts.now()
        proposals = [
            Proposal(new_id(), kind, aggregate_id, known.organisation_id, field, _before(entry, field), value, now)
            for field, value in proposed(kind, entry, typed).items()
        ]
        await store.propose(tx, proposals)
        if proposals:
            await _answered(tx, parts, known)
    return len(proposals)


def _before(entry: Entry, field: str) -> object:
    return entry.model_dump(mode="json").get(field)


async def renew(parts: Parts, secret: str) -> None:
    """Send the next link to the registered address. Raises NotKept and Refused."""
    async with parts.worker.transaction() as tx:
        known = await _of(tx, parts, secret, changing=True)
        check_renewable(known, parts.now())
        await asking.issue(tx, parts, known, "renewal")


async def _of(tx: Transaction, parts: Parts, secret: str, *, changing: bool = False) -> Confirmation:
    return await store.by_link(tx, link_hash(parts.settings.master_key, secret), changing=changing)


async def _good(tx: Transaction, parts: Parts, secret: str) -> Confirmation:
    known = await _of(tx, parts, secret, changing=True)
    check_good(known, parts.now())
    return known


async def _entry(tx: Transaction, organisation_id: UUID) -> tuple[OrganisationPublished, list[OfferPublished]]:
    """Raises NotKept for an organisation that is retired."""
    found = await organisations.find(tx, organisation_id)
    if found is None or found.state.retired:
        raise NotKept
    return found.state, (await offers.of_organisations(tx, [organisation_id])).get(organisation_id, [])


async def _own(tx: Transaction, organisation_id: UUID, aggregate_id: UUID) -> tuple[Kind, Entry]:
    organisation, offered = await _entry(tx, organisation_id)
    if aggregate_id == organisation_id:
        return ORGANISATION, organisation
    for one in offered:
        if one.offer_id == aggregate_id:
            return OFFER, one
    raise NotKept


async def _answered(tx: Transaction, parts: Parts, known: Confirmation) -> None:
    await store.keep_confirmation(tx, replace(known, answered_at=parts.now()))
    await store.stand(tx, known.organisation_id)
