"""Row-level security of intake: everybody sees what is theirs, and each policy is needed for it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chassis.actor import PUBLIC
from tests.identity import agent_id, grant
from tests.intake.conftest import Intake, resident
from tests.policies import (
    IDLE_WORKER,
    NOBODY,
    USUAL,
    Acting,
    Probes,
    agent,
    bound_by_policies,
    probing,
)  # fmt: skip

RECEPTION = agent("reception", ("reception", "saint-brieuc"), agent_id=agent_id("accueil"))
SOCIAL_WORKER = agent("social worker", ("social_worker", "saint-brieuc"))
ELSEWHERE = agent("elsewhere", ("social_worker", "saint-flour"))
EVERYWHERE = agent("everywhere", ("manager", "*"))
COORDINATOR = agent("coordinator", ("coordinator", "saint-brieuc"))


def refused() -> dict[str, Any]:
    """A family conference that is excluded, in a family of two, taken at the desk."""
    child = {"given_name": "Lou", "family_name": "Exemple"}
    return resident(
        channel="desk",
        programme="family-conference",
        exclusions=["sexual_abuse"],
        household=[child],
        concerned={"minor": False, "consents": [{"kind": "messages", "given_how": "oral"}]},
    )


@pytest.fixture
async def probes(intake: Intake) -> AsyncIterator[Probes]:
    await grant(intake.worker, "accueil", [("reception", "saint-brieuc")])
    for body, subject in ((resident(), None), (refused(), "accueil")):
        answer = await intake.ask(body, subject)
        assert answer.status_code == 201, answer.text
    async with probing(intake.database) as made:
        await made.seed(
            "INSERT INTO organisations VALUES (gen_random_uuid(), 'Exemple', 'ccas', '{*}', NULL, NULL, false, 1)",
            "INSERT INTO partner_letters VALUES (gen_random_uuid(), '')",
            "INSERT INTO inbox VALUES (gen_random_uuid())",
            "INSERT INTO consumer_offsets VALUES ('intake-people', 0, 1)",
            "INSERT INTO dead_letters (dead_letter_id, topic, partition, record_offset, key, event_type, headers,"
            " value, reason, attempts)"
            " VALUES (gen_random_uuid(), 'partner-requests', 0, 1, 'k', 't', '{}', '', 'r', 1)",
        )
        yield made


async def everybody(intake: Intake) -> list[Acting]:
    async with intake.worker.transaction() as tx:
        hashed = await tx.fetchval("SELECT tracking_hash FROM requests WHERE channel = 'web'")
    holder = Acting.of("holder of a secret", PUBLIC, tracking=hashed.hex())
    return [*USUAL, RECEPTION, SOCIAL_WORKER, ELSEWHERE, EVERYWHERE, COORDINATOR, holder]


async def test_dropping_any_policy_is_noticed(intake: Intake, probes: Probes) -> None:
    assert await probes.empty() == []
    assert await probes.unguarded(await everybody(intake)) == []


async def test_every_table_is_protected_and_nobody_is_above_it(intake: Intake, probes: Probes) -> None:
    assert await probes.unprotected() == []
    assert await bound_by_policies(intake.database.app_url)
    assert await bound_by_policies(intake.database.worker_url)


async def test_without_a_named_actor_nothing_is_seen(probes: Probes) -> None:
    for table in await probes.tables():
        outcomes = await probes.outcomes(table, [NOBODY, IDLE_WORKER])
        seen = {key: outcome for key, outcome in outcomes.items() if key[1] == "reads"}
        assert set(seen.values()) <= {0, "not granted"}, (table, seen)


@pytest.mark.parametrize(
    ("actor", "table", "rows"),
    [
        (RECEPTION, "requests", 2),
        (SOCIAL_WORKER, "requests", 2),
        (EVERYWHERE, "requests", 2),
        (ELSEWHERE, "requests", 0),
        (COORDINATOR, "requests", 0),
        (RECEPTION, "refusals", 0),
        (SOCIAL_WORKER, "refusals", 1),
        (ELSEWHERE, "refusals", 0),
        (ELSEWHERE, "persons", 0),
        (SOCIAL_WORKER, "persons", 3),
        (ELSEWHERE, "contact_points", 0),
        (RECEPTION, "contact_points", 2),
        (ELSEWHERE, "consents", 0),
        (RECEPTION, "consents", 1),
    ],
    ids=lambda value: value.name if isinstance(value, Acting) else str(value),
)
async def test_who_sees_how_much(probes: Probes, actor: Acting, table: str, rows: int) -> None:
    assert (await probes.outcomes(table, [actor]))[actor.name, "reads"] == rows


async def test_a_secret_shows_its_own_request_alone(intake: Intake, probes: Probes) -> None:
    holder = (await everybody(intake))[-1]
    for table, rows in {"requests": 1, "persons": 0, "contact_points": 0, "refusals": 0}.items():
        assert (await probes.outcomes(table, [holder]))[holder.name, "reads"] == rows
