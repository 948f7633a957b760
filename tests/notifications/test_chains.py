"""A message goes by one channel after another, until one of them delivers or none is left."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis import failpoints
from contracts.events.cases import case_id_of
from deploy.local.addresses import ServiceDatabase
from notifications.messages import fate
from notifications.messages.gateway import Accepted, Later, Refused
from notifications.messages.model import Ended, MovedOn, Reason, State, Step, following
from tests.chassis.conftest import running
from tests.conftest import emptied
from tests.identity import bearer, grant
from tests.notifications.conftest import Desk, desk_on, until
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, follow_up_due, opened, request
from tests.notifications.smsserver import SECRET, SmsServer, sms_server

EMAIL, NUMBER = "personne.exemple@exemple.test", "+33639980102"
LEASE = timedelta(seconds=61)
REFUSED = "550 5.7.1 not wanted here"
CHAIN = ("email", "sms", "letter")


# What follows what ----------------------------------------------------------------------------


def left(channel: str | None, reason: str, *, tried: bool = False) -> Step:
    return Step(channel, reason, NOW, tried)


@pytest.mark.parametrize(
    ("steps", "then"),
    [
        ([], MovedOn("email")),
        ([left("email", "no_safe_contact")], MovedOn("sms")),
        ([left("email", "smtp_550", tried=True), left("sms", "unwanted")], MovedOn("letter")),
        ([left("sms", "unwanted")], MovedOn("email")),
        ([left(one, "no_safe_contact") for one in CHAIN], Ended(State.SUPPRESSED, "no_safe_contact")),
        (
            [left("email", "no_safe_contact"), left("sms", "no_mobile"), left("letter", "not_set_up")],
            Ended(State.SUPPRESSED, "no_mobile"),
        ),
        (
            [left("email", "smtp_550", tried=True), left("sms", "no_mobile"), left("letter", "not_set_up")],
            Ended(State.FAILED, "smtp_550"),
        ),
        ([*(left(one, "x", tried=True) for one in CHAIN), left(None, "retried")], MovedOn("email")),
        (
            [*(left(one, "x", tried=True) for one in CHAIN), left(None, "retried"), left("email", "unreadable")],
            MovedOn("sms"),
        ),
    ],
    ids=[
        "the first",
        "no address there",
        "two left behind",
        "another order",
        "nowhere to write",
        "no gateway asked",
        "a gateway refused",
        "tried again",
        "and on once more",
    ],
)
def test_what_comes_after_the_channels_left_behind(steps: list[Step], then: MovedOn | Ended) -> None:
    assert following(CHAIN, steps) == then


# On the way -----------------------------------------------------------------------------------


@pytest.fixture
async def texts() -> AsyncIterator[SmsServer]:
    async with sms_server() as made:
        made.now = lambda: datetime.now(UTC)
        yield made


@pytest.fixture
async def desk(notifications_database: ServiceDatabase, mails: MailServer, texts: SmsServer) -> AsyncIterator[Desk]:
    settings = {"sms_url": texts.url, "sms_secret": SECRET}
    async with desk_on(await emptied(notifications_database), mails, **settings) as made:
        yield made


async def planned(desk: Desk, *, email: bool = True, phone: bool = True, count: int = 1) -> SamplePerson:
    """Somebody with an address, a number or both has asked for something."""
    person = SamplePerson(EMAIL)
    [box] = person.contact_points
    telephone = box.model_copy(
        update={"contact_point_id": uuid4(), "kind": "phone", "value": person.sealed(NUMBER, "value")}
    )
    points = (*[box] * email, *[telephone] * phone)
    await desk.hear(person.key_issued(), person.recorded(contact_points=points))
    await desk.hear(*(request(person.id) for _ in range(count)))
    return person


async def row(desk: Desk) -> Any:
    [found] = await desk.rows()
    return found


async def hear_of(desk: Desk, state: State, channel: str = "sms", **about: Any) -> bool:
    async with desk.service.parts.worker.transaction() as tx:
        return await fate.learn(tx, channel=channel, fate=state, at=desk.now, **about)


async def test_an_address_that_is_refused_leaves_the_next_channel(
    desk: Desk, mails: MailServer, texts: SmsServer
) -> None:
    mails.at_recipient = [REFUSED]
    await planned(desk)
    assert [type(one) for one in await desk.drain()] == [Refused, Accepted]
    found = await row(desk)
    assert (found["state"], found["channel"], found["attempts"]) == ("sent", "sms", 2)
    [step] = found["steps"]
    assert (step["channel"], step["reason"], step["tried"]) == ("email", "smtp_550", True)
    assert ([*texts.kept], mails.mails) == ([str(found["delivery_id"])], [])
    assert [told.type for told in await desk.told()] == ["MessageDelivered"]


def texts_reference(found: Any) -> str:
    return f"ref-{str(found['delivery_id'])[:8]}"


async def test_an_event_told_again_plans_no_second_message_whatever_channel_the_first_left_by(
    desk: Desk, mails: MailServer, texts: SmsServer
) -> None:
    mails.at_recipient = [REFUSED]
    person = await planned(desk, count=0)
    begun = request(person.id)
    for _ in range(5):
        await desk.hear(begun)
        await desk.drain()
    assert (len(texts.kept), len(await desk.rows()), mails.mails) == (1, 1, [])


async def test_when_no_channel_is_left_that_is_told_with_the_dossier(desk: Desk, mails: MailServer) -> None:
    mails.at_recipient = [REFUSED]
    await planned(desk, phone=False)
    await desk.drain()
    assert await desk.states() == [("failed", "smtp_550")]
    [told] = await desk.told()
    found = await row(desk)
    assert (told.type, told.data["reason"]) == ("MessageFailed", "smtp_550")
    assert UUID(told.data["case_id"]) == case_id_of(found["subject"])
    assert [step["reason"] for step in found["steps"]] == ["smtp_550", "no_safe_contact", "not_set_up"]


async def test_who_may_be_written_to_nowhere_is_told_of_too(desk: Desk) -> None:
    await planned(desk, email=False, phone=False)
    await desk.drain()
    assert await desk.states() == [("suppressed", "no_safe_contact")]
    assert [(told.type, told.data["reason"]) for told in await desk.told()] == [("MessageFailed", "no_safe_contact")]


async def test_what_no_automatic_message_may_be_about_is_told_of_to_nobody(desk: Desk) -> None:
    person = await planned(desk, count=0)
    await desk.hear(request(person.id, themes=("violence",)))
    await desk.drain()
    assert (await desk.states(), await desk.told()) == ([("suppressed", "no_safe_contact")], [])


async def test_a_message_tried_again_begins_anew(desk: Desk, mails: MailServer) -> None:
    mails.at_recipient = [REFUSED]
    await planned(desk, phone=False)
    await desk.drain()
    await grant(desk.service.parts.worker, "exploitation", [("operator", "*")])
    found = await row(desk)
    async with client_of(desk) as client:
        path = f"/notifications/messages/{found['delivery_id']}/retry"
        assert (await client.post(path, headers=bearer("exploitation"))).status_code == 200
    assert Accepted() in await desk.drain()
    assert (await row(desk))["state"] == "sent"
    assert len(mails.mails) == 1


def client_of(desk: Desk) -> Any:
    import httpx

    from tests.identity import provider

    transport = httpx.ASGITransport(desk.service.application(provider=provider()))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


# What is heard since --------------------------------------------------------------------------


async def test_a_receipt_is_noted_once(desk: Desk) -> None:
    await planned(desk, email=False)
    await desk.drain()
    reference = texts_reference(await row(desk))
    assert await hear_of(desk, State.DELIVERED, reference=reference)
    assert not await hear_of(desk, State.DELIVERED, reference=reference), "told again"
    assert await desk.states() == [("delivered", None)]
    assert [told.type for told in await desk.told()] == ["MessageDelivered"]


async def test_a_mail_that_bounces_goes_on_by_text_once(desk: Desk, mails: MailServer, texts: SmsServer) -> None:
    await planned(desk)
    await desk.drain()
    delivery = (await row(desk))["delivery_id"]
    assert await hear_of(desk, State.BOUNCED, "email", delivery_id=delivery, reason="smtp_511")
    assert not await hear_of(desk, State.BOUNCED, "email", delivery_id=delivery, reason="smtp_511")
    await desk.drain()
    assert not await hear_of(desk, State.DELIVERED, "email", delivery_id=delivery), "of a channel behind it"
    assert (await desk.states(), len(texts.kept), len(mails.mails)) == ([("sent", None)], 1, 1)
    await hear_of(desk, State.BOUNCED, delivery_id=delivery, reason="sms_unreachable")
    await desk.drain()
    assert await desk.states() == [("failed", "sms_unreachable")], "letters are not set up here"
    assert [told.type for told in await desk.told()] == ["MessageDelivered", "MessageDelivered", "MessageFailed"]
    assert [told.sequence for told in await desk.told()] == [1, 2, 3]


async def test_a_mail_that_bounces_with_no_other_channel_has_not_arrived(desk: Desk) -> None:
    agent, case_id = SamplePerson("agent.exemple@exemple.test"), uuid4()
    await desk.hear(opened(case_id), agent.key_issued(), agent.as_agent(), follow_up_due(case_id, agent.id))
    await desk.drain()
    delivery = (await row(desk))["delivery_id"]
    assert await hear_of(desk, State.BOUNCED, "email", delivery_id=delivery, reason="smtp_511")
    assert await desk.states() == [("bounced", "smtp_511")]
    told = (await desk.told())[-1]
    assert (told.type, told.data["case_id"]) == ("MessageFailed", str(case_id))


async def test_a_receipt_may_come_before_the_gateways_yes_is_noted(
    desk: Desk, texts: SmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await planned(desk, email=False)
    with monkeypatch.context() as patch:
        patch.setattr(failpoints, "passing", _die)
        with pytest.raises(Killed):
            await desk.drain()
    assert await hear_of(desk, State.DELIVERED, delivery_id=(await row(desk))["delivery_id"])
    desk.now += LEASE
    assert await desk.drain() == [], "it is not sent again"
    assert (await desk.states(), len(texts.asked)) == ([("delivered", None)], 1)
    assert [told.type for told in await desk.told()] == ["MessageDelivered"]


# Killed, and many ------------------------------------------------------------------------------


class Killed(BaseException):
    """What SIGKILL does to a process, done to a task."""


def _die(name: str) -> None:
    if name != failpoints.SENDER_ASKING:
        raise Killed


async def test_a_sender_killed_between_a_refusal_and_the_next_channel_moves_on_once(
    desk: Desk, mails: MailServer, texts: SmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails.at_recipient = [REFUSED] * 2
    await planned(desk)
    with monkeypatch.context() as patch:
        patch.setattr(failpoints, "passing", _die)
        with pytest.raises(Killed):
            await desk.drain()
    assert await desk.states() == [("sending", None)]
    desk.now += LEASE
    assert [type(one) for one in await desk.drain()] == [Refused, Accepted]
    assert (await desk.states(), len(texts.kept), mails.mails) == ([("sent", None)], 1, [])
    [step] = (await row(desk))["steps"]
    assert step["channel"] == "email"


async def test_two_senders_send_what_one_channel_refuses_once_by_the_next(
    desk: Desk, mails: MailServer, texts: SmsServer
) -> None:
    mails.at_recipient = [REFUSED] * 40
    desk.settings = desk.settings.model_copy(update={"sms_per_second": 1000.0})
    await planned(desk, count=40)
    async with running(desk.sender.run, desk.sender.run):

        async def all_sent() -> bool:
            return all(state == "sent" for state, _ in await desk.states())

        await until(all_sent, 60)
    assert (len(texts.asked), len(texts.kept), mails.mails) == (40, 40, [])


async def test_a_line_lost_leaves_no_doubt_on_the_next_channel(desk: Desk, mails: MailServer) -> None:
    """What stays in doubt stays on its channel; only a refusal moves it on."""
    mails.at_recipient = ["451 4.7.1 greylisted", REFUSED]
    await planned(desk)
    assert await desk.drain() == [Later("smtp_451")]
    desk.now += timedelta(seconds=3)
    assert [type(one) for one in await desk.drain()] == [Refused, Accepted]
    found = await row(desk)
    assert (found["in_doubt"], found["resent"], found["reason"]) == (False, 0, None)
    assert Reason.RETRIED not in {step["reason"] for step in found["steps"]}
