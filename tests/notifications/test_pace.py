"""A gateway is spoken to as fast as it allows, by all senders together, and what is urgent goes first."""

from dataclasses import replace
from datetime import timedelta

from contracts import programmes
from notifications.email.channel import Email
from notifications.messages import rules, store
from notifications.messages.channels import Rate, every
from notifications.messages.courier import Courier, Throttled
from notifications.messages.gateway import Accepted
from notifications.messages.post import Post
from notifications.messages.sender import Sender
from notifications.messages.wording import Wording
from notifications.preferences.links import Links
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW
from tests.notifications.test_sending import planned

RATE = Rate(per_second=2, burst=3)


def sender(desk: Desk) -> Sender:
    """One whose mail server allows two mails a second, three at once after a rest."""
    assert isinstance(desk.email, Email)
    book, parts = rules.load(programmes.load()), desk.service.parts
    known = every([replace(desk.email, rate=RATE)])
    wording, links = Wording(book.rules, desk.settings.zone), Links(bytes(32), "http://localhost")
    post = Post(book, wording, parts.keyring, links, "http://localhost", desk.settings.zone)
    return Sender(parts, Courier(parts, post, known, lease=60), known)


async def test_a_burst_then_the_allowed_rate_for_two_senders_together(desk: Desk, mails: MailServer) -> None:
    await planned(desk, count=9)
    one, other = sender(desk), sender(desk)
    soon = NOW + timedelta(seconds=0.5)
    assert await desk.drain(one) == [Accepted()] * 3 + [Throttled(soon)]
    assert await desk.drain(other) == [Throttled(soon)], "they share what is allowed"
    desk.now = soon
    assert await desk.drain(other) == [Accepted(), Throttled(soon + timedelta(seconds=0.5))]
    desk.now = soon + timedelta(hours=1)
    assert [type(found) for found in await desk.drain(one)] == [Accepted, Accepted, Accepted, Throttled]
    assert len(mails.mails) == 7, "a long rest allows no more than a burst"


async def test_what_is_urgent_overtakes_what_waits(desk: Desk, mails: MailServer) -> None:
    await planned(desk, count=6)
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE deliveries SET urgent = true WHERE place = (SELECT max(place) FROM deliveries)")
    await desk.drain(sender(desk))
    *_, last = await desk.rows("place, state")
    assert (last["state"], len(mails.mails)) == ("sent", 3)


async def test_a_gateway_that_asks_for_it_is_left_alone_by_every_sender(desk: Desk) -> None:
    await planned(desk)
    until = NOW + timedelta(minutes=1)
    async with desk.service.parts.worker.transaction() as tx:
        await store.rest(tx, "email", RATE, until)
    assert await desk.drain(sender(desk)) == [Throttled(until)]
    desk.now = until
    assert (await desk.drain(sender(desk)))[0] == Accepted()
