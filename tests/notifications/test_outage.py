"""A gateway that is away for an hour, then back: everything leaves once, the urgent first, as fast as is allowed."""

from datetime import UTC, datetime, timedelta

from deploy.local.addresses import ServiceDatabase
from notifications.messages.courier import Throttled
from notifications.messages.gateway import Accepted, Later
from tests.conftest import emptied
from tests.notifications.conftest import Desk, desk_on
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, request
from tests.notifications.smsserver import SECRET, answering, sms_server

ORDINARY, URGENT = 9, 3
LOOKS = (0, 1, 3, 7, 15, 30, 45, 59, 60)
"""Minutes after which a sender happens to look while the gateway is away."""


async def asked_for(desk: Desk) -> set[str]:
    """Messages to a telephone, planned long ago, and some urgent ones behind them: the ids of these."""
    person = SamplePerson("+33639980102", kind="phone")
    await desk.hear(person.key_issued(), person.recorded())
    await desk.hear(*(request(person.id) for _ in range(ORDINARY + URGENT)))
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE deliveries SET channel = 'sms', channels = '{sms}'")
        rows = await tx.fetch(
            """UPDATE deliveries SET urgent = true
               WHERE place IN (SELECT place FROM deliveries ORDER BY place DESC LIMIT $1) RETURNING delivery_id""",
            URGENT,
        )
    return {str(row["delivery_id"]) for row in rows}


async def test_everything_leaves_once_in_order_of_urgency_at_the_allowed_pace(
    notifications_database: ServiceDatabase, mails: MailServer
) -> None:
    async with sms_server() as texts:
        texts.now = lambda: datetime.now(UTC)
        settings = {"sms_url": texts.url, "sms_secret": SECRET, "sms_per_second": 1.0}
        async with desk_on(await emptied(notifications_database), mails, **settings) as desk:
            urgent, sender = await asked_for(desk), desk.sender
            texts.behaviours = [answering(503)] * len(LOOKS)
            for minutes in LOOKS:
                desk.now = NOW + timedelta(minutes=minutes)
                [found, *_] = await desk.drain(sender)
                assert found == Later("http_503", away=True)
            assert not texts.kept
            assert not texts.behaviours, "it was asked each time"

            for second in range(2, 2 + ORDINARY + URGENT):
                desk.now = NOW + timedelta(hours=1, seconds=second)
                outcomes = await desk.drain(sender)
                assert [type(one) for one in outcomes] == [Accepted, Throttled], "one a second, no more"
            assert set([*texts.kept][:URGENT]) == urgent
            assert len(texts.kept) == len(texts.asked) - len(LOOKS) == ORDINARY + URGENT
            assert {(row["state"], row["resent"]) for row in await desk.rows()} == {("sent", 0)}
