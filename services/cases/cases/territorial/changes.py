"""What a route takes to change a conference: an edit of the version that was seen, or something made once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from cases.answers import changed, created
from cases.territorial import life
from cases.territorial.work import Work, by_manager, changing
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Answer, Idempotency, IdempotencyKey, once
from chassis.web.identity import CurrentActor
from chassis.web.preconditions import IfMatch


@dataclass(frozen=True)
class Edit:
    """A manager's edit of the conference in the route, in the version they saw (`If-Match`)."""

    parts: Parts
    actor: Actor
    case_id: UUID
    version: int

    async def step(self, act: Callable[[Work], Awaitable[object]]) -> Response:
        """One step, and what is missing after it."""
        async with changing(self.parts, self.actor, self.case_id, self.version) as work:
            await act(work)
            return changed(answer(work, status=200))


@dataclass(frozen=True)
class Creation:
    """Something a manager adds to the conference in the route, once however often it is sent (`Idempotency-Key`)."""

    parts: Parts
    actor: Actor
    case_id: UUID
    key: IdempotencyKey

    async def make(self, name: str, act: Callable[[Work], Awaitable[UUID]]) -> Response:
        """Make it; the answer holds its id under `name`."""

        async def create(tx: Transaction) -> Answer:
            work = await by_manager(tx, self.parts, self.actor, self.case_id)
            made = {name: await act(work)}
            return answer(work, made)

        return changed(await once(lambda: self.parts.app.transaction(self.actor), self.key, create))


def answer(work: Work, members: Mapping[str, UUID] = MappingProxyType({}), *, status: int = 201) -> Answer:
    """The conference after a change: where it stands, and what is missing before the next step."""
    conference = work.conference
    return created(work, status=status, phase=conference.phase, missing=list(life.missing(conference)), **members)


def _edit(case_id: UUID, actor: CurrentActor, parts: CurrentParts, version: IfMatch) -> Edit:
    return Edit(parts, actor, case_id, version)


def _creation(case_id: UUID, actor: CurrentActor, parts: CurrentParts, key: Idempotency) -> Creation:
    return Creation(parts, actor, case_id, key)


Editing = Annotated[Edit, Depends(_edit)]
Creating = Annotated[Creation, Depends(_creation)]
