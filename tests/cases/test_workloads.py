"""How much work there is on a territory is kept as it changes: always what counting all dossiers anew would find."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from cases.dossiers import store
from contracts.events import (
    OrganisationPublished,
    RequestMerged,
    RequestSeparated,
    RequestWithdrawn,
    TerritoryPublished,
)
from contracts.events.cases import case_id_of
from tests.bench.dossiers import COUNTED
from tests.cases.conftest import HERE, START, THERE, Cases, submitted, told
from tests.chassis.conftest import until
from tests.identity import agent_id

ELSEWHERE = UUID(int=7)
AGENTS: Sequence[str] = ("social_worker", "colleague", "third")
DIFFERENT = f"""
SELECT * FROM ({COUNTED}) AS anew FULL JOIN (
    SELECT territory_id, agent_id, due_on, sum(workloads.many) AS kept FROM workloads GROUP BY 1, 2, 3
) AS told USING (territory_id, agent_id, due_on) WHERE anew.many IS DISTINCT FROM nullif(kept, 0)
"""
OF_NOBODY = """
SELECT case_id FROM cases WHERE status = 'open'
AND referred = (NOT EXISTS (SELECT FROM referents WHERE referents.case_id = cases.case_id))
"""


async def differences(cases: Cases) -> list[Any]:
    """Where what is kept is not what there is."""
    connection = await asyncpg.connect(cases.database.admin_url)
    try:
        return [*await connection.fetch(DIFFERENT), *await connection.fetch(OF_NOBODY)]
    finally:
        await connection.close()


@dataclass
class Office:
    """Agents who all work at once on a few dossiers, as chance has it; what the rules refuse is refused."""

    cases: Cases
    chance: Random
    requests: list[UUID] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def acts(self) -> list[Callable[[], Awaitable[httpx.Response | None]]]:
        each = [self.refer, self.release, self.move_all, self.task, self.task, self.move, self.done]
        return [*each, self.close, self.reopen, self.transfer, self.merge, self.separate, self.open, self.away]

    async def go(self, at_once: int) -> None:
        told = await asyncio.gather(*(act() for act in self.chance.choices(self.acts, k=at_once)))
        self.answers += [one.status_code for one in told if one is not None]
        await self.cases.fire(self.cases.now)

    def case(self) -> UUID:
        return case_id_of(self.chance.choice(self.requests))

    def agent(self) -> str:
        return str(agent_id(self.chance.choice(AGENTS)))

    def day(self) -> str:
        return (START.date() + timedelta(days=self.chance.randrange(4))).isoformat()

    async def open(self) -> None:
        request = submitted(territory_id=self.chance.choice([HERE, HERE, THERE, None]), programme="first-contact")
        self.requests.append(request.request_id)
        await self.cases.receive(told(request))

    async def refer(self) -> httpx.Response:
        body = {"agent_id": self.agent(), "role": "referent"}
        return await self.cases.create(f"/cases/{self.case()}/referents", body, "chief")

    async def release(self) -> httpx.Response:
        return await self.cases.change(f"/cases/{self.case()}/referents/{self.agent()}", None, "chief", method="DELETE")

    async def move_all(self) -> httpx.Response:
        one, other = self.chance.sample(AGENTS, 2)
        body = {"from_agent_id": str(agent_id(one)), "to_agent_id": str(agent_id(other))}
        return await self.cases.create("/cases/reassignments", body, "chief")

    async def task(self) -> httpx.Response:
        path, body = f"/cases/{self.case()}/tasks", {"what": "Appeler", "due_on": self.day(), "agent_id": self.agent()}
        answer = await self.cases.create(path, body, "chief")
        if answer.status_code == 201:
            self.tasks.append(f"{path}/{answer.json()['task_id']}")
        return answer

    async def move(self) -> httpx.Response | None:
        body = {"due_on": self.day(), "agent_id": self.agent()}
        return await self._of_task("", body, "PUT")

    async def done(self) -> httpx.Response | None:
        return await self._of_task("/done", None, "POST")

    async def _of_task(self, act: str, body: Any, method: str) -> httpx.Response | None:
        if not self.tasks:
            return None
        return await self.cases.change(self.chance.choice(self.tasks) + act, body, "chief", method=method)

    async def close(self) -> httpx.Response:
        body = {"reason": "answered", "summary": "Fait."}
        return await self.cases.change(f"/cases/{self.case()}/close", body, "chief")

    async def reopen(self) -> httpx.Response:
        return await self.cases.change(f"/cases/{self.case()}/reopen", {"reason": "Elle revient."}, "chief")

    async def transfer(self) -> httpx.Response:
        override = {"legal_ground": "vital_danger", "reason": "Sans attendre."}
        body = {"organisation_id": str(ELSEWHERE), "why": "Déménagement.", "override": override}
        body |= {"territory_id": self.chance.choice([HERE, THERE])}
        return await self.cases.create(f"/cases/{self.case()}/transfer", body, "chief")

    async def merge(self) -> None:
        one, into = self.chance.sample(self.requests, 2)
        await self.cases.receive(told(RequestMerged(request_id=one, into=into), 2))

    async def separate(self) -> None:
        one, out_of = self.chance.sample(self.requests, 2)
        await self.cases.receive(told(RequestSeparated(request_id=one, out_of=out_of), 3))
        await self.cases.receive(told(RequestWithdrawn(request_id=one), 4))

    async def away(self) -> httpx.Response:
        one, other = self.chance.sample(AGENTS, 2)
        body = {"agent_id": str(agent_id(one)), "substitute_id": str(agent_id(other))}
        return await self.cases.create(
            "/cases/absences", body | {"first_day": self.day(), "last_day": "2026-03-09"}, "chief"
        )


@pytest.mark.parametrize("seed", range(2))
async def test_what_is_kept_is_what_there_is_whatever_is_done_at_once(cases: Cases, seed: int) -> None:
    for one in AGENTS:
        await cases.grant(one, ("social_worker", "*"))
    await cases.grant("chief", ("manager", "*"))
    place = TerritoryPublished(territory_id=THERE, name="Saint-Flour", communes=(), valid_from=START.date())
    other = OrganisationPublished(organisation_id=ELSEWHERE, name="Association Exemple", kind="association")
    await cases.receive(told(place), told(other))
    office = Office(cases, Random(seed))
    for _ in range(4):
        await office.open()
    for _ in range(10):
        await office.go(6)
        assert await differences(cases) == []
    assert max(office.answers) < 500, "nobody who counts waits for who waits for them"
    assert sum(one < 300 for one in office.answers) > len(office.answers) / 4, office.answers


async def test_nobody_waits_for_anybody_to_count(cases: Cases) -> None:
    parts, agent = cases.service.parts, agent_id("social_worker")
    manager = await parts.grants("manager")
    assert manager is not None
    made = [await cases.open_case() for _ in range(3)]
    async with parts.app.transaction(manager) as tx:
        await store.refer(tx, made[0], agent, START)
    async with parts.app.transaction(manager) as one, parts.app.transaction(manager) as other:
        await store.refer(one, made[1], agent, START)
        await asyncio.wait_for(store.refer(other, made[2], agent, START), timeout=5)
    assert await differences(cases) == []


async def test_who_leaves_as_another_comes_leaves_no_dossier_to_nobody(cases: Cases) -> None:
    parts, case_id = cases.service.parts, await cases.open_case()
    manager = await parts.grants("manager")
    assert manager is not None
    async with parts.app.transaction(manager) as tx:
        await store.refer(tx, case_id, agent_id("social_worker"), START)

    async def come() -> None:
        async with parts.app.transaction(manager) as tx:
            await store.refer(tx, case_id, agent_id("colleague"), START)

    async with parts.app.transaction(manager) as tx:
        await store.release(tx, case_id, agent_id("social_worker"))
        coming = asyncio.create_task(come())
        await until(cases.somebody_waits)
    await coming
    assert await differences(cases) == []
