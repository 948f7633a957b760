"""Grouping a batch by handler keeps each key's order."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.database import Transaction
from chassis.handlers import Handlers, Poison, Received, waves
from contracts.envelope import MalformedEvent, UnknownVersion, encode, event
from contracts.events import PartnerRequestSent, PromiseMissed, RequestWithdrawn

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEYS = [uuid4() for _ in range(4)]


async def nothing(tx: Transaction, received: Sequence[Received[Any]]) -> None:
    """Handles by doing nothing."""


def handlers() -> Handlers:
    registered = Handlers()
    registered.on(RequestWithdrawn)(nothing)
    registered.on(PromiseMissed)(nothing)
    return registered


def received(kind: str, request_id: UUID, sequence: int) -> Received[Any]:
    data: Any = (
        RequestWithdrawn(request_id=request_id)
        if kind == "withdrawn"
        else PromiseMissed(request_id=request_id, promised_on=NOW.date())
    )
    return Received(event(data, id=uuid4(), source="/maillage/intake", sequence=sequence, time=NOW), data)


@given(st.lists(st.tuples(st.sampled_from(["withdrawn", "missed"]), st.sampled_from(KEYS)), max_size=40))
def test_every_event_is_given_once_and_keys_stay_in_order(plan: list[tuple[str, UUID]]) -> None:
    events = [received(kind, key, number) for number, (kind, key) in enumerate(plan, 1)]
    given_out = [one for wave in waves(handlers(), events) for one in wave.received]
    assert sorted(one.envelope.sequence for one in given_out) == list(range(1, len(events) + 1))
    for key in KEYS:
        sequences = [one.envelope.sequence for one in given_out if one.envelope.subject == str(key)]
        assert sequences == sorted(sequences)


def test_events_of_one_type_are_given_at_once() -> None:
    events = [received("withdrawn", uuid4(), 1) for _ in range(50)]
    [wave] = waves(handlers(), events)
    assert wave.received == events


def test_types_that_alternate_on_different_keys_make_two_groups() -> None:
    events = [received(kind, uuid4(), 1) for kind in ("withdrawn", "missed") * 10]
    assert [len(wave.received) for wave in waves(handlers(), events)] == [10, 10]


def test_a_type_has_one_handler() -> None:
    registered = handlers()
    with pytest.raises(ValueError, match="RequestWithdrawn has two handlers"):
        registered.on(RequestWithdrawn)(nothing)


def of_version(kind: str, version: int) -> bytes:
    envelope = received("withdrawn", KEYS[0], 1).envelope
    attributes = orjson.loads(encode(envelope)) | {"type": kind, "dataschema": f"urn:maillage:{kind}:{version}"}
    return orjson.dumps(attributes)


def test_a_version_newer_than_ours_waits_for_a_release() -> None:
    with pytest.raises(UnknownVersion):
        handlers().read("intake-events", of_version("RequestWithdrawn", 2))


def test_a_version_no_partner_may_use_does_not_wait() -> None:
    registered = Handlers()
    registered.on(PartnerRequestSent)(nothing)
    with pytest.raises(Poison, match="version inconnue : PartnerRequestSent, version 2"):
        registered.read("partner-requests", of_version("PartnerRequestSent", 2))


@pytest.mark.parametrize("version", [1, 2])
def test_an_event_on_the_wrong_topic_is_none(version: int) -> None:
    with pytest.raises(MalformedEvent, match="RequestWithdrawn does not belong on partner-requests"):
        handlers().read("partner-requests", of_version("RequestWithdrawn", version))


def test_a_type_nobody_subscribed_to_is_nothing_to_us() -> None:
    assert handlers().read("intake-events", of_version("RequestMerged", 1)) is None


async def test_a_capability_may_follow_what_another_one_does_after_it() -> None:
    heard: list[str] = []

    def hearing(name: str) -> Handlers:
        made = Handlers()

        @made.on(PromiseMissed)
        async def missed(tx: Transaction, received: Sequence[Received[Any]]) -> None:
            heard.append(name)

        return made

    both = hearing("first")
    both.beside(hearing("second"))
    events = [received("missed", uuid4(), 1) for _ in range(2)]
    [wave] = waves(both, events)
    nowhere: Any = None
    await wave.subscription.handler(nowhere, wave.received)
    assert heard == ["first", "second"]


def test_nobody_follows_beside_a_replica() -> None:
    replica = Handlers()
    replica.on(PromiseMissed, replica=True)(nothing)
    with pytest.raises(ValueError, match="PromiseMissed"):
        handlers().beside(replica)
