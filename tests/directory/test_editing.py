"""Pages where the directory is kept, as a browser without JavaScript uses them."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import ValidationError

from directory.forms import Fields, faults
from directory.hours import forms as hours
from tests.conftest import ServiceDatabaseFactory
from tests.directory.conftest import Directory, directory_on, offer, organisation, site, territory
from tests.directory.test_pages import BROWSER, Outline

TEENAGERS = "week 01-53/2 We,Fr 13:30-17:00; PH off"


def line(number: int, *days: int, opens: str = "09:00", closes: str = "12:00", **more: str) -> dict[str, list[str]]:
    typed = {"opens": [opens], "closes": [closes]} | {name: [value] for name, value in more.items()}
    return {f"rows-{number}-{name}": value for name, value in (typed | {"days": [*map(str, days)]}).items()}


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        ({}, None),
        (line(0), "09:00-12:00 without a day"),
        (line(0, 1, 2, 3), "Mo-We 09:00-12:00"),
        (line(0, 3, 5, opens="13:30", closes="17:00", weeks="odd") | {"closed_on_public_holidays": ["yes"]}, TEENAGERS),
        (line(0, 1) | line(4, 1, opens="14:00", closes="17:00"), "Mo 09:00-12:00,14:00-17:00"),  # lines taken out
        (line(0, 1, first_month="9", last_month="6"), "Sep-Jun Mo 09:00-12:00"),
        (line(0, 1) | {"holidays": ["closed"]}, "Mo 09:00-12:00; SH off"),
        ({"also_by_appointment": ["yes"]}, 'unknown "sur rendez-vous"'),
        (line(0, 1) | {"hours": ["Sa 10:00-12:00"]}, "Sa 10:00-12:00"),  # written by oneself, it counts
    ],
)
def test_hours_are_typed_without_their_syntax(typed: dict[str, list[str]], expression: str | None) -> None:
    if expression and "without" in expression:
        with pytest.raises(ValidationError) as refused:
            hours.expression(Fields(typed))
        assert set(faults(refused.value)) == {"rows-0-days"}
    else:
        assert hours.expression(Fields(typed)) == expression


@pytest.mark.parametrize(
    "expression", [TEENAGERS, "Mo-Fr 09:00-12:00,14:00-17:00; SH off", 'unknown "sur rendez-vous"']
)
def test_the_form_shows_what_it_can_and_says_it_again(expression: str) -> None:
    form = hours.shown(expression)
    typed: dict[str, Any] = {"holidays": [form.holidays], "hours": [form.written]}
    for number, row in enumerate(form.rows):
        said = {name: [*map(str, value)] if name == "days" else [str(value)] for name, value in row.items() if value}
        typed |= {f"rows-{number}-{name}": value for name, value in said.items()}
    typed |= {name: ["yes"] for name in ("closed_on_public_holidays", "also_by_appointment") if getattr(form, name)}
    assert hours.expression(Fields(typed)) == expression


def test_what_the_form_cannot_show_stays_as_it_is_written() -> None:
    form = hours.shown("Mo[1] 09:00-12:00")
    assert (form.written, form.rows) == ("Mo[1] 09:00-12:00", [{}])


@pytest.fixture(scope="module")
async def kept(module_database: ServiceDatabaseFactory) -> AsyncIterator[Directory]:
    async for directory in directory_on(await module_database("directory")):
        await directory.post("/directory/territories", territory())
        await directory.grant("responsable", ("manager", "saint-brieuc"))
        await directory.grant("accueil", ("reception", "saint-brieuc"))
        yield directory


async def sent(directory: Directory, path: str, form: dict[str, Any], by: str = "responsable") -> httpx.Response:
    return await directory.ask("POST", path, by, data={"idempotency_key": str(uuid4()), **form}, headers=BROWSER)


async def page(directory: Directory, path: str, by: str | None = "responsable") -> str:
    answer = await directory.ask("GET", path, by, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    outline = Outline(answer.text)
    assert outline.fields <= outline.labelled
    assert len(outline.ids) == len(set(outline.ids)), sorted(one for one in outline.ids if outline.ids.count(one) > 1)
    assert outline.headings[0] == "h1"
    return answer.text


async def an_offer(directory: Directory, **more: Any) -> tuple[str, str, str]:
    """(organisation, site, offer)."""
    home = (await directory.post("/directory/organisations", organisation())).json()["organisation_id"]
    hall = (await directory.post("/directory/sites", site(hours="Mo-Fr 09:00-17:00"))).json()["site_id"]
    held = {"places": [{"site_id": hall, "hours": TEENAGERS}]}
    made = await directory.post("/directory/offers", offer(home, **held | more))
    return home, hall, made.json()["offer_id"]


async def test_an_organisation_its_site_and_its_offer_are_written_in_forms(kept: Directory) -> None:
    for path in ("/directory/organisation-form", "/directory/site-form"):
        await page(kept, path)
    form = {
        "name": "Maison Exemple", "kind": "association", "territory_ids": "saint-brieuc", "networks": ["mjc"],
        "phone": "02 96 00 00 00",
    }  # fmt: skip
    answer = await sent(kept, "/directory/organisation-form", form)
    assert answer.status_code == 303
    home = answer.headers["location"].partition("#s-")[2]
    body: dict[str, Any] = {"organisation_id": home, "name": "Salle Exemple", "commune": "22278", "holidays": "same"}
    body |= line(0, 1, 2)
    answer = await sent(kept, "/directory/site-form", body)
    assert answer.status_code == 303, answer.text
    hall = answer.headers["location"].partition("=")[2]
    assert (await kept.ask("GET", f"/directory/sites/{hall}")).json()["hours"] == "Mo,Tu 09:00-12:00"
    await page(kept, f"/directory/organisation-form?organisation_id={home}")
    await page(kept, f"/directory/site-form?site_id={hall}")
    await page(kept, f"/directory/offer-form?organisation_id={home}")
    form = {
        "organisation_id": home, "name": "Aide aux devoirs", "themes": ["famille"], "territory_ids": "saint-brieuc",
        "languages": "français, Arabe, lsf", "area": "22278 Saint-Brieuc\n22", "age_from": "6", "profession": "",
    }  # fmt: skip
    answer = await sent(kept, "/directory/offer-form", form)
    assert answer.status_code == 303, answer.text
    read = (await kept.ask("GET", answer.headers["location"].removesuffix("/page"))).json()
    assert (read["languages"], read["area"], read["age_from"]) == (["fr", "ar", "lsf"], ["22278", "22"], 6)
    assert read["told"]["languages"]["source"] == "local"
    choice = await page(kept, f"{answer.headers['location'].removesuffix('page')}place-form?q=exemple")
    assert f"place-form?site_id={hall}" in choice


async def test_a_refused_form_comes_again_with_what_was_typed_and_why(kept: Directory) -> None:
    home, hall, identity = await an_offer(kept)
    typed = {
        "organisation_id": home, "name": "X", "themes": "famille", "territory_ids": "saint-brieuc",
        "area": "22278\n99999",
    }  # fmt: skip
    answer = await sent(kept, "/directory/offer-form", typed)
    assert answer.status_code == 422
    assert all(text in answer.text for text in ("99999", 'id="area-error"', 'id="name-error"', 'value="X"'))
    late = line(0, 1, opens="18:00", closes="09:00") | {"version": "1", "site_id": hall, "holidays": "same"}
    answer = await sent(kept, f"/directory/offers/{identity}/place-form", late)
    assert (answer.status_code, 'id="rows-0-closes-error"' in answer.text) == (422, True)
    old = line(0, 1) | {"version": "7", "site_id": hall, "holidays": "same"}
    answer = await sent(kept, f"/directory/offers/{identity}/place-form", old)
    assert (answer.status_code, "entre-temps" in answer.text) == (412, True)


async def test_a_line_more_needs_no_javascript_and_loses_nothing(kept: Directory) -> None:
    _, hall, identity = await an_offer(kept)
    typed = line(0, 2, opens="10:00") | {"version": "1", "site_id": hall, "line": "rows"}
    answer = await sent(kept, f"/directory/offers/{identity}/place-form", typed)
    assert answer.status_code == 200
    assert 'value="10:00"' in answer.text
    assert 'id="rows-1-opens"' in answer.text


async def test_the_hours_of_an_offer_in_somebody_elses_premises_are_changed_alone(kept: Directory) -> None:
    _, hall, identity = await an_offer(kept, capacity={"left": 2})
    shown = await page(kept, f"/directory/offers/{identity}/place-form?site_id={hall}")
    assert 'value="odd" selected' in shown
    typed = line(0, 6) | {"version": "1", "site_id": hall, "holidays": "same", "note": "2e étage"}
    assert (await sent(kept, f"/directory/offers/{identity}/place-form", typed)).status_code == 303
    read = (await kept.ask("GET", f"/directory/offers/{identity}")).json()
    assert (read["places"][0]["hours"], read["opening_hours"], read["capacity"]["left"]) == (
        "Sa 09:00-12:00", "Sa 09:00-12:00", 2,
    )  # fmt: skip


async def test_what_changes_often_is_changed_in_a_line(kept: Directory) -> None:
    _, _, identity = await an_offer(kept)
    path = f"/directory/offers/{identity}/forms"
    steps = [
        ("capacity", {"capacity_left": "3", "capacity_waiting_days": "10"}, "3 places libres"),
        ("closure", {"closure_first": "2099-08-01", "closure_message": "Congés"}, "Congés"),
        ("notice", {"notice_first": "2026-01-01", "notice_text": "Entrée par la cour"}, "Entrée par la cour"),
        ("contact", {"contact_name": "Dominique Exemple", "contact_phone": "02 96 00 00 01"}, "Dominique Exemple"),
        ("assurance", {}, "Tout a été vérifié"),
    ]  # fmt: skip
    for version, (step, form, said) in enumerate(steps, 1):
        answer = await sent(kept, f"{path}/{step}", form | {"version": str(min(version, 4))})
        assert answer.status_code == 303, (step, answer.text)
        assert said in await page(kept, answer.headers["location"])
    for step in ("closure-end", "notice-end"):
        seen = (await kept.ask("GET", f"/directory/offers/{identity}")).headers["etag"].strip('"')
        assert (await sent(kept, f"{path}/{step}", {"version": seen, "place": "0"})).status_code == 303
    gone = {"contact_name": "Dominique Exemple", "contact_phone": "+33296000001"}
    assert (await sent(kept, f"{path}/contact-end", gone)).status_code == 303
    text = await page(kept, f"/directory/offers/{identity}/page")
    assert not any(said in text for said in ("Congés", "Entrée par la cour", "Dominique Exemple"))
    refused = await sent(kept, f"{path}/capacity", {"capacity_left": "-1", "version": "9"})
    assert (refused.status_code, 'id="capacity_left-error"' in refused.text) == (422, True)


async def test_agents_read_what_strangers_may_not(kept: Directory) -> None:
    _, _, identity = await an_offer(kept, capacity={"reserved": 1})
    contact = {"contact_name": "Dominique Exemple", "contact_email": "d@maillage.example"}
    await sent(kept, f"/directory/offers/{identity}/forms/contact", contact | {"version": "1"})
    known = await page(kept, f"/directory/offers/{identity}/page", "accueil")
    assert "Dominique Exemple" in known
    assert "Champ par champ" in known
    assert "/directory/offer-form" not in known
    public = await page(kept, f"/annuaire/{identity}", None)
    assert "Prochaines ouvertures" in public
    assert "les semaines impaires" in public
    assert not any(said in public for said in ("Dominique", "réservée", "saisi ici"))
    await kept.delete(f"/directory/offers/{identity}", 1)
    assert (await kept.ask("GET", f"/annuaire/{identity}", None, headers=BROWSER)).status_code == 404
    assert (await kept.ask("GET", "/directory/site-form", "accueil", headers=BROWSER)).status_code == 403
