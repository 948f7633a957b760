"""A few requests entered over HTTP, so that every page has something to show."""

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from urllib.parse import urlsplit
from uuid import UUID

from contracts.envelope import derived_id
from deploy.demo import conference, operating, partner, play, reading, script, setup
from deploy.demo.department import TERRITORIES, today
from deploy.demo.dossier import Dossier
from deploy.local.stack import Stack
from tests.browser import partners, steered
from tests.browser.partners import Partners
from tests.browser.platform import Platform

ASKED = (script.DAY[1], script.SCHOOL_WITHOUT, script.SCHOOL_WITH, script.REFUSED, script.TWICE[1])
FROM_HOME = {
    "commune": script.PLERIN,
    "programme": "first-contact",
    "themes": ["digital"],
    "requester": {"role": "self"},
}
OK = 200
SUSPICIONS = "/intake/duplicates"
ROLES = ("operator", "reception", "coordinator", "manager")
WATCHED = (("reception", "/intake/requests"), ("coordinator", "/cases"), ("manager", "/notifications/messages"))


@dataclass(frozen=True)
class Day:
    """Ids that pages are opened by. `led`: the dossier whose conference went to its follow-up; `preparing`: one whose
    conference begins; `alone`: one whose family is in its private time; `worker`: the social worker who refers to the
    new dossier; `alike`, `settled`: two people who may be one, undecided and decided; `choices`: the link of a message
    by which its reader chooses what they are written to about; `plan`: that of another, by which a member of the family
    group reads their plan; `partners`: what they did together."""

    reference: str
    secret: str
    request_id: UUID
    person_id: UUID
    declined_id: UUID
    led_case_id: UUID
    preparing_case_id: UUID
    alone_case_id: UUID
    new_case_id: UUID
    worker_id: UUID
    alike_id: UUID
    settled_id: UUID
    choices: str
    plan: str
    partners: Partners


def lived(platform: Platform) -> Day:
    """Enters everything and waits until it shows."""
    doors = play.Doors(platform.stack)
    with contextlib.ExitStack() as clients:
        for client in (doors.anybody, *map(doors.as_, ROLES)):
            clients.enter_context(client)
        return _lived(platform.stack, doors)


def _lived(stack: Stack, doors: play.Doors) -> Day:
    since = datetime.now(UTC)
    setting = setup.prepare(doors.as_("operator"), partner.public_keys(stack.secrets.partner_signing_key))
    wanted = {territory.territory_id for territory in TERRITORIES}
    operating.until(lambda: wanted <= reading.known_places(stack)[0], "territories in intake")
    operating.until(lambda: all(doors.as_(role).status(path) == OK for role, path in WATCHED), "agents everywhere")
    together = partners.begin(stack, doors, setting)
    from_web = doors.anybody.post("/intake/public/requests", FROM_HOME).body
    led, *others, alone = [_asked(doors, ask) for ask in (script.LED_TO_ITS_END, *ASKED, script.LED_TO_ITS_END)]
    held = conference.hold(doors, stack, led["reference"])
    conference.follow_up(held, stack, since)
    conference.leave_alone(doors, stack, alone["reference"])
    _begin(stack, doors, preparing := _case(others[ASKED.index(script.SCHOOL_WITH)]))
    new_case = _case(others[0])
    operating.until(lambda: doors.as_("manager").status(f"/cases/{new_case}") == OK, "the last dossiers")
    alike, settled = _came_twice(doors)
    worker = _referred(stack, doors, new_case)
    steered.book(doors, new_case, worker)
    steered.publish_figures(stack, "saint-brieuc")
    steered.set_aside(stack)
    return Day(
        reference=from_web["reference"],
        secret=from_web["secret"],
        request_id=UUID(others[0]["request_id"]),
        person_id=_person(doors, others[0]["request_id"]),
        declined_id=UUID(others[ASKED.index(script.REFUSED)]["request_id"]),
        led_case_id=_case(led),
        preparing_case_id=preparing,
        alone_case_id=_case(alone),
        new_case_id=new_case,
        worker_id=worker,
        alike_id=alike,
        settled_id=settled,
        choices=_choices(stack),
        plan=_plan(stack),
        partners=partners.lived(together),
    )


def left_alone(platform: Platform) -> UUID:
    """One more dossier whose family is in its private time."""
    doors = play.Doors(platform.stack)
    with contextlib.ExitStack() as clients:
        for client in map(doors.as_, ROLES):
            clients.enter_context(client)
        asked = _asked(doors, script.LED_TO_ITS_END)
        conference.leave_alone(doors, platform.stack, asked["reference"])
        return _case(asked)


def _choices(stack: Stack) -> str:
    """Where the reader of a mail that can be declined chooses, as the mail says."""

    def links() -> list[str]:
        mails = (message_from_bytes(file.read_bytes()) for file in stack.state.mail.glob("*.eml"))
        return [mail["List-Unsubscribe"].strip("<>") for mail in mails if mail["List-Unsubscribe"]]

    operating.until(lambda: bool(links()), "a mail that can be declined")
    return urlsplit(links()[0]).path


def _plan(stack: Stack) -> str:
    """Where a member of the family group reads their plan, as their mail says."""

    def links() -> list[str]:
        mails = (message_from_bytes(file.read_bytes(), policy=default) for file in stack.state.mail.glob("*.eml"))
        texts = [mail.get_body(("plain",)).get_content() for mail in mails]  # type: ignore[union-attr]
        return [link for text in texts for link in re.findall(r"/cases/lire/[0-9A-Z]+", text)]

    operating.until(lambda: bool(links()), "a mail with a link to the plan")
    return links()[0]


def _referred(stack: Stack, doors: play.Doors, case_id: UUID) -> UUID:
    """The social worker is in charge of a dossier, where something is to be done."""
    worker = reading.agents(stack.administration)["travail-social"]
    referent = {"agent_id": str(worker), "role": "referent"}
    doors.as_("manager").post(f"/cases/{case_id}/referents", referent)
    task = {"what": "Appeler le bailleur", "due_on": today().isoformat(), "agent_id": str(worker)}
    doors.as_("manager").post(f"/cases/{case_id}/tasks", task)
    return worker


def _person(doors: play.Doors, request_id: str) -> UUID:
    """Who asked, known since with a guardian and what they need."""
    manager = doors.as_("manager")
    [person_id] = {
        one["person_id"]
        for one in manager.get(f"/intake/requests/{request_id}").body["people"]
        if one["role"] == "self"
    }
    known = manager.get(f"/intake/people/{person_id}")
    kept = {name: known.body[name] for name in ("given_name", "family_name", "birth_date", "language", "never_by")}
    points = [
        {name: value for name, value in point.items() if name != "contact_point_id"}
        for point in known.body["contact_points"]
    ]
    hours = [{"weekdays": [1, 2, 4], "opens": "09:00", "closes": "12:00"}]
    needs = {"interpreter": "uk", "protection": {"kind": "curatorship", "protector": "Association Tutelle-Exemple"}}
    said = kept | {"contact_points": [point | {"hours": hours} for point in points], "needs": needs}
    manager.put(f"/intake/people/{person_id}", said, version=known.etag)
    return UUID(person_id)


def _came_twice(doors: play.Doors) -> tuple[UUID, UUID]:
    """Somebody came three times: two pairs who may be one person, of whom one is decided."""
    reception = doors.as_("reception")
    for _time in range(2):
        _asked(doors, script.TWICE[1])
    operating.until(lambda: len(reception.get(SUSPICIONS).body["items"]) > 1, "who looks like whom")
    alike, settled, *_others = reception.get(SUSPICIONS).body["items"]
    path, version = f"{SUSPICIONS}/{settled['suspicion_id']}", f'"{settled["version"]}"'
    reception.post(f"{path}/link", {"because": "Deux sœurs qui partagent un téléphone."}, version=version)
    return UUID(alike["suspicion_id"]), UUID(settled["suspicion_id"])


def _begin(stack: Stack, doors: play.Doors, case_id: UUID) -> None:
    """A conference is being prepared: the question is put, one person is invited."""
    path, manager = f"/cases/{case_id}", doors.as_("manager")
    operating.until(lambda: manager.status(path) == OK, "the dossier")
    coordinator = reading.agents(stack.administration)["coordination"]
    manager.post(f"{path}/referents", {"agent_id": str(coordinator), "role": "coordinator"})
    dossier = Dossier(doors.as_("coordinator"), path)
    declared = {"not_their_social_worker": True, "no_tie_to_anyone": True}
    dossier.step("conference", {"independence": declared})
    dossier.step("conference/question", {"question": conference.QUESTION})
    dossier.step("conference/invitees", conference.GUESTS[0].body())


def _asked(doors: play.Doors, ask: script.Ask) -> dict[str, str]:
    """What the agent at the desk is answered."""
    answer: dict[str, str] = doors.as_("reception").post("/intake/requests", ask.body()).body
    return answer


def _case(request: dict[str, str]) -> UUID:
    return derived_id(UUID(request["request_id"]), "case")
