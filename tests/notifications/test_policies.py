"""Row-level security of notifications: each policy opens something that nothing else opens."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.notifications.conftest import Desk
from tests.notifications.samples import ORGANISATION, SamplePerson, opened, organisation, request
from tests.policies import IDLE_WORKER, NOBODY, USUAL, Probes, agent, bound_by_policies, probing

MANAGER = agent("manager", ("manager", "saint-brieuc"))
ELSEWHERE = agent("manager elsewhere", ("manager", "arcachon"))
EVERYWHERE = agent("manager everywhere", ("manager", "*"))
RECEPTION = agent("reception", ("reception", "saint-brieuc"))
WEBHOOK, AGENT = uuid4(), uuid4()
OWN = agent("coordinator", ("coordinator", "saint-brieuc"), agent_id=AGENT)
INSIDE = agent("manager inside", ("manager", "arcachon"), organisation_id=ORGANISATION)
ACTORS = [*USUAL, MANAGER, ELSEWHERE, EVERYWHERE, RECEPTION, OWN, INSIDE]

OTHERS = (
    "INSERT INTO outbox (event_id, topic, key, headers, value) VALUES (gen_random_uuid(), 't', 'k', '{}', '')",
    "INSERT INTO inbox VALUES (gen_random_uuid())",
    "INSERT INTO consumer_offsets VALUES ('intake-events', 0, 1)",
    (
        "INSERT INTO dead_letters (dead_letter_id, topic, partition, record_offset, key, event_type, headers, value,"
        " reason, attempts) VALUES (gen_random_uuid(), 'intake-events', 0, 1, 'k', 't', '{}', '', 'r', 1)"
    ),
    (
        "INSERT INTO due_dates (due_date_id, stage, kind, subject, due_on, zone, fires_at)"
        " VALUES (gen_random_uuid(), 'due', 'k', gen_random_uuid(), '2026-03-02', 'Europe/Paris', now())"
    ),
    "INSERT INTO idempotency_keys (scope, key, body_hash, status, response) VALUES ('s', 'k', '', 201, '{}')",
    (
        "INSERT INTO holds (hold_id, since, until, placed_by)"
        " VALUES (gen_random_uuid(), '2026-03-01', '2026-03-02', 'exploitation')"
    ),
    "INSERT INTO paces VALUES ('sms', now())",
    "INSERT INTO territories VALUES ('saint-brieuc', '{}', 1)",
    (
        "INSERT INTO preferences (preference_id, person_id, about, wanted, decided_at, recorded_by, how)"
        " VALUES (gen_random_uuid(), gen_random_uuid(), 'sms', false, now(), 'agent', 'oral')"
    ),
    "INSERT INTO same_people VALUES (gen_random_uuid(), gen_random_uuid(), 1)",
    (
        "INSERT INTO webhooks (webhook_id, organisation_id, url, event_types, wrapped, master_key_id, subscribed_at,"
        f" next_attempt_at) VALUES ('{WEBHOOK}', '{ORGANISATION}', 'https://partenaire.example', '{{}}', '', '1',"
        " now(), now())"
    ),
    (
        "INSERT INTO webhook_calls (webhook_id, event_id, event_type, event_time, subject, data)"
        f" VALUES ('{WEBHOOK}', gen_random_uuid(), 't', now(), gen_random_uuid(), '{{}}')"
    ),
    (
        "INSERT INTO tasks (task_id, agent_id, kind, link, late, subject, caused_at)"
        f" VALUES (gen_random_uuid(), '{AGENT}', 'k', '/', false, gen_random_uuid(), now())"
    ),
    "INSERT INTO case_agents VALUES (gen_random_uuid(), gen_random_uuid(), now())",
    "INSERT INTO sms_calls VALUES ('a-call', now())",
    (
        "INSERT INTO letter_batches (batch_id, territory_id, closed_at, state, letters)"
        " VALUES (gen_random_uuid(), 'saint-brieuc', now(), 'to_print', 1),"
        " (gen_random_uuid(), NULL, now(), 'to_print', 1)"
    ),
    (
        "INSERT INTO letters (delivery_id, reference, recipient_id, territory_id, address_mark, written_at)"
        " VALUES (gen_random_uuid(), 'A', gen_random_uuid(), 'saint-brieuc', '', now()),"
        " (gen_random_uuid(), 'B', gen_random_uuid(), NULL, '', now())"
    ),
    "INSERT INTO stopped_addresses VALUES (gen_random_uuid(), '', now())",
    "INSERT INTO mail_reports VALUES ('', now())",
    "INSERT INTO texted VALUES ('', gen_random_uuid())",
)


@pytest.fixture
async def probes(desk: Desk) -> AsyncIterator[Probes]:
    person, colleague = SamplePerson("personne.exemple@exemple.test"), SamplePerson("agent.exemple@exemple.test")
    await desk.hear(person.key_issued(), person.recorded(), person.agreed_to_messages(uuid4()), organisation())
    await desk.hear(colleague.as_agent(), opened(uuid4()), request(person.id), request(person.id, territory_id=None))
    async with probing(desk.database) as made:
        await made.seed(*OTHERS)
        yield made


async def test_dropping_any_policy_is_noticed(probes: Probes) -> None:
    assert await probes.empty() == []
    assert await probes.unguarded(ACTORS) == []


async def test_every_table_is_protected_and_nobody_is_above_it(desk: Desk, probes: Probes) -> None:
    assert await probes.unprotected() == []
    assert await bound_by_policies(desk.database.app_url)
    assert await bound_by_policies(desk.database.worker_url)


async def test_without_a_named_actor_nothing_is_seen(probes: Probes) -> None:
    for table in await probes.tables():
        outcomes = await probes.outcomes(table, [NOBODY, IDLE_WORKER])
        assert {outcome for (_, action), outcome in outcomes.items() if action == "reads"} <= {0, "not granted"}, table


@pytest.mark.parametrize("table", ["deliveries", "letters", "letter_batches"])
async def test_who_sees_which_messages(probes: Probes, table: str) -> None:
    outcomes: dict[Any, Any] = await probes.outcomes(table, ACTORS)
    seen = {actor: count for (actor, action), count in outcomes.items() if action == "reads" and count}
    assert seen == {"service": 2, "operator": 2, "manager": 1, "manager everywhere": 2}


@pytest.mark.parametrize("table", ["organisations", "webhooks", "webhook_calls"])
async def test_who_may_subscribe_an_organisation(probes: Probes, table: str) -> None:
    outcomes: dict[Any, Any] = await probes.outcomes(table, ACTORS)
    seen = {
        actor for (actor, action), count in outcomes.items() if action == "reads" and count not in (0, "not granted")
    }
    assert seen == {"service", "operator", "manager", "manager everywhere", "manager inside"}


@pytest.mark.parametrize("table", ["tasks", "inboxes"])
async def test_an_inbox_is_its_agents_own(probes: Probes, table: str) -> None:
    outcomes: dict[Any, Any] = await probes.outcomes(table, ACTORS)
    seen = {
        actor for (actor, action), count in outcomes.items() if action == "reads" and count not in (0, "not granted")
    }
    assert seen == {"service", "coordinator"}


@pytest.mark.parametrize("table", ["people", "message_consents", "cases", "case_agents", "holds", "stopped_addresses"])
async def test_what_it_takes_to_send_is_for_the_service_alone(probes: Probes, table: str) -> None:
    outcomes = await probes.outcomes(table, ACTORS)
    allowed = {actor for (actor, action), outcome in outcomes.items() if action == "reads" and outcome != "not granted"}
    assert allowed == {"service", "idle worker"}
