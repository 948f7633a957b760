"""SIGKILL at every step of sending, by each way people are written to: nothing is lost, and nothing leaves twice but by
the one window that is documented, counted and shown.

The shipped processes on a real Kafka and PostgreSQL; the mail server and the SMS gateway run beside the test, so that
they can take a message and never answer.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.notifications.mailserver import MailServer, mail_server, slowly
from tests.notifications.smsserver import SECRET, SmsServer, keep_and_be_silent, sms_server
from tests.notifications.test_letter_handing import handed_over
from tests.system.checker import settled
from tests.system.people import Person
from tests.system.platform import AGENT, COMMUNES, EVERYWHERE, TERRITORY, Platform, Process

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

SOME = 12
"""Messages that wait before each kill."""
ASKING, ACCEPTED, REFUSED = "sender.asking=3", "sender.accepted=3", "sender.refused=3"
IN_HAND = ""
"""Killed while the gateway has the message and has not answered: no failpoint of ours."""
NO_SUCH_BOX = "550 5.1.1 no such mailbox"
LETTERS = "/notifications/letters"


def _points(number: int, channels: Sequence[str]) -> list[dict[str, Any]]:
    """Where somebody may be written to, by these channels."""
    known = {
        "email": {"kind": "email", "value": f"personne-{number}@exemple.fr"},
        "sms": {"kind": "phone", "value": f"06 39 98 {number:02} 00"},
        "letter": {"kind": "post", "value": f"{number} rue de l'Exemple, 22000 Saint-Brieuc"},
    }
    return [{**known[channel], "safe_to_write": True} for channel in channels]


def _request(number: int, channels: Sequence[str]) -> dict[str, Any]:
    person = {
        "given_name": "Essai",
        "family_name": f"Exemple {number}",
        "contact_points": _points(number, channels),
    }
    return {
        "commune": COMMUNES[TERRITORY][0],
        "channel": "desk",
        "themes": ["housing"],
        "summary": f"Demande d'essai {number}",
        "requester": {"role": "self", "person": person},
    }


@dataclass
class Outward:
    """The platform, and what it hands messages over to."""

    platform: Platform
    mails: MailServer
    texts: SmsServer
    folder: Path
    intake: Process
    desk: Process
    asked: int = 0

    async def ask(self, *channels: str) -> None:
        """Some more people ask for something, whom these channels reach; their messages are planned."""
        accueil, self.asked = Person(self.platform, AGENT), self.asked + SOME
        for number in range(self.asked - SOME, self.asked):
            await accueil.create(self.intake, "/intake/requests", _request(number, channels))

        async def planned() -> bool:
            return await self.platform.count("notifications", "deliveries") == self.asked

        await self.platform.until(planned, "every message planned")

    async def kill(self, failpoint: str, **settings: str) -> None:
        """A sender begins, and dies there."""
        if failpoint:
            await (await self.sender(failpoints=failpoint, **settings)).killed()
            return
        self.mails.at_data = [slowly(asyncio.Event())]
        self.texts.behaviours = [keep_and_be_silent]
        sender = await self.sender()

        async def in_hand() -> bool:
            return not (self.mails.at_data and self.texts.behaviours)

        await self.platform.until(in_hand, "a message in a gateway's hands")
        await sender.kill()
        self.mails.at_data, self.texts.behaviours = [], []

    async def heir(self, **settings: str) -> Process:
        """A sender that takes back what the dead ones held: their leases are over."""
        await self.platform.execute(
            "notifications", "UPDATE deliveries SET lease_until = now() WHERE state = 'sending'"
        )
        return await self.sender(**settings)

    async def sender(self, **settings: str) -> Process:
        return await self.platform.start("notifications", "send", **(told(self.mails, self.texts) | settings))

    async def fates(self) -> list[dict[str, Any]]:
        """Messages as the page of an operator lists them, each once."""
        operator, place, found = Person(self.platform, EVERYWHERE), "/notifications/messages", []
        while place:
            page = await operator.get(self.desk, place)
            found += page["messages"]
            place = page["next"]
        return found

    async def shown_in_doubt(self) -> int:
        """How many may have left a second time, as the page shows it; fails where the words are missing."""
        doubtful = sum(int(one["resent"]) for one in await self.fates())
        page = await Person(self.platform, EVERYWHERE).ask(
            self.desk, "GET", "/notifications/messages", headers={"Accept": "text/html"}
        )
        assert ("peut-être en double" in page.text) is (doubtful > 0)
        return doubtful


def told(mails: MailServer, texts: SmsServer) -> dict[str, Any]:
    """One lane: one message is in hand when a sender dies, and its lease outlasts the other kills: each of them finds
    a message of its own."""
    return {
        "send_lanes": "1",
        "send_lease_seconds": "900",
        "send_timeout_seconds": "20",
        "smtp_url": mails.url,
        "sms_url": texts.url,
        "sms_secret": SECRET,
        "sms_per_second": "1000",
        "letter_sender": "Accueil social|22000 EXEMPLE",
        "neutral_letter_sender": "BP 1|22000 EXEMPLE",
    }


@pytest.fixture
async def outward(platform: Platform, tmp_path: Path) -> AsyncIterator[Outward]:
    async with mail_server() as mails, sms_server() as texts:
        texts.now = lambda: datetime.now(UTC)
        intake = await platform.start("intake", "serve+relay")
        settings = told(mails, texts) | {"letters_url": tmp_path.as_uri()}
        desk = await platform.start("notifications", "serve+consume+relay+clock", **settings)
        yield Outward(platform, mails, texts, tmp_path, intake, desk)
        await platform.stop()


async def test_by_mail_only_what_the_server_had_in_hand_arrives_twice(outward: Outward) -> None:
    for failpoint in (ASKING, IN_HAND, ACCEPTED):
        await outward.ask("email")
        await outward.kill(failpoint)
    last = await outward.heir()
    await settled(outward.platform)

    arrived = Counter(str(mail["To"]) for mail in outward.mails.mails)
    assert len(arrived) == outward.asked, "nobody is forgotten"
    assert sorted(arrived.values())[-3:] == [1, 2, 2], "the two that the server had before the kill"
    assert len({mail["Message-ID"] for mail in outward.mails.mails}) == outward.asked
    assert await outward.shown_in_doubt() == 3, "the one that never reached the server is counted as well"
    assert await last.metric("maillage_resends_total") == 3, "its process tells as well"


async def test_by_text_message_nothing_arrives_twice(outward: Outward) -> None:
    for failpoint in (ASKING, IN_HAND, ACCEPTED):
        await outward.ask("sms")
        await outward.kill(failpoint)
    last = await outward.heir()
    await settled(outward.platform)

    assert len(outward.texts.kept) == outward.asked
    assert len(outward.texts.asked) == outward.asked + 2, "asked again under the same id, and sent once"
    assert await outward.shown_in_doubt() == 3
    assert await last.metric("maillage_resends_total") == 3


async def test_what_is_refused_goes_on_by_the_next_channel_once(outward: Outward) -> None:
    outward.mails.at_recipient = [NO_SUCH_BOX] * 2 * SOME
    await outward.ask("email", "sms")
    await outward.kill(REFUSED)
    await outward.heir()
    await settled(outward.platform)

    assert not outward.mails.mails
    assert len(outward.texts.kept) == outward.asked
    assert len(outward.texts.asked) <= outward.asked + 1, "the lane beside it may have had one in hand too"
    fates = await outward.fates()
    assert {(one["state"], one["channel"]) for one in fates} == {("sent", "sms")}
    assert {tuple(step["reason"] for step in one["steps"]) for one in fates} == {("smtp_550",)}


async def test_by_letter_each_lies_once_where_batches_are_handed_over(outward: Outward) -> None:
    platform, to_the_folder = outward.platform, {"letters_url": outward.folder.as_uri()}
    await outward.ask("letter")
    async with _gathering(outward):
        for failpoint in (ASKING, ACCEPTED):
            await outward.kill(failpoint)
        last = await outward.heir()
        await platform.until(lambda: _are(outward, "deliveries", SOME, "state = 'sent'"), "every letter written")
        await last.stop()
    await platform.until(lambda: _are(outward, "letters", SOME, "batch_id IS NOT NULL"), "every letter in a batch")
    assert await outward.shown_in_doubt() == 2

    for failpoint in ("letters.written=5", "letters.staged", "letters.placed"):
        await outward.kill(failpoint, **to_the_folder)
        await platform.execute("notifications", "UPDATE letter_batches SET lease_until = now()")
    await outward.sender(**to_the_folder)
    await platform.until(lambda: _are(outward, "letter_batches", 0, "state <> 'deposited'"), "all handed over")
    names = [letter["file"] for letter in handed_over(outward.folder)]
    assert len(names) == len(set(names)) == SOME


@asynccontextmanager
async def _gathering(outward: Outward) -> AsyncIterator[None]:
    """An operator closes the batch of the day again and again, which each time leaves some seconds to gather."""
    operator = Person(outward.platform, EVERYWHERE)

    async def close() -> None:
        while True:
            await operator.create(outward.desk, f"{LETTERS}/close", {})
            await asyncio.sleep(2)

    closing = asyncio.create_task(close())
    try:
        yield
    finally:
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)


async def _are(outward: Outward, table: str, count: int, condition: str = "true") -> bool:
    return await outward.platform.count("notifications", table, condition) == count
