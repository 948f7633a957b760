"""What a route takes to change a dossier: an edit of the version that was seen, or something made once."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from cases.answers import changed
from cases.dossiers.work import Work, by_agent, changing
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Answer, Idempotency, IdempotencyKey, once
from chassis.web.identity import CurrentActor
from chassis.web.preconditions import IfMatch


@dataclass(frozen=True)
class Edit:
    """An agent's edit of the dossier in the route, in the version they saw (`If-Match`)."""

    parts: Parts
    actor: Actor
    case_id: UUID
    version: int

    def work(self, *, in_private_time: bool = False) -> AbstractAsyncContextManager[Work]:
        """The dossier taken, in a transaction of its own. Raises what `by_agent` does."""
        return changing(self.parts, self.actor, self.case_id, self.version, in_private_time=in_private_time)


@dataclass(frozen=True)
class Creation:
    """Something an agent adds to the dossier in the route, once however often it is sent (`Idempotency-Key`)."""

    parts: Parts
    actor: Actor
    case_id: UUID
    key: IdempotencyKey

    async def once(self, act: Callable[[Work], Awaitable[Answer]]) -> Response:
        """What `act` answers, or answered before. Raises what `by_agent` does."""

        async def create(tx: Transaction) -> Answer:
            return await act(await by_agent(tx, self.parts, self.actor, self.case_id))

        return changed(await once(lambda: self.parts.app.transaction(self.actor), self.key, create))


def _edit(case_id: UUID, actor: CurrentActor, parts: CurrentParts, version: IfMatch) -> Edit:
    return Edit(parts, actor, case_id, version)


def _creation(case_id: UUID, actor: CurrentActor, parts: CurrentParts, key: Idempotency) -> Creation:
    return Creation(parts, actor, case_id, key)


Editing = Annotated[Edit, Depends(_edit)]
"""Parameter of a route below `/cases/{case_id}` that changes what is there."""
Creating = Annotated[Creation, Depends(_creation)]
"""Parameter of a route below `/cases/{case_id}` that adds something."""
