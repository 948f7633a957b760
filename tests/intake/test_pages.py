"""Pages of intake, as a browser without JavaScript sees them."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts import programmes
from intake.requests.public_pages import first_contact_first
from tests.intake.conftest import Intake, resident

FIELDS = {
    "programme": "first-contact",
    "themes": ["housing", "budget"],
    "summary": "Le bail se termine.",
    "commune": "saint brieuc",
    "role": "self",
    "given_name": "Camille",
    "email": "camille@example.org",
    "safe": "yes",
}


def browser(intake: Intake, subject: str | None = None) -> httpx.AsyncClient:
    return intake.client(subject, accept="text/html,*/*;q=0.8", **{"sec-fetch-site": "same-origin"})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, f"no field {name}"
    return found[1]


async def send(client: httpx.AsyncClient, path: str, page: str, fields: dict[str, Any]) -> httpx.Response:
    """Submit a form of a page with its hidden fields."""
    kept = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key") if f'name="{name}"' in page}
    return await client.post(path, data=kept | fields)


async def test_a_resident_asks_by_the_form_and_follows(intake: Intake) -> None:
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        sent = await send(client, "/demande", page, FIELDS)
        assert (sent.status_code, sent.headers["location"]) == (303, "/demande/recue"), sent.text
        shown = (await client.get("/demande/recue")).text
        reference, secret = re.findall(r'<dd class="reference">([^<]+)</dd>', shown)
        assert "Votre demande est reçue" in shown
        tracking = (await client.get("/suivi")).text
        followed = await send(client, "/suivi", tracking, {"reference": reference, "secret": secret})
        assert followed.headers["location"] == "/suivi"
        standing = (await client.get("/suivi")).text
        assert reference in standing
        assert "Réponse promise" in standing
        assert "Camille" not in standing
        await send(client, "/suivi/fin", standing, {})
        assert "Code de suivi" in (await client.get("/suivi")).text
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["commune"] == "22278"
    assert submitted.data["themes"] == ["housing", "budget"]
    [recorded] = await intake.told("PersonRecorded")
    assert [point["safe_to_write"] for point in recorded.data["contact_points"]] == [True]


async def test_sending_the_same_page_twice_asks_once(intake: Intake) -> None:
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        answers = [await send(client, "/demande", page, FIELDS) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert await intake.count("requests") == 1


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"themes": []}, "themes", "au moins un sujet"),
        ({"commune": ""}, "commune", "Indiquez la commune"),
        ({"commune": "Nulle-Part-lès-Exemple"}, "commune", "Aucune commune"),
        ({"email": "camille"}, "email", "adresse électronique"),
        ({"email": "", "phone": "06"}, "phone", "numéro de téléphone"),
        ({"role": ""}, "role", "Indiquez qui vous êtes"),
        ({"concerned_given_name": "Lou"}, "concerned_given_name", "Effacez son nom"),
        ({"concerned_family_name": "Exemple", "minor": "yes"}, "concerned_family_name", "Effacez son nom"),
        ({"programme": "family-conference-demo"}, "programme", "dispositif"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_on_top(
    intake: Intake, changes: dict[str, Any], field: str, sentence: str
) -> None:
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        answer = await send(client, "/demande", page, FIELDS | changes)
    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert re.search(rf'id="{field}-error">[^\n]*{sentence}', answer.text), answer.text
    assert "Le bail se termine." in answer.text
    assert await intake.count("requests") == 0


async def test_who_asks_says_in_what_role(intake: Intake) -> None:
    """Preselected, "for myself" is what a hurried relative leaves, and the child's name would be lost."""
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
    roles = re.findall(r'<input [^>]*name="role"[^>]*>', page)
    assert len(roles) == 6
    assert not any("checked" in role for role in roles)
    assert all("required" in role for role in roles)


async def test_first_contact_is_offered_first(intake: Intake) -> None:
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
    shown = re.findall(r'name="programme" type="radio" value="([^"]+)"', page)
    assert shown[0] == "first-contact"
    assert set(shown) == {programme.id for programme in programmes.load().offered}


def test_the_other_programmes_follow_by_title() -> None:
    offered = programmes.load().offered
    later = [offered[0].model_copy(update={"id": name, "title": name}) for name in ("aide", "vacances")]
    shown = first_contact_first(sorted([*offered, *later], key=lambda one: one.title))
    assert shown[0].id == "first-contact"
    assert [one.title for one in shown[1:]] == sorted(one.title for one in shown[1:])
    assert [one.title for one in shown[-2:]] == ["aide", "vacances"]


async def test_what_a_browser_counts_as_short_enough_is_taken(intake: Intake) -> None:
    """A new line counts once where it is typed and travels as two characters."""
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        sent = await send(client, "/demande", page, FIELDS | {"summary": "\r\n".join("a" * 2500)})
        assert sent.status_code == 303
        page = (await client.get("/demande")).text
        longer = await send(client, "/demande", page, FIELDS | {"summary": "a" * 5001})
    assert longer.status_code == 422


async def test_a_commune_once_chosen_stays_chosen(intake: Intake) -> None:
    fields = FIELDS | {"commune": "Saint-Denis", "commune_code": "97411"}
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        wrong = await send(client, "/demande", page, fields | {"email": "camille"})
        assert wrong.status_code == 422
        assert re.search(r'name="commune_code" type="radio" value="97411" checked', wrong.text)
        assert 'href="#commune"' not in wrong.text
        elsewhere = await send(client, "/demande", wrong.text, fields | {"commune": "Saint-Brieuc"})
    assert elsewhere.status_code == 303
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["commune"] == "22278"


async def test_a_form_changed_after_it_was_sent_loses_nothing(intake: Intake) -> None:
    """Back in the browser, something added, sent again: the page's key is taken by the first request."""
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        await send(client, "/demande", page, FIELDS)
        changed = await send(client, "/demande", page, FIELDS | {"summary": "Et les factures aussi."})
        assert changed.status_code == 422
        assert "Une première demande a déjà été envoyée" in changed.text
        assert "Et les factures aussi." in changed.text
        assert "idempotence" not in changed.text
        assert await intake.count("requests") == 1
        again = await send(client, "/demande", changed.text, FIELDS | {"summary": "Et les factures aussi."})
    assert again.status_code == 303
    assert await intake.count("requests") == 2


async def test_several_communes_of_a_name_are_offered(intake: Intake) -> None:
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        asked = await send(client, "/demande", page, FIELDS | {"commune": "Saint-Denis"})
        assert asked.status_code == 422
        assert 'name="commune_code"' in asked.text
        chosen = await send(
            client, "/demande", asked.text, FIELDS | {"commune": "Saint-Denis", "commune_code": "97411"}
        )
    assert chosen.status_code == 303
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["commune"] == "97411"


@pytest.mark.parametrize(
    ("changes", "programme"),
    [
        ({"role": "relative"}, "first-contact"),
        ({"role": "relative", "agreed": "yes"}, "family-conference"),
        ({"role": "relative", "minor": "yes"}, "first-contact"),
        ({"role": "relative", "minor": "yes", "agreed": "yes"}, "family-conference"),
        ({"role": "self", "concerned_given_name": ""}, "family-conference"),
    ],
)
async def test_a_family_conference_by_the_form(intake: Intake, changes: dict[str, Any], programme: str) -> None:
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        fields = FIELDS | {"programme": "family-conference", "concerned_given_name": "Lou"} | changes
        assert (await send(client, "/demande", page, fields)).status_code == 303
        shown = (await client.get("/demande/recue")).text
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["programme"] == programme
    assert ("pas possible ici" in shown) is (programme == "first-contact")


async def test_somebody_in_danger_is_urgent(intake: Intake) -> None:
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        await send(client, "/demande", page, FIELDS | {"danger": "yes"})
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["urgency"] == "immediate"


PARCEL = {
    "programme": "food-parcels",
    "answer-food-parcels-people_at_home": "3",
    "answer-food-parcels-delivery": "no",
    "answer-food-parcels-diet": " Sans gluten ",
    "answer-legal-access-hearing_on": "2026-12-01",
}


async def test_a_programme_asks_its_own_questions_and_the_referent_reads_the_answers(
    intake: Intake, reception: str, social_worker: str
) -> None:
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        assert (await send(client, "/demande", page, FIELDS | PARCEL)).status_code == 303
    [submitted] = await intake.told("RequestSubmitted")
    told = {one["name"]: one for one in submitted.data["answers"]}
    assert {name: one.get("given") for name, one in told.items()} == {
        "people_at_home": 3,
        "delivery": False,
        "diet": None,
    }
    assert told["diet"]["sealed"]["data"]
    path = f"/intake/requests/{submitted.data['request_id']}"
    async with browser(intake, reception) as desk, browser(intake, social_worker) as entitled:
        assert "gluten" not in (await desk.get(path)).text
        shown = (await entitled.get(path)).text
    asked = re.findall(r"<dt>([^<]+)</dt><dd>(?:3|Non|Sans gluten)</dd>", shown)
    assert [one.split()[0] for one in asked] == ["Combien", "Faut-il", "Allergies"], "in the order of the form"
    assert re.search(r"<dt>Combien de personnes vivent au foyer \?</dt><dd>3</dd>", shown)
    assert re.search(r"<dt>Allergies ou habitudes à respecter</dt><dd>Sans gluten</dd>", shown)


async def test_a_question_badly_answered_is_said_beside_it_and_every_answer_stays(intake: Intake) -> None:
    wrong = PARCEL | {"answer-food-parcels-people_at_home": "trois", "commune": ""}
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
        answer = await send(client, "/demande", page, FIELDS | wrong)
        assert answer.status_code == 422
        field = "answer-food-parcels-people_at_home"
        assert re.search(rf'<a href="#{field}">Combien de personnes [^<]* nombre entier', answer.text)
        assert '<a href="#commune">' in answer.text
        for kept in ("trois", " Sans gluten ", "2026-12-01"):
            assert f'value="{kept}"' in answer.text
        assert re.search(r'name="answer-food-parcels-delivery" type="radio" value="no" checked', answer.text)
        assert await intake.count("requests") == 0
        assert (await send(client, "/demande", answer.text, FIELDS | PARCEL)).status_code == 303
    assert await intake.count("answers") == 3


async def test_what_is_asked_of_agents_is_not_on_the_public_form(intake: Intake) -> None:
    async with browser(intake) as client:
        page = (await client.get("/demande")).text
    for programme in programmes.load().offered:
        for field in programme.form:
            shown = f'name="answer-{programme.id}-{field.name}"' in page
            assert shown is (field.asked_of == "anyone"), (programme.id, field.name)


async def test_a_form_from_elsewhere_is_refused(intake: Intake) -> None:
    async with browser(intake) as client:
        answer = await client.post("/demande", data=FIELDS | {"idempotency_key": str(uuid4())})
    assert answer.status_code == 403
    assert await intake.count("requests") == 0


async def test_the_wrong_secret_is_said_in_words(intake: Intake) -> None:
    async with browser(intake) as client:
        page = (await client.get("/suivi")).text
        answer = await send(client, "/suivi", page, {"reference": "2222-2222-X", "secret": "2"})
    assert answer.status_code == 422
    assert "Aucune demande" in answer.text


async def test_nothing_to_show_leads_to_the_tracking_page(intake: Intake) -> None:
    async with browser(intake) as client:
        assert (await client.get("/demande/recue")).headers["location"] == "/suivi"


async def test_the_worklist_and_a_request_for_an_agent(intake: Intake, reception: str) -> None:
    given = (await intake.ask(resident(requester={"role": "self", "person": {"given_name": "<b>Camille"}}))).json()
    path = f"/intake/requests/{given['request_id']}"
    async with browser(intake, reception) as client:
        worklist = (await client.get("/intake/requests?territory=saint-brieuc")).text
        assert given["reference"] in worklist
        assert path in worklist
        assert "&lt;b&gt;Camille" in worklist
        assert '<option value="saint-flour"' not in worklist
        page = (await client.get(path)).text
        assert "Le bail se termine." in page
        blank = await client.post(f"{path}/reponse", data={"text": " "})
        assert (blank.status_code, "Écrivez la réponse" in blank.text) == (422, True)
        answered = await client.post(f"{path}/reponse", data={"text": "Rendez-vous proposé."})
        assert answered.headers["location"] == path
        again = await client.post(f"{path}/reponse", data={"text": "Encore."})
        assert (again.status_code, "déjà reçu une réponse" in again.text) == (422, True)
        assert '<a href="#text">' in again.text
        assert re.search(r'<textarea[^>]* id="text"[^>]*>\s*Encore\.</textarea>', again.text)
        assert "Rendez-vous proposé." in (await client.get(path)).text
        assert (await client.post(f"{path}/retrait")).status_code == 303
        assert "Retirée" in (await client.get(path)).text


async def test_an_answer_too_long_is_given_back_and_new_lines_count_once(intake: Intake, reception: str) -> None:
    given = (await intake.ask(resident())).json()
    path = f"/intake/requests/{given['request_id']}"
    async with browser(intake, reception) as client:
        longer = await client.post(f"{path}/reponse", data={"text": "a" * 5001})
        assert longer.status_code == 422
        assert "La réponse dépasse 5 000 caractères" in longer.text
        assert "a" * 5001 in longer.text
        assert '<a href="#text">' in longer.text
        answered = await client.post(f"{path}/reponse", data={"text": "\r\n".join("a" * 2500)})
        assert answered.status_code == 303


async def test_the_reason_of_a_refusal_is_on_no_reception_s_page(
    intake: Intake, reception: str, social_worker: str
) -> None:
    body = resident(channel="desk", programme="family-conference", exclusions=["sexual_abuse"])
    given = (await intake.ask(body, reception)).json()
    path = f"/intake/requests/{given['request_id']}"
    async with browser(intake, reception) as desk, browser(intake, social_worker) as entitled:
        assert "Abus sexuel" not in (await desk.get(path)).text
        assert "Abus sexuel" in (await entitled.get(path)).text


async def test_an_empty_worklist_says_so(intake: Intake, reception: str) -> None:
    async with browser(intake, reception) as client:
        assert "Aucune demande" in (await client.get("/intake/requests")).text
