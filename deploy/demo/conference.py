"""One family conference, led by its coordinator from the dossier to the follow-up, over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.demo import arrivals, reading
from deploy.demo.department import today
from deploy.demo.dossier import Dossier, opened
from deploy.demo.operating import until
from deploy.demo.people import Person, reachable
from deploy.demo.play import Doors
from deploy.local.stack import Stack

QUESTION = "Comment nous répartir ce qui pèse aujourd'hui sur une seule personne ?"
ACTIONS = ("Les courses, une semaine sur deux", "Les trajets du mercredi", "Un appel chaque dimanche")
FOLLOW_UP_STAGES = ("early", "due", "overdue")
"""What falls due before the coordinator records the follow-up, late enough for the manager to be told."""


@dataclass(frozen=True)
class Invited:
    """Somebody who is met only now, and as what they are invited."""

    person: Person
    role: str

    def body(self) -> dict[str, Any]:
        return {
            "name": self.person.name,
            "role": self.role,
            "email": self.person.email if self.person.writes_to is not None else None,
            "safe_to_write": bool(self.person.writes_to),
            "neutral": self.person.neutral,
        }


GUESTS = (
    Invited(reachable(70), "relative"),
    Invited(Person(71, writes_to=False), "relative"),
    Invited(reachable(72), "social_network"),
)


@dataclass(frozen=True)
class Held:
    """A conference whose plan is ratified, waiting for its follow-up."""

    dossier: Dossier
    family: Sequence[str]
    actions: Sequence[str]


def hold(doors: Doors, installation: Stack, reference: str) -> Held:
    """Lead the conference asked for under that reference to its ratification. Raises Problem when a step is refused."""
    dossier, family = leave_alone(doors, installation, reference)
    dossier.step("conference/phases", {"phase": "acceptance"})
    return Held(dossier, family, _ratify(dossier, family))


def leave_alone(doors: Doors, installation: Stack, reference: str) -> tuple[Dossier, list[str]]:
    """Lead it to the family's private time. Returns the dossier and the family group's ids. Raises Problem."""
    received = opened(doors.as_("manager"), reference)
    _assign(installation, received)
    dossier = Dossier(doors.as_("coordinator"), received.path)
    family = _prepare(dossier, received.concerned)
    _meet(dossier, family)
    return dossier, family


def follow_up(held: Held, installation: Stack, since: datetime) -> None:
    """Wait until the follow-up is overdue and the manager written to, and record it: two people of the family group
    have been contacted. Recorded before that, what is late is late no more, and no mail leaves."""
    until(lambda: _fallen_due(held.dossier) >= set(FOLLOW_UP_STAGES), "le retard du suivi")
    arrivals.await_message(installation, since, arrivals.LATE, "le courriel à l'encadrement")
    contacts = [{"person_id": person_id, "contacted_on": today().isoformat()} for person_id in held.family[:2]]
    outcomes = [{"action_id": action_id, "outcome": "carried_out"} for action_id in held.actions]
    held.dossier.step("follow-up", {"contacts": contacts, "outcomes": outcomes})


def _assign(installation: Stack, received: Dossier) -> None:
    agent_id = reading.agents(installation.administration)["coordination"]
    received.step("referents", {"agent_id": str(agent_id), "role": "coordinator"})


def _prepare(dossier: Dossier, concerned: str) -> list[str]:
    """Question, guests, each met and checked. Returns the family group's ids."""
    declared = {"not_their_social_worker": True, "no_tie_to_anyone": True}
    dossier.step("conference", {"independence": declared})
    dossier.step("conference/question", {"question": QUESTION})
    bodies = [{"person_id": concerned, "role": "concerned"}, *(guest.body() for guest in GUESTS)]
    family = [dossier.step("conference/invitees", body).body["person_id"] for body in bodies]
    for person_id in family:
        met = {"safe": True, "met_on": today().isoformat()}
        dossier.step(f"conference/invitees/{person_id}/safety", met)
    dossier.say("conference/mandated-service", {"involved": False})
    return family


def _meet(dossier: Dossier, family: Sequence[str]) -> None:
    """Information, then private time."""
    dossier.step("conference/schedule", {"meeting_at": datetime.now(UTC).isoformat()})
    dossier.step("conference/phases", {"phase": "information_sharing", "present": family})
    dossier.step("conference/phases", {"phase": "private_time"})


def _ratify(dossier: Dossier, family: Sequence[str]) -> list[str]:
    """The plan, action by action, then its ratification. Returns the actions' ids."""
    actions = []
    for what, who in zip(ACTIONS, family, strict=False):
        body = {"what": what, "who": who, "checked_by": family[-1], "feasible": True}
        body |= {"by_when": (today() + timedelta(days=60)).isoformat()}
        actions.append(str(dossier.step("conference/plan/actions", body).body["action_id"]))
    dossier.step("conference/ratify", {"ratified_by": family})
    return actions


def _fallen_due(dossier: Dossier) -> set[str]:
    """The stages of the follow-up that have come, as the dossier's timeline tells its coordinator."""
    timeline = dossier.client.get(dossier.path).body["timeline"]
    return {entry["details"]["stage"] for entry in timeline if entry["kind"] == "follow_up_due"}
