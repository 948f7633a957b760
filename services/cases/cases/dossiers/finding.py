"""Cases' part of the search across: a dossier by its reference, or one's own by the name of who is concerned.

Names are sealed here: those of the dossiers one works on are opened to be compared. People at large are intake's.
"""

from collections.abc import Sequence
from typing import Final
from unicodedata import combining, normalize

from cases import words
from cases.dossiers import store
from cases.dossiers.model import Case
from cases.people import store as people
from chassis.actor import Actor
from chassis.service import Parts
from chassis.web.finding import Hit, finding_routes
from chassis.web.translations import translate as _
from contracts.references import InvalidReference, check_reference, readable

OWN: Final = 300
"""Dossiers of one agent whose names are compared, the newest."""


async def look(actor: Actor, parts: Parts, text: str) -> Sequence[Hit]:
    """Dossiers the actor may see."""
    async with parts.app.transaction(actor) as tx:
        try:
            found = await store.by_reference(tx, check_reference(text))
            wanted = ""
        except InvalidReference:
            found = await store.worklist(
                tx, status="open", territories=(), agent_id=actor.agent_id, after=None, limit=OWN
            )
            wanted = _folded(text)
        names = await people.concerned(tx, [case.case_id for case in found])
        opened = await parts.keyring.open(tx, list(names.values()))
    shown = {case_id: str(name) for case_id, name in zip(names, opened, strict=True) if name is not None}
    return [_hit(case, shown.get(case.case_id)) for case in found if wanted in _folded(shown.get(case.case_id, ""))]


def _folded(text: str) -> str:
    return "".join(one for one in normalize("NFD", text.casefold()) if not combining(one))


def _hit(case: Case, name: str | None) -> Hit:
    about = f"{readable(case.reference)} – {_(words.word(words.STATUSES, case.status))}"
    return Hit(name or _("Sans nom"), f"/cases/{case.case_id}", about)


router = finding_routes("/cases/find", look)
