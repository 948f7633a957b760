"""The list of calls of a follow-up, for who coordinates: whom to reach, how, and what they said of the plan."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from cases import words
from cases.conferences import view as conferences
from cases.conferences.model import SAFETY_READERS, Phase
from cases.dossiers import view
from cases.dossiers.forms import Sent
from cases.dossiers.pages import Refusal
from cases.dossiers.work import Work
from cases.follow_ups import acts, calls, sharing
from cases.follow_ups.model import Contact
from cases.followed import readings
from cases.typed import Day
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts, Parts
from chassis.web.idempotency import Idempotency
from chassis.web.identity import CurrentActor
from chassis.web.pages import render
from chassis.web.problems import forbidden, not_found
from chassis.web.translations import N_
from contracts.events.cases import KnownFollowUpOutcome

router = APIRouter(prefix="/cases/{case_id}/follow-up", tags=["pages"], include_in_schema=False)
_NOT_THEIRS = N_("Les appels du suivi reviennent à qui coordonne la conférence. Adressez-vous à cette personne.")
_NO_FOLLOW_UP = N_("Ce dossier n'a pas de suivi à faire : il commence quand le plan est ratifié.")


class CallForm(BaseModel):
    """Somebody was asked; or what they said of an action."""

    contact_person: UUID | None = None
    contact_on: Day | None = None
    outcome_action: UUID | None = None
    outcome: KnownFollowUpOutcome | None = None


class SharedForm(BaseModel):
    """The group agreed, and to what."""

    agreed: Literal["yes"]
    sentence: Annotated[str, Field(min_length=1, max_length=sharing.LONGEST)]


class NoLongerSharedForm(BaseModel):
    """A button alone."""


@dataclass(frozen=True, slots=True)
class SentCall(Sent):
    """A form of this page, which it leads back to."""

    @property
    def address(self) -> str:
        return f"/cases/{self.case_id}/follow-up/calls"

    async def again(self, tx: Transaction, refusal: Refusal) -> Response:
        return await _page(self.request, tx, self.parts, self.actor, self.case_id, refusal)


def _sent(request: Request, case_id: UUID, actor: CurrentActor, parts: CurrentParts) -> SentCall:
    return SentCall(request, case_id, actor, parts)


@router.get("/calls")
async def show(request: Request, case_id: UUID, actor: CurrentActor, parts: CurrentParts) -> Response:
    """Whom to call, and what to heed."""
    async with parts.app.transaction(actor) as tx:
        return await _page(request, tx, parts, actor, case_id)


@router.post("/calls")
async def record(sent: Annotated[SentCall, Depends(_sent)], key: Idempotency) -> Response:
    """One contact, or what became of one action."""

    async def act(work: Work, form: CallForm) -> None:
        asked = form.contact_person
        contacts = [Contact(person_id=asked, contacted_on=form.contact_on or work.today)] if asked else []
        outcomes = {form.outcome_action: form.outcome} if form.outcome_action and form.outcome else {}
        await acts.record(work, contacts, outcomes)

    return await sent.add(key, CallForm, act)


@router.post("/calls/shared")
async def share(sent: Annotated[SentCall, Depends(_sent)], key: Idempotency) -> Response:
    """What the group agreed to share of what came of the plan."""
    return await sent.add(key, SharedForm, lambda work, form: sharing.agree(work, form.sentence))


@router.post("/calls/not-shared")
async def share_no_more(sent: Annotated[SentCall, Depends(_sent)], key: Idempotency) -> Response:
    """They share nothing any more."""
    return await sent.add(key, NoLongerSharedForm, lambda work, _form: sharing.take_back(work))


async def _page(
    request: Request, tx: Transaction, parts: Parts, actor: Actor, case_id: UUID, refusal: Refusal | None = None
) -> Response:
    """Raises a problem for who may not know how the family is reached."""
    read = await view.read(tx, parts.keyring, actor, case_id)
    if read.roles.isdisjoint(SAFETY_READERS):
        raise forbidden(_NOT_THEIRS)
    await readings.note(tx, parts, actor, read.case)
    meeting = await conferences.read(tx, parts, read.case, actor)
    if meeting is None or meeting.follow_up is None:
        raise not_found(_NO_FOLLOW_UP)
    now = parts.now()
    return render(
        request,
        "cases/calls.html",
        status=refusal.status if refusal else 200,
        case=read.case,
        name_of=read.name_of,
        follow_up=meeting.follow_up,
        open=meeting.conference.phase is Phase.RATIFIED and "coordinator" in read.roles,
        coordinates="coordinator" in read.roles,
        callees=await calls.read(
            tx, parts.keyring, meeting.conference.guests, meeting.follow_up, now.astimezone(parts.settings.zone)
        ),
        missing=meeting.missing,
        actions=[(action, str(text)) for action, text in zip(meeting.conference.actions, meeting.actions, strict=True)],
        today=now.astimezone(parts.settings.zone).date(),
        shared=(await parts.keyring.open(tx, [meeting.follow_up.shared]))[0],
        refusal=refusal,
        words=words,
    )
