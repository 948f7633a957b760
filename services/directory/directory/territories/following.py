"""Territories follow the official list: a commune merges, an EPCI gains a member, and their communes are told anew.

Each night, and by `python -m directory territories` once a release brings another list. An address must lead to one
team: where a commune would come to lie in two territories nothing is changed, and an operator is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from chassis.database import Transaction
from chassis.service import Service
from contracts.envelope import new_id
from contracts.events import TerritoryPublished
from directory.aggregates import Versioned, publish
from directory.territories import store
from directory.territories.model import Noticed

Moved = tuple[Versioned[TerritoryPublished], Noticed]


async def territories(service: Service, _: Sequence[str]) -> None:
    """`python -m directory territories`: follow now, and say what was done and what waits for an operator."""
    async with service.parts.worker.transaction() as tx:
        for one in await follow(tx, service.parts.now()):
            print(said(one))  # noqa: T201 - a command's answer


def said(one: Noticed) -> str:
    """One line about a territory, for whoever runs the command."""
    what = f"{one.territory_id}: came {' '.join(one.came) or 'none'}, went {' '.join(one.went) or 'none'}"
    return f"{what}; not done, {one.problem}: {one.about} ({one.holder or 'no longer listed'})" if one.problem else what


async def follow(tx: Transaction, at: datetime) -> list[Noticed]:
    """Bring every territory in function to what its definition says today. Returns what was and was not done."""
    await tx.execute("LOCK TABLE territories IN SHARE ROW EXCLUSIVE MODE")
    moved = await _moved(tx, at)
    done: list[Noticed] = []
    while followed := [one for one in moved if await _followed(tx, one, at)]:  # one may free what another waits for
        done += [noticed for _, noticed in followed]
        moved = [one for one in moved if one not in followed]
    waiting = [await _waiting(tx, one) for one in moved]
    for noticed in (*done, *waiting):
        await store.note(tx, noticed)
    return done + waiting


async def _moved(tx: Transaction, at: datetime) -> list[Moved]:
    """Territories whose definition no longer gives their communes."""
    known = await store.in_function(tx, at.date())
    definitions = await store.definitions(tx, [one.state.territory_id for one in known])
    moved = []
    for one in known:
        definition = definitions[one.state.territory_id]
        before, after, gone = frozenset(one.state.communes), definition.resolved(), definition.gone()
        if before != after or gone:
            noticed = Noticed(one.state.territory_id, at, sorted(after - before), sorted(before - after))
            moved.append((one, replace(noticed, problem="area-gone", about=gone) if gone else noticed))
    return moved


async def _followed(tx: Transaction, moved: Moved, at: datetime) -> bool:
    """Change the territory and tell it, unless something is in the way."""
    known, noticed = moved
    state = _after(known.state, noticed)
    if noticed.problem or await store.taken_of(tx, state):
        return False
    await store.settled(tx, state.territory_id)
    await publish(tx, await store.change(tx, state, known.version), id=new_id(), at=at)
    return True


async def _waiting(tx: Transaction, moved: Moved) -> Noticed:
    """What is in the way."""
    known, noticed = moved
    taken = await store.taken_of(tx, _after(known.state, noticed))
    if noticed.problem or taken is None:
        return noticed
    return replace(noticed, problem="commune-taken", about=taken.commune, holder=taken.territory)


def _after(state: TerritoryPublished, noticed: Noticed) -> TerritoryPublished:
    communes: Iterable[str] = {*state.communes, *noticed.came} - {*noticed.went}
    return state.model_copy(update={"communes": tuple(sorted(communes))})
