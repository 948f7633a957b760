"""After a restore nothing leaves a second time before somebody has looked."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from notifications.restoration.commands import discard, hold, release
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, request

BACKUP = NOW - timedelta(hours=2)
HELD = ("held", "restored")


async def known(desk: Desk) -> SamplePerson:
    person = SamplePerson("personne.exemple@exemple.test")
    await desk.hear(person.key_issued(), person.recorded())
    return person


async def asked(desk: Desk, person: SamplePerson, minutes: int) -> UUID:
    """A request so many minutes after the backup."""
    await desk.hear(request(person.id, at=BACKUP + timedelta(minutes=minutes)))
    return (await desk.rows())[-1]["delivery_id"]  # type: ignore[no-any-return]


async def test_what_was_caused_since_the_backup_is_held_until_released(
    desk: Desk, mails: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    person = await known(desk)
    await asked(desk, person, -10)
    await desk.drain()
    await asked(desk, person, -1)
    await hold(desk.service, ["--since", BACKUP.isoformat(), "--by", "exploitation"])
    assert "1 messages held" in capsys.readouterr().out
    first, second = await asked(desk, person, 5), await asked(desk, person, 100)
    desk.now += timedelta(minutes=1)
    await asked(desk, person, 121)
    await desk.drain()
    assert await desk.states() == [("sent", None), HELD, HELD, HELD, ("sent", None)]

    await release(desk.service, [str(first)])
    await desk.drain()
    await discard(desk.service, [str(second), "--by", "exploitation"])
    await release(desk.service, [])
    await desk.drain()
    states = Counter(await desk.states())
    assert states == {("sent", None): 4, ("suppressed", "discarded"): 1}
    assert len(mails.mails) == 4
    [row] = [row for row in await desk.rows() if row["delivery_id"] == second]
    assert row["decided_by"] == "exploitation"


async def test_a_message_being_sent_when_the_backup_was_made_counts_as_sent_again(desk: Desk) -> None:
    person = await known(desk)
    await asked(desk, person, -1)
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE deliveries SET state = 'sending', sender = 'gone', lease_until = $1", BACKUP)
    await hold(desk.service, ["--since", BACKUP.isoformat()])
    await desk.drain()
    assert await desk.states() == [HELD]
    await release(desk.service, [])
    await desk.drain()
    [row] = await desk.rows()
    assert (row["state"], row["resent"]) == ("sent", 1)


async def test_what_is_released_after_days_is_tried_more_than_once(desk: Desk, mails: MailServer) -> None:
    mails.at_recipient = ["451 4.7.1 greylisted"] * 2 + ["250 OK"]
    person = await known(desk)
    await asked(desk, person, 5)
    await desk.drain()
    await hold(desk.service, ["--since", BACKUP.isoformat()])
    desk.now += timedelta(days=5)
    await release(desk.service, [])
    await desk.drain()
    assert await desk.states() == [("planned", "smtp_451")]
    desk.now += timedelta(minutes=1)
    await desk.drain()
    assert await desk.states() == [("sent", None)]


async def test_redelivery_does_not_free_what_is_held(desk: Desk) -> None:
    person = await known(desk)
    event = request(person.id, at=BACKUP + timedelta(minutes=5))
    await hold(desk.service, ["--since", BACKUP.isoformat()])
    for _ in range(5):
        await desk.hear(event)
        await desk.drain()
    assert await desk.states() == [HELD]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [([], "required"), (["--since", "2026-03-02T09:00:00"], "zone"), (["--since", "yesterday"], "invalid")],
)
async def test_a_hold_without_a_clear_instant_is_refused(
    desk: Desk, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit):
        await hold(desk.service, arguments)
    assert said in capsys.readouterr().err


async def test_a_hold_does_not_lie_in_the_future(desk: Desk) -> None:
    with pytest.raises(SystemExit, match="future"):
        await hold(desk.service, ["--since", (NOW + timedelta(hours=1)).isoformat()])


async def test_commands_without_anything_held_change_nothing(desk: Desk, capsys: Any) -> None:
    await release(desk.service, [])
    await discard(desk.service, [])
    assert capsys.readouterr().out == "0 messages released\n0 messages discarded\n"
