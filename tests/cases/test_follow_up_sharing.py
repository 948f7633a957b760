"""Of the follow-up the family group reads what it agreed to share, once it is recorded: nothing else, and nothing
without its agreement."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import httpx

from tests.cases.conftest import Cases, Meeting
from tests.cases.test_pages import browsers, well_formed
from tests.cases.test_plan_links import read, secrets

__all__ = ["browsers"]
SENTENCE = "Sam a eu de la visite chaque mardi, et cela continue."


async def ratified(meeting: Meeting) -> str:
    await meeting.prepare()
    await meeting.meet(meeting.cases.now + timedelta(days=70))
    action = await meeting.plan()
    await meeting.ratify()
    return action


async def share(meeting: Meeting, sentence: str = SENTENCE, by: str = "coordinator") -> httpx.Response:
    path = f"/cases/{meeting.case_id}/follow-up/shared"
    return await meeting.cases.change(path, {"sentence": sentence}, by, method="PUT")


async def share_no_more(meeting: Meeting) -> httpx.Response:
    return await meeting.cases.change(
        f"/cases/{meeting.case_id}/follow-up/shared", None, "coordinator", method="DELETE"
    )


async def its_links(cases: Cases) -> dict[UUID, str]:
    """The links that leave with the follow-up recorded."""
    [recorded] = await cases.outbox("FollowUpRecorded")
    return await secrets(cases, recorded)


async def test_what_the_group_agreed_to_share_is_read_by_each_of_it(meeting: Meeting) -> None:
    cases, action = meeting.cases, await ratified(meeting)
    [plan] = await cases.outbox("ConferenceRatified")
    before = (await secrets(cases, plan))[meeting.guests[1]]
    assert (await share(meeting)).status_code == 200
    assert SENTENCE not in (await read(cases, before)).text, "not before the follow-up is recorded"

    await meeting.follow(meeting.guests[:2], {action: "carried_out"})
    sent = await its_links(cases)
    assert set(sent) == set(meeting.guests)
    for secret in (sent[meeting.guests[2]], before):
        page = await read(cases, secret)
        assert SENTENCE in page.text
        assert "Passer chaque mardi" in page.text
        well_formed(page.text)
        assert "Réalisé" not in page.text, "what became of each action is not what the group shares"


async def test_without_their_agreement_nothing_is_told_or_read(meeting: Meeting) -> None:
    cases, action = meeting.cases, await ratified(meeting)
    [plan] = await cases.outbox("ConferenceRatified")
    await meeting.follow(meeting.guests[:2], {action: "not_carried_out"})
    assert await its_links(cases) == {}
    page = await read(cases, (await secrets(cases, plan))[meeting.guests[1]])
    assert "Où en sont les choses" not in page.text


async def test_the_group_may_take_it_back_at_any_moment(meeting: Meeting) -> None:
    cases, action = meeting.cases, await ratified(meeting)
    await share(meeting)
    assert (await share_no_more(meeting)).status_code == 200
    assert (await share_no_more(meeting)).status_code == 409, "there is nothing to take back"
    await share(meeting, "Tout va mieux.")
    await meeting.follow(meeting.guests[:2], {action: "carried_out"})
    secret = (await its_links(cases))[meeting.guests[1]]
    assert "Tout va mieux." in (await read(cases, secret)).text
    assert (await share_no_more(meeting)).status_code == 200
    page = await read(cases, secret)
    assert (page.status_code, "Tout va mieux." in page.text) == (200, False)
    kinds = await cases.kinds(meeting.case_id)
    assert (kinds.count("follow_up_shared"), kinds.count("follow_up_not_shared")) == (2, 2)


async def test_it_is_noted_by_who_coordinates_before_the_follow_up_is_recorded(meeting: Meeting) -> None:
    action = await ratified(meeting)
    assert (await share(meeting, by="social_worker")).status_code == 403
    assert (await share(meeting, "   ")).status_code == 409
    await meeting.follow(meeting.guests[:2], {action: "carried_out"})
    late = await share(meeting)
    assert late.status_code == 409
    assert "se note avant" in late.text


async def test_where_violence_is_known_by_then_nobody_is_told(meeting: Meeting) -> None:
    action = await ratified(meeting)
    await share(meeting)
    await meeting.done("violence", {"recorded": True}, method="PUT")
    await meeting.follow(meeting.guests[:2], {action: "carried_out"})
    assert await its_links(meeting.cases) == {}


async def press(browser: Any, page: str, action: str, **fields: str) -> httpx.Response:
    """Send a form of the page."""
    found = re.search(rf'<form method="post" action="{action}">(.*?)</form>', page, re.DOTALL)
    assert found is not None
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[1]))
    answer: httpx.Response = await browser.client.post(action, data=hidden | fields)
    return answer


async def test_it_is_noted_on_the_list_of_calls(meeting: Meeting, browsers: Any) -> None:
    await ratified(meeting)
    browser, path = await browsers("coordinator"), f"/cases/{meeting.case_id}/follow-up/calls"
    page = await browser.get(path)
    assert "Rien de ce suivi n'est partagé avec le groupe." in unescape(page)
    refused = await press(browser, page, f"{path}/shared", sentence=SENTENCE)
    assert refused.status_code == 422
    assert SENTENCE in refused.text, "what was typed is kept"
    well_formed(refused.text)
    done = await press(browser, page, f"{path}/shared", sentence=SENTENCE, agreed="yes")
    assert (done.status_code, done.headers["location"]) == (303, path), done.text
    page = await browser.get(path)
    assert SENTENCE in page
    undone = await press(browser, page, f"{path}/not-shared")
    assert undone.status_code == 303
    assert SENTENCE not in await browser.get(path)
