"""Keeping what is typed, taking it up again, and making it a request."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import ValidationError

from chassis import due_dates
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.due_dates import DueDate
from chassis.sealing import SubjectKey
from chassis.service import Parts
from chassis.web.idempotency import Answer, IdempotencyKey, once
from contracts.envelope import derived_id
from contracts.programmes import Programmes
from intake.act import Act
from intake.drafts import store
from intake.drafts.model import KEPT, Draft, is_its_authors_alone, text_of
from intake.requests import store as requests
from intake.requests.asked import AskedByAgent
from intake.requests.reception import Reception
from intake.store import ReferenceTaken
from intake.territories import places

DRAFT: Final = "draft"
"""Kind of the due date that ends a draft."""
LISTED = 100
_FIELD = "draft"


class NoSuchDraft(Exception):
    """There is none, it has ended, or it is somebody else's: the answer is the same."""


class Outdated(Exception):
    """It was changed since the version the agent saw."""


class VersionNeeded(Exception):
    """A draft that exists is changed from the version that was seen."""


class Incomplete(Exception):
    """What was typed is no request yet; holds what pydantic found."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__()
        self.error = error


class Drafting:
    """Drafts on behalf of an agent. `place` is where they sit: colleagues of that place share theirs."""

    def __init__(self, parts: Parts, reception: Reception, programmes: Programmes) -> None:
        self._parts = parts
        self._reception = reception
        self._for_children = frozenset(one.id for one in programmes.versions.values() if one.minors_only)

    @asynccontextmanager
    async def _at(self, actor: Actor, place: str) -> AsyncIterator[Transaction]:
        async with self._parts.app.transaction(actor) as tx:
            await store.sit(tx, place)
            yield tx

    async def listed(self, actor: Actor, place: str) -> list[dict[str, Any]]:
        """The agent's drafts and their colleagues', without what was typed."""
        async with self._at(actor, place) as tx:
            found = await store.listed(tx, LISTED)
        return [one | {"mine": one["agent_id"] == actor.agent_id} for one in found]

    async def in_hand(self, actor: Actor, place: str, limit: int) -> list[Draft]:
        """The same with what was typed, the last changed first, for a screen that tells them apart."""
        async with self._at(actor, place) as tx:
            found = await store.whole(tx, limit)
        return [self._opened(kept) for kept in found]

    async def one(self, actor: Actor, draft_id: UUID, place: str) -> Draft:
        """A draft to be continued. Raises NoSuchDraft."""
        async with self._at(actor, place) as tx:
            kept = await store.find(tx, draft_id)
        if kept is None:
            raise NoSuchDraft
        return self._opened(kept)

    def _opened(self, kept: store.Kept) -> Draft:
        typed = orjson.loads(self._parts.keyring.master.unwrap(kept.key).open(kept.block))
        return Draft(
            kept.draft_id,
            kept.version,
            kept.agent_id,
            kept.place,
            kept.restricted,
            kept.changed_at,
            kept.expires_at,
            typed,
        )

    async def keep(
        self, actor: Actor, draft_id: UUID, request: Mapping[str, Any], place: str, *, alone: bool, expected: int | None
    ) -> int:
        """Keep what was typed, as seen at version `expected`; `alone`: no colleague reads it. Returns the version.

        Saying the same again changes nothing. Raises NoSuchDraft, VersionNeeded, Outdated.
        """
        async with self._at(actor, place) as tx:
            kept = await store.take(tx, draft_id)
            if kept is None:
                return await self._begin(tx, actor, draft_id, request, alone=alone, expected=expected)
            alone = alone or is_its_authors_alone(request, self._for_children)
            if (self._opened(kept).request, kept.restricted) == (request, alone):
                return kept.version
            if expected is None:
                raise VersionNeeded
            if expected != kept.version:
                raise Outdated
            key = self._parts.keyring.master.unwrap(kept.key)
            written = await self._written(tx, actor, draft_id, request, key, alone=alone)
            return await store.change(tx, draft_id, written)

    async def _begin(
        self,
        tx: Transaction,
        actor: Actor,
        draft_id: UUID,
        request: Mapping[str, Any],
        *,
        alone: bool,
        expected: int | None,
    ) -> int:
        # Under the name of the request it may become; the key is kept beside the draft, and goes with it.
        key, wrapped = self._parts.keyring.master.issue(f"request:{draft_id}")
        alone = alone or is_its_authors_alone(request, self._for_children)
        # What arrives after it was submitted begins nothing anew.
        if await requests.one(tx, derived_id(draft_id, "request")) is not None:
            raise NoSuchDraft
        written = await self._written(tx, actor, draft_id, request, key, alone=alone)
        if expected is not None or not await store.begin(tx, draft_id, wrapped, written):
            raise NoSuchDraft
        return 1

    async def _written(
        self,
        tx: Transaction,
        actor: Actor,
        draft_id: UUID,
        request: Mapping[str, Any],
        key: SubjectKey,
        *,
        alone: bool,
    ) -> store.Written:
        """What to write of a change, whose end is set anew."""
        assert actor.agent_id is not None
        assert actor.organisation_id is not None
        now, zone = self._parts.now(), self._parts.settings.zone
        ends = now + KEPT
        day = ends.astimezone(zone).date()
        await due_dates.schedule(tx, [DueDate(draft_id, "due", DRAFT, draft_id, day, str(zone), ends)])
        commune = text_of(request, "commune")
        where = await places.find(tx, commune, now.astimezone(zone).date()) if commune else None
        sealed = key.seal(orjson.dumps(request).decode(), event_id=draft_id, name=_FIELD)
        return store.Written(
            actor.agent_id,
            actor.organisation_id,
            text_of(request, "place") or "",
            where.territory_id if where else None,
            alone,
            sealed.model_dump(mode="json"),
            now,
            ends,
        )

    async def drop(self, actor: Actor, draft_id: UUID, place: str) -> None:
        """Nothing came of it. Raises NoSuchDraft."""
        async with self._at(actor, place) as tx:
            if not await store.remove(tx, draft_id):
                raise NoSuchDraft
            await due_dates.cancel(tx, draft_id, DRAFT)

    async def submit(
        self, actor: Actor, draft_id: UUID, place: str, key: IdempotencyKey, expected: int | None
    ) -> Answer:
        """Make it a request: both in one transaction. Submitted again, it is the same request.

        Raises NoSuchDraft, Outdated, Incomplete, and what `Reception.from_draft` raises; the draft stays then.
        """

        async def create(tx: Transaction) -> Answer:
            body = await self._submit(tx, actor, draft_id, expected)
            receipt = self._reception.receipts.seal(body, self._parts.now().timestamp())
            return Answer(201, {"receipt": receipt})

        try:
            answer = await once(lambda: self._at(actor, place), key, create)
        except ReferenceTaken:
            return await self.submit(actor, draft_id, place, key, expected)
        body = self._reception.receipts.open(answer.body["receipt"], self._parts.now().timestamp())
        return Answer(answer.status, body, replayed=answer.replayed)

    async def _submit(self, tx: Transaction, actor: Actor, draft_id: UUID, expected: int | None) -> dict[str, Any]:
        kept = await store.take(tx, draft_id)
        if kept is None:
            return await _made_of(tx, draft_id)
        if expected not in (None, kept.version):
            raise Outdated
        asked = _asked(self._opened(kept).request)
        at = asked.asked_at(self._parts.now())
        act = replace(Act.here(at), identify=partial(derived_id, draft_id), main=derived_id(draft_id, "event"))
        body = await self._reception.from_draft(tx, asked, actor, act)
        await store.remove(tx, draft_id)
        await due_dates.cancel(tx, draft_id, DRAFT)
        return body


def _asked(request: Mapping[str, Any]) -> AskedByAgent:
    try:
        return AskedByAgent.model_validate(request)
    except ValidationError as error:
        raise Incomplete(error) from None


async def _made_of(tx: Transaction, draft_id: UUID) -> dict[str, Any]:
    """The request a draft became, which a colleague submitted a moment before: its code is shown once, to them."""
    request_id = derived_id(draft_id, "request")
    known = await requests.one(tx, request_id)
    if known is None:
        raise NoSuchDraft
    return {"request_id": str(request_id), "programme": known["programme"], "territory_id": known["territory_id"]}


async def draft_ends(tx: Transaction, due: DueDate) -> None:
    """The days of a draft are over: it goes, with its key. Nothing is told."""
    await store.purge(tx, due.subject, due.fires_at)
