"""An appointment over HTTP, and in the agent's calendar: proposed, booked, moved once, kept."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.demo import arrivals, reading
from deploy.demo.client import Client
from deploy.demo.dossier import Dossier, opened
from deploy.demo.play import Doors, user_name
from deploy.local.stack import Stack

MINUTES = 5
SOON = timedelta(seconds=3)
"""The person can come at once: the appointment is moved to the moment it takes to come in."""
RECEIVERS = ("social_worker", "manager")
"""Who may receive: whoever is free first. A day played just before leaves its agent taken for some minutes: nobody
waits for an appointment that comes after."""
BUSY = frozenset({"proposed", "booked", "kept"})


@dataclass
class Appointment:
    """An appointment under way. `revisions`: what the agent's calendar said of it, after each step."""

    dossier: Dossier
    calendar: str
    place: str
    uid: str
    starts_at: datetime
    revisions: list[dict[str, str]] = field(default_factory=list)

    def step(self, act: str, body: dict[str, Any]) -> None:
        self.dossier.step(f"{self.place}/{act}", body)
        self.note()

    def note(self) -> None:
        """Look into the calendar, as the agent's own program does: by its address, without an account."""
        _, text = self.dossier.client.look(self.calendar)
        self.revisions += [event for event in _events(text) if event["UID"] == self.uid]


def book(doors: Doors, installation: Stack, reference: str, since: datetime) -> Appointment:
    """Propose, book, and move to when somebody is free, once the person was told of the first: told after it, they
    would read of the last only. Raises Problem when a step is refused."""
    role, starts_at = _receiver(doors)
    client = doors.as_(role)
    dossier = opened(client, reference)
    agent_id = reading.agents(installation.administration)[user_name(role)]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    asked = {
        "starts_at": tomorrow.isoformat(),
        "minutes": MINUTES,
        "place": "office",
        "where": "Maison du département d'Exemple",
        "agents": [str(agent_id)],
        "people": [dossier.concerned],
        "proposed": True,
    }
    made = dossier.step("appointments", asked).body
    calendar = str(client.post("/cases/calendar/link", {}).body["url"])
    appointment = Appointment(dossier, calendar, f"appointments/{made['appointment_id']}", made["uid"], tomorrow)
    appointment.note()
    appointment.step("confirm", {})
    arrivals.await_message(installation, since, arrivals.BOOKED, "le courriel du rendez-vous pris")
    appointment.starts_at = max(starts_at, datetime.now(UTC) + SOON)
    appointment.step("move", {"starts_at": appointment.starts_at.isoformat(), "by": "person"})
    return appointment


def keep(appointment: Appointment) -> None:
    """Once it has begun, say that the person was met; one that is later than the day stays booked."""
    left = appointment.starts_at - datetime.now(UTC)
    if left <= SOON:
        time.sleep(max(left.total_seconds(), 0.0))
        appointment.step("kept", {})


def _receiver(doors: Doors) -> tuple[str, datetime]:
    """Who is free first, and from when."""
    return min(((role, _free_from(doors.as_(role))) for role in RECEIVERS), key=lambda found: found[1])


def _free_from(client: Client) -> datetime:
    """From when nothing of their agenda meets the minutes that follow."""
    items = client.get("/cases/appointments").body["items"]
    taken = sorted((_moment(one["starts_at"]), _moment(one["ends_at"])) for one in items if one["status"] in BUSY)
    free = datetime.now(UTC) + SOON
    for begins, ends in taken:
        if begins < free + timedelta(minutes=MINUTES) and free < ends:
            free = ends
    return free


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _events(calendar: str) -> Iterator[dict[str, str]]:
    """The events of a calendar (RFC 5545), by the names of their properties."""
    for event in calendar.replace("\r\n ", "").split("BEGIN:VEVENT")[1:]:
        lines = event.partition("END:VEVENT")[0].split("\r\n")
        yield {name: value for name, _, value in (line.partition(":") for line in lines) if name}


KEPT = """
SELECT appointments.status, starts_at, state ->> 'place' AS place
FROM appointments JOIN cases USING (case_id) WHERE reference = $1
"""


def found(installation: Stack, reference: str, appointment: Appointment) -> dict[str, Any]:
    """What cases keeps of it, and what the agent's calendar showed after each step."""
    [kept] = reading.rows(installation, "cases", KEPT, reference)
    return {
        **dict(kept),
        "uids": sorted({event["UID"] for event in appointment.revisions}),
        "sequences": [int(event["SEQUENCE"]) for event in appointment.revisions],
        "titles": sorted({event["SUMMARY"] for event in appointment.revisions}),
    }
