"""What an agent learns of a programme for somebody: explained to who is entitled, a neutral sentence to the others."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from chassis.actor import Actor
from chassis.service import Parts
from contracts.events.intake import KnownRequesterRole
from contracts.events.people import KnownConsentKind
from contracts.programme import Programme
from contracts.programmes import Programmes, UnknownProgramme
from intake.consents import store as consents
from intake.consents.model import Person
from intake.eligibility import described, store
from intake.eligibility.answers import Given, checked
from intake.eligibility.model import Facts, assess
from intake.people.said import Said
from intake.requests.asked import Theme
from intake.requests.following import NoSuchRequest
from intake.requests.model import asked_programme, refuse_child_concern, refuse_unknown_exclusion
from intake.requests.reception import UnknownCommune
from intake.territories.places import Places

ENTITLED = ("social_worker", "manager")
"""Who reads why a programme is not possible."""


class NoSuchProgramme(Exception):
    """There is none, or it is not for agents to offer."""


class Situation(Said):
    """A situation as an agent describes it, to know what is possible. Nothing of it is stored."""

    programme: Annotated[str, Field(max_length=64)]
    commune: Annotated[str, Field(pattern=r"^(\d{2}|2[AB])\d{3}$", description="INSEE code")]
    themes: Annotated[tuple[Theme, ...], Field(max_length=20)] = ()
    asked_by: KnownRequesterRole | None = None
    minor: bool = False
    age: Annotated[int, Field(ge=0, le=130)] | None = None
    agreed: Annotated[tuple[KnownConsentKind, ...], Field(max_length=5)] = ()
    holders_agreed: Annotated[tuple[bool, ...], Field(max_length=4)] = ()
    exclusions: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    answers: Annotated[dict[str, Given], Field(max_length=40)] = Field(default={})


class Advising:
    """Holds programmes against situations on behalf of an agent."""

    def __init__(self, parts: Parts, programmes: Programmes, places: Places) -> None:
        self._parts = parts
        self._programmes = programmes
        self._places = places

    @property
    def offered(self) -> tuple[Programme, ...]:
        """What anybody may ask for."""
        return self._programmes.offered

    def one(self, id: str) -> Programme:
        """A programme as an agent may offer it. Raises NoSuchProgramme, also for what is the cell's alone, and for what
        nobody asks for."""
        try:
            programme = self._programmes.current(id)
        except UnknownProgramme:
            raise NoSuchProgramme from None
        if programme.restricted or not programme.who_may_ask:
            raise NoSuchProgramme
        return programme

    async def of_request(self, actor: Actor, request_id: UUID, programme_id: str | None) -> dict[str, Any]:
        """For the person of a request; without a programme, the one it runs under.

        Raises NoSuchRequest, NoSuchProgramme.
        """
        async with self._parts.app.transaction(actor) as tx:
            running = await store.asked_for(tx, request_id)
            if running is None:
                raise NoSuchRequest
            programme = self.one(programme_id or running)
            row = await store.facts(tx, request_id, programme.id)
            if row is None:
                raise NoSuchRequest
            person = await consents.person(tx, row["person_id"], self._today)
        return self._explain(programme, _facts(dict(row), person, self._today), actor, row["territory_id"])

    async def of_situation(self, actor: Actor, said: Situation) -> dict[str, Any]:
        """For a situation that is only described. Raises what submitting it would: NotOffered, ChildAtRisk,
        UnknownExclusion, UnknownCommune, BadAnswer."""
        programme = asked_programme(self._programmes, said.programme, by_agent=True)
        facts = Facts(
            today=self._today,
            **said.model_dump(include={"asked_by", "minor", "age", "holders_agreed", "themes"}),
            agreed=frozenset(said.agreed),
            exclusions=frozenset(said.exclusions),
        )
        refuse_child_concern(programme, facts)
        refuse_unknown_exclusion(programme, facts)
        answers = checked(programme, said.answers, by_agent=True)
        place = await self._places.find(said.commune, self._today)
        if place is None:
            raise UnknownCommune(said.commune)
        facts = replace(facts, answers=answers, lives_here=place.territory_id is not None)
        return self._explain(programme, facts, actor, place.territory_id)

    def _explain(self, programme: Programme, facts: Facts, actor: Actor, territory_id: str | None) -> dict[str, Any]:
        found = assess(programme, facts)
        instead = self._programmes.current(found.instead) if found.instead else None
        entitled = actor.has(*ENTITLED, territory_id=territory_id)
        explain = described.explained if entitled else described.neutral
        return explain(found, instead, facts.themes, territory_id)

    @property
    def _today(self) -> date:
        return self._parts.now().astimezone(self._parts.settings.zone).date()


def _facts(row: Mapping[str, Any], person: Person | None, today: date) -> Facts:
    """What is kept of a request, and of the person concerned by now; what the actor may not read is not known."""
    noted = (reason.removeprefix("exclusion:") for reason in row["reasons"] or () if reason.startswith("exclusion:"))
    return Facts(
        today=today,
        asked_by=row["requester_role"],
        minor=person.minor(today) if person else row["concerned_minor"],
        birth_date=row["birth_date"],
        agreed=frozenset(row["agreed"]),
        holders_agreed=tuple(holder in row["agreed_for_them"] for holder in person.holders) if person else (),
        exclusions=frozenset(noted),
        answers=row["answers"],
        lives_here=row["territory_id"] is not None,
        themes=tuple(row["themes"]),
    )
