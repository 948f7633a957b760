"""Who changes the directory, and when: every value typed says so."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from chassis.actor import Actor
from chassis.service import CurrentParts
from chassis.web.identity import require
from contracts.events.partners import Source
from directory import provenance


@dataclass(frozen=True, slots=True)
class Author:
    """A steward at work. `today` is the deployment's."""

    actor: Actor
    at: datetime
    today: date

    @property
    def agent_id(self) -> UUID:
        assert self.actor.agent_id is not None, "stewards are agents"
        return self.actor.agent_id

    @property
    def source(self) -> Source:
        """Where what they type comes from."""
        return provenance.typed(self.today, self.actor.agent_id)


def _author(actor: Annotated[Actor, Depends(require("operator", "manager"))], parts: CurrentParts) -> Author:
    now = parts.now()
    return Author(actor, now, now.astimezone(parts.settings.zone).date())


Steward = Annotated[Author, Depends(_author)]
"""Parameter of a route that changes what territories' managers and operators steward."""
