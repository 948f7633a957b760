"""Notes that arrive from phones: each becomes one request, or a call in hand at the desk when it cannot yet."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from joserfc.jwk import ECKey
from pydantic import ValidationError

from chassis import letters
from chassis.actor import Actor
from chassis.service import Parts
from chassis.web.idempotency import IdempotencyKey
from intake.desk import corrections, model
from intake.desk.looking import Looking
from intake.drafts.drafting import Drafting, Incomplete, NoSuchDraft, Outdated, VersionNeeded
from intake.outreach.model import Noted, SealedNote, key_of


class NotOpened(Exception):
    """Sealed for another account, under keys that were changed since, or damaged."""


@dataclass(frozen=True, slots=True)
class ToComplete:
    """It is in hand at the desk. `errors`: field → what to correct; empty where its author had not finished."""

    errors: Mapping[str, str] = field(default_factory=dict)


class Receiving:
    """Takes in what an agent noted."""

    def __init__(self, parts: Parts, drafting: Drafting, looking: Looking) -> None:
        self._master = parts.settings.master_key
        self._drafting = drafting
        self._looking = looking

    def key(self, actor: Actor) -> ECKey:
        """What this agent's notes are sealed to."""
        assert actor.agent_id is not None
        return key_of(actor.agent_id, self._master)

    async def receive(
        self, actor: Actor, note_id: UUID, sealed: SealedNote, key: IdempotencyKey
    ) -> dict[str, Any] | ToComplete:
        """The receipt of the request it became, the same however often it arrives. Raises NotOpened, NoSuchDraft."""
        noted = self._opened(actor, sealed.letter)
        fields, seen = await self._looking.around(actor, noted.fields())
        said, alone = model.request_of(fields, noted.place), model.is_its_authors_alone(fields)
        try:
            await self._drafting.keep(actor, note_id, said, noted.place, alone=alone, expected=None)
        except (VersionNeeded, Outdated):  # it arrived before, and is being corrected
            return ToComplete()
        except NoSuchDraft:  # it arrived before, and the answer was lost on its way
            return dict((await self._drafting.submit(actor, note_id, noted.place, key, None)).body)
        errors = corrections.missing(fields, seen) if sealed.finished else {}
        if errors or not sealed.finished:
            return ToComplete(errors)
        try:
            answer = await self._drafting.submit(actor, note_id, noted.place, key, None)
        except Incomplete as incomplete:
            return ToComplete(corrections.mistyped(incomplete.error, fields))
        except corrections.REFUSALS as refused:
            return ToComplete(corrections.refused(refused)[0])
        if answer.replayed:  # what was kept again of it is of nothing any more
            with suppress(NoSuchDraft):
                await self._drafting.drop(actor, note_id, noted.place)
        return dict(answer.body)

    def _opened(self, actor: Actor, letter: str) -> Noted:
        try:
            return Noted.model_validate_json(letters.opened(letter, self.key(actor)))
        except (letters.NotReadable, ValidationError):
            raise NotOpened from None
