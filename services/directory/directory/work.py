"""What an agent does in one transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.identity import CurrentActor
from chassis.web.problems import forbidden


@dataclass(frozen=True, slots=True)
class Work:
    """An agent's transaction. Agents of the directory alone: each has an id and an organisation."""

    tx: Transaction
    parts: Parts
    actor: Actor

    @property
    def now(self) -> datetime:
        return self.parts.now()

    @property
    def today(self) -> date:
        """In the deployment's zone."""
        return self.now.astimezone(self.parts.settings.zone).date()

    @property
    def agent_id(self) -> UUID:
        assert self.actor.agent_id is not None, "see `Agent`"
        return self.actor.agent_id

    @property
    def organisation_id(self) -> UUID:
        assert self.actor.organisation_id is not None, "see `Agent`"
        return self.actor.organisation_id


def _agent(actor: CurrentActor) -> Actor:
    """Raises a 403 problem for who is no agent of the directory."""
    if actor.agent_id is None or actor.organisation_id is None or not actor.grants:
        raise forbidden()
    return actor


Agent = Annotated[Actor, Depends(_agent)]
"""Parameter of a route for every agent in function."""
