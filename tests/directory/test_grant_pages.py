"""Calls and projects as pages, for a browser without JavaScript."""

from typing import Any

from tests.directory.conftest import Directory
from tests.directory.test_action_pages import AtWork
from tests.directory.test_grants import day, house

__all__ = ["house"]

CALL: dict[str, Any] = {
    "title": "Initiatives locales (exemple)", "kind": "local_initiatives", "about": "Vos idées.",
    "territory_ids": ["saint-brieuc", "arcachon"], "opens_on": day(-1), "closes_on": day(9),
    "report_due_on": day(200), "envelope_cents": "1 000", "sharing": "territory",
    "criterion": ["Place des habitants", ""], "weight": ["2", "1"],
}  # fmt: skip
PROJECT: dict[str, Any] = {
    "title": "Jardin (exemple)", "about": "Un jardin.", "territory_id": "saint-brieuc",
    "expense_label": ["Outils", ""], "expense_amount": ["400,50", ""], "income_label": ["", ""],
    "income_amount": ["", ""], "asked_cents": "400,50",
}  # fmt: skip


async def test_a_call_is_opened_a_project_deposited_read_and_granted_on_pages(house: Directory) -> None:
    funder, centre = AtWork(house, "financeur"), AtWork(house, "centre")
    blank = await funder.open("/directory/call-form")
    wrong = await funder.send("/directory/call-form", blank, CALL | {"envelope_cents": "beaucoup"})
    assert wrong.status_code == 422
    assert "Initiatives locales (exemple)" in wrong.text
    opened = await funder.send("/directory/call-form", wrong.text, CALL)
    assert opened.status_code == 303, opened.text
    here = opened.headers["location"]
    assert here in await centre.open("/directory/call-list")

    shown = await centre.open(here)
    unbalanced = await centre.send(here, shown, PROJECT | {"asked_cents": "400"})
    assert unbalanced.status_code == 422
    assert "pas équilibré" in unbalanced.text
    sent = await centre.send(here, unbalanced.text, PROJECT)
    assert sent.status_code == 303, sent.text
    asked = sent.headers["location"]
    assert "Retirer ce projet" in await centre.open(asked)
    assert f'action="{asked}/grant"' in await funder.open(asked)
    assert "Mon avis" not in await centre.open(asked)

    reading = {"score-c1": "4", "opinion": "favourable", "comment": "Solide.", "version": "1"}
    assert (await funder.send(f"{asked}/reading", "", reading)).status_code == 303
    assert "80/100" in await funder.open(here)
    grant = {"granted_cents": "500", "decided_on": day(0), "version": "1"}
    assert "au plus ce qui est demandé" in (await funder.send(f"{asked}/grant", "", grant)).text
    assert (await funder.send(f"{asked}/grant", "", grant | {"granted_cents": "300"})).status_code == 303
    assert "300,00" in await centre.open(asked)
    assert "Solide" not in await centre.open(asked)
    assert "700,00" in await funder.open(here)
    report = {"received_on": day(0), "version": "2"}
    assert (await funder.send(f"{asked}/report", "", report)).status_code == 303
