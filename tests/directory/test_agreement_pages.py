"""Pages of agreements, as a browser without JavaScript gets them: an agreement is made with their forms alone."""

import re
from datetime import date
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.directory.agreed import CITY, DEPARTMENT, convention, cooperation
from tests.directory.test_agreements import PATH, TODAY, Partners, partners, running
from tests.directory.test_pages import BROWSER, Outline, page

__all__ = ["partners", "running"]


async def send(partners: Partners, agreement: str, step: str, by: str = "responsable", **fields: Any) -> httpx.Response:
    """Fill in a form of the agreement's page, as it stands."""
    version = (await partners.read(agreement))["version"]
    named = {f"{step}_{name}": str(value) for name, value in fields.items()}
    return await partners.directory.ask(
        "POST", f"{PATH}/{agreement}/forms/{step}", by, data={"version": str(version)} | named, headers=BROWSER
    )


async def done(partners: Partners, agreement: str, step: str, **fields: Any) -> None:
    answer = await send(partners, agreement, step, **fields)
    assert answer.status_code == 303, answer.text


async def test_an_agreement_is_made_from_first_to_last_with_forms_alone(partners: Partners) -> None:
    made = await partners.directory.ask(
        "POST",
        f"{PATH}/new",
        "responsable",
        data={
            "idempotency_key": str(uuid4()), "new_kind": "convention", "new_title": "Convention écrite à la main",
            "new_territory_ids": "saint-brieuc", "new_starts_on": "2026-01-01", "new_ends_on": "2026-12-31",
        },
        headers=BROWSER,
    )  # fmt: skip
    assert made.status_code == 303, made.text
    agreement = made.headers["location"].rsplit("/", 1)[1]
    await done(partners, agreement, "party", organisation_id=DEPARTMENT, signatory="Présidence")
    await done(partners, agreement, "party", organisation_id=CITY, signatory="Maire", assembly="Conseil municipal")
    await done(partners, agreement, "axis", title="Aller vers")
    await done(partners, agreement, "action", axis=1, title="Visites", owner_id=CITY, indicator="Personnes vues")
    await done(partners, agreement, "amount", year=2026, payer_id=CITY, axis=1, cents="1 234,50 €")
    await done(partners, agreement, "stated", sum="year:2026", cents="1234,51")
    await done(partners, agreement, "text", title="Convention écrite", starts_on="2026-01-01", ends_on="2026-12-31",
               how="tacit", months=12, notice_months=2)  # fmt: skip
    refused = await send(partners, agreement, "negotiated", on=TODAY)
    assert refused.status_code == 409
    assert "il manque 0,01" in refused.text
    await done(partners, agreement, "removed", line="stated:0")
    await done(partners, agreement, "negotiated", on="2026-01-05")
    await done(partners, agreement, "approval", organisation_id=CITY, on="2026-01-20", number="2026-017")
    for party in (DEPARTMENT, CITY):
        await done(partners, agreement, "signature", organisation_id=party, on=TODAY)
    await done(partners, agreement, "document", title="Texte signé", link="https://archives.example/1")
    await partners.until(TODAY)
    await done(partners, agreement, "axis", title="Un axe de plus")
    answer, _ = await page(partners.directory, f"{PATH}/{agreement}", "responsable")
    assert "Un avenant est en préparation" in answer.text
    await done(partners, agreement, "amendment", what="Un axe de plus", signed_on=TODAY,
               **{f"on_{CITY}": TODAY, f"number_{CITY}": "2026-031"})  # fmt: skip
    await done(partners, agreement, "review", held_on=TODAY, progress_1="under_way", value_1="12")
    found = await partners.read(agreement)
    assert (found["phase"], found["amendments"][0]["approvals"][0]["number"]) == ("in_force", "2026-031")
    assert found["reviews"][0]["results"] == [{"action": 1, "progress": "under_way", "value": "12"}]
    assert found["signatures"][1]["signatory"] == "Maire"
    await done(partners, agreement, "denunciation", organisation_id=CITY, on=TODAY, last_day="2026-12-31", why="Non")
    assert (await partners.read(agreement))["denunciation"]["last_day"] == "2026-12-31"


async def test_the_page_says_who_is_bound_for_what_and_for_how_much(partners: Partners) -> None:
    agreement = await partners.signed(convention())
    answer, outline = await page(partners.directory, f"{PATH}/{agreement}", "accueil")
    text = answer.text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
    for said in (
        "Assemblée, n° 2026-017",
        "Axe 4 : Bien vieillir",
        "150 000,00 €",
        "450 000,00 €",
        "signé",
    ):
        assert said in text
    assert outline.fields == {"find-q", "single-keys"}, "who only reads is shown no form but those of every page"
    assert len(outline.ids) == len(set(outline.ids))
    printed, on_paper = await page(partners.directory, f"{PATH}/{agreement}/print", "accueil")
    assert "Référent unique pour 120 allocataires" in printed.text
    assert on_paper.fields <= {"find-q", "single-keys"}


async def test_money_is_shown_by_agreement_in_force_with_a_chart_and_its_table(partners: Partners) -> None:
    agreement = await partners.signed(convention())
    await partners.until(TODAY)
    answer, outline = await page(partners.directory, f"{PATH}/money", "accueil", params={"territory": "saint-brieuc"})
    text = answer.text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
    assert ("450 000,00 €" in text, "150 000,00 €" in text) == (True, True)
    assert f"{PATH}/{agreement}" in outline.links
    [said] = re.findall(r'<desc id="chart-money-desc">(.*?)</desc>', unescape(text))
    assert f"{convention()['title']} : 150000" in said


async def test_every_field_of_a_draft_has_its_label(partners: Partners) -> None:
    agreement = await partners.open(convention())
    _, outline = await page(partners.directory, f"{PATH}/{agreement}", "responsable", params={"structure": "ccas"})
    assert outline.fields
    assert outline.fields <= outline.labelled
    assert len(outline.ids) == len(set(outline.ids))


@pytest.mark.parametrize(
    ("step", "fields", "status", "said"),
    [
        ("party", {"organisation_id": CITY}, 422, "Cette information est obligatoire"),
        ("amount", {"year": 2026, "payer_id": CITY, "cents": "douze"}, 422, "Indiquez un montant en euros"),
        ("text", {"title": "T", "starts_on": "2026-01-01", "ends_on": "2025-01-01"}, 422, "La fin ne peut pas"),
        ("text", {"title": "T", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "how": "tacit"}, 422, "de combien"),
        ("opening", {"offer_id": CITY, "how": "places"}, 422, "nombre de places"),
        ("removed", {"line": "parties:99"}, 409, "plus dans le texte"),
        ("signature", {"organisation_id": DEPARTMENT, "on": "2026-02-01"}, 409, "On signe quand"),
        ("approval", {"organisation_id": uuid4(), "on": "2026-02-01", "number": "1"}, 409, "pas partie"),
    ],
)
async def test_a_form_that_is_refused_comes_again_with_why(
    partners: Partners, step: str, fields: dict[str, Any], status: int, said: str
) -> None:
    agreement = await partners.open(cooperation())
    answer = await send(partners, agreement, step, **fields)
    assert answer.status_code == status
    assert said in answer.text.replace("&#39;", "'")
    assert (await partners.read(agreement))["version"] == 1
    if step == "amount":
        assert 'value="douze"' in answer.text


async def test_what_somebody_changed_meanwhile_is_not_overwritten(partners: Partners) -> None:
    agreement = await partners.open(cooperation())
    await partners.write(agreement, cooperation(title="Autre"))
    late = await partners.directory.ask(
        "POST", f"{PATH}/{agreement}/forms/axis", "responsable", data={"version": "1", "axis_title": "Perdu ?"}
    )
    assert late.status_code == 412
    assert 'value="Perdu ?"' in late.text


async def test_the_list_shows_what_ends_soon_and_which_review_is_late(partners: Partners) -> None:
    agreement = await partners.signed(cooperation(title="Protocole qui finit"))
    await partners.until(TODAY)
    partners.on(date(2026, 8, 1))
    answer, outline = await page(partners.directory, PATH, "accueil", params={"phase": "", "territory": "saint-brieuc"})
    assert "À renouveler dans les six mois" in answer.text
    assert outline.links.count(f"{PATH}/{agreement}") == 2
    assert f"{PATH}/new" not in outline.links
    _, for_managers = await page(partners.directory, PATH, "responsable")
    assert f"{PATH}/new" in for_managers.links


async def test_who_only_reads_sends_no_form(partners: Partners) -> None:
    agreement = await partners.open(cooperation())
    assert (await send(partners, agreement, "axis", by="accueil", title="Non")).status_code == 403
    assert (await send(partners, agreement, "axis", by="ailleurs", title="Non")).status_code == 403
    assert (await page(partners.directory, f"{PATH}/new", "responsable"))[1].fields
    nothing = await partners.directory.ask(
        "POST", f"{PATH}/new", "responsable", data={"idempotency_key": str(uuid4())}, headers=BROWSER
    )
    assert nothing.status_code == 422
    assert Outline(nothing.text).headings[0] == "h1"
