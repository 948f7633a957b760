"""Agents and their grants: who may do what, where, and who may say so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from chassis.actor import EVERYWHERE, Actor
from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.events import AgentPublished
from contracts.events.data import TerritoryId
from contracts.events.partners import AgentGrant, KnownAgentRole
from directory.contact_points import Email

DELEGABLE = frozenset({"reception", "social_worker", "coordinator"})
"""What a manager may give on a territory of theirs, to agents of their own organisation."""
EVERYWHERE_ONLY = frozenset({"operator", "cell"})
"""One team for the whole département: operators run the platform, the cell alone reads worries about a child."""


class NotTheirs(Exception):
    """The actor may not give, change or take these grants."""


class OneselfForbidden(Exception):
    """Nobody changes their own grants, nor retires themselves."""


class SubjectTaken(Exception):
    """An agent in function already signs in with this account."""


class Granted(BaseModel):
    """A role over a territory; `*` is all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: KnownAgentRole
    territory_id: TerritoryId

    @field_validator("territory_id")
    @classmethod
    def _fits(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("role") in EVERYWHERE_ONLY and value != EVERYWHERE:
            raise FieldError(N_("Ce rôle s'exerce partout : indiquez * comme territoire."))
        return value


class Grants(BaseModel):
    """All that an agent may do; an empty list takes everything away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    grants: Annotated[tuple[Granted, ...], Field(max_length=200)] = ()

    @property
    def published(self) -> tuple[AgentGrant, ...]:
        """In the form they are published in, each once."""
        return tuple(AgentGrant(**one.model_dump()) for one in dict.fromkeys(self.grants))


class Identity(BaseModel):
    """How an agent is named and reached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=2, max_length=120)]
    email: Email


class NewAgent(Grants, Identity):
    """An agent as first recorded. `subject` is their `sub` at the identity provider."""

    subject: Annotated[str, Field(min_length=1, max_length=255)]
    organisation_id: UUID


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the journal. `grants` are those after it; `changed_by` is None for the founding command."""

    change_id: UUID
    what: Literal["created", "identity", "grants", "retired"]
    agent: AgentPublished
    changed_at: datetime
    changed_by: UUID | None


def may_give(actor: Actor, grant: AgentGrant) -> bool:
    """Whether the actor may give this grant within their own organisation."""
    if actor.has("operator"):
        return True
    return grant.role in DELEGABLE and actor.has("manager", territory_id=grant.territory_id)


def check_steward(actor: Actor, organisation_id: UUID, grants: Iterable[AgentGrant]) -> None:
    """Raises NotTheirs unless the actor may give all of these to an agent of that organisation."""
    at_home = actor.has("operator") or actor.organisation_id == organisation_id
    if not at_home or not all(may_give(actor, grant) for grant in grants):
        raise NotTheirs


def check_not_oneself(actor: Actor, agent_id: UUID) -> None:
    """Raises OneselfForbidden."""
    if actor.agent_id == agent_id:
        raise OneselfForbidden
