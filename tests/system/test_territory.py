"""A territory's conference through the shipped processes: its partners ratify, and what follows falls due."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.events.cases import agreement_id_of
from tests.system import town as towns
from tests.system.conftest import LivedIn
from tests.system.dossier import at_rest, in_clear, letter, told, types
from tests.system.people import Person
from tests.system.platform import TERRITORY

pytestmark = pytest.mark.timeout(600)

ACTION = "Navette-Témoin le soir"


class Conference:
    """Led over HTTP by the territory's manager."""

    def __init__(self, lived_in: LivedIn, manager: Person) -> None:
        self._cases, self._manager = lived_in.cases, manager
        self.path, self._version = "/cases/territorial-conferences", 1

    async def make(self, place: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._seen(await self._manager.create(self._cases, f"{self.path}/{place}".rstrip("/"), body))

    async def step(self, place: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
        path = f"{self.path}/{place}"
        return self._seen(await self._manager.change(self._cases, path, body, self._version, method=method))

    def _seen(self, answer: dict[str, Any]) -> dict[str, Any]:
        self._version = answer["version"]
        return answer

    async def ratified(self, partners: list[str]) -> None:
        """From its opening to a plan of one action, with a contract to come of it."""
        opened = {"territory_id": TERRITORY, "title": "Conférence d'essai", "course": "sitting"}
        made = await self.make("", opened | {"programme": "territorial-conference-demo"})
        self.path += f"/{made['case_id']}"
        await self.make("findings", {"kind": "need", "text": "Bus-Témoin trop rares le soir"})
        await self.make("findings", {"kind": "means", "text": "Un minibus-Témoin"})
        for partner in partners:
            await self.step(f"partners/{partner}", method="PUT")
        await self.step("diagnosis")
        now = datetime.now(UTC)
        await self.step("schedule", {"meeting_at": now.isoformat()})
        await self.step("meetings", {"organisation_ids": partners, "residents": 8})
        axis = await self.make("axes", {"title": "Axe-Témoin"})
        action = {"what": ACTION, "axis_id": axis["axis_id"], "level": "intercommunal", "indicator": "Trajets"}
        who = {"organisation_id": partners[0], "checked_by": partners[1]}
        await self.make("actions", action | who | {"by_when": f"{(now + timedelta(days=90)).date()}"})
        await self.step("ratify", {"ratified_by": partners, "contract": True})


async def test_a_conference_ratified_by_partners_is_followed_up_and_becomes_a_contract(lived_in: LivedIn) -> None:
    platform, manager = lived_in.platform, Person(lived_in.platform, "responsable")
    operator = Person(platform, towns.OPERATOR)
    partners = [
        await towns.organisation(operator, lived_in.directory, name=f"Partenaire {n}", kind="association")
        for n in (1, 2)
    ]
    ids = ", ".join(f"'{one}'" for one in partners)

    async def known() -> bool:
        return await platform.count("cases", "organisations", f"organisation_id IN ({ids})") == len(partners)

    await platform.until(known, "partners in the replica")
    conference = Conference(lived_in, manager)
    await conference.ratified(partners)
    case_id = conference.path.rsplit("/", 1)[1]

    assert case_id in await letter(platform, towns.email_of("responsable"), case_id), "who leads it is reminded"
    written = await at_rest(platform)
    events = told(written, "cases-events", case_id)
    assert types(events)[:3] == ["CaseOpened", "ConferenceScheduled", "ConferenceRatified"]
    ratified = events[2].event["data"]
    assert (ratified["scale"], ratified["member_organisation_ids"]) == ("territorial", sorted(partners))
    assert {one.event["data"]["kind"] for one in events[3:]} >= {"territorial_follow_up"}
    assert in_clear(written, "Témoin") == []

    draft = agreement_id_of(UUID(ratified["conference_id"]))

    async def drafted() -> bool:
        return await platform.count("directory", "agreements", f"agreement_id = '{draft}'") == 1

    await platform.until(drafted, "the draft of a contract")
    [action] = (await manager.get(lived_in.directory, f"/directory/agreements/{draft}"))["terms"]["actions"]
    assert action["title"] == ACTION
