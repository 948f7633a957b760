"""Calls and grants over HTTP, on PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from chassis.due_dates import Clock
from directory.calls.deadlines import REPORT, on_due
from tests.directory.conftest import Directory, territory

CALLS = "/directory/calls"
FUNDER, CENTRE = UUID(int=10), UUID(int=11)
TODAY = datetime.now(ZoneInfo("Europe/Paris")).date()


def day(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


def call(**more: Any) -> dict[str, Any]:
    return {
        "title": "Soutien aux centres sociaux (exemple)", "kind": "social_centres", "about": "Un projet par centre.",
        "territory_ids": ["saint-brieuc", "arcachon"], "opens_on": day(-10), "closes_on": day(10),
        "envelope_cents": 1_000_00, "report_due_on": day(200),
        "criteria": [
            {"code": "habitants", "label": "Place des habitants", "best": 5, "weight": 2},
            {"code": "partenaires", "label": "Partenaires", "best": 10},
        ],
    } | more  # fmt: skip


def project(**more: Any) -> dict[str, Any]:
    return {
        "title": "Jardin partagé (exemple)", "about": "Un jardin.", "territory_id": "saint-brieuc",
        "expenses": [{"label": "Outils", "cents": 400_00}, {"label": "Animation", "cents": 500_50}],
        "income": [{"label": "Commune", "cents": 200_50}], "asked_cents": 700_00,
        "documents": [{"title": "Statuts", "link": "https://centre.example/statuts.pdf"}],
    } | more  # fmt: skip


READING = {"scores": {"habitants": 5, "partenaires": 5}, "opinion": "favourable", "comment": "Solide."}


@pytest.fixture
async def house(directory: Directory) -> Directory:
    for name, communes in (("saint-brieuc", ["22278"]), ("arcachon", ["33009"])):
        await directory.post("/directory/territories", territory(name, communes))
    async with directory.service.parts.worker.transaction() as tx:
        await tx.executemany(
            """INSERT INTO organisations (organisation_id, name, kind, themes, territory_ids)
               VALUES ($1, $2, $3, '{}', '{*}')""",
            [(FUNDER, "Département Exemple", "departement"), (CENTRE, "Centre social Exemple", "association")],
        )
    both = (("manager", "saint-brieuc"), ("manager", "arcachon"))
    await directory.grant("financeur", *both, organisation_id=FUNDER)
    await directory.grant("collegue", ("social_worker", "saint-brieuc"), organisation_id=FUNDER)
    await directory.grant("centre", ("reception", "saint-brieuc"), organisation_id=CENTRE)
    await directory.grant("ailleurs", ("manager", "arcachon"), organisation_id=UUID(int=12))
    return directory


async def made(house: Directory, path: str, body: Any, by: str) -> str:
    answer = await house.post(path, body, by)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def refused(answer: Any, slug: str, status: int = 409) -> None:
    assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[1]) == (status, slug), answer.text


async def test_a_project_from_its_deposit_to_its_report(house: Directory) -> None:
    here = await made(house, CALLS, call(), "financeur")
    asked = await made(house, f"{here}/projects", project(), "centre")
    reading = await house.ask("PUT", f"{asked}/reading", "collegue", json=READING)
    assert reading.status_code == 200, reading.text
    seen = (await house.ask("GET", asked, "financeur")).json()
    assert [one["comment"] for one in seen["readings"]] == ["Solide."]
    assert seen["score"] == 83.3  # (2 × 5/5 + 1 × 5/10) of 3
    assert "readings" not in (await house.ask("GET", asked, "centre")).json()

    decision = {
        "outcome": "granted", "decided_on": day(0), "granted_cents": 600_01,
        "payments": [{"due_on": day(30), "cents": 300_01}, {"due_on": day(90), "cents": 300_00}],
    }  # fmt: skip
    headers = {"If-Match": '"1"'}
    granted = await house.ask("POST", f"{asked}/decision", "financeur", json=decision, headers=headers)
    assert (granted.status_code, granted.json()["state"]) == (200, "granted"), granted.text
    assert (await house.ask("GET", here, "financeur")).json()["left_cents"] == 399_99
    award = (await house.ask("GET", f"/directory/agreements/{granted.json()['agreement_id']}", "financeur")).json()
    assert award["kind"] == "award"
    assert sum(one["cents"] for one in award["terms"]["amounts"]) == 600_01
    [told] = [one for one in await house.outbox() if one.type == "GrantDecided"]
    assert (told.data["granted_cents"], told.data["report_due_on"], told.sequence) == (600_01, day(200), 2)

    worker = house.service.parts.worker
    later = datetime.now(UTC) + timedelta(days=400)
    clock = Clock(worker, {REPORT: on_due(house.service.parts)}, now=lambda: later)
    while await clock.fire_one():
        pass
    due = [one.data["stage"] for one in await house.outbox() if one.type == "GrantReportDue"]
    assert sorted(due) == ["due", "early", "overdue"]
    version = (await house.ask("GET", asked, "financeur")).json()["version"]
    body = {"received_on": day(0)}
    received = await house.ask("POST", f"{asked}/report", "financeur", json=body, headers={"If-Match": f'"{version}"'})
    assert received.json()["report_received_on"] == day(0)
    again = {"If-Match": received.headers["etag"]}
    await refused(await house.ask("POST", f"{asked}/report", "financeur", json=body, headers=again), "received")


async def test_two_who_grant_at_once_never_grant_more_than_is_left(house: Directory) -> None:
    here = await made(house, CALLS, call(), "financeur")
    asked = [await made(house, f"{here}/projects", project(title=f"Projet {n}"), "centre") for n in range(4)]
    decision = {"outcome": "granted", "decided_on": day(0), "granted_cents": 400_00}

    async def grant(path: str) -> int:
        headers = {"If-Match": '"1"'}
        return (await house.ask("POST", f"{path}/decision", "financeur", json=decision, headers=headers)).status_code

    assert sorted(await asyncio.gather(*map(grant, asked))) == [200, 200, 409, 409]
    assert (await house.ask("GET", here, "financeur")).json()["left_cents"] == 200_00


async def test_who_may_not_is_told_so_and_nothing_is_kept(house: Directory) -> None:
    assert (await house.post(CALLS, call(), "ailleurs")).status_code == 403
    assert (await house.post(CALLS, call(), "centre")).status_code == 403
    await refused(await house.post(CALLS, call(closes_on=day(-20)), "financeur"), "dates")
    assert (await house.ask("GET", CALLS)).json()["calls"] == []
    here = await made(house, CALLS, call(), "financeur")
    await refused(await house.post(f"{here}/projects", project(asked_cents=1), "centre"), "budget")
    await refused(await house.post(f"{here}/projects", project(territory_id="there"), "centre"), "territory")
    other = project(organisation_id=str(UUID(int=99)))
    assert (await house.post(f"{here}/projects", other, "ailleurs")).status_code == 403
    assert (await house.post(f"{here}/projects", other, "financeur")).status_code == 404  # nobody knows it
    assert (await house.ask("GET", f"{here}/projects", "financeur")).json()["projects"] == []

    asked = await made(house, f"{here}/projects", project(), "centre")
    assert (await house.ask("GET", asked, "ailleurs")).status_code == 404
    assert (await house.ask("PUT", f"{asked}/reading", "centre", json=READING)).status_code == 403
    await refused(await house.ask("PUT", f"{asked}/reading", "financeur", json=READING | {"scores": {}}), "scores")
    decision = {"outcome": "granted", "decided_on": day(0), "granted_cents": 700_01}
    seen = {"If-Match": '"1"'}
    post = f"{asked}/decision"
    assert (await house.ask("POST", post, "collegue", json=decision, headers=seen)).status_code == 403
    assert (await house.ask("POST", post, "centre", json=decision, headers=seen)).status_code == 403
    await refused(await house.ask("POST", post, "financeur", json=decision, headers=seen), "amount")
    bare = {"outcome": "refused", "decided_on": day(0)}
    assert (await house.ask("POST", post, "financeur", json=bare, headers=seen)).status_code == 422
    old = {"If-Match": '"7"'}
    assert (await house.ask("POST", post, "financeur", json=decision, headers=old)).status_code == 412
    assert await house.told("GrantDecided") == []


async def test_a_project_is_changed_withdrawn_or_refused_and_then_no_more(house: Directory) -> None:
    here = await made(house, CALLS, call(), "financeur")
    asked = await made(house, f"{here}/projects", project(), "centre")
    changed = await house.put(asked, project(title="Jardin nourricier"), version=1, by="centre")
    assert (changed.status_code, changed.json()["title"]) == (200, "Jardin nourricier")
    headers = {"If-Match": '"2"'}
    assert (await house.ask("POST", f"{asked}/withdrawal", "centre", headers=headers)).json()["state"] == "withdrawn"
    await refused(await house.put(asked, project(), version=3, by="centre"), "decided")

    other = await made(house, f"{here}/projects", project(), "centre")
    no = {"outcome": "refused", "decided_on": day(0), "reason": "Hors du champ de l'appel."}
    said = await house.ask("POST", f"{other}/decision", "financeur", json=no, headers={"If-Match": '"1"'})
    assert said.json()["state"] == "refused"
    [told] = [one for one in await house.outbox() if one.type == "GrantDecided"]
    assert (told.data["outcome"], told.data["granted_cents"]) == ("refused", 0)
    assert "champ" not in str(told.data)
    assert (await house.ask("GET", other, "centre")).json()["reason"] == "Hors du champ de l'appel."


async def test_a_call_written_anew_still_covers_what_it_granted(house: Directory) -> None:
    here = await made(house, CALLS, call(sharing="population"), "financeur")
    seen = (await house.ask("GET", here, "financeur")).json()
    assert seen["people"]["saint-brieuc"] > seen["people"]["arcachon"] > 0
    assert sum(seen["left_by_territory"].values()) == seen["left_cents"] == 1_000_00
    asked = await made(house, f"{here}/projects", project(), "centre")
    decision = {"outcome": "granted", "decided_on": day(0), "granted_cents": 700_00}
    headers = {"If-Match": '"1"'}
    assert (
        await house.ask("POST", f"{asked}/decision", "financeur", json=decision, headers=headers)
    ).status_code == 200
    await refused(await house.put(here, call(envelope_cents=699_99), version=1, by="financeur"), "envelope")
    again = await house.put(here, call(envelope_cents=2_000_00), version=1, by="financeur")
    assert (again.status_code, again.json()["envelope_cents"]) == (200, 2_000_00)
    gone = await house.delete(here, version=2, by="financeur")
    assert gone.json()["retired"] is True
    await refused(await house.post(f"{here}/projects", project(), "centre"), "closed")
