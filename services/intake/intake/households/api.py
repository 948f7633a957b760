"""Households and relations over HTTP, for agents."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from chassis.actor import Actor
from chassis.web.idempotency import Idempotency, as_response
from chassis.web.identity import require
from chassis.web.preconditions import IfMatch, etag
from chassis.web.problems import Problem, ProblemOf, conflict, invalid_field, not_found
from chassis.web.translations import N_
from intake.households.keeping import AlreadyRelated, Keeping, NoSuchHousehold, NoSuchRelation
from intake.households.model import (
    EndsBeforeItBegins,
    Membership,
    NoAuthority,
    Overlapping,
    Relation,
    WithThemself,
)
from intake.people.said import Said

Colleague = Annotated[Actor, Depends(require("reception", "social_worker", "manager"))]


def _no_household(_: NoSuchHousehold) -> Problem:
    return not_found(N_("Ce foyer n'existe pas ici. Vérifiez l'adresse."))


def _no_relation(_: NoSuchRelation) -> Problem:
    return not_found(N_("Ce lien n'existe pas ici. Vérifiez l'adresse."))


def _overlapping(_: Overlapping) -> Problem:
    return invalid_field(
        "members",
        N_("Une personne est deux fois dans ce foyer au même moment, ou part avant d'entrer. Corrigez les dates."),
    )


def _with_themself(_: WithThemself) -> Problem:
    return invalid_field("other_id", N_("Un lien unit deux personnes. Choisissez-en une autre."))


def _no_authority(_: NoAuthority) -> Problem:
    return invalid_field(
        "parental_authority", N_("Ce lien ne donne pas l'autorité parentale. Décochez-la, ou changez le lien.")
    )


def _ends_before(_: EndsBeforeItBegins) -> Problem:
    return invalid_field("until", N_("La fin vient avant le début. Corrigez les dates."))


def _already_related(_: AlreadyRelated) -> Problem:
    return conflict("already-related", N_("Ce lien est déjà enregistré entre ces deux personnes. Modifiez-le."))


PROBLEMS: dict[type[Exception], ProblemOf] = {
    NoSuchHousehold: _no_household,
    NoSuchRelation: _no_relation,
    Overlapping: _overlapping,
    WithThemself: _with_themself,
    NoAuthority: _no_authority,
    EndsBeforeItBegins: _ends_before,
    AlreadyRelated: _already_related,
}


class MemberSaid(Said):
    """Somebody's time in a household, both days included; without `until` they live there."""

    person_id: UUID
    since: date
    until: date | None = None


class HouseholdSaid(Said):
    """Everybody of a household the agent sees, also those who left."""

    members: Annotated[tuple[MemberSaid, ...], Field(min_length=1, max_length=30)]

    @property
    def memberships(self) -> list[Membership]:
        return [Membership(one.person_id, one.since, one.until) for one in self.members]


class RelationChanged(Said):
    """What may change of a relation."""

    parental_authority: bool = False
    since: date | None = None
    until: date | None = None


class RelationSaid(RelationChanged):
    """`person_id` is a `kind` of `other_id`, and holds parental authority over them or not."""

    person_id: UUID
    other_id: UUID
    kind: Literal["parent", "child", "partner", "sibling", "guardian", "curator", "other"]


def household_routes(keeping: Keeping) -> APIRouter:
    """Who lives with whom, who is what to whom."""
    router = APIRouter(tags=["households"])

    @router.get("/intake/people/{person_id}/households")
    async def of_person(person_id: UUID, actor: Colleague) -> Response:
        return _json(await keeping.households(actor, person_id))

    @router.post("/intake/households", status_code=201)
    async def found(said: HouseholdSaid, key: Idempotency, actor: Colleague) -> Response:
        return as_response(await keeping.found(actor, said.memberships, key))

    @router.get("/intake/households/{household_id}")
    async def one(household_id: UUID, actor: Colleague) -> Response:
        household = await keeping.household(actor, household_id)
        return _json(household, household["version"])

    @router.put("/intake/households/{household_id}", status_code=204)
    async def change(household_id: UUID, said: HouseholdSaid, version: IfMatch, actor: Colleague) -> Response:
        changed = await keeping.change(actor, household_id, said.memberships, version)
        return Response(status_code=204, headers={"ETag": etag(changed)})

    @router.get("/intake/people/{person_id}/relations")
    async def relations(person_id: UUID, actor: Colleague) -> Response:
        return _json(await keeping.relations(actor, person_id))

    @router.post("/intake/relations", status_code=201)
    async def relate(said: RelationSaid, key: Idempotency, actor: Colleague) -> Response:
        return as_response(await keeping.relate(actor, Relation(**said.model_dump()), key))

    @router.put("/intake/relations/{relation_id}", status_code=204)
    async def adjust(relation_id: UUID, said: RelationChanged, version: IfMatch, actor: Colleague) -> Response:
        changed = await keeping.adjust(
            actor, relation_id, version, authority=said.parental_authority, since=said.since, until=said.until
        )
        return Response(status_code=204, headers={"ETag": etag(changed)})

    @router.delete("/intake/relations/{relation_id}", status_code=204)
    async def forget(relation_id: UUID, version: IfMatch, actor: Colleague) -> None:
        await keeping.forget(actor, relation_id, version)

    return router


def _json(content: Any, version: int | None = None) -> Response:
    headers = {"ETag": etag(version)} if version is not None else None
    return Response(orjson.dumps(content, default=str), headers=headers, media_type="application/json")
