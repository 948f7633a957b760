"""Every list an agent opens is read by its index, a page further on from where it begins: as PostgreSQL would with a
million dossiers, under an agent's row-level security."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from cases.appointments import store as appointments
from cases.assignments import store as assignments
from cases.conferences import pool
from cases.dossiers import store as dossiers
from cases.orientations import store as orientations
from cases.shares import store as shares
from cases.tasks import store as tasks
from chassis.actor import Actor
from chassis.sealing import MasterKey
from chassis.service import Parts
from tests.bench.dossiers import LARGEST, fill
from tests.bench.ground import connected
from tests.cases.conftest import KEY, settings_for
from tests.conftest import ServiceDatabaseFactory

DOSSIERS = 2_000
GENERIC = "force_generic_plan"
AT, DAY, ID = datetime(2026, 3, 2, tzinfo=UTC), date(2026, 3, 2), UUID(int=1)
# What the planner believes: as many rows in as many pages as there would be.
AS_A_MILLION = f"""
UPDATE pg_class SET reltuples = reltuples * {1_000_000 // DOSSIERS}
WHERE relname IN ('cases', 'referents', 'tasks', 'appointments', 'engagements', 'orientations', 'shares', 'workloads')
"""


@dataclass
class Asked:
    """In the place of a transaction: tells how PostgreSQL reads what a store asks of it, and finds nothing."""

    tx: Any
    plan: str = field(default="", init=False)

    async def fetch(self, query: str, *values: object) -> list[Any]:
        self.plan = "\n".join(row[0] for row in await self.tx.fetch(f"EXPLAIN {query}", *values))
        return []

    async def fetchval(self, query: str, *values: object) -> None:
        await self.fetch(query, *values)


Read = Callable[[Any, Actor], Awaitable[object]]


def worklist(after: dossiers.After | None, *territories: str) -> Read:
    """The dossiers of these territories, of all when none is named, and the actor's own."""
    return lambda tx, actor: dossiers.worklist(
        tx, status="open", territories=territories or None, agent_id=actor.agent_id, after=after, limit=51
    )


def mine(after: tasks.After | None) -> Read:
    return lambda tx, actor: tasks.mine(tx, after, 51)


FAR = dossiers.After(AT, ID)
LISTS: list[tuple[str, str, Read, list[str]]] = [
    ("reception", "reception-0", worklist(None, LARGEST), ["cases_worklist"]),
    ("reception, far", "reception-0", worklist(FAR, LARGEST), ["cases_worklist"]),
    ("social worker", "social_worker-0", worklist(None, LARGEST), ["cases_worklist", "referents_worklist"]),
    ("social worker, far", "social_worker-0", worklist(FAR, LARGEST), ["cases_worklist", "referents_worklist"]),
    ("coordinator", "coordinator-0", worklist(None, "none"), ["cases_coordinated"]),
    ("coordinator, far", "coordinator-0", worklist(FAR, "none"), ["cases_coordinated"]),
    ("manager of all", "manager-0", worklist(None), ["cases_everywhere"]),
    ("manager of all, far", "manager-0", worklist(FAR), ["cases_everywhere"]),
    ("tasks", "social_worker-0", mine(None), ["tasks_of_agent"]),
    ("tasks, far", "social_worker-0", mine(tasks.After(DAY, ID)), ["tasks_of_agent"]),
    (
        "agenda",
        "social_worker-0",
        lambda tx, actor: appointments.agenda(tx, actor.agent_id or ID, AT, AT, 100),
        ["engagements_agenda", "appointments_pkey"],
    ),
    (
        "orientations, far",
        "social_worker-0",
        lambda tx, actor: orientations.received(tx, actor.organisation_id or ID, ID, 51),
        ["orientations_received"],
    ),
    (
        "shares, far",
        "social_worker-0",
        lambda tx, actor: shares.received(tx, actor.organisation_id or ID, ID, 51),
        ["shares_received"],
    ),
]


@pytest.fixture(scope="module")
async def parts(module_database: ServiceDatabaseFactory) -> AsyncIterator[Parts]:
    made = await module_database("cases")
    async with connected(made.admin_url) as admin:
        await fill(admin, DOSSIERS, MasterKey(base64.b64decode(KEY), "1"))
        await admin.execute(AS_A_MILLION)
    parts = Parts(settings_for(made))
    await parts.open()
    yield parts
    await parts.close()


async def plan_of(parts: Parts, subject: str, read: Read, mode: str) -> str:
    """How that list is read for that agent; `mode`: with the values asked for in view, or for whatever is asked."""
    actor = await parts.grants(subject)
    assert actor is not None
    async with parts.app.transaction(actor) as tx:
        await tx.execute(f"SET LOCAL plan_cache_mode = {mode}")
        asked = Asked(tx)
        await read(asked, actor)
    return asked.plan


@pytest.mark.parametrize("mode", ["force_custom_plan", GENERIC])
@pytest.mark.parametrize(("_name", "subject", "read", "indexes"), LISTS, ids=[one[0] for one in LISTS])
async def test_a_list_is_read_by_its_index(
    parts: Parts, _name: str, subject: str, read: Read, indexes: list[str], mode: str
) -> None:
    plan = await plan_of(parts, subject, read, mode)
    for index in indexes:
        assert index in plan, plan
    for table in ("cases", "referents", "tasks", "appointments", "orientations", "shares"):
        assert f"Seq Scan on {table}" not in plan, plan
    assert "Bitmap Heap Scan on cases" not in plan, "the newest are read, not all of a territory"


@pytest.mark.parametrize(("_name", "subject", "read", "_indexes"), LISTS, ids=[one[0] for one in LISTS])
async def test_a_page_further_on_is_looked_up(
    parts: Parts, _name: str, subject: str, read: Read, _indexes: list[str]
) -> None:
    """Not behind a « Filter »: all the pages before would be read."""
    lines = (await plan_of(parts, subject, read, GENERIC)).splitlines()
    told = [line.split(":")[0].strip() for line in lines if any(place in line for place in PLACES)]
    assert "Index Cond" in told, lines
    assert "Filter" not in told, lines


async def test_a_team_is_counted_and_listed_without_looking_through_its_territory(parts: Parts) -> None:
    nobody = await plan_of(parts, "manager-0", lambda tx, _: assignments.of_nobody(tx, LARGEST, DAY, 50), GENERIC)
    assert "cases_of_nobody" in nobody, nobody
    async with parts.worker.transaction() as tx:
        load: Any = Asked(tx)
        agent: Any = Asked(tx)
        await assignments.load(load, LARGEST, DAY)
        await assignments.of_agent(agent, LARGEST, ID, DAY, 50)
    assert "workloads_key" in load.plan, load.plan
    assert "referents_worklist" in agent.plan, agent.plan
    assert "Seq Scan" not in nobody + load.plan + agent.plan


AN_AGENTS: list[tuple[str, Callable[[Any], Awaitable[object]], str]] = [
    ("what a coordinator has under way", lambda tx: pool.under_way(tx, [ID, UUID(int=2)], ID), "cases_coordinated"),
    ("people an agent follows", lambda tx: pool.ties(tx, [ID], [UUID(int=3)], ID), "referents_worklist"),
    ("what an agent refers to", lambda tx: assignments.referred_to(tx, ID), "referents_worklist"),
    (
        "what one coordinates and another refers to",
        lambda tx: assignments.coordinated_by(tx, ID, ID),
        "referents_worklist",
    ),
]


@pytest.mark.parametrize("mode", ["force_custom_plan", GENERIC])
@pytest.mark.parametrize(("_name", "read", "index"), AN_AGENTS, ids=[one[0] for one in AN_AGENTS])
async def test_what_is_an_agents_is_looked_up_by_the_index_that_begins_with_them(
    parts: Parts, _name: str, read: Callable[[Any], Awaitable[object]], index: str, mode: str
) -> None:
    """Indexes on the agent alone were of use to nothing, and each row written kept them up to date."""
    async with parts.worker.transaction() as tx:
        await tx.execute(f"SET LOCAL plan_cache_mode = {mode}")
        asked: Any = Asked(tx)
        await read(asked)
        alone = await tx.fetchval(
            "SELECT to_regclass('referents_agent') IS NULL AND to_regclass('cases_coordinator') IS NULL"
        )
    assert index in asked.plan, asked.plan
    assert "Seq Scan on referents" not in asked.plan, asked.plan
    assert "Seq Scan on cases" not in asked.plan, asked.plan
    assert alone


async def test_one_dossier_is_looked_up_by_itself(parts: Parts) -> None:
    """The policies of tasks, appointments and people ask for it row by row: all that an agent refers to, listed for
    each of them, made a page last a second."""
    plan = await plan_of(parts, "social_worker-0", lambda tx, _: dossiers.by_reference(tx, "R1"), GENERIC)
    assert "cases_reference" in plan, plan
    assert "hashed SubPlan" not in plan, plan


PLACES = ("ROW(", "starts_at", "(orientation_id <", "(share_id <")
"""Where a page begins, in a condition."""
