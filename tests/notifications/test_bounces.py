"""Mails that come back: reports of mail servers (RFC 3464), as servers write them, read from a real mailbox."""

import asyncio
import imaplib
import mailbox
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.addresses import ServiceDatabase
from deploy.local.ports import free_port
from notifications.email.bounces import REMEMBERED, Bounces
from notifications.email.mailboxes import Away, Maildir, mailbox_at
from notifications.email.reports import Report, read
from notifications.email.return_paths import ReturnPaths, Sent
from notifications.email.setting_up import bounces
from notifications.messages.gateway import Accepted, Refused
from notifications.messages.model import State
from tests.conftest import emptied
from tests.notifications.conftest import Desk, desk_on, settings_for, until
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, request

BASE = "retours@maillage.example"
SOON = timedelta(minutes=2)
ADDRESS = "personne.exemple@exemple.test"


def report(to: str, action: str = "failed", status: str = "5.1.1", **changes: str) -> bytes:
    """What a mail server sends back (as Postfix writes it), to the return path of the mail."""
    words = {
        "type": "multipart/report; report-type=delivery-status",
        "part": "message/delivery-status",
        "fields": f"Final-Recipient: rfc822; {ADDRESS}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <personne.exemple@exemple.test>: unknown\r\n",
    } | changes
    return (
        f"From: MAILER-DAEMON@exemple.test\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f'Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: {words["type"]}; boundary="=_x"\r\n'
        "\r\n--=_x\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you…\r\n"
        f"--=_x\r\nContent-Type: {words['part']}\r\n\r\n"
        "Reporting-MTA: dns; exemple.test\r\nArrival-Date: Mon, 2 Mar 2026 09:15:01 +0000\r\n\r\n"
        f"{words['fields']}\r\n--=_x\r\nContent-Type: message/rfc822\r\n\r\n"
        "From: Accueil social <ne-pas-repondre@maillage.example>\r\nSubject: x\r\n\r\nBonjour\r\n--=_x--\r\n"
    ).encode()


# What a report says ---------------------------------------------------------------------------

TWO = "Action: {}\r\nStatus: 5.1.1\r\n\r\nFinal-Recipient: rfc822; b@exemple.test\r\nAction: {}\r\nStatus: 2.0.0\r\n"


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        (report(BASE), Report(State.BOUNCED, "5.1.1")),
        (report(BASE, "failed (by Exim)", "5.2.2 (mailbox full)"), Report(State.BOUNCED, "5.2.2")),
        (report(BASE, "Failed", "4.4.7"), Report(State.BOUNCED, "4.4.7")),
        (report(BASE, status="what"), Report(State.BOUNCED, "5.0.0")),
        (report(BASE, "delayed", "4.4.1"), Report(None, "4.4.1")),
        (report(BASE, "relayed", "2.0.0"), Report(None, "2.0.0")),
        (report(BASE, "delivered", "2.1.5"), Report(State.DELIVERED, "2.1.5")),
        (report(BASE, fields=TWO.format("failed", "delivered")), Report(State.DELIVERED, "2.0.0")),
        (report(BASE, fields=TWO.format("failed", "delayed")), Report(None, "2.0.0")),
        (report(BASE, part="message/global-delivery-status"), Report(State.BOUNCED, "5.1.1")),
        (report(BASE, type="multipart/report"), Report(State.BOUNCED, "5.1.1")),
        (report(BASE, type="multipart/mixed"), None),
        (report(BASE, part="message/disposition-notification"), None),
        (report(BASE)[:-600], None),
        (b"", None),
        (b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\n\n", None),
        (b"From: a@exemple.test\r\nAuto-Submitted: auto-replied\r\n\r\nJe suis en vacances.\r\n", None),
    ],
    ids=[
        "failed", "comments", "given up", "no status", "delayed", "relayed", "delivered", "one of two", "one goes on",
        "international", "no type", "no report", "read receipt", "cut", "empty", "no fields", "auto-reply",
    ],
)  # fmt: skip
def test_what_a_mail_says(mail: bytes, said: Report | None) -> None:
    assert read(mail) == said


@pytest.mark.parametrize(
    ("status", "dead"),
    [("5.1.1", True), ("5.1.10", True), ("5.2.1", True), ("5.2.2", False), ("5.7.1", False), ("4.4.7", False)],
    ids=["no such mailbox", "takes no mail", "shut", "full", "we are refused", "given up"],
)
def test_only_what_speaks_of_the_address_stops_it(status: str, dead: bool) -> None:
    assert Report(State.BOUNCED, status).address_is_dead is dead


# Whose it is ----------------------------------------------------------------------------------


def test_an_address_is_read_back_and_none_can_be_made_or_changed() -> None:
    paths, sent = ReturnPaths(bytes(32), BASE), Sent(uuid4(), 70_000)
    address = paths.of(sent, BASE)
    local, _, domain = address.partition("@")
    assert (len(local) <= 64, local.startswith("retours+"), domain) == (True, True, "maillage.example")
    assert paths.found(f"To: <{address}>".encode()) == sent
    assert paths.found(f"Delivered-To: {address.upper()}".encode()) == sent, "some servers know one case only"
    assert ReturnPaths(b"another key" * 3, BASE).found(address.encode()) is None
    changed = address.replace(local[9], "a" if local[9] != "a" else "b", 1)
    assert paths.found(changed.encode()) is None
    other = paths.of(Sent(uuid4(), 1), BASE)
    assert paths.found(f"{changed} {other}".encode()) == paths.found(other.encode()) is not None


@pytest.mark.parametrize(
    "base", ["retours", "@maillage.example", "a+b@maillage.example", "x" * 16 + "@maillage.example"]
)
def test_a_base_that_leaves_no_place_is_refused_at_start(base: str) -> None:
    with pytest.raises(ValueError, match="a bounce address is name@domain"):
        ReturnPaths(bytes(32), base)


# From the mailbox to the message --------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mailbox.Maildir(tmp_path / "retours", create=True)
    return tmp_path / "retours"


@asynccontextmanager
async def desk_with(database: ServiceDatabase, mails: MailServer, url: str, **changes: Any) -> AsyncIterator[Desk]:
    settings = {"bounce_address": BASE, "bounces_url": url} | changes
    async with desk_on(await emptied(database), mails, **settings) as made:
        yield made


@pytest.fixture
async def desk(notifications_database: ServiceDatabase, mails: MailServer, folder: Path) -> AsyncIterator[Desk]:
    async with desk_with(notifications_database, mails, f"maildir://{folder}") as made:
        yield made


def reader(desk: Desk) -> Bounces:
    [made] = bounces(desk.settings, desk.service.parts)
    return made


def lies(folder: Path) -> Sequence[bytes]:
    box = mailbox.Maildir(folder, create=False)
    return sorted(box.get_bytes(key).replace(b"\r", b"") for key in box.keys())  # noqa: SIM118


async def sent(desk: Desk, person: SamplePerson | None = None) -> tuple[SamplePerson, str]:
    """Somebody was written to; the address the mail comes back to."""
    person = person or SamplePerson(ADDRESS)
    await desk.hear(person.key_issued(), person.recorded(), request(person.id))
    await desk.drain()
    return person, desk.mails.envelopes[-1][0]


async def stopped(desk: Desk) -> int:
    async with desk.service.parts.worker.transaction() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM stopped_addresses"))


async def test_each_mail_leaves_from_a_return_path_of_its_own_that_names_nobody(desk: Desk) -> None:
    _, first = await sent(desk)
    _, second = await sent(desk)
    assert first != second
    assert {address.partition("+")[0] for address in (first, second)} == {"retours"}
    assert desk.mails.mails[0]["From"] == "Accueil social <ne-pas-repondre@maillage.example>"


async def test_a_mail_that_came_back_fails_its_message_and_stops_its_address(desk: Desk, folder: Path) -> None:
    person, path = await sent(desk)
    mailbox.Maildir(folder).add(report(path))
    await reader(desk).look()
    [row] = await desk.rows()
    assert (row["channel"], [step["reason"] for step in row["steps"]]) == ("sms", ["dsn_5.1.1"]), "the chain goes on"
    await desk.drain()
    assert (await desk.states(), lies(folder)) == ([("failed", "dsn_5.1.1")], [])
    assert [event.type for event in await desk.told()] == ["MessageDelivered", "MessageFailed"]
    assert ADDRESS not in repr(await desk.told())

    await desk.hear(request(person.id))
    await desk.drain()
    assert (await desk.states())[1] == ("suppressed", "address_returned")
    assert len(desk.mails.mails) == 1

    corrected = person.contact_points[0].model_copy(update={"value": person.sealed("juste@exemple.test", "value")})
    await desk.hear(person.changed(2, contact_points=(corrected,)), request(person.id))
    await desk.drain()
    assert desk.mails.mails[-1]["To"] == "juste@exemple.test", "one that was corrected is written to"


async def test_a_second_address_takes_the_place_of_one_that_is_dead(desk: Desk, folder: Path) -> None:
    person, path = await sent(desk)
    mailbox.Maildir(folder).add(report(path))
    await reader(desk).look()
    [point] = person.contact_points
    other = point.model_copy(
        update={"contact_point_id": uuid4(), "value": person.sealed("autre@exemple.test", "value")}
    )
    await desk.hear(person.changed(2, contact_points=(point, other)), request(person.id))
    await desk.drain()
    assert desk.mails.mails[-1]["To"] == "autre@exemple.test"


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        ("failed", "5.7.1", ("failed", "dsn_5.7.1")),
        ("delayed", "4.4.1", ("sent", None)),
        ("delivered", "2.1.5", ("delivered", None)),
    ],
    ids=["refused by policy", "delayed", "delivered"],
)
async def test_what_else_a_server_reports(
    desk: Desk, folder: Path, action: str, status: str, state: tuple[str, str | None]
) -> None:
    _, path = await sent(desk)
    mailbox.Maildir(folder).add(report(path, action, status))
    await reader(desk).look()
    await desk.drain()
    assert (await desk.states(), await stopped(desk), lies(folder)) == ([state], 0, [])


async def test_what_is_none_of_ours_is_left_where_it_lies(desk: Desk, folder: Path) -> None:
    _, path = await sent(desk)
    others = [
        report(BASE),
        report("retours+" + "a" * 48 + "@maillage.example"),
        f"To: {path}\r\nSubject: Absence\r\n\r\nJe suis en vacances.\r\n".encode(),
    ]
    for one in others:
        mailbox.Maildir(folder).add(one)
    ours = reader(desk)
    await ours.look()
    await ours.look()
    assert lies(folder) == sorted(one.replace(b"\r", b"") for one in others)
    assert await desk.states() == [("sent", None)]


class Killed(BaseException):
    """What SIGKILL does to a process, done to a task."""


async def test_killed_before_the_mail_is_deleted_it_is_dealt_with_once(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = await sent(desk)
    mailbox.Maildir(folder).add(report(path))

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(mailbox.Maildir, "discard", die)
        with pytest.raises(Killed):
            await reader(desk).look()
    [row] = await desk.rows()
    assert (row["channel"], len(row["steps"])) == ("sms", 1)
    # Were the very attempt still to be judged, the report would be known again.
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE deliveries SET state = 'sent', channel = 'email', sender = 'x'")
    await asyncio.gather(reader(desk).look(), reader(desk).look())
    assert (await desk.states(), lies(folder)) == ([("sent", None)], [])


async def test_a_report_about_an_attempt_that_is_behind_changes_nothing(desk: Desk, folder: Path) -> None:
    _, first = await sent(desk)
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE deliveries SET state = 'planned'")
    assert await desk.drain() == [Accepted()]
    mailbox.Maildir(folder).add(report(first))
    await reader(desk).look()
    assert (await desk.states(), await stopped(desk)) == ([("sent", None)], 0)
    mailbox.Maildir(folder).add(report(desk.mails.envelopes[-1][0]))
    await reader(desk).look()
    await desk.drain()
    assert (await desk.states(), await stopped(desk)) == ([("failed", "dsn_5.1.1")], 1)


async def test_reports_are_forgotten_in_time(desk: Desk, folder: Path) -> None:
    for _ in range(2):
        _, path = await sent(desk)
        mailbox.Maildir(folder).add(report(path))
        await reader(desk).look()
        desk.now += REMEMBERED + SOON
    async with desk.service.parts.worker.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM mail_reports") == 1


@pytest.mark.parametrize(("status", "stops"), [("5.1.1", 1), ("5.7.1", 0)], ids=["dead", "by policy"])
async def test_a_server_that_refuses_an_address_at_once_stops_it_too(desk: Desk, status: str, stops: int) -> None:
    desk.mails.at_recipient = [f"550 {status} no"]
    person = SamplePerson(ADDRESS)
    await desk.hear(person.key_issued(), person.recorded(), request(person.id))
    assert await desk.drain() == [Refused("smtp_550", dead=bool(stops))]
    assert await stopped(desk) == stops


async def test_somebody_who_asked_that_nothing_show_has_a_return_path_that_shows_nothing(
    notifications_database: ServiceDatabase, mails: MailServer, folder: Path
) -> None:
    neutral = {"neutral_sender_address": "info@neutre.example", "neutral_bounce_address": "info@neutre.example"}
    async with desk_with(notifications_database, mails, f"maildir://{folder}", **neutral) as desk:
        _, path = await sent(desk, SamplePerson(ADDRESS, neutral=True))
        assert path.endswith("@neutre.example")
        assert b"maillage.example" not in desk.mails.raw[0]
        mailbox.Maildir(folder).add(report(path))
        await reader(desk).look()
        assert await stopped(desk) == 1


# From a mailbox elsewhere ---------------------------------------------------------------------


def signed_in(port: int) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", port, 5)
    client.login("retours", "p@ss")
    client.select("INBOX")
    return client


@pytest.fixture
async def imap() -> AsyncIterator[int]:
    """The port of a real IMAP server, whose one account is empty."""
    port = free_port()
    where = ("--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "managesieve")
    account = ("dict", "--demo-user", "retours", "--demo-password", "p@ss")
    start = ("-W", "ignore", "-c", "from pymap.main import main; main()")
    server = await asyncio.create_subprocess_exec(sys.executable, *start, *where, *account)

    async def answers() -> bool:
        with suppress(OSError):
            signed_in(port).logout()
            return True
        return False

    try:
        await until(answers)
        yield port
    finally:
        server.terminate()
        await server.wait()


async def test_an_imap_mailbox_is_read_and_only_what_is_ours_is_deleted(
    notifications_database: ServiceDatabase, mails: MailServer, imap: int
) -> None:
    url = f"imap://retours:p%40ss@127.0.0.1:{imap}/INBOX"
    async with desk_with(notifications_database, mails, url) as desk:
        _, path = await sent(desk)
        client = signed_in(imap)
        other = b"From: a@exemple.test\r\n\r\nBonjour\r\n"
        for one in (other, report(path), report(BASE)):
            client.append("INBOX", "", imaplib.Time2Internaldate(NOW), one)
        ours = reader(desk)
        await ours.look()
        await ours.look()
        await desk.drain()
        assert await desk.states() == [("failed", "dsn_5.1.1")]
        client.noop()
        assert client.search(None, "ALL")[1] == [b"1 2"]
        assert client.search(None, "SEEN")[1] == [b""], "what is none of ours is not even marked as read"
        client.logout()


@pytest.mark.parametrize(
    "url", ["imap://retours:wrong@127.0.0.1:{port}/", "imap://retours:p%40ss@127.0.0.1:{port}/Gone"]
)
async def test_a_mailbox_that_cannot_be_read_is_away(imap: int, url: str) -> None:
    known = mailbox_at(url.format(port=imap), 5)
    assert known is not None
    with pytest.raises(Away):
        async with known.opened() as mails:
            await mails.names()


# Settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bounce_address": BASE}, "both bounce_address and bounces_url"),
        ({"bounces_url": "maildir:///x"}, "both bounce_address and bounces_url"),
        (
            {"bounce_address": BASE, "bounces_url": "maildir:///x", "neutral_sender_address": "info@neutre.example"},
            "neutral_bounce_address are set together",
        ),
    ],
)
def test_half_a_way_back_is_refused_without_a_secret(
    notifications_database: ServiceDatabase, changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        settings_for(notifications_database, "smtp://127.0.0.1", **changes)
    assert notifications_database.worker_url not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "maildir:///nowhere", "imap://user:secret@mail.example/", "imaps://mail.example/INBOX", "pop3://u:secret@x/",
        "maildir://host/folder",
    ],
)  # fmt: skip
def test_another_kind_of_mailbox_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValueError, match="mailbox") as refused:
        mailbox_at(url, 5)
    assert "secret" not in str(refused.value)


async def test_a_folder_that_went_away_is_waited_for(folder: Path) -> None:
    known = Maildir(folder)
    folder.rename(folder.with_name("gone"))
    with pytest.raises(Away):
        async with known.opened() as mails:
            await mails.names()
