"""What requests of people may do to the tables every service has, whatever the service."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import ServiceDatabaseFactory
from tests.policies import NOT_GRANTED, OPERATOR, PASSED, REFUSED, RESIDENT, SERVICE, Acting, Probes, agent, probing

SAMPLES = """
INSERT INTO agents VALUES (gen_random_uuid(), 's', gen_random_uuid(), '{}', '{}', '[]', false, 1);
INSERT INTO subject_keys VALUES ('person:x', 'w', '1');
INSERT INTO due_dates (due_date_id, stage, kind, subject, due_on, zone, fires_at)
VALUES (gen_random_uuid(), 'due', 'k', gen_random_uuid(), '2026-03-02', 'Europe/Paris', now());
"""
RECEPTION = agent("reception", ("reception", "here"))


@pytest.fixture(scope="module", params=["intake", "cases", "notifications"])
async def probes(request: pytest.FixtureRequest, module_database: ServiceDatabaseFactory) -> AsyncIterator[Probes]:
    async with probing(await module_database(request.param)) as made:
        await made.seed(SAMPLES)
        yield made


@pytest.mark.parametrize(
    ("actor", "table", "reads", "updates", "inserts"),
    [
        # An agent's grants say who may do what: no request may write them.
        (RESIDENT, "agents", 0, NOT_GRANTED, NOT_GRANTED),
        (RECEPTION, "agents", 1, NOT_GRANTED, NOT_GRANTED),
        (OPERATOR, "agents", 1, NOT_GRANTED, NOT_GRANTED),
        (SERVICE, "agents", 1, "UPDATE 1", PASSED),
        # A key, once recorded, is changed by an erasure alone.
        (RESIDENT, "subject_keys", 1, NOT_GRANTED, PASSED),
        (RECEPTION, "subject_keys", 1, NOT_GRANTED, PASSED),
        (SERVICE, "subject_keys", 1, "UPDATE 1", PASSED),
        # Who asks is promised an answer; what was promised others is not theirs to see or move.
        (RESIDENT, "due_dates", 0, "UPDATE 0", PASSED),
        (RECEPTION, "due_dates", 1, "UPDATE 1", PASSED),
        (SERVICE, "due_dates", 1, "UPDATE 1", PASSED),
    ],
    ids=lambda value: value.name if isinstance(value, Acting) else str(value),
)
async def test_who_writes_what(
    probes: Probes, actor: Acting, table: str, reads: int, updates: str, inserts: str
) -> None:
    outcomes = await probes.outcomes(table, [actor])
    assert outcomes[actor.name, "reads"] == reads
    assert outcomes[actor.name, "updates"] == updates
    assert outcomes[actor.name, "inserts"] == (inserts,)


async def test_nobody_unnamed_writes_anything(probes: Probes) -> None:
    unnamed = Acting("nobody")
    for table in ("agents", "subject_keys", "due_dates"):
        outcomes = await probes.outcomes(table, [unnamed])
        assert outcomes["nobody", "inserts"] in ((NOT_GRANTED,), (REFUSED,))
