"""A request as it is submitted: by a form, by an agent's screen, by a partner's software."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.events.intake import KnownChannel, KnownRequesterRole, KnownUrgency
from contracts.themes import THEMES
from intake.eligibility.answers import Given
from intake.people.said import ConsentSaid, HolderSaid, PersonSaid, Said


def _known_theme(theme: str) -> str:
    if theme not in THEMES:
        raise FieldError(N_("Ce thème n'est pas dans la liste."))
    return theme


Theme = Annotated[str, AfterValidator(_known_theme)]
Themes = Annotated[tuple[Theme, ...], Field(min_length=1, max_length=len(THEMES))]
Text = Annotated[str, Field(max_length=5000)]

MET_WITHIN: Final = timedelta(days=7)
"""How long what was noted away from the network may take to arrive: as long as drafts are kept."""


class RequesterSaid(Said):
    """Who asks, and in what role. Without a person they stay anonymous."""

    role: KnownRequesterRole = "self"
    person: PersonSaid | None = None
    consents: Annotated[tuple[ConsentSaid, ...], Field(max_length=5)] = ()


class ConcernedSaid(Said):
    """Who the request is about, where it is not the requester; `minor` and the agreements count in both cases."""

    person: PersonSaid | None = None
    minor: bool = False
    consents: Annotated[tuple[ConsentSaid, ...], Field(max_length=5)] = ()
    parental_authority: Annotated[tuple[HolderSaid, ...], Field(max_length=4)] = ()


class Asked(Said):
    """A request, as anybody may submit it."""

    commune: Annotated[str, Field(pattern=r"^(\d{2}|2[AB])\d{3}$", description="INSEE code")]
    programme: Annotated[str, Field(max_length=64)] = "first-contact"
    themes: Themes
    summary: Text = ""
    answers: Annotated[dict[str, Given], Field(max_length=40)] = Field(default={}, description="question → answer")
    urgency: KnownUrgency = "ordinary"
    requester: RequesterSaid = RequesterSaid()
    concerned: ConcernedSaid = ConcernedSaid()
    household: Annotated[tuple[PersonSaid, ...], Field(max_length=12)] = ()

    @model_validator(mode="after")
    def _one_place_for_the_person(self) -> "Asked":
        if self.requester.role == "self" and self.concerned.person is not None:
            raise FieldError(N_("Qui demande pour soi se décrit dans « requester », sans « concerned.person »."))
        return self

    def asked_at(self, now: datetime) -> datetime:
        """When it was asked: now, whoever sends it."""
        return now

    @property
    def person_concerned(self) -> PersonSaid | None:
        """Who it is about, whoever asks."""
        return self.requester.person if self.requester.role == "self" else self.concerned.person

    @property
    def own_consents(self) -> tuple[ConsentSaid, ...]:
        """What the person concerned agrees to."""
        asking = self.requester.consents if self.requester.role == "self" else ()
        return asking + self.concerned.consents


class AskedByAgent(Asked):
    """A request, as an agent takes it: with what only an agent may note."""

    channel: KnownChannel = "desk"
    place: Annotated[str, Field(max_length=120)] | None = None
    exclusions: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    immediate_answer: Text = ""
    met_at: AwareDatetime | None = Field(None, description="when the person was met, if earlier, by seven days at most")

    def asked_at(self, now: datetime) -> datetime:
        """When the person was met: answers are promised from then on. A clock that is wrong moves nothing further."""
        return min(max(self.met_at, now - MET_WITHIN), now) if self.met_at else now
