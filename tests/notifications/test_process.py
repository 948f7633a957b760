"""The shipped process, killed where it hurts; and what it writes in its log."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.ports import free_port
from tests.notifications.conftest import KEY, Desk, until
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import SamplePerson, request

PATIENCE = 80.0


def environment(desk: Desk, **more: str) -> dict[str, str]:
    settings = {
        "DATABASE_URL": desk.database.app_url,
        "WORKER_DATABASE_URL": desk.database.worker_url,
        "MASTER_KEY": KEY,
        "COOKIE_KEY": KEY,
        "SMTP_URL": desk.mails.url,
        "HTTP_PORT": str(free_port()),
        "SEND_LANES": "1",
        "QUIET_HOURS": "",
        "SEND_LEASE_SECONDS": "1",
        "LOG_LEVEL": "debug",
    }
    ours = {f"MAILLAGE_{name}": value for name, value in (settings | more).items()}
    return {**os.environ, **ours}


@asynccontextmanager
async def sending(desk: Desk, log: Path, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m notifications send`, gone when the block ends."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "notifications", "send", stdout=output, stderr=output, env=environment(desk, **more)
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


KILLS = ("sender.asking=1", "sender.refused=1", "sender.accepted=2")
"""Before the gateway is asked, after its no, after its yes; in its hands: see tests/faults/test_sending.py."""


async def test_killed_at_each_step_of_sending_it_loses_nothing_and_one_counted_mail_arrives_twice(
    desk: Desk, mails: MailServer, tmp_path: Path
) -> None:
    person = SamplePerson("personne.exemple@exemple.test")
    await desk.hear(person.key_issued(), person.recorded(), *(request(person.id) for _ in range(5)))
    mails.at_recipient = ["550 5.1.1 no such mailbox"]
    for failpoint in KILLS:
        async with sending(desk, tmp_path / failpoint, FAILPOINTS=failpoint) as killed:
            assert await asyncio.wait_for(killed.wait(), PATIENCE) == -signal.SIGKILL
    assert len(mails.mails) == 2

    async def all_sent() -> bool:
        return Counter(state for state, _ in await desk.states()) == {"sent": 5}

    async with sending(desk, tmp_path / "last") as again:
        await until(all_sent, PATIENCE)
        again.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(again.wait(), PATIENCE) == 0
    assert sum(row["resent"] for row in await desk.rows()) == len(KILLS)
    assert sorted(Counter(mail["Message-ID"] for mail in mails.mails).values()) == [1, 1, 1, 1, 2]

    log = "".join(file.read_text() for file in tmp_path.iterdir())
    assert "messages_taken_back" in log
    assert '"state":"sent"' in log
    for personal in ("personne", "exemple.test", str(person.id)):
        assert personal not in log
