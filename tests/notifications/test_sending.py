"""The role `send` against a real mail server that says yes, not now, never, or nothing at all."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from chassis import failpoints
from chassis.observability import metrics
from notifications.messages import store
from notifications.messages.gateway import Accepted, Later, Refused
from notifications.messages.sender import Sender
from tests.chassis.conftest import running
from tests.notifications.conftest import Desk, until
from tests.notifications.mailserver import (
    MailServer,
    answering,
    hang_up,
    keep_and_hang_up,
    mail_server,
    slowly,
    text_of,
)
from tests.notifications.samples import NOW, SamplePerson, organisation, request

SOON, LEASE = timedelta(seconds=3), timedelta(seconds=61)


async def planned(desk: Desk, count: int = 1, person: SamplePerson | None = None) -> SamplePerson:
    """Acknowledgements ready to leave."""
    person = person or SamplePerson("personne.exemple@exemple.test")
    await desk.hear(person.key_issued(), person.recorded(), *(request(person.id) for _ in range(count)))
    return person


def resends() -> float:
    return float(metrics.RESENDS.labels("email")._value.get())


async def test_a_message_leaves_and_that_is_told(desk: Desk, mails: MailServer) -> None:
    await desk.hear(organisation())
    await planned(desk)
    assert await desk.drain() == [Accepted()]
    [mail] = mails.mails
    [row] = await desk.rows()
    assert (row["state"], row["attempts"], row["resent"], row["settled_at"]) == ("sent", 1, 0, NOW)
    assert mails.envelopes == [("ne-pas-repondre@maillage.example", ["personne.exemple@exemple.test"])]
    assert mail["From"] == "Accueil social <ne-pas-repondre@maillage.example>"
    assert mail["Message-ID"] == f"<{row['delivery_id']}@maillage.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "02\xa000\xa000\xa000\xa000" in text_of(mail)
    [told] = await desk.told()
    assert (told.type, told.sequence, told.subject) == ("MessageDelivered", 1, str(row["delivery_id"]))
    assert (told.correlationid, told.causationid) == (row["correlation_id"], row["event_id"])
    assert told.data["recipient_kind"] == "requester"


async def test_somebody_who_asked_for_it_gets_a_neutral_mail(desk: Desk, mails: MailServer) -> None:
    await desk.hear(organisation())
    await planned(desk, person=SamplePerson("personne.exemple@exemple.test", neutral=True))
    await desk.drain()
    [mail] = mails.mails
    assert mail["From"].startswith("Information <")
    assert mail["Subject"] == "Bien reçu"
    assert "Maison" not in text_of(mail)


async def test_a_server_that_says_not_now_is_asked_again(desk: Desk, mails: MailServer) -> None:
    mails.at_recipient = ["451 4.7.1 greylisted", "250 OK"]
    mails.at_data = [answering("452 4.3.1 full")]
    await planned(desk)
    assert await desk.drain() == [Later("smtp_451")]
    assert await desk.drain() == []
    desk.now += SOON
    assert await desk.drain() == [Later("smtp_452")]
    desk.now += 2 * SOON
    assert await desk.drain() == [Accepted()]
    [row] = await desk.rows()
    assert (row["state"], row["attempts"], row["resent"], len(mails.mails)) == ("sent", 3, 0, 1)


@pytest.mark.parametrize("where", ["recipient", "content"])
async def test_a_refusal_is_final_and_told_without_the_servers_words(desk: Desk, mails: MailServer, where: str) -> None:
    if where == "recipient":
        mails.at_recipient = ["550 5.7.1 not wanted: personne.exemple"]
    else:
        mails.at_data = [answering("554 5.6.0 no")]
    await planned(desk, count=2)
    outcomes = await desk.drain()
    assert [type(one) for one in outcomes] == [Refused, Accepted]
    [row, _] = await desk.rows()
    assert (row["state"], row["reason"]) == ("failed", outcomes[0].reason)
    assert outcomes[0].reason in ("smtp_550", "smtp_554")
    told = {event.type: event for event in await desk.told()}
    assert told["MessageFailed"].data["reason"] == outcomes[0].reason
    assert "personne.exemple" not in repr(told)


async def test_a_server_that_refuses_our_own_address_fails_no_message(desk: Desk, mails: MailServer) -> None:
    mails.sender_answer = "550 5.7.1 sender rejected"
    await planned(desk)
    assert await desk.drain() == [Later("smtp_550", away=True)]
    mails.sender_answer = "250 OK"
    desk.now += SOON
    assert await desk.drain() == [Accepted()]


async def test_many_mails_share_a_connection(desk: Desk, mails: MailServer) -> None:
    await planned(desk, count=20)
    await desk.drain()
    assert (len(mails.mails), mails.connections) == (20, 1)


async def test_a_server_that_is_down_is_waited_for(desk: Desk, mails: MailServer) -> None:
    await planned(desk)
    async with mail_server() as gone:
        port = gone.port
    desk.settings = desk.settings.model_copy(
        update={"smtp_url": type(desk.settings.smtp_url)(f"smtp://127.0.0.1:{port}")}
    )
    assert await desk.drain() == [Later("no_connection", away=True)]
    async with mail_server(port) as back:
        desk.now += SOON
        assert await desk.drain() == [Accepted()]
        assert len(back.mails) == 1


async def test_a_message_tried_for_days_has_failed(desk: Desk, mails: MailServer) -> None:
    await planned(desk)
    mails.at_recipient = ["451 4.7.1 greylisted"] * 2
    await desk.drain()
    desk.now += timedelta(days=5)
    await desk.drain()
    assert await desk.states() == [("failed", "too_late")]
    assert [event.type for event in await desk.told()] == ["MessageFailed"]


async def test_days_lost_before_the_first_attempt_do_not_count(desk: Desk, mails: MailServer) -> None:
    """The service was stopped, or the message waited for its recipient's key."""
    await planned(desk)
    mails.at_recipient = ["451 4.7.1 greylisted", "250 OK"]
    desk.now += timedelta(days=5)
    assert await desk.drain() == [Later("smtp_451")]
    desk.now += SOON
    assert await desk.drain() == [Accepted()]


@pytest.mark.parametrize(("behaviour", "arrived"), [(hang_up, 1), (keep_and_hang_up, 2)], ids=["unread", "taken"])
async def test_a_line_lost_before_the_answer_leaves_a_doubt_that_is_counted(
    desk: Desk, mails: MailServer, behaviour: object, arrived: int
) -> None:
    mails.at_data = [behaviour]  # type: ignore[list-item]
    await planned(desk)
    before = resends()
    assert await desk.drain() == [Later("no_connection", away=True, in_doubt=True)]
    desk.now += SOON
    assert await desk.drain() == [Accepted()]
    [row] = await desk.rows()
    assert (row["state"], row["attempts"], row["resent"]) == ("sent", 2, 1)
    assert resends() == before + 1
    assert len(mails.mails) == arrived
    assert len({mail["Message-ID"] for mail in mails.mails}) == 1


async def test_a_server_that_never_answers_leaves_a_doubt(desk: Desk, mails: MailServer) -> None:
    mails.at_data = [slowly(asyncio.Event())]
    desk.settings = desk.settings.model_copy(update={"send_timeout_seconds": 0.5})
    await planned(desk)
    assert await desk.drain() == [Later("no_connection", away=True, in_doubt=True)]


class Killed(BaseException):
    """What SIGKILL does to a process, done to a task."""


async def test_a_sender_killed_after_the_yes_sends_again_once_and_that_is_counted(
    desk: Desk, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await planned(desk)

    def die(name: str) -> None:
        if name == failpoints.SENDER_ACCEPTED:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(failpoints, "passing", die)
        with pytest.raises(Killed):
            await desk.drain()
    before = resends()
    assert await desk.states() == [("sending", None)]
    assert await desk.drain() == []
    desk.now += LEASE
    assert await desk.drain() == [Accepted()]
    assert await desk.drain() == []
    [row] = await desk.rows()
    assert (row["state"], row["attempts"], row["resent"]) == ("sent", 2, 1)
    assert resends() == before + 1
    assert [mail["Message-ID"] for mail in mails.mails] == [mails.mails[0]["Message-ID"]] * 2
    assert [event.type for event in await desk.told()] == ["MessageDelivered"]


async def test_a_sender_that_is_stopped_finishes_what_it_began(desk: Desk, mails: MailServer) -> None:
    gate = asyncio.Event()
    mails.at_data = [slowly(gate)]
    await planned(desk)
    sending = asyncio.create_task(desk.sender.run())
    await asyncio.wait_for(mails.arrived.wait(), 30)
    sending.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await desk.states() == [("sent", None)]


async def test_a_late_answer_still_counts_when_nobody_took_over(desk: Desk, mails: MailServer) -> None:
    gate = asyncio.Event()
    mails.at_data = [slowly(gate)]
    await planned(desk)
    sender, gateway = desk.sender, desk.email.gateway()
    sending = asyncio.create_task(sender.courier.send_one(desk.email, gateway))
    await asyncio.wait_for(mails.arrived.wait(), 30)
    desk.now += LEASE
    await sender.tend()
    assert await desk.states() == [("planned", None)]
    gate.set()
    assert await sending == Accepted()
    assert await desk.drain() == []
    assert len(mails.mails) == 1
    await gateway.close()


async def test_an_answer_after_another_sender_took_over_changes_nothing(desk: Desk, mails: MailServer) -> None:
    gate = asyncio.Event()
    mails.at_data = [slowly(gate)]
    await planned(desk)
    gateway = desk.email.gateway()
    slow = asyncio.create_task(desk.sender.courier.send_one(desk.email, gateway))
    await asyncio.wait_for(mails.arrived.wait(), 30)
    desk.now += LEASE
    assert await desk.drain() == [Accepted()]
    gate.set()
    await slow
    [row] = await desk.rows()
    assert (row["state"], row["resent"], len(mails.mails)) == ("sent", 1, 2)
    assert [event.sequence for event in await desk.told()] == [1]
    await gateway.close()


async def test_two_senders_never_send_one_message_twice(desk: Desk, mails: MailServer) -> None:
    await planned(desk, count=120)
    async with running(desk.sender.run, desk.sender.run):

        async def all_sent() -> bool:
            return Counter(state for state, _ in await desk.states()) == {"sent": 120}

        await until(all_sent, 60)
    assert len(mails.mails) == 120
    assert set(Counter(mail["Message-ID"] for mail in mails.mails).values()) == {1}
    assert mails.connections > 1


async def test_a_running_sender_is_woken_by_a_new_message(desk: Desk, mails: MailServer) -> None:
    person = SamplePerson("personne.exemple@exemple.test")
    await desk.hear(person.key_issued(), person.recorded())
    sender = patient(desk)
    async with running(sender.run):
        await listening(desk)
        await desk.hear(request(person.id))
        await asyncio.wait_for(mails.arrived.wait(), 30)


async def test_a_running_sender_is_woken_even_after_it_lost_its_line_to_the_database(
    desk: Desk, mails: MailServer
) -> None:
    person = SamplePerson("personne.exemple@exemple.test")
    await desk.hear(person.key_issued(), person.recorded())
    async with running(patient(desk).run):
        await listening(desk)
        connection = await asyncpg.connect(desk.database.admin_url)
        await connection.execute(
            """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
               WHERE application_name = 'maillage-sender' AND datname = current_database()"""
        )
        await connection.close()
        await listening(desk)
        await desk.hear(request(person.id))
        await asyncio.wait_for(mails.arrived.wait(), 30)


async def test_an_answer_is_noted_once_the_database_is_back(
    desk: Desk, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await planned(desk)
    settle, failures = store.settle, iter([ConnectionResetError, TimeoutError])

    async def shaky(*arguments: Any, **options: Any) -> bool:
        if failure := next(failures, None):
            raise failure
        return await settle(*arguments, **options)

    monkeypatch.setattr(store, "settle", shaky)
    assert await desk.drain() == [Accepted()]
    assert await desk.states() == [("sent", None)]
    assert len(mails.mails) == 1


def patient(desk: Desk) -> Sender:
    """A sender that would not look again by itself before long."""
    sender = desk.sender
    sender._policy = type(sender._policy)(poll=3600)
    return sender


async def listening(desk: Desk) -> None:
    async def told() -> bool:
        async with desk.service.parts.worker.transaction() as tx:
            found = (
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'maillage-sender' AND state = 'idle'"
            )
            return bool(await tx.fetchval(found + " AND datname = current_database() AND query LIKE 'LISTEN%'"))

    await until(told)


async def test_a_message_that_cannot_be_made_does_not_hold_up_the_others(desk: Desk, mails: MailServer) -> None:
    await planned(desk, count=3)
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE deliveries SET rule = 'of-tomorrow' WHERE place = (SELECT min(place) FROM deliveries)")
    assert Counter(await desk.drain()) == {Later("not_prepared"): 1, Accepted(): 2}
    assert (await desk.states())[0] == ("planned", "not_prepared")


async def planned_often(desk: Desk) -> None:
    """As after months: what left long ago, and what waits, of each kind; and the planner knows."""
    copied = """
        INSERT INTO deliveries OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(one, jsonb_build_object(
            'delivery_id', gen_random_uuid(), 'event_id', gen_random_uuid(), 'urgent', n % 2 = 0,
            'state', CASE WHEN n % 5 = 0 THEN 'planned' ELSE 'sent' END, 'place', 1000000 + n,
            'next_attempt_at', (one).next_attempt_at + n * interval '1 second'))).*
        FROM (SELECT deliveries AS one FROM deliveries LIMIT 1), generate_series(1, 5000) AS n"""
    connection = await asyncpg.connect(desk.database.admin_url)
    try:
        await connection.execute(copied)
        await connection.execute("ANALYZE deliveries")
    finally:
        await connection.close()


async def test_taking_the_next_message_uses_its_index(desk: Desk) -> None:
    await planned(desk)
    await planned_often(desk)
    async with desk.service.parts.worker.transaction() as tx:
        plan = "\n".join(
            row[0] for row in await tx.fetch("EXPLAIN " + store.PICK.replace("$1", "'email'").replace("$2", "now()"))
        )
    assert plan.count("deliveries_due") == 2, "the urgent ones, then the others"
    assert "Sort" not in plan
