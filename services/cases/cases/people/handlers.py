"""People's names and consents, as intake tells them."""

from collections.abc import Sequence
from typing import Any

from cases.conferences import acts
from cases.conferences import store as conferences
from cases.conferences.model import Stop
from cases.dossiers.work import by_event
from cases.follow_ups import deadlines
from cases.measures import acts as measures
from cases.measures import store as measure_store
from cases.orientations import acts as orientations
from cases.people import store
from cases.shares import acts as shares
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from chassis.service import Parts
from contracts.events import ConsentGiven, ConsentWithdrawn, PersonChanged, PersonIntroduced, PersonRecorded

ON_PROGRAMME = "programme"
"""The kind of consent a conference depends on."""
TO_SHARE = "sharing"
"""The kind that lets another organisation read about the person."""


def handlers(parts: Parts) -> Handlers:
    """What is kept of people, and what a withdrawn consent stops."""
    handlers = Handlers()

    handlers.on(PersonRecorded, replica=True)(_keep)
    handlers.on(PersonChanged, replica=True)(_keep)

    @handlers.on(PersonIntroduced, replica=True)
    async def people_introduced(tx: Transaction, received: Sequence[Received[PersonIntroduced]]) -> None:
        await store.keep(tx, [(one.data, 0) for one in received])

    @handlers.on(ConsentGiven)
    async def consents_given(tx: Transaction, received: Sequence[Received[ConsentGiven]]) -> None:
        given = {one.data.consent_id: one.data for one in received if one.data.kind == ON_PROGRAMME}
        await store.consents_given(tx, list(given.values()))
        shared = {one.data.consent_id: one.data for one in received if one.data.kind == TO_SHARE}
        await store.sharing_agreed(tx, list(shared.values()))

    @handlers.on(ConsentWithdrawn)
    async def consents_withdrawn(tx: Transaction, received: Sequence[Received[ConsentWithdrawn]]) -> None:
        for one in received:
            if one.data.kind == ON_PROGRAMME:
                await store.consent_withdrawn(tx, one.data.consent_id, one.data.person_id, one.data.withdrawn_at)
                await _stop_conferences(tx, parts, one)
                await _withdraw_from_measures(tx, parts, one)
            elif one.data.kind == TO_SHARE:
                await _stop_sharing(tx, parts, one)

    return handlers


async def _keep(tx: Transaction, received: Sequence[Received[Any]]) -> None:
    await store.keep(tx, [(one.data, one.envelope.sequence) for one in received])


async def _stop_conferences(tx: Transaction, parts: Parts, received: Received[ConsentWithdrawn]) -> None:
    # Each dossier is taken before it is looked at: a conference that begins at this moment is seen, or sees.
    for case_id in await store.concerning(tx, received.data.person_id, received.data.consent_id):
        work = await by_event(tx, parts, received, case_id)
        conference = await conferences.under_way(tx, case_id)
        if work is not None and conference is not None:
            await acts.stop_it(work, conference, Stop.CONSENT_WITHDRAWN)
        # Of a plan followed up long ago too, nothing is asked any more.
        await deadlines.cancel_all(tx, case_id)


async def _withdraw_from_measures(tx: Transaction, parts: Parts, received: Received[ConsentWithdrawn]) -> None:
    on = received.data.withdrawn_at.astimezone(parts.settings.zone).date()
    for case_id in await measure_store.depending_on(tx, received.data.person_id, received.data.consent_id):
        work = await by_event(tx, parts, received, case_id)
        if work is not None:
            await measures.consent_withdrawn(work, on)


async def _stop_sharing(tx: Transaction, parts: Parts, received: Received[ConsentWithdrawn]) -> None:
    taken_back = received.data
    organisation_id = await store.sharing_withdrawn(
        tx, taken_back.consent_id, taken_back.person_id, taken_back.withdrawn_at
    )
    if organisation_id is None or await store.agrees_to_share(tx, taken_back.person_id, organisation_id):
        return
    for case_id in await store.concerned_in(tx, taken_back.person_id):
        work = await by_event(tx, parts, received, case_id)
        if work is not None:
            await orientations.stop_sharing(work, organisation_id)
            await shares.stop(work, organisation_id)
