"""What an authorised agent decides of two people who look alike, and undoes for a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.translations import N_
from contracts.events import PersonChanged, PersonsMerged, PersonsSeparated, RequestMerged, RequestSeparated
from intake.act import Act
from intake.duplicates import store
from intake.duplicates.rules import (
    UNDONE_WITHIN,
    Reached,
    Refused,
    State,
    forbidden_kinds,
    joined_rules,
    must_be_open,
    must_be_undoable,
)
from intake.duplicates.store import Suspicion
from intake.people import store as people
from intake.people.changing import Outdated, bump
from intake.people.recording import NumberedContactPoint, sealed_state
from intake.people.said import PersonSaid
from intake.store import write

DECIDERS: Final = ("reception", "social_worker", "manager")
"""Roles that may decide: which of the suspicions, see `Deciding`."""


class NoSuchSuspicion(Exception):
    """There is none, or the actor may not decide it and so may not know of it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Suspicions, each with both people, the first recorded first, and where the next page goes on."""

    items: list[dict[str, Any]]
    next: UUID | None


class Deciding:
    """Reads suspicions and decides them on behalf of an agent.

    Who may: within one organisation, whoever works on the requests of both people there (reception included); across
    organisations, a social worker or manager who holds that role on the territories of both, which the département's
    own managers do everywhere. Everybody else finds nothing, not even that there is something.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def now(self) -> datetime:
        return self._parts.now()

    async def waiting(self, actor: Actor, after: UUID | None) -> Page:
        """Those the actor may decide and nobody has, newest first."""
        async with self._parts.app.transaction(actor) as tx:
            found = await store.waiting(tx, after, store.PAGE + 1)
            items = await _with_people(tx, found[: store.PAGE])
        return Page(items, items[-1]["suspicion_id"] if len(found) > store.PAGE else None)

    async def undoable(self, actor: Actor) -> Page:
        """The last decisions that the actor may take back, newest first."""
        async with self._parts.app.transaction(actor) as tx:
            return Page(await _with_people(tx, await store.decided(tx, self.now - UNDONE_WITHIN, store.PAGE)), None)

    async def one(self, actor: Actor, suspicion_id: UUID) -> dict[str, Any]:
        """Both people side by side, the first recorded first. Raises NoSuchSuspicion."""
        async with self._parts.app.transaction(actor) as tx:
            row = await store.one(tx, suspicion_id)
            if row is None:
                raise NoSuchSuspicion
            [found] = await _with_people(tx, [row])
        return found

    async def merge(self, actor: Actor, suspicion_id: UUID, version: int, because: str, *, same_request: bool) -> int:
        """Both are one person, and with `same_request` they asked the same thing twice. Returns the new version.

        The first recorded goes on. Both stay readable by those who could read them, and by nobody else. Raises
        NoSuchSuspicion, Outdated, Refused.
        """
        async with self._parts.app.transaction(actor) as tx:
            suspicion = await _taken(tx, suspicion_id, version)
            must_be_open(suspicion.state)
            kept = await self._merged(tx, suspicion, same_request=same_request)
            await store.decide(
                tx, suspicion_id, State.MERGED, at=self._parts.now(), by=actor.agent_id, because=because, kept=kept
            )
        return version + 1

    async def settle(self, actor: Actor, suspicion_id: UUID, version: int, state: State, because: str) -> int:
        """They are two people, who have to do with each other (LINKED) or not (DISMISSED). Returns the new version.

        Raises NoSuchSuspicion, Outdated, Refused.
        """
        async with self._parts.app.transaction(actor) as tx:
            must_be_open((await _taken(tx, suspicion_id, version)).state)
            await store.decide(
                tx, suspicion_id, state, at=self._parts.now(), by=actor.agent_id, because=because, kept=None
            )
        return version + 1

    async def undo(self, actor: Actor, suspicion_id: UUID, version: int, because: str) -> int:
        """Take a decision back, for 30 days: both people are again as they were. Returns the new version.

        Raises NoSuchSuspicion, Outdated, Refused.
        """
        now = self._parts.now()
        async with self._parts.app.transaction(actor) as tx:
            suspicion = await _taken(tx, suspicion_id, version)
            must_be_undoable(suspicion.state, suspicion.decided_at, now)
            if suspicion.kept:
                await self._separate(tx, suspicion.kept, now)
            await store.decide(tx, suspicion_id, State.OPEN, at=now, by=actor.agent_id, because=because, kept=None)
        return version + 1

    # Merging -----------------------------------------------------------------------------------------------------

    async def _merged(self, tx: Transaction, suspicion: Suspicion, *, same_request: bool) -> dict[str, Any] | None:
        """Make one of both; what undoing it needs, None when they were one already."""
        two = await _survivors(tx, suspicion)
        if len(two) < 2:
            return None
        into, merged = two
        act = Act.here(self._parts.now())
        rules = await self._share_rules(tx, act, await store.hold(tx, await store.group(tx, two)))
        await store.merge_person(tx, merged, into)
        merging = PersonsMerged(person_id=merged, into=into)
        act.tell(merging, id=act.main, sequence=await bump(tx, merged))
        requests = await _merge_requests(tx, act, merged, into) if same_request else []
        await write(tx, act)
        return {"person_id": str(merged), "into": str(into), "requests": requests, "rules": rules}

    async def _share_rules(self, tx: Transaction, act: Act, person_ids: Sequence[UUID]) -> dict[str, Any]:
        """The strictest safe-contact rules hold for all of them. Returns what each had before and has now.

        Records the actor does not see keep theirs; nothing is sent to anybody but by the rules of all.
        """
        known = [await _known(tx, person_id) for person_id in person_ids]
        never_by = forbidden_kinds(*(one["never_by"] for one in known))
        changed: dict[str, Any] = {}
        for one in known:
            others = [point for other in known if other is not one for point in other["contact_points"]]
            rules = joined_rules(one["contact_points"], others)
            if not rules and never_by == sorted(one["never_by"]):
                continue
            before = {point["contact_point_id"]: Reached.of(point).rule() for point in one["contact_points"]}
            after = {point_id: rule.rule() for point_id, rule in rules.items()}
            changed[str(one["person_id"])] = {
                "never_by": [one["never_by"], never_by],
                "points": {point_id: [before[point_id], rule] for point_id, rule in after.items()},
            }
            await store.put_rules(tx, one["person_id"], never_by, after)
            await self._tell_changed(tx, act, one["person_id"])
        return changed

    async def _tell_changed(self, tx: Transaction, act: Act, person_id: UUID) -> None:
        """Say how somebody may be reached now; the rest stays as it was."""
        version = await bump(tx, person_id)
        key = await self._parts.keyring.key_of(tx, f"person:{person_id}")
        if key is None:
            raise Refused(N_("Les données de l'une de ces personnes ont été effacées : rien ne peut être réuni."))
        said, points = _said(await _known(tx, person_id))
        event_id = act.identify("PersonChanged")
        act.tell(PersonChanged(**sealed_state(person_id, said, points, key, event_id)), id=event_id, sequence=version)

    # Separating --------------------------------------------------------------------------------------------------

    async def _separate(self, tx: Transaction, kept: dict[str, Any], now: datetime) -> None:
        act = Act.here(now)
        merged, into = UUID(kept["person_id"]), UUID(kept["into"])
        if len(await store.hold(tx, [merged, into])) < 2:
            raise NoSuchSuspicion
        for person_id, change in kept["rules"].items():
            await self._give_back(tx, act, UUID(person_id), change)
        await store.merge_person(tx, merged, None)
        separated = PersonsSeparated(person_id=merged, out_of=into)
        act.tell(separated, id=act.main, sequence=await bump(tx, merged))
        for request_id, out_of in kept["requests"]:
            await _separate_request(tx, act, UUID(request_id), UUID(out_of))
        await write(tx, act)

    async def _give_back(self, tx: Transaction, act: Act, person_id: UUID, change: dict[str, Any]) -> None:
        """The rules from before; what somebody said anew since then stands."""
        known = await _known(tx, person_id)
        now = {point["contact_point_id"]: Reached.of(point).rule() for point in known["contact_points"]}
        rules = {point: before for point, (before, after) in change["points"].items() if now.get(point) == after}
        before, after = change["never_by"]
        never_by = before if known["never_by"] == after else known["never_by"]
        await store.put_rules(tx, person_id, never_by, rules)
        await self._tell_changed(tx, act, person_id)


async def _taken(tx: Transaction, suspicion_id: UUID, version: int) -> Suspicion:
    """Raises NoSuchSuspicion, Outdated."""
    taken = await store.take(tx, suspicion_id, version)
    if taken is None:
        raise Outdated if await store.one(tx, suspicion_id) else NoSuchSuspicion
    return taken


async def _with_people(tx: Transaction, found: Sequence[Any]) -> list[dict[str, Any]]:
    sides = await store.sides(tx, [row[of] for row in found for of in ("person_id", "other_id")])
    by_id = {row["person_id"]: dict(row) for row in sides}
    return [dict(row) | {"people": [by_id.get(row["other_id"]), by_id.get(row["person_id"])]} for row in found]


async def _survivors(tx: Transaction, suspicion: Suspicion) -> Sequence[UUID]:
    """Whom both were merged into before, or themselves, the first recorded first; one when that is the same person.

    Looked at again once they are held: somebody else may have merged them meanwhile. Raises Refused when the actor does
    not see who that is.
    """
    seen: set[UUID] = set()
    while (found := await _ends(tx, suspicion)) != seen:
        seen, held = found, await store.hold(tx, list(found))
    return held


async def _ends(tx: Transaction, suspicion: Suspicion) -> set[UUID]:
    found = await store.survivors(tx, [suspicion.person_id, suspicion.other_id])
    if len(found) < 2:
        raise Refused(
            N_(
                "L'une de ces personnes a déjà été réunie à une fiche que vous ne voyez pas. "
                "Demandez à un responsable du département."
            )
        )
    return set(found.values())


async def _merge_requests(tx: Transaction, act: Act, merged: UUID, into: UUID) -> list[list[str]]:
    """What the merged person asked is the same as what the other asked last. Returns (request, into)."""
    about = await store.requests_about(tx, [merged, into])
    if not about[into]:
        return []
    last = about[into][-1]
    for request_id in about[merged]:
        version = await store.merge_request(tx, request_id, last)
        if version is not None:
            told = RequestMerged(request_id=request_id, into=last)
            act.tell(told, id=act.identify("RequestMerged"), sequence=version)
    return [[str(request_id), str(last)] for request_id in about[merged]]


async def _separate_request(tx: Transaction, act: Act, request_id: UUID, out_of: UUID) -> None:
    version = await store.merge_request(tx, request_id, None)
    if version is not None:
        told = RequestSeparated(request_id=request_id, out_of=out_of)
        act.tell(told, id=act.identify("RequestSeparated"), sequence=version)


async def _known(tx: Transaction, person_id: UUID) -> dict[str, Any]:
    """Raises NoSuchSuspicion when the actor sees nobody."""
    row = await people.one(tx, person_id)
    if row is None:
        raise NoSuchSuspicion
    return dict(row)


def _said(known: dict[str, Any]) -> tuple[PersonSaid, list[NumberedContactPoint]]:
    fields = {name: value for name, value in known.items() if name in PersonSaid.model_fields}
    ids = [UUID(point["contact_point_id"]) for point in known["contact_points"]]
    points = [
        {name: value for name, value in point.items() if name != "contact_point_id"}
        for point in known["contact_points"]
    ]
    said = PersonSaid.model_validate(fields | {"contact_points": points})
    return said, [NumberedContactPoint(*one) for one in zip(ids, said.contact_points, strict=True)]
