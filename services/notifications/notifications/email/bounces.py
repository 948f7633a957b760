"""Mails that come back are read, and what they tell is noted.

A report is known by the signed address it was sent to. What it tells is written in one transaction with its digest, and
the mail is deleted after that: killed in between, a reader finds it again, sees the digest, and deletes it. Any number
of processes may read one mailbox. What is no report about a mail of ours stays where it lies.
"""

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog

from chassis.database import Transaction, is_interruption
from chassis.service import Parts
from notifications.addresses import store as addresses
from notifications.email import reports, store
from notifications.email.mailboxes import Away, Mailbox, Open
from notifications.email.reports import Report
from notifications.email.return_paths import ReturnPaths, Sent
from notifications.messages import fate
from notifications.messages.model import State

log = structlog.get_logger(__name__)

_POLL: Final = 60.0
"""Seconds between two looks into the mailbox."""
REMEMBERED: Final = timedelta(days=90)
"""How long a report is known again."""


class Bounces:
    """Reads for one process."""

    def __init__(self, parts: Parts, mailbox: Mailbox, paths: ReturnPaths) -> None:
        self._database = parts.worker
        self._now = parts.now
        self._mailbox = mailbox
        self._paths = paths
        self._left: set[str] = set()
        """Mails that are none of ours: not read again by this process."""

    async def run(self) -> None:
        """Read until cancelled; waits for a mailbox or a database that is away."""
        while True:
            try:
                await self.look()
            except Away as away:
                log.warning("bounces_wait_for_mailbox", error=str(away))
            except Exception as error:
                if not is_interruption(error):
                    raise
                log.warning("bounces_wait_for_database", error=type(error).__name__)
            await asyncio.sleep(_POLL)

    async def look(self) -> None:
        """Read what is new. Raises Away."""
        async with self._mailbox.opened() as mails:
            names = await mails.names()
            self._left &= set(names)
            for name in names:
                if name not in self._left:
                    await self._take(mails, name)

    async def _take(self, mails: Open, name: str) -> None:
        mail = await mails.content(name)
        report = reports.read(mail) if mail else None
        sent = self._paths.found(mail) if mail and report else None
        if mail is None or report is None or sent is None:
            self._left.add(name)
            return
        async with self._database.transaction() as tx:
            await _note(tx, sha256(mail).digest(), sent, report, self._now())
        await mails.delete(name)


async def _note(tx: Transaction, digest: bytes, sent: Sent, report: Report, now: datetime) -> None:
    if not await store.hear(tx, digest, now, now - REMEMBERED) or report.fate is None:
        return
    reason = report.reason if report.fate is State.BOUNCED else None
    if await fate.learn(
        tx, channel="email", fate=report.fate, at=now, delivery_id=sent.delivery_id, attempt=sent.attempt, reason=reason
    ):
        log.info("mail_reported", message_id=str(sent.delivery_id), state=report.fate, status=report.status)
        if report.address_is_dead:
            await addresses.stop(tx, sent.delivery_id, now)
