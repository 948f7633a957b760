"""Pages of dossiers, as a browser without JavaScript gets them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from time import time
from typing import Any

import httpx
import pytest

from chassis.web.identity.cookie import Session
from contracts.events import TerritoryPublished
from contracts.references import readable
from tests.cases.conftest import HERE, START, Cases, Meeting, told
from tests.identity import agent_id

MEETING = START + timedelta(days=60)
SHOWN = readable("23456789B")
BROWSER = {"accept": "text/html,*/*;q=0.8", "sec-fetch-site": "same-origin"}


class Outline(HTMLParser):
    """Headings, labels, fields and ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.labelled: set[str] = set()
        self.fields: set[str] = set()
        self.ids: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag == "label":
            self.labelled.add(given.get("for") or "")
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            self.fields.add(given.get("id") or "")
        if "id" in given:
            self.ids.append(given["id"] or "")
        self.inline += [name for name in given if name == "style" or name.startswith("on")]


def well_formed(text: str) -> Outline:
    """One first heading, no level skipped, every field labelled, no id twice, nothing inline."""
    page = Outline(text)
    levels = [int(heading[1]) for heading in page.headings]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.fields <= page.labelled
    assert len(page.ids) == len(set(page.ids)), sorted(one for one in page.ids if page.ids.count(one) > 1)
    assert page.inline == []
    return page


class Browser:
    """A browser in which somebody is signed in."""

    def __init__(self, cases: Cases, client: httpx.AsyncClient) -> None:
        self.cases = cases
        self.client = client

    async def get(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        well_formed(answer.text)
        return answer.text

    async def send(self, page: str, form: str, **fields: Any) -> httpx.Response:
        """Fill a form of the page and send it, with its hidden fields."""
        found = re.search(rf'<form method="post" action="([^"]*/forms/{form})">(.*?)</form>', page, re.DOTALL)
        assert found, f"the page has no form {form}"
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[2]))
        return await self.client.post(found[1], data=hidden | fields)


@pytest.fixture
async def browsers(cases: Cases) -> AsyncIterator[Any]:
    opened: list[httpx.AsyncClient] = []

    async def browser(subject: str) -> Browser:
        sessions = cases.app.state.sessions
        header = sessions.header(Session.begin(subject, "", time()), time())
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(cases.app, raise_app_exceptions=False),
            base_url="http://localhost",
            headers=BROWSER,
            cookies={sessions.name: header.split(";")[0].partition("=")[2]},
        )
        opened.append(client)
        return Browser(cases, client)

    yield browser
    for one in opened:
        await one.aclose()


async def test_the_worklist_names_dossiers_and_who_is_concerned_to_who_may_know(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    worker = await (await browsers("social_worker")).get("/cases")
    assert SHOWN in worker
    assert "Sam Exemple" in worker
    assert "Conférence familiale" in worker
    reception = await (await browsers("reception")).get("/cases")
    assert SHOWN in reception
    assert "Sam Exemple" not in reception


async def test_territories_are_called_by_their_name(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    newest = TerritoryPublished(
        territory_id=HERE, name="Saint-Brieuc Armor", communes=("22278",), valid_from=date(2026, 1, 1)
    )
    older = newest.model_copy(update={"name": "Baie de Saint-Brieuc"})
    await cases.receive(told(newest, sequence=2))
    await cases.receive(told(older, sequence=1))
    browser = await browsers("social_worker")
    for path in ("/cases", f"/cases/{meeting.case_id}"):
        page = await browser.get(path)
        assert "Saint-Brieuc Armor" in page
        assert "Baie" not in page


async def test_an_empty_worklist_says_so(browsers: Any) -> None:
    assert "Aucun dossier" in await (await browsers("social_worker")).get("/cases?status=closed")


async def test_a_long_worklist_has_a_next_page(cases: Cases, browsers: Any) -> None:
    for number in range(51):
        await cases.open_case(reference=f"R{number:08}")
    browser = await browsers("social_worker")
    page = await browser.get("/cases")
    [following] = re.findall(r'rel="next" href="([^"]+)"', page)
    assert len(re.findall(r'href="/cases/[0-9a-f-]{36}"', await browser.get(following.replace("&amp;", "&")))) == 1


async def test_a_dossier_shows_its_people_its_timeline_and_its_note_form(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    browser = await browsers("social_worker")
    page = await browser.get(f"/cases/{meeting.case_id}")
    for expected in (f"Dossier {SHOWN}", "Sam Exemple", "personne concernée", "Demande reçue", "peut demander à lire"):
        assert expected in page
    sent = await browser.send(page, "note", note_text="Loyer payé <b>vite</b>.")
    assert sent.status_code == 303
    again = await browser.get(f"/cases/{meeting.case_id}")
    assert "Loyer payé &lt;b&gt;vite&lt;/b&gt;." in again
    twice = await browser.send(page, "note", note_text="Loyer payé <b>vite</b>.")
    assert twice.status_code == 303
    assert (await browser.get(f"/cases/{meeting.case_id}")).count("Loyer payé") == 1, "sent twice, noted once"


async def test_reception_gets_a_page_without_what_happened(meeting: Meeting, browsers: Any) -> None:
    page = await (await browsers("reception")).get(f"/cases/{meeting.case_id}")
    assert f"Dossier {SHOWN}" in page
    for hidden in ("Sam Exemple", "Demande reçue", '<form method="post" action="/cases'):
        assert hidden not in page


async def test_a_form_from_elsewhere_is_refused(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    browser = await browsers("social_worker")
    fields = {"version": str(await cases.version(meeting.case_id)), "note_text": "x"}
    forged = await browser.client.post(f"/cases/{meeting.case_id}/forms/note", data=fields)
    assert forged.status_code == 403


async def test_a_conference_is_led_by_forms_from_its_question_to_its_follow_up(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"

    async def step(form: str, expected: str, **fields: Any) -> str:
        sent = await browser.send(await browser.get(path), form, **fields)
        assert sent.status_code == 303, sent.text
        page: str = await browser.get(path)
        assert expected in page
        return page

    await step("conference", "en préparation", no_tie="yes", no_social_worker="yes")
    await step("question", "Que faire pour Sam ?", question="Que faire pour Sam ?")
    await step("invitee", "Sam Exemple", guest_person=str(meeting.concerned), guest_role="concerned")
    page = await step("invitee", "Alix Exemple", guest_name="Alix Exemple", guest_role="relative")
    assert "Vérifiez la sécurité de 2 invités" in page
    people = dict(re.findall(r'<option value="([0-9a-f-]{36})"[^>]*>([^<]+)</option>', page))
    alix = next(person for person, name in people.items() if name == "Alix Exemple")
    for person in (str(meeting.concerned), alix):
        await step("safety", "vérifiée", safety_person=person, safety_safe="true", safety_met_on=cases.now.date())
    await step("mandated-service", "Conférence", mandated="true")
    page = await step("condition", "Sam ne dort pas seul.", condition="Sam ne dort pas seul.")
    await step("schedule", "La réunion est fixée", meeting_at="2026-03-02T14:00")
    cases.now = START + timedelta(hours=4)
    await step("phase", "partage de l'information".replace("'", "&#39;"), present=[str(meeting.concerned), alix])
    await step("phase", "temps privé")
    page = await step("phase", "discuté avec tous")
    [condition] = re.findall(r'name="action_respects"[^>]*value="([^"]+)"', page)
    action = {"action_what": "Passer le mardi", "action_who": alix, "action_by_when": "2026-06-01"}
    more = {"action_checked_by": alix, "action_respects": condition, "action_feasible": "yes"}
    await step("action", "Passer le mardi", **action, **more)
    page = await step("ratify", "2 juin 2026", ratified_by=[str(meeting.concerned), alix])
    [done] = set(re.findall(r'<option value="([^"]+)">Passer le mardi</option>', page))
    await step("follow-up", "1 personne contactée", contact_person=alix)
    contact = {"contact_person": str(meeting.concerned), "outcome_action": done, "outcome": "carried_out"}
    page = await step("follow-up", "réalisée", **contact)
    assert "la conférence est terminée" in page


async def test_an_action_is_changed_and_dropped_by_forms(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    kept, dropped = await meeting.plan(feasible=False), await meeting.plan(what="Partir")
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    guests = [str(one) for one in meeting.guests]
    refused = await browser.send(await browser.get(path), "ratify", ratified_by=guests)
    assert (refused.status_code, "modifiez-la" in refused.text) == (409, True)
    page = await browser.get(path)
    links = [link for link in re.findall(r'href="([^"]+)#plan"', page) if "action=" in link]
    assert links == [f"{path}?action={kept}", f"{path}?action={dropped}"]
    page = await browser.get(links[0])
    assert re.search(r"<textarea[^>]*>\s*Passer chaque mardi</textarea>", page)
    action = {"action_what": "Passer le lundi", "action_who": guests[1], "action_by_when": "2026-06-01"}
    changed = {**action, "action_checked_by": guests[2], "action_feasible": "yes"}
    assert (await browser.send(page, "action-change", **changed)).status_code == 303
    assert (await browser.send(await browser.get(links[1]), "action-drop")).status_code == 303
    page = await browser.get(path)
    assert ("Passer le lundi" in page, "Passer chaque mardi" in page, "Partir" in page) == (True, False, False)
    assert (await browser.send(page, "ratify", ratified_by=guests)).status_code == 303
    assert (await meeting.state())["phase"] == "ratified"


async def test_what_is_typed_of_an_action_in_the_plan_is_kept(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    action = await meeting.plan()
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    page = await browser.get(f"{path}?action={action}")
    await meeting.plan(what="Partir")
    fields = {"action_what": "Passer le lundi", "action_who": str(meeting.guests[1]), "action_feasible": "yes"}
    more = {"action_by_when": "2026-06-01", "action_checked_by": str(meeting.guests[2])}
    outdated = await browser.send(page, "action-change", **fields, **more)
    assert outdated.status_code == 412
    well_formed(outdated.text)
    assert "Passer le lundi" in outdated.text
    assert (await browser.send(outdated.text, "action-change", **fields, **more)).status_code == 303


async def test_who_takes_over_declares_independence_by_a_form(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    await cases.grant("successor", ("coordinator", HERE))
    manager, path = await browsers("manager"), f"/cases/{meeting.case_id}"
    charged = {"assigned_agent": str(agent_id("successor")), "assigned_as": "coordinator"}
    assert (await manager.send(await manager.get(path), "assign", **charged)).status_code == 303
    successor = await browsers("successor")
    page = await successor.get(path)
    refused = await successor.send(page, "independence", no_tie="yes")
    assert (refused.status_code, "aucun lien" in refused.text) == (409, True)
    sent = await successor.send(refused.text, "independence", no_tie="yes", no_social_worker="yes")
    assert sent.status_code == 303
    assert "/forms/independence" not in await successor.get(path)
    assert "déclarer son indépendance" not in " ".join((await meeting.state("successor"))["missing"])


async def test_a_manager_puts_in_charge_and_releases(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    browser, path = await browsers("manager"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    unfit = {"assigned_agent": str(agent_id("coordinator")), "assigned_as": "referent"}
    refused = await browser.send(page, "assign", **unfit)
    assert (refused.status_code, "travailleur social" in refused.text) == (409, True)
    assert f'<option value="{agent_id("coordinator")}" selected>' in refused.text
    charged = {"assigned_agent": str(agent_id("social_worker")), "assigned_as": "referent"}
    assert (await browser.send(refused.text, "assign", **charged)).status_code == 303
    assert await referents(cases, meeting) == [str(agent_id("social_worker"))]
    page = await browser.get(path)
    assert (await browser.send(page, "release", released_agent=charged["assigned_agent"])).status_code == 303
    assert await referents(cases, meeting) == []


async def referents(cases: Cases, meeting: Meeting) -> list[str]:
    shown = (await cases.get(f"/cases/{meeting.case_id}", "manager")).json()
    return [str(one) for one in shown["referent_ids"]]


async def test_a_social_worker_takes_a_dossier_and_assigns_nobody_else(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    assert "/forms/assign" not in page
    assert (await browser.send(page, "take")).status_code == 303
    assert await referents(cases, meeting) == [str(agent_id("social_worker"))]
    assert "/forms/take" not in await browser.get(path)


async def test_a_legal_duty_is_stated_and_lifted_by_a_form(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    assert (await browser.send(page, "legal-duty")).status_code == 303
    page = await browser.get(path)
    refused = await browser.send(page, "close", close_reason="answered", close_summary="Fait.")
    assert (refused.status_code, "obligation légale" in refused.text) == (409, True)
    assert (await browser.send(page, "legal-duty")).status_code == 303
    closed = await browser.send(await browser.get(path), "close", close_reason="answered", close_summary="Fait.")
    assert closed.status_code == 303


async def test_only_its_coordinator_and_managers_see_how_safe_a_guest_is(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    await meeting.prepare()
    await meeting.done(f"invitees/{meeting.guests[1]}/safety", {"safe": False})
    seen = {}
    for by in ("social_worker", "coordinator", "manager"):
        page = await (await browsers(by)).get(f"/cases/{meeting.case_id}")
        assert "Alix Exemple" in page
        seen[by] = [word for word in ("non assurée", "retirez son invitation", "Rencontre</th>") if word in page]
    assert seen["social_worker"] == []
    assert all(len(seen[by]) == 3 for by in ("coordinator", "manager"))


# Nothing typed is lost ---------------------------------------------------------------------

LONG = "\r\n".join(["Loyer impayé."] * 20)


async def test_a_note_is_added_whatever_has_happened_since(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    await meeting.begin()
    assert (await browser.send(page, "note", note_text=LONG)).status_code == 303
    assert "Loyer impayé." in await browser.get(path)


async def test_the_end_of_a_line_counts_once(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{meeting.case_id}"
    text = "\r\n".join(["x" * 99] * 200)
    assert len(text.replace("\r\n", "\n")) < 20_000 < len(text)
    assert (await browser.send(await browser.get(path), "note", note_text=text)).status_code == 303


async def test_a_note_the_dossier_no_longer_takes_is_given_back(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    await cases.change(f"{path}/close", {"reason": "answered", "summary": "Fait."}, "manager")
    refused = await browser.send(page, "note", note_text=LONG)
    assert (refused.status_code, "dossier est clos" in refused.text) == (409, True)
    assert refused.text.count("Loyer impayé.") == 20
    well_formed(refused.text)


async def test_an_edit_made_for_an_older_version_is_shown_again_to_be_sent_again(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    await meeting.begin()
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    await cases.create(f"{path}/notes", {"text": "Appelé."}, "social_worker")
    outdated = await browser.send(page, "question", question="Que faire pour Sam ?")
    assert outdated.status_code == 412
    assert "entre-temps" in outdated.text
    assert re.search(r"<textarea[^>]*>\s*Que faire pour Sam \?</textarea>", outdated.text)
    well_formed(outdated.text)
    assert (await browser.send(outdated.text, "question", question="Que faire pour Sam ?")).status_code == 303


async def test_a_refused_question_is_shown_again_in_its_open_form(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    await meeting.begin()
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    refused = await browser.send(await browser.get(path), "question", question="Faut-il placer Sam ?")
    assert (refused.status_code, "oui ou un non" in refused.text) == (409, True)
    assert re.search(r"<details open><summary>Poser la question", refused.text)
    assert re.search(r"<textarea[^>]*>\s*Faut-il placer Sam \?</textarea>", refused.text)


# form, what is typed, the field shown again with its value, what is said
WRONG: list[tuple[str, str, dict[str, str], str, str]] = [
    ("an address that is none", "invitee",
     {"guest_name": "Alix Exemple", "guest_email": "alix", "guest_role": "relative"},
     'value="Alix Exemple"', "pas valable"),
    ("a role and nobody", "invitee", {"guest_role": "relative", "guest_email": "a@example.org"},
     'value="a@example.org"', "Donnez le nom"),
    ("a blank name", "invitee", {"guest_role": "relative", "guest_name": "  ", "guest_email": "a@example.org"},
     'value="a@example.org"', "Donnez le nom"),
    ("a name and somebody of the dossier", "invitee",
     {"guest_role": "relative", "guest_name": "Alix Exemple", "guest_person": "00000000-0000-0000-0000-000000000001"},
     'value="Alix Exemple"', "Donnez le nom"),
    ("no condition", "condition", {"condition": " "}, 'id="condition"', "au moins 1 caract"),
    ("a meeting before any calendar", "schedule", {"meeting_at": "0001-01-01T00:00+14:00"},
     'value="0001-01-01T00:00+14:00"', "entre 2000 et 2100"),
    ("a visit nobody can mean", "safety", {"safety_met_on": "0001-01-01", "safety_safe": "true"},
     'value="0001-01-01"', "entre 2000 et 2100"),
    ("no phase of a meeting", "phase", {"phase": "ratified"}, "Dossier", "valeurs possibles"),
    ("a reason of intake's", "stop", {"stop_reason": "request_withdrawn"}, 'id="stop_reason"', "valeurs possibles"),
    ("a version too great", "stop", {"version": "9" * 30, "stop_reason": "other"}, 'id="stop_reason"', "moins de"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "fields", "kept", "said"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
async def test_what_does_not_pass_is_shown_again_with_why(
    cases: Cases, meeting: Meeting, browsers: Any, form: str, fields: dict[str, str], kept: str, said: str
) -> None:
    await meeting.prepare()
    await meeting.done("schedule", {"meeting_at": MEETING.isoformat()})
    before = await meeting.state()
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    refused = await browser.send(await browser.get(path), form, **fields)
    assert (refused.status_code, refused.headers["content-type"].split(";")[0]) == (422, "text/html")
    well_formed(refused.text)
    assert kept in refused.text
    assert said in refused.text
    assert await meeting.state() == before


async def test_nobody_else_is_offered_to_be_the_person_concerned(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    await meeting.begin()
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    assert 'value="concerned"' in await browser.get(path)
    await meeting.made("invitees", {"person_id": str(meeting.concerned), "role": "concerned"})
    assert 'value="concerned"' not in await browser.get(path)


async def test_a_refused_step_is_a_page_that_says_what_is_missing(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    await meeting.begin()
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    refused = await browser.send(await browser.get(path), "schedule", meeting_at="2026-05-02T14:00")
    assert (refused.status_code, refused.headers["content-type"].split(";")[0]) == (409, "text/html")
    assert "question ouverte" in refused.text
    well_formed(refused.text)


async def test_a_closed_dossier_has_no_form_but_the_one_that_opens_it_again(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    browser, path = await browsers("social_worker"), f"/cases/{meeting.case_id}"
    sent = await browser.send(await browser.get(path), "close", close_reason="answered", close_summary="Fait.")
    assert sent.status_code == 303
    page = await browser.get(path)
    assert "réponse donnée" in page
    assert re.findall(r"/forms/([a-z-]+)", page) == ["reopen"]
    assert (await browser.send(page, "reopen", reopen_reason="Un nouveau besoin.")).status_code == 303
    assert "Un nouveau besoin." in await browser.get(path)


async def test_dates_are_those_of_paris(cases: Cases, browsers: Any) -> None:
    assert datetime(2026, 3, 2, 9, 15, tzinfo=UTC) == START
    await cases.open_case()
    assert "2 mars 2026 à 10:15" in await (await browsers("social_worker")).get(f"/cases?territory={HERE}")
