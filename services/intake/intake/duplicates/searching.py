"""Who is known already, asked while somebody is typed in."""

from typing import Any, Final

from chassis.actor import Actor
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts.envelope import new_id
from intake.duplicates import store
from intake.duplicates.model import SENTENCES, Known, Likeness, keys, likeness

FOUND: Final = 60
"""People the database gives to be compared."""
SHOWN: Final = 10
"""People shown, the likeliest first."""


class Searching:
    """Searches people on behalf of an agent: whom they may know of, and no other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def alike(self, actor: Actor, asked: Known) -> list[dict[str, Any]]:
        """Those who look most like what was typed so far, with the reasons. The cell, whose search is among everybody,
        leaves a trace of it that the cell alone reads."""
        async with self._parts.app.transaction(actor) as tx:
            found = await store.alike(tx, keys(asked), asked.names or None, FOUND)
            compared = [(one, likeness(asked, one.known)) for one in found]
            compared.sort(key=lambda pair: -pair[1].points)
            shown = compared[:SHOWN]
            if actor.has("cell") and actor.agent_id:
                await store.trace(tx, new_id(), actor.agent_id, [one.person_id for one, _alike in shown])
        return [_shown(one, alike) for one, alike in shown]


def _shown(one: store.Candidate, alike: Likeness) -> dict[str, Any]:
    return {
        "person_id": one.person_id,
        "given_name": one.given_name,
        "family_name": one.family_name,
        "birth_date": one.birth_date,
        "request_id": one.request_id,
        "score": alike.score,
        "reasons": [_(SENTENCES[reason]) for reason in alike.reasons],
    }
