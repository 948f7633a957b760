"""Named places where a process can be made to die, so that crash tests hit them exactly.

Written `name=N`: at the N-th passage the process kills itself with SIGKILL. Unset, a
passage costs one test of an empty dictionary.
"""

import os
import signal

RELAY_ACKNOWLEDGED = "relay.acknowledged"
"""Kafka has the events, the outbox still has the rows."""
CONSUMER_COMMITTED = "consumer.committed"
"""The database has the batch, Kafka's offsets do not show it."""
HTTP_ANSWERING = "http.answering"
"""The request is stored, its answer not yet sent."""
SENDER_ASKING = "sender.asking"
"""The delivery says `sending`, the gateway is not asked yet."""
SENDER_ACCEPTED = "sender.accepted"
"""The gateway said yes, the delivery still says `sending`."""
SENDER_REFUSED = "sender.refused"
"""The gateway said no, the next channel is not yet chosen."""
WEBHOOK_ANSWERED = "webhook.answered"
"""A partner's software has answered, what became of the call is not yet noted."""
LETTERS_WRITTEN = "letters.written"
"""A letter lies where it is handed over, the others and the manifest do not."""
LETTERS_STAGED = "letters.staged"
"""All is there but the manifest's final name, and the batch says so."""
LETTERS_PLACED = "letters.placed"
"""The manifest has its name, the batch does not say so."""

_armed: dict[str, int] = {}


def arm(text: str) -> None:
    """Read `name=N[,name=N…]`. Raises ValueError when it is anything else."""
    for part in filter(None, text.split(",")):
        name, _, count = part.partition("=")
        _armed[name] = int(count or 1)


def passing(name: str) -> None:
    """Say that the process passes here."""
    if name in _armed:
        _armed[name] -= 1
        if _armed[name] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
