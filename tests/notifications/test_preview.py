"""A rule tried on past events: how many messages, by which channel, at what cost; nothing is written or sent."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from contracts import programmes
from contracts.envelope import Envelope
from deploy.local.testing import Broker
from notifications.app import channels, make_post
from notifications.messages import rules
from notifications.messages.wording import Wording
from notifications.preview.commands import preview, samples, told
from notifications.preview.past import events
from notifications.preview.trial import Tally, Trial
from tests.notifications.conftest import Desk, desk_on
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, follow_up_due, opened, request, withdrawn
from tests.notifications.test_path import Kafka

NIGHT = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)


def trial(desk: Desk) -> Trial:
    parts, book = desk.service.parts, rules.load(programmes.load())
    return Trial(parts.worker, make_post(desk.settings, parts, book), channels(desk.settings, parts))


async def past(*envelopes: Envelope) -> AsyncIterator[Envelope]:
    for one in envelopes:
        yield one


async def test_messages_are_counted_by_what_would_become_of_them(desk: Desk, mails: MailServer) -> None:
    safe, unsafe = SamplePerson("personne.exemple@exemple.test"), SamplePerson("autre@exemple.test", safe=False)
    for person in (safe, unsafe):
        await desk.hear(person.key_issued(), person.recorded())
    happened = [
        request(safe.id),
        request(safe.id, at=NIGHT),
        request(unsafe.id),
        request(safe.id, themes=("violence",)),
    ]
    happened += [request(uuid4()), request(None)]
    tally = await trial(desk).run("acknowledgement", past(*happened))
    assert (tally.events, dict(tally.leave)) == (6, {"email": 2}), "at night it leaves too, in the morning"
    assert dict(tally.stay) == {"no_safe_contact": 2, "unknown_recipient": 1}
    assert (await desk.rows(), mails.mails, await desk.told()) == ([], [], [])
    lines = "\n".join(told("acknowledgement", "RequestSubmitted", tally, Decimal("0.045")))
    assert "6 événements RequestSubmitted relus, 5 messages" in lines
    assert "2 par courriel" in lines
    assert "exemple.test" not in lines


async def test_messages_of_a_dossier_are_those_of_its_programme(desk: Desk) -> None:
    agent, case_id = SamplePerson("agent.exemple@exemple.test"), uuid4()
    await desk.hear(agent.key_issued(), agent.as_agent(), opened(case_id))
    tally = await trial(desk).run("follow-up-reminder", past(follow_up_due(case_id, agent.id)))
    assert dict(tally.leave) == {"email": 1}


async def test_a_rule_that_does_not_exist_is_said(desk: Desk) -> None:
    with pytest.raises(SystemExit, match="aucune règle « of-tomorrow »"):
        await preview(desk.service, ["--rule", "of-tomorrow", "--last", "30d"])
    with pytest.raises(SystemExit):
        await preview(desk.service, ["--rule", "acknowledgement", "--last", "a month"])


@pytest.mark.parametrize("rule", sorted(rules.load(programmes.load()).rules))
def test_every_rule_has_samples_of_nobody(rule: str) -> None:
    book, zone = rules.load(programmes.load()), ZoneInfo("Europe/Paris")
    post: Any = SimpleNamespace(wording=Wording(book.rules, zone), public_url="http://localhost")
    found = samples(post, book.rules[rule])
    assert len(found) == len(book.rules[rule].channels)
    assert all(("Exemple" in one and "http://localhost" in one) or rule == "orientation-code" for one in found)


async def test_events_are_read_again_from_their_topic(mails: MailServer, service_database: Any, kafka: Broker) -> None:
    database, topics = await service_database("notifications"), f"t{secrets.token_hex(3)}-"
    await kafka.make_topics(topics, partitions=3)
    async with desk_on(database, mails, topic_prefix=topics, **kafka.settings("notifications")) as desk:
        await _read_twice(desk, Kafka(database, kafka, topics))
    await kafka.drop_topics(topics)


async def _read_twice(desk: Desk, kafka: Kafka) -> None:
    wanted = [request(uuid4()) for _ in range(20)]
    await kafka.says("intake", *wanted, withdrawn(uuid4()))
    for _ in range(2):
        found = [one.id async for one in events(desk.settings, "RequestSubmitted", NOW - timedelta(days=30))]
        assert sorted(found) == sorted(one.id for one in wanted), "nobody's place in the topic has moved"
    later = datetime.now(UTC) + timedelta(hours=1)
    assert [one async for one in events(desk.settings, "RequestSubmitted", later)] == []


def test_text_messages_cost_by_the_part() -> None:
    assert Tally(parts=3).cost(Decimal("0.045")) == Decimal("0.135")
