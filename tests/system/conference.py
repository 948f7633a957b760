"""A family conference led over HTTP, as its coordinator does, from the assignment to the ratified plan."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.system.people import Person
from tests.system.platform import Process

PARIS = ZoneInfo("Europe/Paris")
QUESTION = "Comment organiser les semaines d'essai de Camille ?"
ACTION = "Accompagner Camille chaque mercredi d'essai"


@dataclass(frozen=True)
class Ratified:
    """What the follow-up needs."""

    members: list[str]
    action_id: str


class Conference:
    """The steps of one dossier's conference; each takes the version the step before gave."""

    def __init__(self, coordinator: Person, cases: Process, case_id: str) -> None:
        self._coordinator = coordinator
        self._cases = cases
        self._root = f"/cases/{case_id}/conference"
        self._version = 0

    async def _create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._seen(await self._coordinator.create(self._cases, self._root + path, body))

    async def _change(self, path: str, body: dict[str, Any], method: str = "POST") -> dict[str, Any]:
        return self._seen(
            await self._coordinator.change(self._cases, self._root + path, body, self._version, method=method)
        )

    def _seen(self, answer: dict[str, Any]) -> dict[str, Any]:
        self._version = answer["version"]
        return answer

    async def prepare(self, concerned: str, relative_email: str) -> list[str]:
        """Question, two guests of the family, each met and safe. Returns their ids."""
        await self._create("", {"independence": {"not_their_social_worker": True, "no_tie_to_anyone": True}})
        await self._change("/question", {"question": QUESTION})
        await self._create("/invitees", {"role": "concerned", "person_id": concerned})
        relative = await self._create(
            "/invitees",
            {
                "role": "relative",
                "name": "Essai Tante",
                "email": relative_email,
                "safe_to_write": True,
                "neutral": False,
            },
        )
        guests = [concerned, relative["person_id"]]
        today = datetime.now(PARIS).date().isoformat()
        for guest in guests:
            await self._change(f"/invitees/{guest}/safety", {"safe": True, "met_on": today})
        await self._change("/mandated-service", {"involved": False}, "PUT")
        return guests

    async def meet(self, members: list[str]) -> Ratified:
        """The meeting in its order, then the ratification by everybody who is there."""
        await self._change("/schedule", {"meeting_at": datetime.now(UTC).isoformat()})
        await self._change("/phases", {"phase": "information_sharing", "present": members})
        await self._change("/phases", {"phase": "private_time"})
        await self._change("/phases", {"phase": "acceptance"})
        by_when = (datetime.now(PARIS) + timedelta(days=30)).date().isoformat()
        action = await self._create(
            "/plan/actions",
            {"what": ACTION, "who": members[0], "checked_by": members[1], "by_when": by_when, "feasible": True},
        )
        await self._change("/ratify", {"ratified_by": members})
        return Ratified(members, action["action_id"])


async def record_follow_up(coordinator: Person, cases: Process, case_id: str, ratified: Ratified) -> dict[str, Any]:
    """Both members were contacted, the action was carried out."""
    today = datetime.now(PARIS).date().isoformat()
    return await coordinator.create(
        cases,
        f"/cases/{case_id}/follow-up",
        {
            "contacts": [{"person_id": member, "contacted_on": today} for member in ratified.members],
            "outcomes": [{"action_id": ratified.action_id, "outcome": "carried_out"}],
        },
    )
