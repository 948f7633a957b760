"""Contents looked through for viruses before they are kept, by the deployment's antivirus: ClamAV's `clamd`, asked over
TCP (`INSTREAM`; https://docs.clamav.net/manual/Usage/Scanning.html)."""

import asyncio
from io import BytesIO
from typing import Final
from urllib.parse import urlsplit

from chassis.observability import metrics
from chassis.observability.logs import get_logger

PATIENCE: Final = 60.0
"""Seconds until an answer is waited for no longer."""
log = get_logger(__name__)


class NoAnswer(Exception):
    """The antivirus is away, or could not look through all of it."""


async def virus_in(content: bytes, scanner_url: str) -> str | None:
    """What the antivirus at `tcp://host:port` calls what it found; None when it found nothing. Raises NoAnswer."""
    try:
        found = await _asked(content, scanner_url)
    except NoAnswer as error:
        log.error("scanner_gave_no_answer", error=str(error))
        metrics.SCANS.labels("no_answer").inc()
        raise
    metrics.SCANS.labels("found" if found else "clean").inc()
    if found:
        log.warning("virus_found", what=found)
    return found


async def _asked(content: bytes, scanner_url: str) -> str | None:
    from aioclamd import ClamdAsyncClient, ClamdError

    at = urlsplit(scanner_url)
    client = ClamdAsyncClient(at.hostname, at.port)
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await client.instream(BytesIO(content))
    except (ClamdError, OSError) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    [(status, told)] = (answer or {"": ("ERROR", "")}).values()
    if status == "ERROR":
        raise NoAnswer(told)
    return told if status == "FOUND" else None
