"""A message of each kind, as whoever it was for finds it: read back from where the gateways kept it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from zipfile import ZipFile

from deploy.demo import reading
from deploy.demo.operating import until
from deploy.demo.reading import Delivery
from deploy.local.layout import State
from deploy.local.stack import Stack

LEFT = frozenset({"sent", "delivered"})
ASKED, LATE, BOOKED = "acknowledgement", "follow-up-escalation", "appointment-booked"


@dataclass(frozen=True)
class Arrived:
    """What is read first, and the file to open. `kind`: the channel, or `escalation`, a mail to a manager."""

    kind: str
    said: str
    file: Path


def await_message(installation: Stack, since: datetime, rule: str, awaited: str) -> None:
    """Return once a message of that rule has left: what changes after it makes it untrue no more. Raises Problem when
    none leaves in time."""
    until(
        lambda: any(one.rule == rule and one.state in LEFT for one in reading.deliveries(installation, since)), awaited
    )


def found(installation: Stack, since: datetime, printed: Path) -> tuple[Arrived, ...]:
    """One of each kind that left since then; `printed` holds the letters of the day."""
    left = [one for one in reading.deliveries(installation, since) if one.state in LEFT]
    return tuple(_each({(one.rule, one.channel): one for one in reversed(left)}, installation.state, since, printed))


def _each(first: Mapping[tuple[str, str], Delivery], state: State, since: datetime, printed: Path) -> Iterator[Arrived]:
    if mailed := first.get((ASKED, "email")):
        yield from _mail("email", mailed, state, since)
    if texted := first.get((ASKED, "sms")):
        file = state.sms / f"{texted.delivery_id}.json"
        yield Arrived("sms", json.loads(file.read_text("utf-8"))["text"], file)
    yield _letter(printed)
    if late := first.get((LATE, "email")):
        yield from _mail("escalation", late, state, since)


def _mail(kind: str, delivery: Delivery, state: State, since: datetime) -> Iterator[Arrived]:
    file = reading.mail_of(state.mail, delivery.delivery_id, since)
    if file is not None:
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        yield Arrived(kind, str(mail["Subject"]), file)


def _letter(printed: Path) -> Arrived:
    """The first of the day, taken out of the file the operator fetched."""
    with ZipFile(printed) as files:
        letters = [name for name in files.namelist() if name.endswith(".pdf")]
        file = Path(files.extract(letters[0], printed.parent))
    return Arrived("letter", f"{len(letters)} à mettre sous enveloppe à fenêtre", file)
