"""What partners do together, entered over HTTP: agreements, calls, collective actions, conferences of territories, an
import, entries asked to be confirmed."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from contracts.events.cases import agreement_id_of
from deploy.demo import convention, harvest, network, operating, reading, territory
from deploy.demo.client import Client
from deploy.demo.department import ANSWERING, CCAS, ZONE, today
from deploy.demo.play import Doors
from deploy.demo.setup import Setting
from deploy.demo.visitor import Visitor
from deploy.local import services
from deploy.local.stack import Stack

HERE = "saint-brieuc"
LINK = "/annuaire/confirmer"
ALIKE = {
    "name": "Maison de services d'Exemple",
    "kind": "association",
    "territory_ids": [HERE],
    "phone": "01 99 00 10 01",
    "email": "maison-services@maillage.example",
}
"""The same as a structure of the imported file, entered by hand."""
SAID_OF_AN_OFFER = ("name", "themes", "territory_ids", "description", "area", "places")


@dataclass(frozen=True)
class Partners:
    """Ids that pages are opened by. `codes`: of registrations that have a place, and that wait for one; `link`: the end
    of a mail's address, with which a structure confirms what is said of it."""

    negotiated_id: UUID
    approved_id: UUID
    in_force_id: UUID
    draft_id: UUID
    abandoned_id: UUID
    call_id: UUID
    project_id: UUID
    granted_id: UUID
    action_id: UUID
    held_id: UUID
    codes: tuple[str, str]
    diagnosis_id: UUID
    sitting_id: UUID
    ratified_id: UUID
    run_id: UUID
    organisation_id: UUID
    offer_id: UUID
    link: str


def begin(stack: Stack, doors: Doors, setting: Setting) -> network.Begun:
    """What takes time of its own: a file is taken in, in which somebody finds an entry of theirs again."""
    doors.as_("operator").post("/directory/organisations", ALIKE)
    begun = network.begin(doors, stack, setting)
    beside = ThreadPoolExecutor(1)
    corrected = beside.submit(_corrected_here, begun)
    beside.shutdown(wait=False)
    return replace(begun, taken_in=corrected)


def _corrected_here(begun: network.Begun) -> None:
    """A telephone of the file is corrected by hand; the next edition still says another one."""
    begun.taken_in.result()
    operator = begun.doors.as_("operator")
    offers = operator.get("/directory/offers", q=harvest.FOUND).body["offers"]
    path = next(f"/directory/offers/{one['offer_id']}" for one in offers if one["name"] == harvest.FOUND)
    known = operator.get(path)
    body = {name: value for name, value in known.body.items() if name in SAID_OF_AN_OFFER and value is not None}
    operator.put(path, body | {"phone": "01 99 00 10 99"}, version=known.etag)
    with TemporaryDirectory() as folder:
        edition = Path(folder) / "services.csv"
        edition.write_text(_next_edition((harvest.FILES / "services.csv").read_text("utf-8")), "utf-8")
        services.ask(begun.installation, "directory", "import", f"--services={edition}", "--feed", harvest.FEED)


def _next_edition(text: str) -> str:
    """The same lines, of today, each with another telephone."""
    dated = re.sub(r"\b20\d\d-\d\d-\d\d\b", today().isoformat(), text)
    return re.sub(r"01 99 00 10 0(\d)", r"01 99 00 20 0\1", dated)


def lived(begun: network.Begun) -> Partners:
    """Enters everything and waits until it shows."""
    doors, stack, organisations = begun.doors, begun.installation, begun.setting.organisations
    manager, since = doors.as_("manager"), datetime.now(UTC)
    done = network.go_on(begun)
    asked_id = organisations[ANSWERING.name]
    manager.post(f"/directory/quality/organisations/{asked_id}/ask", {})
    draft = agreement_id_of(UUID(manager.get(f"{territory.CONFERENCES}/{done.case_id}").body["conference_id"]))
    operating.until(lambda: manager.status(f"{convention.AGREEMENTS}/{draft}") != territory.NOT_FOUND, "the draft")
    abandoned = convention.negotiated(manager, organisations)
    abandoned.step("abandoned", {"why": "La commune a choisi un autre partenaire (exemple)."})
    call_id, project_id, granted_id = _called(manager, str(organisations[CCAS.name]))
    action = _acted(manager, 7)
    diagnosis, sitting = _conferences(manager, [str(organisations[name]) for name in territory.PARTNERS])
    begun.taken_in.result()
    operating.until(lambda: bool(manager.get("/directory/quality/duplicates").body["duplicates"]), "who looks alike")
    runs = doors.as_("operator").get("/directory/imports").body["runs"]
    return Partners(
        negotiated_id=_id(convention.negotiated(manager, organisations).path),
        approved_id=_id(convention.approved(manager, organisations).path),
        in_force_id=UUID(done.agreement_id),
        draft_id=draft,
        abandoned_id=_id(abandoned.path),
        call_id=call_id,
        project_id=project_id,
        granted_id=granted_id,
        action_id=_id(action),
        held_id=_id(_acted(manager, -7)),
        codes=_registered(manager, action),
        diagnosis_id=diagnosis,
        sitting_id=sitting,
        ratified_id=UUID(done.case_id),
        run_id=UUID(next(run["run_id"] for run in runs if run["feed"] == harvest.FEED)),
        organisation_id=asked_id,
        offer_id=next(iter(begun.setting.offers.values())),
        link=_corrected(stack, asked_id, since),
    )


def _id(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


def _called(manager: Client, ccas: str) -> tuple[UUID, UUID, UUID]:
    """A call with a project to be decided, and one that is granted."""
    call = {
        "title": "Initiatives locales 2026 (exemple)",
        "kind": "local_initiatives",
        "about": "Des projets de quartier, portés par des associations.",
        "territory_ids": [HERE],
        "opens_on": _day(-20),
        "closes_on": _day(20),
        "envelope_cents": 4_356_600,
        "sharing": "score",
        "report_due_on": _day(300),
        "criteria": [{"code": "habitants", "label": "Place des habitants", "best": 5, "weight": 2}],
    }
    call_id = manager.post("/directory/calls", call).body["call_id"]
    projects = f"/directory/calls/{call_id}/projects"
    waiting, granted = (manager.post(projects, _project(title, ccas)).body["project_id"] for title in TITLES)
    read = {"scores": {"habitants": 4}, "opinion": "favourable", "comment": "Solide, et attendu par les habitants."}
    manager.put(f"/directory/projects/{waiting}/reading", read, version=None)
    decision = {
        "outcome": "granted",
        "decided_on": _day(0),
        "granted_cents": 600_000,
        "payments": [{"due_on": _day(10), "cents": 400_000}, {"due_on": _day(200), "cents": 200_000}],
    }
    manager.post(f"/directory/projects/{granted}/decision", decision, version='"1"')
    return UUID(call_id), UUID(waiting), UUID(granted)


TITLES = ("Jardin partagé (exemple)", "Repair café (exemple)")


def _project(title: str, organisation_id: str) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "title": title,
        "about": "Un lieu où l'on vient sans rien demander.",
        "territory_id": HERE,
        "expenses": [{"label": "Outils", "cents": 350_000}, {"label": "Animation", "cents": 500_000}],
        "income": [{"label": "Commune", "cents": 150_000}],
        "asked_cents": 700_000,
        "documents": [{"title": "Statuts", "link": "https://exemple.maillage.example/statuts.pdf"}],
    }


def _acted(manager: Client, days: int) -> str:
    """Where a workshop of one place is, that begins in so many days."""
    action = {
        "kind": "workshop",
        "title": "Cuisiner à petit prix (exemple)",
        "about": "On cuisine ensemble, on mange, on repart avec les recettes.",
        "territory_ids": [HERE],
        "place": "Salle d'Exemple, 1 rue de l'Exemple",
        "places": 1,
        "sessions": [_session(days), _session(days + 14)],
    }
    return f"/directory/actions/{manager.post('/directory/actions', action).body['action_id']}"


def _registered(manager: Client, path: str) -> tuple[str, str]:
    """The codes of two people: the first has the place."""
    people = ({"name": "Camille", "contact": "01 99 00 00 01"}, {"name": "Sacha", "contact": "sacha@maillage.example"})
    first, second = (manager.post(f"{path}/registrations", {"person": one}).body["code"] for one in people)
    return first, second


def _session(days: int) -> dict[str, str]:
    starts_at = datetime.combine(_date(days), time(14), ZONE)
    return {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=2)).isoformat()}


def _conferences(manager: Client, partners: list[str]) -> tuple[UUID, UUID]:
    """One whose diagnosis is being written, one that sits."""
    diagnosis = territory.opened(manager, "Grandir ici (exemple)")
    diagnosis.step("findings", {"kind": "need", "text": "Des familles sans mode de garde le soir (exemple)"})
    sitting = territory.opened(manager, "Bien vieillir chez soi (exemple)")
    territory.diagnose(sitting, partners)
    territory.sit(sitting, partners)
    return _id(diagnosis.path), _id(sitting.path)


def _corrected(stack: Stack, organisation_id: UUID, since: datetime) -> str:
    """The structure follows the link of its mail, and says that its telephone number is another."""
    address = ANSWERING.email or ""

    def links() -> list[str]:
        texts = reading.mails_to(stack.state.mail, address, since)
        return [word for text in texts for word in text.split() if LINK in word]

    operating.until(lambda: bool(links()), "the mail that asks to confirm")
    link = LINK + links()[-1].partition(LINK)[2]
    with Visitor(stack.public_url) as visitor:
        page = visitor.look(link)
        visitor.send(f"{LINK}/correction/{organisation_id}", page, {"phone": "01 99 00 20 02"})
    return link


def _date(days: int) -> date:
    return today() + timedelta(days=days)


def _day(days: int) -> str:
    return _date(days).isoformat()
