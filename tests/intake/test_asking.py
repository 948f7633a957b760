"""`/demande`, one question a page, as a browser without JavaScript sees it."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts import programmes
from intake.asking.pages import first_contact_first
from tests.intake.asking import ask, browser, fill, send, until
from tests.intake.conftest import Intake, now

FIELDS = {
    "programme": "first-contact",
    "themes": ["housing", "budget"],
    "summary": "Le bail se termine.",
    "commune": "saint brieuc",
    "role": "self",
    "given_name": "Camille",
    "email": "camille@example.org",
    "safe": "yes",
    "language": "uk",
}
CHECK, QUESTIONS = "/demande/verifier", "/demande/questions"


async def test_a_resident_asks_by_the_form_and_follows(intake: Intake) -> None:
    async with browser(intake) as client:
        sent = await ask(client, FIELDS)
        assert (sent.status_code, sent.headers.get("location")) == (303, "/demande/recue"), sent.text
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
    assert recorded.data["language"] == "uk"
    assert await intake.count("asking_drafts") == 0, "nothing is left of what was typed"


async def test_sending_the_same_page_twice_asks_once(intake: Intake) -> None:
    async with browser(intake) as client:
        page = await until(client, FIELDS, CHECK)
        answers = [await fill(client, page, {}) for _ in range(2)]
        shown = (await client.get("/demande/recue")).text
    assert [answer.headers["location"] for answer in answers] == ["/demande/recue"] * 2
    assert "Votre demande est reçue" in shown
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
        ({"programme": "family-conference-demo"}, "programme", "dispositif"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_on_top(
    intake: Intake, changes: dict[str, Any], field: str, sentence: str
) -> None:
    async with browser(intake) as client:
        answer = await ask(client, FIELDS | changes)
        assert answer.status_code == 422
        assert f'<a href="#{field}">' in answer.text
        assert re.search(rf'id="{field}-error">[^\n]*{sentence}', answer.text), answer.text
        assert await intake.count("requests") == 0
        page = answer
        while page.status_code != 303 or page.headers["location"] != "/demande/recue":
            page = await fill(client, page, FIELDS)
            if page.status_code == 303 and page.headers["location"] != "/demande/recue":
                page = await client.get(page.headers["location"])
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["themes"] == ["housing", "budget"], "what was answered before is kept"


async def test_who_is_meant_is_asked_again_when_it_becomes_somebody_else(intake: Intake) -> None:
    """What was said of a child must go neither to who asks, nor to anybody else."""
    of_a_child = {"role": "relative", "concerned_given_name": "Lou", "minor": "yes", "agreed": "yes"}
    async with browser(intake) as client:
        summary = await until(client, FIELDS | of_a_child, CHECK)
        assert "Lou" in summary.text
        page = await client.get(f"{QUESTIONS}/pour-qui?verifier=oui")
        answer = await fill(client, page, {"role": "self"})
        assert answer.headers["location"] == f"{QUESTIONS}/age?verifier=oui", "what is newly asked comes in between"
        page = await client.get(answer.headers["location"])
        assert "checked" not in page.text
        answer = await fill(client, page, {})
        summary = await client.get(answer.headers["location"])
        assert summary.url.path == CHECK
        assert "Lou" not in summary.text
        await fill(client, summary, {})
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["concerned"]["minor"] is False
    assert await intake.told("ConsentGiven") == []


async def test_who_asks_says_in_what_role(intake: Intake) -> None:
    """Preselected, "for myself" is what a hurried relative leaves, and the child's name would be lost."""
    async with browser(intake) as client:
        page = (await until(client, FIELDS, f"{QUESTIONS}/pour-qui")).text
    roles = re.findall(r'<input [^>]*name="role"[^>]*>', page)
    assert len(roles) == 6
    assert not any("checked" in role for role in roles)
    assert all("required" in role for role in roles)


async def test_first_contact_is_offered_first(intake: Intake) -> None:
    async with browser(intake) as client:
        page = (await until(client, FIELDS, f"{QUESTIONS}/souhait")).text
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
        sent = await ask(client, FIELDS | {"summary": "\r\n".join("a" * 2500)})
        assert sent.status_code == 303
        longer = await ask(client, FIELDS | {"summary": "a" * 5001})
    assert longer.status_code == 422
    assert "a" * 5001 in longer.text


async def test_a_commune_once_chosen_stays_chosen(intake: Intake) -> None:
    async with browser(intake) as client:
        await until(client, FIELDS | {"commune": "Saint-Denis", "commune_code": "97411"}, f"{QUESTIONS}/commune")
        page = await client.get(f"{QUESTIONS}/commune")
        asked = await fill(client, page, {"commune": "Saint-Denis"})
        answer = await fill(client, asked, {"commune": "Saint-Denis", "commune_code": "97411"})
        assert answer.status_code == 303
        again = await client.get(f"{QUESTIONS}/commune")
        assert re.search(r'name="commune_code" type="radio" value="97411" checked', again.text)
        elsewhere = await fill(client, again, {"commune": "Saint-Brieuc", "commune_code": "97411"})
        assert elsewhere.status_code == 303
        summary = await until(client, FIELDS, CHECK)
        await fill(client, summary, {})
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["commune"] == "22278"


async def test_several_communes_of_a_name_are_offered(intake: Intake) -> None:
    async with browser(intake) as client:
        asked = await until(client, FIELDS | {"commune": "Saint-Denis"}, CHECK)
        assert asked.status_code == 422
        assert 'name="commune_code"' in asked.text
        chosen = await fill(client, asked, {"commune": "Saint-Denis", "commune_code": "97411"})
        assert chosen.status_code == 303
        page = await client.get(chosen.headers["location"])
        while page.url.path != CHECK:
            page = await client.get((await fill(client, page, FIELDS)).headers["location"])
        await fill(client, page, {})
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["commune"] == "97411"


async def test_a_page_sent_after_the_request_left_loses_nothing(intake: Intake) -> None:
    """Back in the browser, something added, sent again: it begins another request, and says so."""
    async with browser(intake) as client:
        page = await until(client, FIELDS, f"{QUESTIONS}/recit")
        await ask(client, FIELDS)
        later = await fill(client, page, {"summary": "Et les factures aussi."})
        said = await client.get(later.headers["location"])
        assert "Ce que vous venez d&#39;écrire est gardé" in said.text
        told = await client.get(f"{QUESTIONS}/recit")
        assert "Et les factures aussi." in told.text
        assert await intake.count("requests") == 1


async def test_answers_changed_in_another_tab_are_read_again_before_they_are_sent(intake: Intake) -> None:
    async with browser(intake) as client:
        summary = await until(client, FIELDS, CHECK)
        page = await client.get(f"{QUESTIONS}/recit?verifier=oui")
        await fill(client, page, {"summary": "Et les factures aussi."})
        stale = await fill(client, summary, {})
        assert stale.status_code == 422
        assert "Vos réponses ont changé" in stale.text
        assert "Et les factures aussi." in stale.text
        assert await intake.count("requests") == 0
        assert (await fill(client, stale, {})).status_code == 303
    assert await intake.count("requests") == 1


@pytest.mark.parametrize(
    ("changes", "programme"),
    [
        ({"role": "relative"}, "first-contact"),
        ({"role": "relative", "agreed": "yes"}, "family-conference"),
        ({"role": "relative", "minor": "yes"}, "first-contact"),
        ({"role": "relative", "minor": "yes", "agreed": "yes"}, "family-conference"),
        ({"role": "self"}, "family-conference"),
    ],
)
async def test_a_family_conference_by_the_form(intake: Intake, changes: dict[str, Any], programme: str) -> None:
    async with browser(intake) as client:
        fields = FIELDS | {"programme": "family-conference", "concerned_given_name": "Lou"} | changes
        assert (await ask(client, fields)).status_code == 303
        shown = (await client.get("/demande/recue")).text
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["programme"] == programme
    assert ("pas possible ici" in shown) is (programme == "first-contact")


async def test_somebody_in_danger_reads_whom_to_call_and_is_urgent(intake: Intake) -> None:
    fields = FIELDS | {"danger": ["violence", "street"]}
    async with browser(intake) as client:
        page = await until(client, fields, "/demande/numeros")
        assert re.findall(r"<main.*</main>", page.text, re.DOTALL)
        shown = re.findall(
            r'href="(?:tel|sms):(\d+)"', page.text[page.text.index("<main") : page.text.index("</main>")]
        )
        assert shown == ["3919", "17", "114", "115"]
        assert (await ask(client, fields)).status_code == 303
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["urgency"] == "immediate"


PARCEL = {
    "programme": "food-parcels",
    "answer-food-parcels-people_at_home": "3",
    "answer-food-parcels-delivery": "no",
    "answer-food-parcels-diet": " Sans gluten ",
}


async def test_a_programme_asks_its_own_questions_and_the_referent_reads_the_answers(
    intake: Intake, reception: str, social_worker: str
) -> None:
    async with browser(intake) as client:
        assert (await ask(client, FIELDS | PARCEL)).status_code == 303
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
    field = "answer-food-parcels-people_at_home"
    async with browser(intake) as client:
        answer = await ask(client, FIELDS | PARCEL | {field: "trois"})
        assert answer.status_code == 422
        assert re.search(rf'<a href="#{field}">Combien de personnes [^<]* nombre entier', answer.text)
        assert 'value="trois"' in answer.text
        assert await intake.count("requests") == 0
        page = await client.get((await fill(client, answer, {field: "3"})).headers["location"])
        while page.url.path != CHECK:
            page = await client.get((await fill(client, page, FIELDS | PARCEL)).headers["location"])
        for told in ("Sans gluten", '<span class="checked__line">3</span>', '<span class="checked__line">Non</span>'):
            assert told in page.text
        # Another wish, then the first again: what was answered stays.
        for wish in ("first-contact", "food-parcels"):
            page = await client.get(f"{QUESTIONS}/souhait?verifier=oui")
            page = await client.get((await fill(client, page, {"programme": wish})).headers["location"])
        assert page.url.path == CHECK
        assert "Sans gluten" in page.text
        assert (await fill(client, page, {})).status_code == 303
    assert await intake.count("answers") == 3


async def test_what_is_asked_of_agents_is_not_on_the_public_form(intake: Intake) -> None:
    for programme in programmes.load().offered:
        names = []
        async with browser(intake) as client:
            page = await until(client, FIELDS | {"programme": programme.id}, f"{QUESTIONS}/souhait")
            while page.url.path != f"{QUESTIONS}/commune":
                page = await client.get((await fill(client, page, {"programme": programme.id})).headers["location"])
                names += re.findall(r'name="answer-[^"]*?-(\w+)"', page.text)
        assert list(dict.fromkeys(names)) == [one.name for one in programme.form if one.asked_of == "anyone"]


async def test_a_form_from_elsewhere_is_refused(intake: Intake) -> None:
    async with browser(intake) as client:
        for path in ("/demande", f"{QUESTIONS}/recit", "/demande/envoyer", "/demande/quitter"):
            answer = await client.post(path, data=FIELDS | {"idempotency_key": str(uuid4())})
            assert answer.status_code == 403, path
    assert await intake.count("requests") == await intake.count("asking_drafts") == 0


async def test_nothing_to_show_leads_to_the_tracking_page(intake: Intake) -> None:
    async with browser(intake) as client:
        assert (await client.get("/demande/recue")).headers["location"] == "/suivi"


async def test_leaving_erases_everything_and_says_nothing(intake: Intake) -> None:
    async with browser(intake) as client:
        page = await until(client, FIELDS, f"{QUESTIONS}/souhait")
        assert await intake.count("asking_drafts") == 1
        left = await send(client, "/demande/quitter", page.text, {})
        assert left.headers["refresh"] == "0; url=https://meteofrance.com/"
        assert not re.search("demande|Maillage|social", left.text)
        assert await intake.count("asking_drafts") == 0
        assert not client.cookies, "no cookie tells of it"
        assert (await client.get(f"{QUESTIONS}/recit")).headers["location"] == "/demande"


async def test_back_to_the_first_page_and_on_again_loses_nothing(intake: Intake) -> None:
    async with browser(intake) as client:
        await until(client, FIELDS | {"danger": ["street"]}, f"{QUESTIONS}/sujets")
        first = await client.get(f"{QUESTIONS}/maintenant")
        assert 'href="/demande?retour=oui"' in first.text
        again = await fill(client, await client.get("/demande?retour=oui"), {})
        assert again.url.path == f"{QUESTIONS}/maintenant"
        assert re.search(r'value="street" checked', again.text)
        # A page that is not asked of them leads to the one that is.
        assert (await client.get(f"{QUESTIONS}/accord")).headers["location"] == CHECK
        assert (await client.get(CHECK)).headers["location"] == f"{QUESTIONS}/sujets"


async def test_whoever_begins_reads_nothing_of_who_was_here_before(intake: Intake) -> None:
    async with browser(intake) as client:
        page = await until(client, FIELDS, f"{QUESTIONS}/souhait")
        anew = await until(client, {}, f"{QUESTIONS}/pour-qui")
        assert await intake.count("asking_drafts") == 1
        assert "checked" not in anew.text
        assert (await client.get(CHECK)).headers["location"] == f"{QUESTIONS}/pour-qui"
        assert page.status_code == 200


async def test_continued_later_by_a_code_that_is_shown_once(intake: Intake) -> None:
    async with browser(intake) as client:
        page = await until(client, FIELDS, f"{QUESTIONS}/recit")
        offered = await fill(client, page, {"summary": "Le bail se termine.", "plus_tard": "oui"})
        assert offered.headers["location"] == "/demande/plus-tard"
        kept = await fill(client, await client.get("/demande/plus-tard"), {})
        [code] = re.findall(r'<dd class="reference">([^<]+)</dd>', kept.text)
        assert (await client.get("/demande/plus-tard")).headers["location"] == "/demande", "not shown again"
        assert (await client.get(f"{QUESTIONS}/recit")).headers["location"] == "/demande"
    intake.service.parts.now = lambda: now() + timedelta(days=6)
    async with browser(intake) as elsewhere:
        form = await elsewhere.get("/demande/reprendre")
        wrong = await fill(elsewhere, form, {"code": "2222-2222-2222"})
        assert wrong.status_code == 422
        resumed = await fill(elsewhere, form, {"code": code.lower()})
        assert resumed.headers["location"] == f"{QUESTIONS}/souhait"
        assert "Le bail se termine." in (await elsewhere.get(f"{QUESTIONS}/recit")).text


async def test_after_an_hour_nothing_is_kept(intake: Intake) -> None:
    async with browser(intake) as client:
        await until(client, FIELDS, f"{QUESTIONS}/souhait")
        intake.service.parts.now = lambda: now() + timedelta(minutes=61)
        assert (await client.get(f"{QUESTIONS}/recit")).headers["location"] == "/demande"
    async with intake.worker.transaction() as tx:
        [due] = await tx.fetch("SELECT kind, state FROM due_dates")
    assert (due["kind"], due["state"]) == ("asking", "waiting"), "the clock erases it"


async def test_what_is_typed_is_read_by_nobody_without_the_browsers_secret(intake: Intake) -> None:
    async with browser(intake) as client:
        await until(client, FIELDS, f"{QUESTIONS}/joindre")
        async with intake.worker.transaction() as tx:
            [row] = await tx.fetch("SELECT row_to_json(asking_drafts)::text AS text FROM asking_drafts")
        assert "Camille" not in row["text"]
        assert b"Camille".hex() not in row["text"]


async def test_nobody_fills_the_disk_page_by_page(intake: Intake) -> None:
    async with browser(intake) as client:
        page = await until(client, FIELDS, f"{QUESTIONS}/recit")
        much = await fill(client, page, {"summary": "a" * 40_000, "plus_tard": "oui"})
        assert much.status_code == 413
        token = {"csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]}
        before = await intake.count("asking_drafts")
        answers = []
        for _ in range(70):
            client.cookies.delete("questions")
            answers.append((await client.post(f"{QUESTIONS}/maintenant", data=token)).status_code)
        assert answers[-1] == 429
        assert await intake.count("asking_drafts") - before == answers.count(303) < 65
