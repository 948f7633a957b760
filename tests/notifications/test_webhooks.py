"""Partners' own software is told, once at least, in order, whatever other software does; and people decide on it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from cloudevents.core.formats.json import JSONFormat

from chassis import signatures
from contracts.envelope import Envelope
from contracts.events import OrientationAnswered, OrientationProposed
from notifications.webhooks.model import KINDS
from notifications.webhooks.pages import KINDS as WORDS
from notifications.webhooks.sender import WebhookSender, callers
from tests.conftest import emptied
from tests.identity import agent_id, bearer, grant, provider
from tests.notifications.conftest import Desk, desk_on
from tests.notifications.mailserver import MailServer
from tests.notifications.partner import Partner, answering, hanging_up, partner
from tests.notifications.samples import NOW, ORGANISATION, _event, agreement_ending, organisation, request
from tests.notifications.test_process import PATIENCE, environment

ROOT = "/notifications/webhooks"
ELSEWHERE = UUID("00000000-0000-4000-8000-0000000000f1")
ACTORS: Mapping[str, list[tuple[str, str]]] = {
    "exploitation": [("operator", "*")],
    "responsable": [("manager", "saint-brieuc")],
    "responsable-ailleurs": [("manager", "arcachon")],
    "accueil": [("reception", "saint-brieuc")],
}


@pytest.fixture
async def desk(notifications_database: Any, mails: MailServer) -> AsyncIterator[Desk]:
    async with desk_on(await emptied(notifications_database), mails, webhook_loopback=True) as made:
        for subject, grants in ACTORS.items():
            await grant(made.service.parts.worker, subject, grants)
        await made.hear(organisation(), organisation(organisation_id=ELSEWHERE, territory_ids=("arcachon",)))
        yield made


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(desk.service.application(provider=provider()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


@pytest.fixture
async def theirs() -> AsyncIterator[Partner]:
    async with partner() as made:
        yield made


def as_agent(subject: str = "responsable") -> dict[str, str]:
    return {**bearer(subject), "Idempotency-Key": str(uuid4())}


async def subscribe(client: httpx.AsyncClient, url: str, **changes: Any) -> tuple[str, bytes]:
    """Its address, and the key its calls are signed with."""
    body = {"organisation_id": str(ORGANISATION), "url": url, "event_types": sorted(KINDS)} | changes
    answer = await client.post(ROOT, json=body, headers=as_agent())
    assert answer.status_code == 201, answer.text
    return answer.headers["location"], signatures.key_of(answer.json()["secret"])


def proposed(
    case_id: UUID | None = None, organisation_id: UUID = ORGANISATION, minutes: int = 1, after: datetime = NOW
) -> Envelope:
    data = OrientationProposed(
        case_id=case_id or uuid4(),
        orientation_id=uuid4(),
        offer_id=uuid4(),
        organisation_id=organisation_id,
        agent_id=uuid4(),
        answer_by=date(2026, 3, 9),
    )
    return _event(data, "cases", at=after + timedelta(minutes=minutes))


def lanes(desk: Desk) -> WebhookSender:
    """As another process would have."""
    return callers(desk.settings, desk.service.parts)


async def drain(desk: Desk, sender: WebhookSender | None = None) -> list[str | None]:
    """Make every call that is due; why each was not taken, None where it was."""
    sender, told = sender or lanes(desk), []
    while (answer := await sender.call_one()) is not None:
        told.append(answer.told)
    return told


async def shown(client: httpx.AsyncClient, place: str) -> Any:
    answer = await client.get(place, headers=bearer("responsable"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_organisation_is_told_what_concerns_it_and_nothing_of_the_person(
    desk: Desk, client: httpx.AsyncClient, theirs: Partner
) -> None:
    _, key = await subscribe(client, theirs.url)
    case_id, event = uuid4(), proposed(case_id := uuid4())
    await desk.hear(event, proposed(case_id, ELSEWHERE), agreement_ending([], party_ids=(ELSEWHERE,)))
    await desk.hear(event)
    await desk.hear(organisation(2, retired=True), proposed())
    assert await drain(desk) == [None]
    [call] = theirs.calls
    assert call.headers["content-type"].startswith("application/cloudevents+json")
    assert signatures.check(key, call.headers, call.body, desk.now) == call.headers["webhook-id"]
    read = JSONFormat().read(None, call.body)
    assert (read.get_id(), read.get_type(), read.get_source()) == (
        call.headers["webhook-id"], "OrientationProposed", "/maillage/notifications",
    )  # fmt: skip
    assert json.loads(call.body)["data"] == {
        name: event.data[name] for name in ("orientation_id", "offer_id", "answer_by")
    }
    for hidden in (str(case_id), event.data["agent_id"], str(event.id)):
        assert hidden.encode() not in call.body


async def test_only_the_partner_that_sent_a_request_learns_it_was_received_and_never_of_violence(
    desk: Desk, client: httpx.AsyncClient, theirs: Partner
) -> None:
    await subscribe(client, theirs.url)
    at, by = NOW + timedelta(minutes=1), {"organisation_id": ORGANISATION}
    sent = request(None, at=at, channel="partner", received_by=by)
    await desk.hear(
        sent,
        request(None, at=at, channel="phone", received_by=by),
        request(None, at=at, channel="partner", received_by=by, themes=("violence",)),
    )
    assert await drain(desk) == [None]
    data = json.loads(theirs.calls[0].body)["data"]
    assert data.keys() == {"request_id", "reference", "received_at"}
    assert data["request_id"] == sent.subject


async def test_calls_leave_in_order_and_a_dead_address_keeps_nobody_waiting(
    desk: Desk, client: httpx.AsyncClient, theirs: Partner
) -> None:
    async with partner() as dead:
        dead.always = hanging_up
        place, _ = await subscribe(client, dead.url)
        await subscribe(client, theirs.url)
        theirs.behaviours = [answering(503)]
        await desk.hear(*(proposed(minutes=minute) for minute in (1, 2, 3)))
        assert sorted(filter(None, await drain(desk))) == ["http_503", "no_answer"]
        assert [len(theirs.calls), len(dead.calls)] == [1, 1]
        desk.now += timedelta(seconds=10)
        assert (await drain(desk)).count(None) == 3
    ids = [call.headers["webhook-id"] for call in theirs.calls]
    assert ids[0] == ids[1], "the same call again"
    assert len(set(ids)) == 3
    times = [json.loads(call.body)["time"] for call in theirs.calls]
    assert times == sorted(times)
    found = await shown(client, place)
    assert (found["waiting"], found["state"]) == (3, "active")
    assert [call["reason"] for call in found["calls"]] == [None, None, "no_answer"]


async def test_two_senders_make_each_call_once(desk: Desk, client: httpx.AsyncClient, theirs: Partner) -> None:
    await subscribe(client, theirs.url)
    await desk.hear(*(proposed(minutes=minute) for minute in range(1, 9)))
    await asyncio.gather(*(drain(desk) for _ in range(3)))
    while await drain(desk):
        pass
    times = [json.loads(call.body)["time"] for call in theirs.calls]
    assert len(times) == 8
    assert times == sorted(times)


@pytest.mark.matrix  # starts a process of its own
async def test_killed_in_mid_call_it_is_made_again_under_the_same_id(
    desk: Desk, client: httpx.AsyncClient, theirs: Partner, tmp_path: Path
) -> None:
    # The process goes by the machine's clock, and forgets what is old by it.
    desk.now = datetime.now(UTC)
    await subscribe(client, theirs.url)
    await desk.hear(proposed(after=desk.now), proposed(after=desk.now))
    more = {"WEBHOOK_LOOPBACK": "true", "WEBHOOK_LANES": "1", "FAILPOINTS": "webhook.answered=1"}
    with (tmp_path / "log").open("wb") as log:
        killed = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "notifications", "send", stdout=log, stderr=log,
            env={**os.environ, **environment(desk, **more)},
        )  # fmt: skip
        assert await asyncio.wait_for(killed.wait(), PATIENCE) == -signal.SIGKILL
    assert len(theirs.calls) == 1
    assert await drain(desk) == [], "held by the one that died"
    desk.now += timedelta(minutes=5)
    assert await drain(desk) == [None, None]
    ids = [call.headers["webhook-id"] for call in theirs.calls]
    assert (ids[0], len(set(ids))) == (ids[1], 2)
    assert theirs.url not in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("status", "after", "reason"), [(410, timedelta(0), "gone"), (404, timedelta(hours=73), "dead")]
)
async def test_a_dead_address_is_given_up_its_manager_told_and_what_it_missed_told_again_on_demand(
    desk: Desk, client: httpx.AsyncClient, theirs: Partner, status: int, after: timedelta, reason: str
) -> None:
    place, _ = await subscribe(client, theirs.url)
    await desk.hear(proposed(minutes=1), proposed(minutes=2))
    theirs.always = answering(status)
    await drain(desk)
    desk.now += after
    await drain(desk)
    [told] = [one for one in await desk.told() if one.type == "WebhookDisabled"]
    assert told.data == {
        "webhook_id": place.rpartition("/")[2], "organisation_id": str(ORGANISATION), "reason": reason,
        "manager_ids": [str(agent_id("responsable"))],
    }  # fmt: skip
    desk.now += timedelta(days=1)
    assert await drain(desk) == []
    assert (await shown(client, place))["reason"] == reason

    theirs.always, before = answering(200), len(theirs.calls)
    assert (await client.post(f"{place}/resume", headers=bearer("responsable"))).status_code == 204
    assert await drain(desk) == [None, None]
    again = await client.post(f"{place}/replay", json={"since": "2026-03-02"}, headers=bearer("responsable"))
    assert again.json() == {"calls": 2}
    assert await drain(desk) == [None, None]
    ids = [call.headers["webhook-id"] for call in theirs.calls[before:]]
    assert ids[:2] == ids[2:]


async def test_what_is_refused_time_and_again_is_set_aside_for_what_comes_behind(
    desk: Desk, client: httpx.AsyncClient, theirs: Partner
) -> None:
    place, _ = await subscribe(client, theirs.url)
    await desk.hear(proposed(minutes=1), proposed(minutes=2))
    theirs.behaviours = [answering(422)] * 5
    for _ in range(6):
        await drain(desk)
        desk.now += timedelta(minutes=5)
    calls = (await shown(client, place))["calls"]
    assert [(call["state"], call["reason"]) for call in calls] == [("done", None), ("refused", "http_422")]


async def test_a_trial_arrives_also_where_calls_are_paused_and_what_waits_leaves_when_they_are_resumed(
    desk: Desk, client: httpx.AsyncClient, theirs: Partner
) -> None:
    place, _ = await subscribe(client, theirs.url)
    await client.post(f"{place}/pause", headers=bearer("responsable"))
    await desk.hear(proposed())
    assert (await client.post(f"{place}/test", headers=as_agent())).status_code == 202
    theirs.behaviours = [answering(500)]
    assert await drain(desk) == ["http_500"]
    assert (await client.post(f"{place}/test", headers=as_agent())).status_code == 202
    assert await drain(desk) == [None]
    assert [json.loads(call.body)["type"] for call in theirs.calls] == ["TestCall", "TestCall"]
    await client.post(f"{place}/resume", headers=bearer("responsable"))
    assert await drain(desk) == [None]


async def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    desk: Desk, client: httpx.AsyncClient, theirs: Partner
) -> None:
    place, old = await subscribe(client, theirs.url)
    once = as_agent()
    answers = [await client.post(f"{place}/secret", headers=once) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    new = signatures.key_of(answers[0].json()["secret"])
    await desk.hear(proposed())
    await drain(desk)
    for key in (old, new):
        signatures.check(key, theirs.calls[0].headers, theirs.calls[0].body, desk.now)
    desk.now += timedelta(hours=25)
    await desk.hear(proposed())
    await drain(desk)
    with pytest.raises(signatures.BadSignature):
        signatures.check(old, theirs.calls[1].headers, theirs.calls[1].body, desk.now)


async def test_the_secret_is_kept_nowhere_in_clear(desk: Desk, client: httpx.AsyncClient, theirs: Partner) -> None:
    body = {"organisation_id": str(ORGANISATION), "url": theirs.url, "event_types": ["GrantDecided"]}
    headers = as_agent()
    first, again = [await client.post(ROOT, json=body, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    place, secret = first.headers["location"], first.json()["secret"].removeprefix("whsec_")
    assert secret not in (await client.get(place, headers=bearer("responsable"))).text
    async with desk.service.parts.worker.transaction() as tx:
        kept = await tx.fetchval(
            "SELECT jsonb_agg(w)::text || (SELECT jsonb_agg(k)::text FROM idempotency_keys k) FROM webhooks w"
        )
    assert secret not in kept


@pytest.mark.parametrize(
    "url", ["http://partenaire.example/", "https://169.254.169.254/latest", "https://10.0.0.1/", "https://postgres/"]
)
async def test_an_address_of_our_own_network_is_not_taken(client: httpx.AsyncClient, url: str) -> None:
    body = {"organisation_id": str(ORGANISATION), "url": url, "event_types": ["GrantDecided"]}
    answer = await client.post(ROOT, json=body, headers=as_agent())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/url"


async def test_who_may_subscribe_whom(client: httpx.AsyncClient, theirs: Partner) -> None:
    place, _ = await subscribe(client, theirs.url)
    seen = {}
    for subject in ACTORS:
        answer = await client.get(place, headers=bearer(subject))
        listed = await client.get(ROOT, headers=bearer(subject))
        seen[subject] = answer.status_code, len(listed.json().get("webhooks", []))
    assert seen == {
        "exploitation": (200, 1), "responsable": (200, 1), "responsable-ailleurs": (404, 0), "accueil": (403, 0),
    }  # fmt: skip
    for action in ("pause", "resume", "test", "secret"):
        answer = await client.post(f"{place}/{action}", headers=as_agent("responsable-ailleurs"))
        assert answer.status_code == 404, action
    body = {"organisation_id": str(ORGANISATION), "url": theirs.url, "event_types": ["GrantDecided"]}
    assert (await client.post(ROOT, json=body, headers=as_agent("responsable-ailleurs"))).status_code == 404
    assert (await client.delete(place, headers=bearer("responsable-ailleurs"))).status_code == 404
    assert (await client.delete(place, headers=bearer("responsable"))).status_code == 204
    assert (await client.get(place, headers=bearer("responsable"))).status_code == 404


async def test_a_subscription_by_pages_alone(desk: Desk, client: httpx.AsyncClient, theirs: Partner) -> None:
    page = {**bearer("responsable"), "Accept": "text/html"}
    found = await client.get(ROOT, params={"q": "exemple"}, headers=page)
    assert f"{ROOT}/new?organisation_id={ORGANISATION}" in found.text
    assert str(ELSEWHERE) not in found.text
    fields = {"organisation_id": str(ORGANISATION), "idempotency_key": str(uuid4()), "url": "http://10.0.0.1/"}
    wrong = await client.post(f"{ROOT}/new", data=fields, headers=page)
    assert wrong.status_code == 422
    assert "Cochez au moins une chose" in wrong.text
    fields = fields | {"url": theirs.url, "event_types": "OrientationProposed", "idempotency_key": str(uuid4())}
    done = await client.post(f"{ROOT}/new", data=fields, headers=page)
    assert done.status_code == 200
    assert "whsec_" in done.text
    [one] = (await client.get(ROOT, headers=bearer("responsable"))).json()["webhooks"]
    place = f"{ROOT}/{one['webhook_id']}"
    again = await client.post(f"{place}/tell-again", data={"since": "hier"}, headers=page)
    assert again.status_code == 422
    await desk.hear(proposed())
    await drain(desk)
    told = await client.post(f"{place}/tell-again", data={"since": "2026-03-02"}, headers=page)
    assert (told.status_code, told.headers["location"]) == (303, place)
    assert await drain(desk) == [None]
    shown = await client.get(place, headers=page)
    assert "Orientation proposée à la structure" in shown.text
    gone = await client.post(f"{place}/remove", headers=page, data={"x": ""})
    assert gone.headers["location"] == ROOT


def test_every_kind_has_its_words() -> None:
    assert WORDS.keys() == KINDS.keys()


async def test_an_answer_concerns_who_gave_it(desk: Desk, client: httpx.AsyncClient, theirs: Partner) -> None:
    await subscribe(client, theirs.url, event_types=["OrientationAnswered"])
    data = OrientationAnswered(
        case_id=uuid4(), orientation_id=uuid4(), offer_id=uuid4(), organisation_id=ORGANISATION, agent_id=uuid4(),
        answer="refused", reason="full", person_id=uuid4(),
    )  # fmt: skip
    await desk.hear(proposed(), _event(data, "cases", at=NOW + timedelta(minutes=1)))
    assert await drain(desk) == [None]
    told = json.loads(theirs.calls[0].body)["data"]
    assert told == {
        "orientation_id": str(data.orientation_id), "offer_id": str(data.offer_id), "answer": "refused",
        "reason": "full",
    }  # fmt: skip


async def test_a_fault_of_ours_with_one_address_ends_nothing(
    desk: Desk, client: httpx.AsyncClient, theirs: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribe(client, theirs.url)
    await desk.hear(proposed())

    async def stumbles(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("notifications.webhooks.caller.Caller.call", stumbles)
        assert await drain(desk) == ["no_answer"]
    desk.now += timedelta(minutes=1)
    assert await drain(desk) == [None]
