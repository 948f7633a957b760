"""What is shown beside a call as the need takes shape: whom to call, who looks alike, who may help, by when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.translations import translate
from contracts.programmes import Programmes, UnknownProgramme
from intake.asking import alarms
from intake.communes import store as communes
from intake.communes.store import Found
from intake.desk.model import Fields, iso, of_the_cell
from intake.duplicates.api import Asked
from intake.duplicates.searching import Searching
from intake.requests.model import promised_on
from intake.territories import places
from intake.territories.places import Place

NAMED: Final = 3
"""Letters of a name from which somebody is looked for."""
SHOWN: Final = 5
"""Offers beside a call: as many as an agent reads while listening."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Beside the form. `communes`: those the words may mean, where they are several."""

    place: Place | None
    communes: Sequence[Found] = ()
    numbers: Sequence[tuple[str, str]] = ()
    child: bool = False
    """Whether the words tell of a child in danger."""
    people: Sequence[dict[str, Any]] = field(default=(), repr=False)
    promised: date | None = None
    offers: str | None = None
    """Where the directory answers the themes, in that commune: nothing of who asks is in the address."""


class Looking:
    """Looks around a call on behalf of an agent."""

    def __init__(self, parts: Parts, programmes: Programmes, searching: Searching) -> None:
        self._parts = parts
        self._programmes = programmes
        self._searching = searching

    async def around(self, actor: Actor, fields: Fields) -> tuple[Fields, Seen]:
        """What there is to see, and the fields with the commune they mean. Of a worry about a child nothing is looked
        for: it is the cell's alone."""
        today = self._parts.now().astimezone(self._parts.settings.zone).date()
        async with self._parts.app.transaction(actor) as tx:
            fields = await _named(tx, fields, today)
            found, place = await _commune(tx, fields, today)
        fields = fields | {"commune_code": place.commune if place else ""}
        raised = alarms.raised(fields)
        seen = Seen(
            place,
            communes=found if len(found) > 1 else (),
            numbers=[(number, translate(alarms.NUMBERS[number])) for number in alarms.numbers(raised)],
            child="child" in raised,
            people=() if of_the_cell(fields) else await self._people(actor, fields),
            promised=self._promised(fields, place, today),
            offers=None if of_the_cell(fields) else _offers(fields, place),
        )
        return fields, seen

    async def _people(self, actor: Actor, fields: Fields) -> Sequence[dict[str, Any]]:
        name = " ".join(filter(None, (fields["given_name"].strip(), fields["family_name"].strip())))
        phone, born = fields["phone"].strip()[:40], iso(fields["birth_date"])[:10]
        if len(name) < NAMED and not phone and not born:
            return ()
        asked = Asked.model_construct(name=name, phone=phone, birth_date=born)
        return await self._searching.alike(actor, asked.known())

    def _promised(self, fields: Fields, place: Place | None, today: date) -> date | None:
        try:
            programme = self._programmes.current(fields["programme"])
        except UnknownProgramme:
            return None
        if place is None or programme.restricted:
            return None
        return promised_on(programme, today, fields["urgency"], place.department)


async def _named(tx: Transaction, fields: Fields, today: date) -> Fields:
    """A commune that was kept by its code, by its name again."""
    if not fields["commune"] or fields["commune"] != fields["commune_code"]:
        return fields
    place = await places.find(tx, fields["commune_code"], today)
    return fields | {"commune": place.name} if place else fields


async def _commune(tx: Transaction, fields: Fields, today: date) -> tuple[list[Found], Place | None]:
    """Communes that may be meant, and where the one that is lies."""
    if not fields["commune"].strip():
        return [], None
    found = await communes.search(tx, fields["commune"])
    chosen = [one.code for one in found if one.code == fields["commune_code"]] or [one.code for one in found]
    return found, await places.find(tx, chosen[0], today) if len(chosen) == 1 else None


def _offers(fields: Fields, place: Place | None) -> str | None:
    if not fields["themes"]:
        return None
    asked = [("theme", theme) for theme in fields["themes"]]
    where = [("commune", place.commune)] if place else []
    return f"/directory/search?{urlencode([*asked, *where, ('limit', SHOWN)])}"
