"""Each journey through the shipped processes: what people notice, what lies on Kafka, and the mails that leave."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from babel.dates import format_date
from icalendar import Calendar, Event

from contracts.durations import add_months
from tests.system import dossier as dossiers
from tests.system import town as towns
from tests.system.conference import Conference
from tests.system.conftest import LivedIn
from tests.system.dossier import Dossier, asked, at_rest, email, in_clear, letter, letters, opened, told, types
from tests.system.people import Person
from tests.system.platform import TERRITORY, Platform, Process
from tests.system.topics import Written

pytestmark = pytest.mark.timeout(600)

HERE = "?place=Bureau d'essai"
PARIS = ZoneInfo("Europe/Paris")


def _today() -> date:
    return datetime.now(PARIS).date()


@pytest.fixture
def accueil(lived_in: LivedIn) -> Person:
    return Person(lived_in.platform, "accueil")


@pytest.fixture
def worker(lived_in: LivedIn) -> Person:
    return Person(lived_in.platform, "assistante")


@pytest.fixture
def manager(lived_in: LivedIn) -> Person:
    return Person(lived_in.platform, "responsable")


@pytest.fixture
def operator(lived_in: LivedIn) -> Person:
    return Person(lived_in.platform, towns.OPERATOR)


# First contact --------------------------------------------------------------------------------------


async def test_first_contact_by_phone_is_answered_as_promised(
    lived_in: LivedIn, accueil: Person, worker: Person
) -> None:
    phone = {"kind": "phone", "value": "06 39 98 04 01"}
    body = asked("Prénomseul", [phone], channel="phone", summary="Bail-Témoin qui se termine")
    dossier = await opened(lived_in, accueil, body)
    resident, path = Person(lived_in.platform), f"/intake/requests/{dossier.request_id}"
    assert (await _standing(resident, dossier))["state"] == "received"
    promised = (await _standing(resident, dossier))["promised_on"]
    assert promised > f"{_today()}"

    await accueil.create(lived_in.intake, f"{path}/answer", {"text": "Adresse-Témoin donnée"})

    standing = await _standing(resident, dossier)
    assert (standing["state"], standing["promised_on"]) == ("answered", None)
    written = await at_rest(lived_in.platform)
    events = told(written, "intake-events", dossier.request_id)
    assert types(events) == ["RequestSubmitted", "RequestAnswered"]
    assert (events[0].event["data"]["promised_on"], events[1].event["data"]["working_days"]) == (promised, 0)
    assert in_clear(written, dossier.request_id), "what lies there is found"
    assert in_clear(written, "Prénomseul", "639980401", "Témoin") == []
    assert "request_answered" in await _kinds(dossier, worker)


async def _standing(resident: Person, dossier: Dossier) -> dict[str, Any]:
    """Where the request stands, for whoever holds its reference and its secret."""
    typed = {name: dossier.given[name] for name in ("reference", "secret")}
    return await resident.create(dossier.lived_in.intake, "/intake/public/tracking", typed)


async def _kinds(dossier: Dossier, by: Person) -> list[str]:
    return [one["kind"] for one in (await dossier.read(by))["timeline"]]


async def test_an_interrupted_call_is_resumed_by_a_colleague_and_submitted_once(
    lived_in: LivedIn, accueil: Person, worker: Person
) -> None:
    place, half = f"/intake/drafts/{uuid4()}", {"place": "Bureau d'essai", "summary": "Coupure-Témoin"}
    begun = await accueil.ask(lived_in.intake, "PUT", place + HERE, json={"request": half})
    assert begun.status_code == 204, begun.text
    resumed = (await worker.get(lived_in.intake, place + HERE))["request"]
    assert resumed["summary"] == "Coupure-Témoin"
    whole = resumed | asked("Interrompu", [email("coupure@exemple.fr")], channel="phone")
    await worker.change(lived_in.intake, place + HERE, {"request": whole}, 1, method="PUT")
    assert letters(lived_in.platform, "coupure@exemple.fr") == []

    both = [await one.create(lived_in.intake, f"{place}/submission{HERE}", None) for one in (worker, accueil)]

    assert both[0]["request_id"] == both[1]["request_id"]
    dossier = Dossier(lived_in, both[0])
    await dossiers.is_open(dossier)
    written = await at_rest(lived_in.platform)
    assert types(told(written, "intake-events", dossier.request_id)) == ["RequestSubmitted"]
    assert types(told(written, "cases-events", dossier.case_id)) == ["CaseOpened"]
    [receipt] = letters(lived_in.platform, "coupure@exemple.fr")
    assert both[0]["reference"] in receipt
    assert "Témoin" not in receipt
    assert in_clear(written, "Interrompu", "Témoin", "coupure@exemple.fr") == []
    gone = [await one.ask(lived_in.intake, "GET", place + HERE) for one in (worker, accueil)]
    assert [one.status_code for one in gone] == [404, 404]


# Orientation ----------------------------------------------------------------------------------------

ASKED, FIRST_NAME, REACH = "Une aide témoin pour le bail", "Prénomorienté", "06 39 98 04 02, le matin"
ANSWERS = "/cases/orientations/answer"


class Stranger:
    """A browser of somebody who has a structure's mailbox, and no account."""

    def __init__(self, client: httpx.AsyncClient, platform: Platform, address: str) -> None:
        self._client, self._platform, self._address = client, platform, address
        self._hidden: dict[str, str] = {}
        self.page, self.secret, self.code = "", "", ""

    async def arrive(self) -> None:
        """Follow the link that was mailed."""
        self.secret = _found(rf"(?<={ANSWERS}/)\w+", await letter(self._platform, self._address, ANSWERS))
        self._shown(await self._client.get(f"{ANSWERS}/{self.secret}"))

    async def ask_code(self) -> None:
        """Ask for the code, and read it in the second mail."""
        await self.send("/code")
        self.code = _found(r"\b\d{6}\b", await letter(self._platform, self._address, "Votre code : "))

    async def send(self, form: str = "", **fields: str) -> None:
        """Send a form with what the pages seen so far hold of it, whether it is still shown or not."""
        self._shown(await self._client.post(ANSWERS + form, data=self._hidden | fields))

    def _shown(self, answer: httpx.Response) -> None:
        self.page = answer.text
        self._hidden |= dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page))

    def reads(self) -> list[str]:
        """What the page at hand says of the person."""
        return [word for word in (FIRST_NAME, REACH, ASKED) if word in self.page]


async def test_an_orientation_is_answered_by_a_link_and_a_code(
    lived_in: LivedIn, accueil: Person, worker: Person, manager: Person, operator: Person
) -> None:
    platform, home = lived_in.platform, "oriente@exemple.fr"
    addresses = ("structure@exemple.fr", "autre.structure@exemple.fr")
    (structure, offer), (_, other) = await _structures(lived_in, operator, manager, *addresses)
    dossier = await opened(lived_in, accueil, asked("Orientéfamille", [email(home)], channel="desk"))
    person = await dossier.concerned(worker)
    sharing = {"kind": "sharing", "given_how": "oral", "organisation_id": structure}
    await worker.create(lived_in.intake, f"/intake/people/{person}/consents", sharing)
    await _heard(lived_in, "cases", "sharing_consents", f"person_id = '{person}'")
    whole = {"asked": ASKED, "first_name": FIRST_NAME, "reach": REACH, "reach_is_safe": True}
    made = await dossier.make(worker, "orientations", {"offer_id": offer, **whole})
    assert made["ground"] == "consent"

    async with _browser(lived_in.cases) as client:
        stranger = Stranger(client, platform, addresses[0])
        await stranger.arrive()
        assert (stranger.reads(), "Accueil témoin" in stranger.page) == ([], True)
        await stranger.ask_code()
        assert stranger.reads() == []
        await stranger.send("/open", code=stranger.code)
        assert stranger.reads() == [FIRST_NAME, REACH, ASKED]
        await stranger.send(answer="accepted")
        assert "acceptée" in stranger.page
        await _a_revoked_link_answers_nothing(dossier, worker, Stranger(client, platform, addresses[1]), other)

    written = await at_rest(platform)
    assert types(told(written, "cases-events", dossier.case_id)) == [
        "CaseOpened", "OrientationProposed", "OrientationLinkIssued", "OrientationCodeAsked", "OrientationAnswered",
        "OrientationProposed", "OrientationLinkIssued", "OrientationCodeAsked",
    ]  # fmt: skip
    assert in_clear(written, FIRST_NAME, ASKED, REACH, stranger.secret, f"'{stranger.code}'") == []
    [_, news] = sorted(letters(platform, home), key=lambda text: "Des nouvelles de votre démarche" in text)
    assert platform.servers.stack.public_url in news
    assert [word for word in ("accept", "orientation", "témoin", "structure", "bail") if word in news.lower()] == []
    assert dossier.case_id in await letter(platform, towns.email_of("assistante"), dossier.case_id)


async def _structures(lived_in: LivedIn, operator: Person, manager: Person, *addresses: str) -> list[tuple[str, str]]:
    """Structures with a mailbox and an offer, which the other services have heard of: ids of both."""
    made = [await _structure(lived_in, operator, manager, address) for address in addresses]
    ids = ", ".join(f"'{structure}'" for structure, _ in made)
    await _heard(lived_in, "cases", "offers", f"organisation_id IN ({ids})", len(made))
    await _heard(lived_in, "intake", "organisations", f"organisation_id IN ({ids})", len(made))
    return made


async def _structure(lived_in: LivedIn, operator: Person, manager: Person, address: str) -> tuple[str, str]:
    said = {"name": "Structure d'essai", "kind": "association", "email": address}
    structure = await towns.organisation(operator, lived_in.directory, **said)
    offer = {"organisation_id": structure, "themes": ["logement-hebergement"], "territory_ids": [TERRITORY]}
    made = await manager.create(lived_in.directory, "/directory/offers", {"name": "Accueil témoin", **offer})
    return structure, str(made["offer_id"])


async def _a_revoked_link_answers_nothing(dossier: Dossier, worker: Person, stranger: Stranger, offer: str) -> None:
    """Neither does the code that was sent before."""
    made = await dossier.make(worker, "orientations", {"offer_id": offer, "asked": ASKED})
    await stranger.arrive()
    await stranger.ask_code()
    await dossier.step(worker, f"orientations/{made['orientation_id']}/link", method="DELETE")
    await stranger.send("/open", code=stranger.code)
    assert ("révoqué" in stranger.page, stranger.reads()) == (True, [])
    await stranger.send(answer="accepted", version="1")
    assert ("Donnez d&#39;abord le code" in stranger.page, stranger.reads()) == (True, [])
    items = (await dossier.read(worker, "orientations"))["items"]
    assert {one["state"] for one in items if one["orientation_id"] == made["orientation_id"]} == {"proposed"}


def _browser(process: Process) -> httpx.AsyncClient:
    headers = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Site": "same-origin"}
    return httpx.AsyncClient(base_url=process.url, headers=headers, follow_redirects=True)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, f"nothing like {pattern}"
    return found[0]


async def _heard(lived_in: LivedIn, service: str, table: str, condition: str, rows: int = 1) -> None:
    """Waits until a service has heard of something that another one tells."""

    async def arrived() -> bool:
        return await lived_in.platform.count(service, table, condition) == rows

    await lived_in.platform.until(arrived, f"{table} of {service}")


# MASP -----------------------------------------------------------------------------------------------

EVALUATION = "Loyer-Témoin impayé depuis trois mois"
CONDITIONS = ("adult", "receives_benefits", "struggles_with_resources", "health_or_safety_threatened")
RENT, CHARGES, BENEFITS = 45_000, 5_000, 100_000


async def test_a_masp_is_evaluated_applied_for_decided_signed_and_managed(
    lived_in: LivedIn, accueil: Person, worker: Person, manager: Person
) -> None:
    body = asked("Mesuré", [email("masp@exemple.fr")], channel="desk", programme="masp")
    dossier = await opened(lived_in, accueil, body)
    today = _today()
    measure = f"measures/{(await dossier.make(worker, 'measures', {}))['measure_id']}"
    await _apply(dossier, worker, measure, today)
    granted = {"on": f"{today}", "outcome": "granted", "level": 2}
    assert (await dossier.tried(worker, f"{measure}/decision", granted))[0] == 403, "the département decides"
    await dossier.step(manager, f"{measure}/decision", granted)
    terms = {"signed_on": f"{today}", "level": 2, "rent_cents": RENT, "charges_cents": CHARGES}
    await dossier.step(worker, f"{measure}/contract", terms | {"starts_on": f"{today}", "months": 12})
    await _manage(dossier, worker, measure, today)

    first = date.fromisoformat((await _measure(dossier, worker))["falls_due"]["measure_end"])
    assert await _waiting(dossier, measure) == _stages(first)
    await dossier.step(worker, f"{measure}/amendment", terms | {"months": 18})
    moved = date.fromisoformat((await _measure(dossier, worker))["falls_due"]["measure_end"])
    assert moved > first + timedelta(days=150)
    assert await _waiting(dossier, measure) == _stages(moved)

    written = await at_rest(lived_in.platform)
    opening, *signed = told(written, "cases-events", dossier.case_id)
    assert (opening.type, types(signed)) == ("CaseOpened", ["MeasureSigned", "MeasureSigned"])
    assert [_terms(one) for one in signed] == [(2, f"{today}", f"{first}"), (2, f"{today}", f"{moved}")]
    assert in_clear(written, "Mesuré", "Témoin") == []
    assert len(letters(lived_in.platform, "masp@exemple.fr")) == 1, "that the request has arrived, and nothing of it"


def _terms(signed: Written) -> tuple[Any, ...]:
    return tuple(signed.event["data"][name] for name in ("level", "starts_on", "ends_on"))


async def _apply(dossier: Dossier, worker: Person, measure: str, today: date) -> None:
    """The file leaves once the evaluation, the agreement and the documents are in it, and not before."""
    sent = {"on": f"{today}"}
    status, said = await dossier.tried(worker, f"{measure}/transmission", sent)
    assert (status, "évaluation sociale" in said) == (409, True)
    evaluation = {"text": EVALUATION, "evaluated_on": f"{today}", "eligibility": dict.fromkeys(CONDITIONS, True)}
    await dossier.make(worker, f"{measure}/evaluations", evaluation)
    await dossier.step(worker, f"{measure}/agreement", sent, "PUT")
    documents = ["social_evaluation", "agreement", "resources"]
    await dossier.step(worker, f"{measure}/documents", {"documents": documents}, "PUT")
    await dossier.step(worker, f"{measure}/transmission", sent)


async def _manage(dossier: Dossier, worker: Person, measure: str, today: date) -> None:
    """Rent and charges first; then nothing is left on the account, and every account adds up."""

    def entry(kind: str, cents: int) -> dict[str, Any]:
        return {"kind": kind, "on": f"{today}", "amount_cents": cents}

    left = BENEFITS - RENT - CHARGES
    await dossier.make(worker, f"{measure}/entries", entry("benefit_received", BENEFITS))
    status, said = await dossier.tried(worker, f"{measure}/entries", entry("paid_to_person", left + 1))
    assert (status, "loyer" in said) == (409, True)
    for kind, cents in (("rent_paid", RENT), ("charges_paid", CHARGES), ("paid_to_person", left)):
        await dossier.make(worker, f"{measure}/entries", entry(kind, cents))
    book = await dossier.read(worker, f"{measure}/entries")
    accounts: Counter[str] = Counter()
    for one in book["entries"]:
        accounts[one["to_account"]] += one["amount_cents"]
        accounts[one["from_account"]] -= one["amount_cents"]
    assert (book["held_cents"], accounts["held"], accounts.total()) == (0, 0, 0)
    assert (accounts["rent"], accounts["person"]) == (RENT, left)


async def _measure(dossier: Dossier, worker: Person) -> dict[str, Any]:
    [measure] = (await dossier.read(worker, "measures"))["items"]
    return dict(measure)


async def _waiting(dossier: Dossier, measure: str) -> dict[str, str]:
    """Stage of the contract's end → when it will be told, on the clock of the deployment."""
    rows = await dossier.lived_in.platform.fetch(
        "cases",
        """SELECT stage, (fires_at AT TIME ZONE zone)::text AS at FROM due_dates
           WHERE subject = $1 AND kind = 'measure_end' AND state = 'waiting'""",
        measure.rpartition("/")[2],
    )
    return {row["stage"]: row["at"] for row in rows}


def _stages(ends_on: date) -> dict[str, str]:
    """Two months before the end, on its day, and the day after if nothing came of it."""
    days = {
        "early": add_months(ends_on, -2),
        "due": ends_on,
        "overdue": ends_on + timedelta(days=1),
    }
    return {stage: f"{day} 08:00:00" for stage, day in days.items()}


# Global support -------------------------------------------------------------------------------------


async def test_two_organisations_support_somebody_with_one_plan(
    lived_in: LivedIn, accueil: Person, worker: Person, manager: Person, operator: Person
) -> None:
    advisers = await _employment_service(lived_in, operator)
    adviser, colleague = (Person(lived_in.platform, subject) for subject in advisers)
    body = asked("Accompagné", [email("ensemble@exemple.fr")], channel="desk", programme="global-support")
    dossier = await opened(lived_in, accueil, body | {"answers": {"avip_place": False}})
    concerned, mine = await dossier.concerned(worker), lived_in.town.agents["assistante"]
    action = {"what": "Permis-Témoin", "who": concerned, "by_when": _in(20), "checked_by": mine}
    status, said = await dossier.tried(worker, "plan/actions", action)
    assert (status, "emploi" in said) == (409, True), "no plan before both referents"
    assert not await dossier.may_read(adviser)

    await _refer(dossier, manager, mine, "social_worker")
    await _refer(dossier, manager, advisers["conseillere"], "employment_adviser")
    await dossier.make(worker, "plan/actions", action)
    await dossier.make(
        adviser, "plan/actions", action | {"what": "Stage-Témoin", "checked_by": advisers["conseillere"]}
    )
    for text, readers in (("Note-Témoin à deux", ["social_worker"]), ("Note-Témoin à moi", [])):
        await dossier.make(worker, "notes", {"text": text, "readers": readers})

    plan = await dossier.read(adviser, "plan")
    assert (plan["missing"], {one["what"] for one in plan["actions"]}) == ([], {"Permis-Témoin", "Stage-Témoin"})
    assert plan["actions"] == (await dossier.read(worker, "plan"))["actions"], "one plan"
    notes = [one["text"] for one in (await dossier.read(adviser))["timeline"] if one["kind"] == "note"]
    assert notes == ["Note-Témoin à deux"]
    assert [await dossier.may_read(colleague, place) for place in ("", "plan", "shares")] == [False] * 3
    await _close(dossier, worker, adviser)
    assert len(letters(lived_in.platform, "ensemble@exemple.fr")) == 1, "that the request has arrived"


async def _close(dossier: Dossier, worker: Person, adviser: Person) -> None:
    """Not without saying what was done, nor while the law requires going on; then it is only read, by both."""
    closing = {"reason": "completed", "summary": "Emploi-Témoin trouvé"}
    assert (await dossier.tried(worker, "close", {"reason": "completed", "summary": " "}))[0] == 422
    await dossier.step(worker, "legal-duty", {"holds": True}, "PUT")
    status, said = await dossier.tried(adviser, "close", closing)
    assert (status, "obligation légale" in said) == (409, True)
    await dossier.step(worker, "legal-duty", {"holds": False}, "PUT")
    await dossier.step(adviser, "close", closing)
    for reader in (worker, adviser):
        read = await dossier.read(reader)
        texts = [one["text"] for one in read["timeline"] if one["kind"] == "closing_summary"]
        assert (read["status"], texts) == ("closed", ["Emploi-Témoin trouvé"])
    platform = dossier.lived_in.platform
    assert (await dossier.tried(worker, "notes", {"text": "Trop tard"}))[0] == 409
    assert {one["state"] for one in (await dossier.read(worker, "plan"))["actions"]} == {"cancelled"}
    written = await at_rest(platform)
    events = told(written, "cases-events", dossier.case_id)
    assert (types(events), events[-1].event["data"]["reason"]) == (["CaseOpened", "CaseClosed"], "completed")
    assert in_clear(written, "Accompagné", "Témoin") == []


async def _employment_service(lived_in: LivedIn, operator: Person) -> dict[str, str]:
    """Two agents of another organisation, who work on a territory of their own: ids by subject."""
    place = {"territory_id": "lannion", "name": "Lannion", "communes": ["22113"], "valid_from": "2020-01-01"}
    await operator.create(lived_in.directory, "/directory/territories", place)
    said = {"name": "Service d'essai pour l'emploi", "kind": "state", "territory_ids": ["lannion"]}
    service = await towns.organisation(operator, lived_in.directory, **said)
    agents = {
        subject: await towns.agent(operator, lived_in.directory, subject, service, [("social_worker", "lannion")])
        for subject in ("conseillere", "collegue")
    }
    await _heard(lived_in, "cases", "agents", f"organisation_id = '{service}'", len(agents))
    return agents


async def _refer(dossier: Dossier, manager: Person, agent_id: str, code: str) -> None:
    await dossier.make(manager, "referents", {"agent_id": agent_id, "role": "referent", "code": code})


def _in(days: int) -> str:
    return (_today() + timedelta(days=days)).isoformat()


# Appointment ----------------------------------------------------------------------------------------


async def test_an_appointment_is_proposed_booked_moved_and_kept(
    lived_in: LivedIn, accueil: Person, worker: Person
) -> None:
    platform, home = lived_in.platform, "rendezvous@exemple.fr"
    dossier = await opened(lived_in, accueil, asked("Attendu", [email(home)], channel="phone"))
    at = (datetime.now(PARIS) + timedelta(days=4)).replace(hour=14, minute=0, second=0, microsecond=0)
    made = await dossier.make(
        worker,
        "appointments",
        {
            "starts_at": at.isoformat(),
            "minutes": 30,
            "place": "office",
            "where": "Bureau-Témoin",
            "about": "Bail-Témoin",
            "agents": [lived_in.town.agents["assistante"]],
            "people": [await dossier.concerned(worker)],
            "proposed": True,
        },
    )
    uid, step = f"{made['appointment_id']}@maillage", f"appointments/{made['appointment_id']}"
    calendar = (await worker.create(lived_in.cases, "/cases/calendar/link", None))["url"]
    seen = [await _event(lived_in, calendar, uid)]
    assert (seen[0]["status"], await _reminders(dossier)) == ("TENTATIVE", []), "told to nobody"

    await dossier.step(worker, f"{step}/confirm", {})
    seen.append(await _event(lived_in, calendar, uid))
    assert await _reminders(dossier) == [_day_before(at)]
    # Each mail before the next change: one that has not left when it is no longer true does not leave.
    await letter(platform, home, f"{_in_words(at)} à 14 h 00")
    moved = at + timedelta(days=3)
    await dossier.step(worker, f"{step}/move", {"starts_at": moved.isoformat(), "by": "person"})
    seen.append(await _event(lived_in, calendar, uid))
    assert await _reminders(dossier) == [_day_before(moved)], "once, for the new day"
    await letter(platform, home, _in_words(moved))

    early, said = await dossier.tried(worker, f"{step}/kept")
    assert (early, "pas encore commencé" in said) == (409, True)
    await _move_to_this_moment(dossier, worker, step)
    assert await _reminders(dossier) == []
    await platform.until(lambda: _done(dossier, worker, f"{step}/kept"), "the hour of the appointment")
    seen.append(await _event(lived_in, calendar, uid))

    _, booked, later, last = [int(str(one["sequence"])) for one in seen]
    assert booked < later < last, "a move is a later revision of the same"
    assert seen[2].decoded("dtstart") == moved
    written = await at_rest(platform)
    events = told(written, "cases-events", dossier.case_id)
    assert types(events) == [
        "CaseOpened", "AppointmentBooked", "AppointmentMoved", "AppointmentMoved", "AppointmentKept",
    ]  # fmt: skip
    assert {one.event["data"]["uid"] for one in events[1:]} == {uid}
    assert in_clear(written, "Attendu", "Témoin", home) == []
    told_of = [text for text in letters(platform, home) if "rendez-vous" in text.partition("\n")[0]]
    assert sorted((_in_words(at) in text, _in_words(moved) in text) for text in told_of) == [
        (False, False), (False, True), (True, False),
    ], "the hour, and each change of it"  # fmt: skip
    assert not [text for text in letters(platform, home) if "Témoin" in text or dossier.case_id in text]


async def _move_to_this_moment(dossier: Dossier, worker: Person, step: str) -> None:
    """They can come at once: in the second it takes to say so, or the next one where the machine is slow."""

    async def moved() -> bool:
        soon = datetime.now(UTC) + timedelta(seconds=1)
        return await _done(dossier, worker, f"{step}/move", {"starts_at": soon.isoformat(), "by": "person"})

    await dossier.lived_in.platform.until(moved, "an appointment at once")


async def _done(dossier: Dossier, worker: Person, step: str, body: Any = None) -> bool:
    return (await dossier.tried(worker, step, body))[0] == 200


def _in_words(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {format_date(day, 'MMMM y', 'fr')}"


async def _event(lived_in: LivedIn, calendar: str, uid: str) -> Event:
    """The appointment in the calendar, as the agent's own program fetches it: without an account."""
    answer = await Person(lived_in.platform).ask(lived_in.cases, "GET", urlsplit(calendar).path)
    assert answer.status_code == 200, answer.text
    assert "Attendu" not in answer.text
    assert "Témoin" not in answer.text
    [event] = [one for one in Calendar.from_ical(answer.content).walk() if isinstance(one, Event) and one["uid"] == uid]
    return event


async def _reminders(dossier: Dossier) -> list[str]:
    rows = await dossier.lived_in.platform.fetch(
        "cases",
        """SELECT (fires_at AT TIME ZONE zone)::text AS at FROM due_dates
           JOIN appointments ON appointment_id = subject WHERE case_id = $1 AND due_dates.state = 'waiting'""",
        dossier.case_id,
    )
    return [row["at"] for row in rows]


def _day_before(at: datetime) -> str:
    return f"{at.date() - timedelta(days=1)} 08:00:00"


# Suspected duplicate --------------------------------------------------------------------------------


async def test_one_person_by_two_channels_is_found_merged_and_parted_again(
    lived_in: LivedIn, accueil: Person, worker: Person
) -> None:
    platform, home = lived_in.platform, "deuxfois@exemple.fr"
    first = await opened(lived_in, worker, _twice("Dominique", email(home)))
    unsafe = await opened(lived_in, accueil, _twice("Dominic", email(home, safe=False)))
    ours, again = await first.concerned(worker), await unsafe.concerned(worker)
    found = await _suspicion(lived_in, worker, again)
    assert (found["other_id"], "même téléphone" in found["reasons"]) == (ours, True)
    assert len(letters(platform, home)) == 1, "that the first request has arrived"

    why, place = {"because": "Même personne au téléphone."}, f"/intake/duplicates/{found['suspicion_id']}"
    await worker.change(lived_in.intake, f"{place}/merge", why, found["version"])
    await _heard(lived_in, "cases", "cases", f"case_id = '{unsafe.case_id}' AND close_reason = 'merged'")
    assert (await unsafe.read(worker))["status"] == "closed"
    assert (await _kinds(first, worker)).count("request_received") == 2
    await _heard(lived_in, "notifications", "people", f"person_id = '{ours}' AND NOT {SAFE}")
    appointment = await _book(first, worker, ours, 5)
    kept_back = f"recipient_id = '{ours}' AND rule = 'appointment-booked' AND state = 'suppressed'"
    await _heard(lived_in, "notifications", "deliveries", kept_back)
    assert len(letters(platform, home)) == 1, "it is not safe to write there: somebody said so"
    unreached = f"case_id = '{first.case_id}' AND kind = 'message_not_delivered'"
    await _heard(lived_in, "cases", "timeline", unreached)

    shown = await worker.get(lived_in.intake, place)
    await worker.change(lived_in.intake, f"{place}/undo", why, shown["version"])
    await _heard(lived_in, "cases", "cases", f"case_id = '{unsafe.case_id}' AND status = 'open'")
    assert (await _kinds(first, worker)).count("request_received") == 1
    await _heard(lived_in, "notifications", "people", f"person_id = '{ours}' AND {SAFE}")
    await first.step(worker, f"appointments/{appointment}/cancel", {"by": "service"})

    written = await at_rest(platform)
    received, cancelled = sorted(text.partition("\n")[0] for text in letters(platform, home))
    assert received == "Votre demande est bien reçue"
    assert re.fullmatch(r"Votre rendez-vous du .+ est annulé", cancelled)
    assert types(told(written, "intake-people", again)) == ["PersonRecorded", "PersonsMerged", "PersonsSeparated"]
    assert types(told(written, "intake-people", ours)) == ["PersonRecorded", "PersonChanged", "PersonChanged"]
    assert types(told(written, "intake-events", unsafe.request_id)) == [
        "RequestSubmitted", "RequestMerged", "RequestSeparated",
    ]  # fmt: skip
    assert types(told(written, "cases-events", unsafe.case_id)) == ["CaseOpened", "CaseClosed", "CaseReopened"]
    assert in_clear(written, "Dominique", "Dominic", "Deuxcanaux", "639980406", home) == []


SAFE = """contact_points @> '[{"kind": "email", "safe_to_write": true}]'"""
"""Where notifications may write to."""


def _twice(given_name: str, address: dict[str, Any]) -> dict[str, Any]:
    phone = {"kind": "phone", "value": "06 39 98 04 06"}
    body = asked(given_name, [phone, address], channel="phone")
    body["requester"]["person"] |= {"family_name": "Deuxcanaux", "birth_date": "1987-03-12"}
    return body


async def _suspicion(lived_in: LivedIn, by: Person, person_id: str) -> dict[str, Any]:
    """What intake thinks of somebody, once it has thought."""

    async def waiting() -> list[dict[str, Any]]:
        items = (await by.get(lived_in.intake, "/intake/duplicates"))["items"]
        return [one for one in items if one["person_id"] == person_id]

    await lived_in.platform.until(waiting, "a suspected duplicate")
    [found] = await waiting()
    return found


async def _book(dossier: Dossier, worker: Person, person_id: str, days: int) -> str:
    at = (datetime.now(UTC) + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)
    agents = [dossier.lived_in.town.agents["assistante"]]
    body = {"starts_at": at.isoformat(), "minutes": 30, "place": "phone", "agents": agents, "people": [person_id]}
    return str((await dossier.make(worker, "appointments", body))["appointment_id"])


# Family conference ----------------------------------------------------------------------------------


async def test_a_consent_taken_back_stops_a_family_conference(
    lived_in: LivedIn, accueil: Person, worker: Person, manager: Person
) -> None:
    platform, addresses = lived_in.platform, ("concernee@exemple.fr", "invitee@exemple.fr")
    dossier = await opened(lived_in, accueil, _for_somebody_else(addresses[0]))
    coordinator, named = Person(platform, "coordinatrice"), lived_in.town.agents["coordinatrice"]
    await dossier.make(manager, "referents", {"agent_id": named, "role": "coordinator"})
    concerned = await dossier.concerned(coordinator)
    conference = Conference(coordinator, lived_in.cases, dossier.case_id)
    await conference.prepare(concerned, addresses[1])
    at = (datetime.now(UTC) + timedelta(days=10)).isoformat()
    await dossier.step(coordinator, "conference/schedule", {"meeting_at": at})
    for address in addresses:
        assert "La réunion dont on vous a parlé est le" in await letter(platform, address, "Votre réunion du")
    [agreed] = (await worker.get(lived_in.intake, f"/intake/people/{concerned}/consents"))["consents"]

    withdrawal = f"/intake/consents/{agreed['consent_id']}/withdraw"
    await worker.create(lived_in.intake, withdrawal, None)
    told_off = [await letter(platform, address, "La réunion n’aura pas lieu") for address in addresses]

    for text in told_off:
        assert not [word for word in ("Zélie", "Essai", "consent", "accord", "retir", dossier.case_id) if word in text]
    alike = {re.sub(r"(?<=/preferences/)\S+", "", text) for text in told_off}
    assert len(alike) == 1, "the same words for all, but for each one's own way to decline"
    for address in addresses:
        asked_to_come, called_off = _invitations(platform, address)
        assert asked_to_come["uid"] == called_off["uid"]
        assert [one.decoded("sequence") for one in (asked_to_come, called_off)] == [0, 1]
        assert (str(asked_to_come["status"]), str(called_off["status"])) == ("CONFIRMED", "CANCELLED")
    written = await at_rest(platform)
    assert types(told(written, "intake-people", concerned)) == [
        "PersonRecorded", "ConsentGiven", "ConsentWithdrawn",
    ]  # fmt: skip
    events = told(written, "cases-events", dossier.case_id)
    assert types(events) == ["CaseOpened", "ConferenceScheduled", "ConferenceStopped"]
    assert not [one for one in events if {"reason", "consent_id"} & set(one.event["data"])]
    state = await dossier.read(coordinator, "conference")
    assert (state["phase"], state["sentence"]) == ("stopped", "La réunion n'aura pas lieu.")
    status, _ = await dossier.tried(coordinator, "conference/phases", {"phase": "information_sharing", "present": []})
    assert status == 409
    assert in_clear(written, "Zélie", "semaines d'essai", *addresses) == []


def _invitations(platform: Platform, address: str) -> list[Event]:
    """What the mails to an address put into its calendar, in the order of their revisions."""
    mails = [mail for mail in platform.mails() if address in str(mail["To"])]
    parts = [part for mail in mails for part in mail.walk() if part.get_content_type() == "text/calendar"]
    found = [one for part in parts for one in Calendar.from_ical(part.get_content()).walk() if isinstance(one, Event)]
    return sorted(found, key=lambda one: one.decoded("sequence"))


def _for_somebody_else(address: str) -> dict[str, Any]:
    """A relative asks for an adult, who agrees."""
    body = asked("Parent-d'essai", [], channel="desk", programme="family-conference", themes=["family"])
    body["requester"]["role"] = "relative"
    agreement = {"kind": "programme", "given_how": "oral"}
    person = {"given_name": "Zélie", "contact_points": [email(address)]}
    return body | {"concerned": {"minor": False, "person": person, "consents": [agreement]}}
