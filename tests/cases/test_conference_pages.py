"""Forms of what continues a conference: who coordinates, the other parent, the plan after its follow-up."""

import re
from datetime import UTC, datetime
from typing import Any

from tests.cases.conftest import HERE, Cases, Meeting
from tests.cases.test_conferences_continued import followed_up
from tests.cases.test_pages import browsers, well_formed
from tests.identity import agent_id

__all__ = ["browsers"]
MEETING = datetime(2026, 4, 20, 14, tzinfo=UTC)


async def test_a_manager_reads_who_could_coordinate_and_records_an_objection(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    await meeting.begin()
    await cases.grant("free", ("coordinator", HERE))
    browser, path = await browsers("manager"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    assert "0 conférences en cours" in page or "0 conférence en cours" in page
    assert (await browser.send(page, "objection")).status_code == 303
    page = await browser.get(path)
    assert "/forms/objection" not in page
    named = {"assigned_agent": str(agent_id("coordinator")), "assigned_as": "coordinator"}
    refused = await browser.send(page, "assign", **named)
    assert (refused.status_code, "opposée" in refused.text) == (409, True)


async def test_a_coordinator_declines_by_a_form_and_is_back_at_their_list(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    await meeting.begin()
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    wrong = await browser.send(page, "decline")
    assert wrong.status_code == 422
    well_formed(wrong.text)
    sent = await browser.send(page, "decline", decline_reason="tie", decline_tied_to=[str(meeting.concerned)])
    assert (sent.status_code, sent.headers["location"]) == (303, "/cases")
    assert (await browser.client.get(path)).status_code == 404


async def test_violence_and_the_decision_on_the_other_parent_by_forms(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    await meeting.begin()
    coordinator, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    assert (await coordinator.send(await coordinator.get(path), "violence")).status_code == 303
    page = await coordinator.get(path)
    assert "est pas contacté" in page
    camille = {"guest_name": "Camille Exemple", "guest_role": "relative", "guest_other_parent": "true"}
    refused = await coordinator.send(page, "invitee", **camille)
    assert (refused.status_code, "est pas contacté" in refused.text) == (409, True)
    well_formed(refused.text)
    manager = await browsers("manager")
    page = await manager.get(path)
    decided = {"other_parent_contacted": "true", "other_parent_decided_by": "manager", "other_parent_why": "Accord."}
    assert (await manager.send(page, "other-parent", **decided)).status_code == 303
    assert (await coordinator.send(await coordinator.get(path), "invitee", **camille)).status_code == 303
    [camille_id] = [one["person_id"] for one in (await meeting.state())["invitees"]]
    described = {"described_person": camille_id, "described_parental_authority": "yes"}
    assert (await coordinator.send(await coordinator.get(path), "describe", **described)).status_code == 303
    assert "autorité parentale" in await coordinator.get(path)


async def test_a_conference_that_is_not_possible_is_stopped_by_a_form(meeting: Meeting, browsers: Any) -> None:
    await meeting.begin()
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    sent = await browser.send(await browser.get(path), "exclude", exclusion="facts_not_acknowledged")
    assert sent.status_code == 303
    page = await browser.get(path)
    assert "une orientation reste à proposer" in page
    reader = await (await browsers("social_worker")).get(path)
    assert "une orientation reste" not in reader
    assert "aura pas lieu" in reader


async def test_what_is_left_of_a_plan_is_moved_settled_and_taken_up_by_forms(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    action = await followed_up(meeting)
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    page = await browser.get(path)
    agreed = [str(one) for one in meeting.guests[1:]]
    moved = {"moved_action": action, "moved_by_when": "2026-12-01", "moved_agreed": agreed}
    assert (await browser.send(page, "plan-action-date", **moved)).status_code == 303
    page = await browser.get(path)
    assert "1er décembre 2026" in page
    fields = {"no_tie": "yes", "no_social_worker": "yes", "continues": "yes"}
    settled = {"settled_action": action, "settled_outcome": "no_longer_relevant"}
    assert (await browser.send(page, "plan-action-outcome", **settled)).status_code == 303
    page = await browser.get(path)
    assert "sans objet désormais" in page
    assert "/forms/plan-action-outcome" not in page
    assert (await browser.send(page, "conference", **fields)).status_code == 303
    state = await meeting.state()
    assert (state["question"], state["actions"]) == ("Comment aider Sam à rester chez lui cet hiver ?", [])
    assert cases.now == datetime(2026, 7, 1, 12, tzinfo=UTC)


async def test_the_way_shows_what_is_missing_and_leads_to_where_it_is_filled_in(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    await meeting.begin()
    coordinator, path = await browsers("coordinator"), f"/cases/{meeting.case_id}"
    page = await coordinator.get(path)
    assert 'aria-current="step">Préparation' in page
    linked = set(re.findall(r'href="#(faire-[^"]+)"', page))
    assert {"faire-question", "faire-invitee", "faire-mandated-service"} <= linked
    assert all(f'id="{one}"' in page for one in linked), "each leads to its form"
    social_worker = await (await browsers("social_worker")).get(path)
    assert "Avant l'étape suivante" in social_worker.replace("&#39;", "'")
    assert 'href="#faire-' not in social_worker, "only who coordinates fills it in"


async def test_private_time_is_a_screen_that_can_only_be_ended(cases: Cases, meeting: Meeting, browsers: Any) -> None:
    await meeting.prepare()
    await meeting.leave_alone(MEETING)
    path = f"/cases/{meeting.case_id}"
    coordinator = await browsers("coordinator")
    page = await coordinator.get(path)
    assert 'aria-current="step">Temps privé de la famille' in page
    main = page.split("<main", 1)[1].split("</main>", 1)[0]
    assert re.findall(r'<form method="post" action="([^"]+)"', main) == [f"{path}/forms/phase"]
    assert "Sam Exemple" not in main
    assert (await coordinator.send(page, "phase")).status_code == 303
    assert 'aria-current="step">Accord sur le plan' in await coordinator.get(path)


async def test_what_comes_next_stands_first_and_each_section_is_one_link_away(
    cases: Cases, meeting: Meeting, browsers: Any
) -> None:
    await meeting.prepare()
    await meeting.meet(MEETING)
    await meeting.plan(by_when="2026-09-01")
    await meeting.ratify()
    page = await (await browsers("coordinator")).get(f"/cases/{meeting.case_id}")
    coming = page.split('id="a-venir"', 1)[1].split("</section>", 1)[0]
    assert '<a href="#conference">Suivi du plan</a>' in coming
    contents = page.split('class="contents"', 1)[1].split("</nav>", 1)[0]
    for place in re.findall(r'href="#([^"]+)"', contents):
        assert f'id="{place}"' in page
    assert "#chronologie" in contents
