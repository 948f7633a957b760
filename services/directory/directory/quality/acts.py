"""What stewards do: decide on corrections, merge or dismiss what looks the same, say how often organisations are
asked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from chassis import due_dates
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.translations import N_
from contracts.envelope import new_id
from contracts.events import OfferPublished, OrganisationPublished
from directory import scope
from directory.aggregates import NotKept, Versioned, publish, publish_all, saying, still_editable
from directory.author import Author
from directory.offers import store as offers
from directory.offers.acts import sites_at
from directory.offers.model import at_places
from directory.organisations import store as organisations
from directory.organisations.model import StillHasAgents
from directory.provenance import told
from directory.quality import asking, store
from directory.quality.model import (
    OFFER,
    ORGANISATION,
    Confirmation,
    Kind,
    completed,
    corrected,
    mergeable,
    revoked,
)
from directory.refusal import Refused

KEPT: Final[Mapping[Kind, Any]] = {ORGANISATION: organisations, OFFER: offers}


async def _steered(tx: Transaction, by: Author, kind: Kind, aggregate_id: UUID) -> Versioned[Any]:
    """An entry in function that this steward may change. Raises NotKept, Retired and OutOfScope."""
    found = await KEPT[kind].find(tx, aggregate_id)
    known: Versioned[Any] = still_editable(found, found.version if found else 0)
    scope.check(by.actor, known.state.territory_ids)
    return known


async def _become(tx: Transaction, by: Author, kind: Kind, state: Any, expected: int) -> None:
    await publish(tx, await KEPT[kind].change(tx, state, expected), id=new_id(), at=by.at)


# Corrections -------------------------------------------------------------------------------------


async def accept(tx: Transaction, by: Author, parts: Parts, correction_id: UUID) -> None:
    """What the organisation says stands, and comes from it. Raises NotKept, Retired and OutOfScope."""
    one = await store.take_proposal(tx, correction_id)
    known = await _steered(tx, by, one.kind, one.aggregate_id)
    said_on = one.proposed_at.astimezone(parts.settings.zone).date()
    state = corrected(known.state, one.field, one.after, said_on, by.actor.agent_id)
    if state != known.state:
        await _become(tx, by, one.kind, state, known.version)
    await store.decided(tx, one, accepted=True, at=by.at, by=by.actor.agent_id)


async def refuse(tx: Transaction, by: Author, correction_id: UUID) -> None:
    """The entry stays as it is. Raises NotKept and OutOfScope."""
    one = await store.take_proposal(tx, correction_id)
    found = await KEPT[one.kind].find(tx, one.aggregate_id)
    if found is None:
        raise NotKept
    scope.check(by.actor, found.state.territory_ids)
    await store.decided(tx, one, accepted=False, at=by.at, by=by.actor.agent_id)


# Duplicates --------------------------------------------------------------------------------------


async def dismiss(tx: Transaction, by: Author, first_id: UUID, second_id: UUID) -> None:
    """They are two. Raises NotKept."""
    await store.dismiss(tx, await store.take_pair(tx, first_id, second_id), by.at, by.actor.agent_id)


async def merge(tx: Transaction, by: Author, first_id: UUID, second_id: UUID, kept_id: UUID) -> None:
    """They are one: `kept_id` takes what the other says and it does not, the other retires and says where it went.

    Raises NotKept, Retired, OutOfScope, Refused, and StillHasAgents for an organisation that agents belong to.
    """
    pair = await store.take_pair(tx, first_id, second_id)
    if kept_id not in (first_id, second_id):
        raise Refused("not-a-pair", N_("Choisissez laquelle des deux fiches est gardée."))
    gone_id = second_id if kept_id == first_id else first_id
    kept = await _steered(tx, by, pair.kind, kept_id)
    gone = await _steered(tx, by, pair.kind, gone_id)
    mergeable(kept.state, gone.state, (first_id, second_id))
    whole = completed(kept.state, gone.state, by.source)
    if isinstance(whole, OfferPublished):
        whole = at_places(whole, await sites_at(tx, whole))
    await _become(tx, by, pair.kind, whole, kept.version)
    if pair.kind == ORGANISATION:
        await _hand_over(tx, by, gone.state, kept.state)
    await _become(tx, by, pair.kind, told(gone.state, saying(retired=True)(gone.state), by.source), gone.version)
    await store.merged(tx, gone_id, kept_id, by.at, by.actor.agent_id)


async def _hand_over(tx: Transaction, by: Author, gone: OrganisationPublished, kept: OrganisationPublished) -> None:
    """What one offers is the other's, and nobody asks it any more."""
    if await organisations.has_agents(tx, gone.organisation_id):
        raise StillHasAgents
    offered = (await offers.of_organisations(tx, [gone.organisation_id])).get(gone.organisation_id, [])
    scope.check(by.actor, *(one.territory_ids for one in offered))
    moved = [told(one, _offered_by(one, kept.organisation_id), by.source) for one in offered]
    known = await offers.those(tx, [one.offer_id for one in moved], changing=True)
    await publish_all(tx, await offers.keep(tx, [one for one in moved if one.offer_id in known]), at=by.at)
    await due_dates.cancel(tx, gone.organisation_id, asking.KIND)


def _offered_by(offer: OfferPublished, organisation_id: UUID) -> OfferPublished:
    return offer.model_copy(update={"organisation_id": organisation_id})


# Asking ------------------------------------------------------------------------------------------


async def set_rhythm(tx: Transaction, by: Author, parts: Parts, organisation_id: UUID, every: int | None) -> None:
    """Ask it every so many months, or never. Raises NotKept, Retired and OutOfScope."""
    known = await _steered(tx, by, ORGANISATION, organisation_id)
    one = await store.confirmation(tx, organisation_id, changing=True)
    kept = await store.keep_confirmation(tx, replace(one, every_months=every))
    await asking.plan_next(tx, parts, kept, known.state)


async def ask(tx: Transaction, by: Author, parts: Parts, organisation_id: UUID) -> None:
    """Ask it at once. Raises NotKept, Retired, OutOfScope, and Refused where it has no address."""
    known = await _steered(tx, by, ORGANISATION, organisation_id)
    if not known.state.email:
        raise Refused("no-address", N_("Cette structure n'a pas d'adresse électronique. Ajoutez-la d'abord."))
    await asking.ask_now(tx, parts, organisation_id)


async def revoke(tx: Transaction, by: Author, organisation_id: UUID) -> Confirmation:
    """Its link no longer works. Raises NotKept, Retired, OutOfScope and Refused."""
    await _steered(tx, by, ORGANISATION, organisation_id)
    known = await store.confirmation(tx, organisation_id, changing=True)
    return await store.keep_confirmation(tx, revoked(known, by.at))


async def campaign(tx: Transaction, by: Author, parts: Parts, territory_id: str, every: int) -> int:
    """Ask, every so many months, all organisations of a territory of whom nobody said how often: the least sure first,
    some a day. Returns how many. Raises OutOfScope."""
    scope.check(by.actor, [territory_id])
    found = await store.never_asked(tx, territory_id)
    await store.begin_asking(tx, [one for one, _ in found], every)
    days = []
    for place, (organisation_id, sure_on) in enumerate(found):
        earliest = by.today + timedelta(days=1 + place // asking.PER_DAY)
        due_on = Confirmation(organisation_id, every).due_on(sure_on, by.today)
        days.append((organisation_id, max(due_on or earliest, earliest)))
    await asking.plan(tx, parts, days)
    return len(found)
