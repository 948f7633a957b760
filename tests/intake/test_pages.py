"""Pages of intake, as a browser without JavaScript sees them."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.intake.asking import browser, send
from tests.intake.conftest import Intake, now, resident


async def test_the_wrong_secret_is_said_in_words(intake: Intake) -> None:
    async with browser(intake) as client:
        page = (await client.get("/suivi")).text
        answer = await send(client, "/suivi", page, {"reference": "2222-2222-X", "secret": "2"})
    assert answer.status_code == 422
    assert "Aucune demande" in answer.text


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


async def test_the_tracking_page_says_who_owes_what_and_takes_a_consent_back(intake: Intake) -> None:
    own = resident()["requester"] | {"consents": [{"kind": "messages", "given_how": "online"}]}
    given = (await intake.ask(resident(requester=own))).json()
    async with browser(intake) as client:
        form = (await client.get("/suivi")).text
        await send(client, "/suivi", form, {"reference": given["reference"], "secret": given["secret"]})
        page = (await client.get("/suivi")).text
        assert "De l'accueil social : vous répondre, au plus tard le" in page
        assert "Quitter vite" in page
        assert "en retard" not in page
        [path] = re.findall(r'action="(/suivi/accords/[^"]+)"', page)
        assert "Votre accord pour recevoir des messages" in page
        for expected in ("/suivi?retire=oui", "/suivi"):  # the second time there is nothing left to take back
            assert (await send(client, path, page, {})).headers["location"] == expected
        page = (await client.get("/suivi?retire=oui")).text
        assert "Votre accord est retiré" in page
        assert path not in page
        await send(client, "/suivi/fin", page, {})
        assert (await send(client, path, page, {})).headers["location"] == "/suivi"
    assert len(await intake.told("ConsentWithdrawn")) == 1


async def test_a_promise_that_was_not_kept_is_said(intake: Intake) -> None:
    given = (await intake.ask(resident())).json()
    intake.service.parts.now = lambda: now() + timedelta(days=30)
    async with browser(intake) as client:
        form = (await client.get("/suivi")).text
        await send(client, "/suivi", form, {"reference": given["reference"], "secret": given["secret"]})
        assert "La réponse est en retard" in (await client.get("/suivi")).text


async def test_who_asks_for_somebody_else_reads_only_that_it_was_received(intake: Intake, reception: str) -> None:
    other = {"role": "relative", "person": {"given_name": "Dominique"}}
    agreed = {"person": {"given_name": "Lou"}, "consents": [{"kind": "messages", "given_how": "oral"}]}
    given = (await intake.ask(resident(requester=other, concerned=agreed))).json()
    async with intake.client(reception) as desk:
        await desk.post(f"/intake/requests/{given['request_id']}/answer", json={"text": "Rendez-vous au foyer."})
    async with browser(intake) as client:
        form = (await client.get("/suivi")).text
        await send(client, "/suivi", form, {"reference": given["reference"], "secret": given["secret"]})
        page = (await client.get("/suivi")).text
    shown = re.findall(r"<dt>([^<]+)</dt>", page)
    assert shown == ["État", "Reçue le"]
    assert "la suite n'est dite qu'à cette personne" in page
    assert "Retirer cet accord" not in page


DISCREET = {"kind": "phone", "value": "0639980102", "neutral": True}


@pytest.mark.parametrize(
    ("requester", "shown"),
    [
        ({"role": "self", "person": {"given_name": "Camille"}}, True),
        ({"role": "self"}, True),
        ({"role": "relative", "person": {"given_name": "Camille"}}, False),
        # Neither who writes nor why is to be read by somebody beside them.
        (
            {"role": "self", "person": {"contact_points": [{"kind": "phone", "value": "0639980102", "neutral": True}]}},
            False,
        ),
    ],
    ids=["for oneself", "without a name", "for somebody else", "discreet"],
)
async def test_who_may_read_of_the_dossier_beside_their_request(
    intake: Intake, requester: dict[str, Any], shown: bool
) -> None:
    given = (await intake.ask(resident(requester=requester))).json()
    async with browser(intake) as client:
        form = (await client.get("/suivi")).text
        await send(client, "/suivi", form, {"reference": given["reference"], "secret": given["secret"]})
        page = (await client.get("/suivi")).text
        assert ('hx-get="/cases/suivi"' in page) is shown
        assert ('hx-get="/notifications/suivi"' in page) is shown
        assert ("visite" in client.cookies) is shown
        await send(client, "/suivi/fin", page, {})
        assert "visite" not in client.cookies
