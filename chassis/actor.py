"""Who acts: proved by the identity provider, empowered by the directory's grants."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import orjson

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held on one territory, or on all of them (`EVERYWHERE`)."""

    role: str
    territory_id: str


@dataclass(frozen=True)
class Actor:
    """The person, the resident or the process on whose behalf something is done."""

    kind: str
    """`agent`, `public` (nobody signed in) or `worker` (the service itself)."""
    subject: str = ""
    """The identity provider's `sub`, or the scope of a public form."""
    agent_id: UUID | None = None
    organisation_id: UUID | None = None
    grants: tuple[Grant, ...] = ()

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)

    def has(self, *roles: str, territory_id: str | None = None) -> bool:
        """Whether one of `roles` is held, on that territory when one is given."""
        return any(
            grant.role in roles and (territory_id is None or grant.territory_id in (territory_id, EVERYWHERE))
            for grant in self.grants
        )

    def territories(self, *roles: str) -> frozenset[str]:
        """Territories where one of `roles` (any role when none is given) is held."""
        return frozenset(grant.territory_id for grant in self.grants if not roles or grant.role in roles)

    @cached_property
    def setting(self) -> str:
        """What row-level security reads: the value of the local setting `maillage.actor`."""
        return orjson.dumps(
            {
                "kind": self.kind,
                "agent": str(self.agent_id) if self.agent_id else None,
                "organisation": str(self.organisation_id) if self.organisation_id else None,
                "grants": [[grant.role, grant.territory_id] for grant in self.grants],
            }
        ).decode()


PUBLIC = Actor("public")
"""Somebody without an account: the public form, a tracking page, a signed link."""
WORKER = Actor("worker")
"""The service itself: consumers, relay, clock."""
