"""A territory's partners ratify a plan: the contract that is to come of it is there to be negotiated, once."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from chassis.handlers import Received, Transient
from chassis.inbox import admit, handle
from chassis.sealing import MasterKey
from contracts.envelope import Envelope, event
from contracts.events import ConferenceRatified, EventData, PersonKeyIssued
from contracts.events.cases import agreement_id_of
from tests.directory.conftest import Directory

CASE, CONFERENCE = UUID(int=1), UUID(int=2)
CITY, CCAS = UUID(int=3), UUID(int=4)
ACTION = {
    "what": "Ouvrir une halte-garderie\nle soir",
    "level": "intercommunal",
    "commune": None,
    "organisation_id": str(CITY),
    "indicator": "Familles accueillies",
    "by_when": "2026-12-01",
    "checked_by": str(CCAS),
}
PLAN = {"title": "Conférence d'essai", "axes": [{"title": "Petite enfance", "actions": [ACTION, ACTION]}]}
OPENS, WRAPPED = MasterKey(bytes(32), "1").issue(f"case:{CASE}")


def ratified(*, contract: bool = True) -> Envelope:
    event_id = uuid4()
    return told(
        ConferenceRatified(
            case_id=CASE,
            conference_id=CONFERENCE,
            scale="territorial",
            met_on=date(2026, 3, 2),
            ratified_on=date(2026, 3, 2),
            follow_up_due_on=date(2026, 9, 2),
            coordinator_id=UUID(int=5),
            members=(),
            action_count=2,
            plan=OPENS.seal(orjson.dumps(PLAN).decode(), event_id=event_id, name="plan"),
            territory_id="ici",
            member_organisation_ids=(CITY, CCAS),
            contract=contract,
        ),
        event_id,
    )


def told(data: EventData, id: UUID) -> Envelope:
    return event(data, id=id, source="/maillage/cases", sequence=1, time=datetime(2026, 3, 2, tzinfo=UTC))


async def receive(directory: Directory, *envelopes: Envelope) -> None:
    handlers = directory.service.all_handlers
    received: list[Received[Any]] = [
        Received(one, handlers.subscription(one).event.model_validate(one.data)) for one in envelopes
    ]
    async with directory.service.parts.worker.transaction() as tx:
        await handle(tx, handlers, received, await admit(tx, [], [one.envelope.id for one in received], set()))


async def test_the_draft_of_a_contract_comes_of_the_plan(directory: Directory) -> None:
    conference = ratified()
    with pytest.raises(Transient):
        await receive(directory, conference)
    issued = PersonKeyIssued(key_subject=WRAPPED.key_subject, wrapped=WRAPPED.wrapped, master_key_id="1")
    await receive(directory, told(issued, uuid4()))
    await receive(directory, conference)
    await receive(directory, conference, ratified(contract=False))

    listed = (await directory.ask("GET", "/directory/agreements")).json()["agreements"]
    assert [one["agreement_id"] for one in listed] == [str(agreement_id_of(CONFERENCE))]
    draft = (await directory.ask("GET", f"/directory/agreements/{agreement_id_of(CONFERENCE)}")).json()
    terms = draft["terms"]
    assert (draft["kind"], draft["phase"]) == ("territory_contract", "draft")
    assert (terms["starts_on"], terms["ends_on"], terms["territory_ids"]) == ("2026-03-02", "2027-03-01", ["ici"])
    assert [one["organisation_id"] for one in terms["parties"]] == [str(CITY), str(CCAS)]
    assert [one["title"] for one in terms["actions"]] == ["Ouvrir une halte-garderie le soir"] * 2
    assert {(one["axis"], one["owner_id"], one["due_on"]) for one in terms["actions"]} == {(1, str(CITY), "2026-12-01")}
