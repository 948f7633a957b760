"""A manager's team, and who is in charge of a dossier, as a browser without JavaScript shows and changes them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.cases.conftest import HERE, THERE, Cases
from tests.cases.test_assignments import refer, referents, two
from tests.cases.test_pages import Browser, browsers, well_formed
from tests.cases.test_plans import together
from tests.cases.test_shares import PARTNER, agree, shared
from tests.cases.test_tasks import task
from tests.identity import agent_id

__all__ = ["browsers", "shared", "together", "two"]
COLLEAGUE, WORKER = str(agent_id("colleague")), str(agent_id("social_worker"))
THEIRS = f"/cases/team?territory={HERE}&referent={WORKER}"


async def send(browser: Browser, page: str, step: str, **fields: Any) -> httpx.Response:
    """A form of the team's page, with its hidden fields."""
    found = re.search(rf'<form method="post" action="(/cases/team/{step}[^"]*)">(.*?)</form>', page, re.DOTALL)
    assert found, f"the page has no form {step}"
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[2]))
    answer = await browser.client.post(found[1].replace("&amp;", "&"), data=hidden | fields)
    if answer.status_code != 303:
        well_formed(answer.text)
    return answer


async def test_a_manager_sees_who_has_how_much_and_gives_chosen_dossiers_to_another(
    cases: Cases, two: list[UUID], browsers: Any
) -> None:
    await task(cases, two[0], "2026-03-03")
    await task(cases, two[1], "2026-03-12")
    cases.now = datetime(2026, 3, 10, tzinfo=UTC)
    browser = await browsers("manager")
    page = await browser.get(THEIRS)
    [row] = re.findall(rf'referent={WORKER}#dossiers">.*?</tr>', page, re.DOTALL)
    assert re.findall(r"<td[^>]*>\D*(\d+)", row) == ["2", "1", "1"]
    assert page.index(f"case-{two[0]}") < page.index(f"case-{two[1]}")
    nothing = await send(browser, page, "reassign", team_to=COLLEAGUE)
    assert (nothing.status_code, "Cochez au moins un dossier" in nothing.text) == (422, True)
    oneself = await send(browser, page, "reassign", team_to=WORKER, team_cases=str(two[1]))
    assert (oneself.status_code, "autre personne" in oneself.text) == (409, True)
    assert re.search(rf'value="{two[1]}" checked', oneself.text)
    done = await send(browser, page, "reassign", team_to=COLLEAGUE, team_cases=[str(two[1])])
    assert (done.status_code, "1 dossier a changé de référent" in done.text) == (200, True)
    assert [await referents(cases, one) for one in two] == [[WORKER], [COLLEAGUE]]


async def test_what_could_not_change_hands_is_said_and_the_rest_does(
    cases: Cases, two: list[UUID], browsers: Any
) -> None:
    await cases.grant("both", ("social_worker", HERE), ("coordinator", HERE))
    body = {"agent_id": str(agent_id("both")), "role": "coordinator"}
    assert (await cases.create(f"/cases/{two[0]}/referents", body, "manager")).status_code == 201
    browser = await browsers("manager")
    fields = {"team_to": str(agent_id("both")), "team_all": "yes"}
    done = await send(browser, await browser.get(THEIRS), "reassign", **fields)
    assert "1 dossier a changé de référent" in done.text
    assert re.search(rf'href="/cases/{two[0]}">[^<]+</a> : Cette personne coordonne', done.text)


async def test_dossiers_of_nobody_get_a_first_referent(cases: Cases, browsers: Any) -> None:
    case_id = await cases.open_case()
    browser = await browsers("manager")
    page = await browser.get("/cases/team")
    assert "Dossiers sans référent" in page
    done = await send(browser, page, "reassign", team_to=WORKER, team_cases=str(case_id))
    assert (done.status_code, await referents(cases, case_id)) == (200, [WORKER])
    late = await send(browser, page, "reassign", team_to=WORKER, team_cases=str(case_id), idempotency_key=str(uuid4()))
    assert "a déjà un référent" in late.text


async def test_an_absence_is_named_shown_and_ended(cases: Cases, two: list[UUID], browsers: Any) -> None:
    browser = await browsers("manager")
    page = await browser.get("/cases/team")
    first = cases.now.date() + timedelta(days=3)
    days = {"away_first": first.isoformat(), "away_last": (first + timedelta(days=4)).isoformat()}
    who = {"away_agent": WORKER, "away_substitute": WORKER}
    refused = await send(browser, page, "away", **who, **days)
    assert (refused.status_code, "une autre personne" in refused.text, days["away_last"] in refused.text) == (
        409, True, True,
    )  # fmt: skip
    assert (await send(browser, page, "away", **who | {"away_substitute": COLLEAGUE}, **days)).status_code == 303
    page = await browser.get("/cases/team")
    assert re.search(r'data-label="Au">9 mars 2026<', page)
    assert (await send(browser, page, "back")).status_code == 303
    assert "Aucune absence" in await browser.get("/cases/team")


@pytest.mark.parametrize(
    ("by", "path", "status"),
    [
        ("social_worker", "/cases/team", 403),
        ("reception", "/cases/team", 403),
        ("manager", f"/cases/team?territory={THERE}", 403),
        ("manager", "/cases/team", 200),
    ],
)
async def test_a_team_is_its_manager_s(cases: Cases, browsers: Any, by: str, path: str, status: int) -> None:
    assert (await (await browsers(by)).client.get(path)).status_code == status


# On the dossier's page --------------------------------------------------------------------------------


async def test_a_referent_is_replaced_on_the_dossier_s_page(cases: Cases, two: list[UUID], browsers: Any) -> None:
    browser, path = await browsers("manager"), f"/cases/{two[0]}"
    page = await browser.get(path)
    assert (await browser.send(page, "replace", replaced_agent=WORKER, replaced_by=COLLEAGUE)).status_code == 303
    assert await referents(cases, two[0]) == [COLLEAGUE]
    refused = await browser.send(await browser.get(path), "replace", replaced_agent=COLLEAGUE, replaced_by=COLLEAGUE)
    assert (refused.status_code, "autre personne" in refused.text) == (409, True)
    reader = await (await browsers("social_worker")).get(path)
    assert ("Qui est chargé du dossier" in reader, "Remplacer un référent" in reader) == (True, False)


async def test_the_programme_s_second_referent_is_of_another_organisation(together: Cases, browsers: Any) -> None:
    cases = together
    case_id = await cases.open_case(programme="global-support")
    browser, path = await browsers("manager"), f"/cases/{case_id}"
    page = await browser.get(path)
    assert "Le dispositif demande aussi" in page
    await refer(cases, case_id, "social_worker", code="social_worker")
    await cases.grant("colleague", ("social_worker", HERE))
    charge = {"assigned_as": "referent", "assigned_code": "employment_adviser"}
    same = await browser.send(page, "assign", assigned_agent=COLLEAGUE, **charge)
    assert (same.status_code, "structure différente" in same.text) == (409, True)
    adviser = str(agent_id("adviser"))
    sent = await browser.send(await browser.get(path), "assign", assigned_agent=adviser, **charge)
    assert sent.status_code == 303, sent.text
    assert set(await referents(cases, case_id)) == {WORKER, adviser}
    assert "Conseiller ou conseillère à l’emploi" in await browser.get(path)


async def test_a_dossier_is_transferred_with_the_person_s_agreement_and_confirmed(shared: Any, browsers: Any) -> None:
    cases, path = shared.cases, f"/cases/{shared.case_id}"
    browser = await browsers("manager")
    ask = {"transfer_organisation": str(PARTNER), "transfer_territory": THERE, "transfer_why": "Elle déménage."}
    unconfirmed = await browser.send(await browser.get(path), "transfer", **ask)
    assert (unconfirmed.status_code, "transfer_confirmed-error" in unconfirmed.text) == (422, True)
    refused = await browser.send(await browser.get(path), "transfer", **ask, transfer_confirmed="yes")
    assert (refused.status_code, "Recueillez-le" in refused.text, "Elle déménage." in refused.text) == (409, True, True)
    await agree(shared)
    page = await browser.get(path)
    assert (await browser.send(page, "transfer", **ask, transfer_confirmed="yes")).status_code == 303
    assert "transfer_decided" in await cases.kinds(shared.case_id)
    assert "Transférer le dossier" not in await (await browsers("social_worker")).get(path)
