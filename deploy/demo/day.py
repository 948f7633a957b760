"""The demonstration from its first request to its report."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from deploy.demo import (
    arrivals,
    concern,
    conference,
    network,
    operating,
    paper,
    partner,
    play,
    reading,
    report,
    script,
    setup,
    stories,
)
from deploy.demo.correspondence import Correspondence, line_of
from deploy.demo.department import PARTNER, TERRITORIES
from deploy.demo.report import Asked, Report, Traces
from deploy.local.oidc import ACCOUNTS
from deploy.local.stack import Stack

Show = Callable[[str, int], None]
"""Called with what is happening, and how many steps of `STEPS` are done."""
STEPS = len(script.DAY) + 9
OK = 200
SETTLE_SECONDS = 30.0


@dataclass(frozen=True)
class Played:
    """A day that was played: when the first request was accepted (seconds since the command began), and its report."""

    first_accepted_seconds: float
    report: Report
    printed: Path
    """The letters of the day, as the operator fetched them to print."""


def process_age() -> float:
    """Seconds since this command was launched, the installation before it included (0 where there is no /proc)."""
    stat = Path("/proc/self/stat")
    if not stat.exists():
        return 0.0
    ticks = int(stat.read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def run(installation: Stack, show: Show) -> Played:
    """Prepare the département, play the day, and read back what came of it. Raises Problem."""
    since, doors = datetime.now(UTC), play.Doors(installation)
    show("le département se prépare", 0)
    setting = _prepare(installation, doors)
    first, first_at = play.ask(doors, script.DAY[0]), process_age()
    partners = network.begin(doors, installation, setting)
    requests = [first, *_requests(doors, show)]
    show("un rendez-vous est pris, une structure est sollicitée", STEPS - 8)
    references = {one.situation: one.reference for one in requests if one.reference is not None}
    begun = stories.begin(doors, installation, setting, references, since)
    show("un partenaire écrit par son logiciel", STEPS - 7)
    correspondence = _correspondence(installation, doors, setting, since)
    letters = correspondence.send(line_of(installation), script.LETTERS)
    show("une conférence familiale se prépare, se tient, se ratifie", STEPS - 6)
    led = references[script.LED_TO_ITS_END.situation]
    held = conference.hold(doors, installation, led)
    show("une convention est signée, un territoire ratifie son plan", STEPS - 5)
    agreed = network.go_on(partners)
    conference.follow_up(held, installation, since)
    paper.close(doors.as_("operator"))
    show("une MASP est signée, le rendez-vous tenu, une structure répond", STEPS - 4)
    stories.go_on(begun)
    show("l'exploitation reprend les lettres mises de côté", STEPS - 3)
    set_aside = sum(letter.file in script.SET_ASIDE for letter in script.LETTERS)
    operating.set_right(installation, since, correspondence.unknown_commune, set_aside)
    printed = paper.post(doors.as_("operator"), installation.state.letters)
    show("les derniers messages partent", STEPS - 2)
    found = _settled(begun, [*requests, *letters], since, led)
    show("une préoccupation pour un enfant va à la cellule, et à elle seule", STEPS - 1)
    hidden = concern.raised(doors, installation, since)
    told = replace(
        found,
        stories=(*found.stories, hidden),
        network=network.found(agreed, since),
        arrived=arrivals.found(installation, since, printed),
    )
    return Played(first_at, told, printed)


def _prepare(installation: Stack, doors: play.Doors) -> setup.Setting:
    keys = partner.public_keys(installation.secrets.partner_signing_key)
    setting = setup.prepare(doors.as_("operator"), keys)
    operating.until(lambda: _heard(installation, setting), "les territoires et les structures chez intake")
    operating.until(lambda: _agents_heard(doors), "les droits des agents dans chaque service")
    return setting


def _heard(installation: Stack, setting: setup.Setting) -> bool:
    territories, organisations = reading.known_places(installation)
    wanted = {territory.territory_id for territory in TERRITORIES}
    return wanted <= territories and set(setting.organisations.values()) <= organisations


def _agents_heard(doors: play.Doors) -> bool:
    """Every service knows the agents by their grants: none answers that they may not read their own lists."""
    return all(
        doors.as_(role).status(path) == OK
        for role, path in (("reception", "/intake/requests"), ("manager", "/cases"), ("coordinator", "/cases"))
    )


def _requests(doors: play.Doors, show: Show) -> Iterator[Asked]:
    """All but the first."""
    for number, asking in enumerate(script.DAY[1:], start=1):
        show(f"{asking.hour}, {play.place(asking.commune)} : {asking.situation}", number)
        yield play.ask(doors, asking)


def _correspondence(installation: Stack, doors: play.Doors, setting: setup.Setting, since: datetime) -> Correspondence:
    software = partner.Software(
        setting.organisations[PARTNER.name],
        installation.secrets.partner_signing_key,
        doors.anybody.get("/intake/public/partner-key").body,
    )
    return Correspondence(software, f"{since:%y%m%d-%H%M%S}", operating.free_commune(installation))


def _settled(begun: stories.Begun, asked: list[Asked], since: datetime, led: str) -> Report:
    """Read until nothing moves any more: every dossier open, every message's fate known, two readings the same."""
    deadline, before = time.monotonic() + SETTLE_SECONDS, None
    while True:
        found = _read(begun, asked, since, led)
        if (found.settled and found == before) or time.monotonic() > deadline:
            return found
        before = found
        time.sleep(0.3)


def _read(begun: stories.Begun, asked: list[Asked], since: datetime, led: str) -> Report:
    installation = begun.installation
    told = reading.events(installation.administration, since)
    request_ids = [UUID(one.envelope.subject) for one in told if one.envelope.type == report.ASKED]
    traces = Traces(
        told,
        reading.dossiers(installation, request_ids),
        reading.deliveries(installation, since),
        reading.mails(installation.state.mail, since),
        reading.texts(installation.state.sms, since),
        reading.letters(installation, since),
        stories.found(begun),
    )
    return report.build(asked, traces, led)


def as_json(played: Played, address: str) -> str:
    """The same report for a program."""
    found: dict[str, Any] = {
        "address": address,
        "accounts": [account.user_name for account in ACCOUNTS],
        "first_accepted_seconds": played.first_accepted_seconds,
        "printed": played.printed,
        **asdict(played.report),
        "events": played.report.events,
        "messages": [
            {"rule": rule, "state": state, "count": count}
            for (rule, state), count in sorted(played.report.messages.items())
        ],
    }
    return json.dumps(found, default=str, ensure_ascii=False, indent=1)
