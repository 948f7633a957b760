"""What partners do together, beside any request: a directory taken in, a permanence looked for, a convention signed,
a territory's conference ratified."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.demo import convention, harvest, permanence, reading, territory
from deploy.demo.department import today
from deploy.demo.play import Doors
from deploy.demo.report import Story
from deploy.demo.setup import Setting
from deploy.local.stack import Stack


@dataclass(frozen=True)
class Begun:
    """What goes on while requests are made. `taken_in`: the import, which a command does beside the platform."""

    doors: Doors
    installation: Stack
    setting: Setting
    taken_in: Future[None]


@dataclass(frozen=True)
class Done:
    """What was signed and ratified, by their ids."""

    begun: Begun
    agreement_id: str
    case_id: str


def begin(doors: Doors, installation: Stack, setting: Setting) -> Begun:
    """Have the files taken in, which takes seconds of another process."""
    beside = ThreadPoolExecutor(1)
    taken_in = beside.submit(harvest.take_in, installation)
    beside.shutdown(wait=False)
    return Begun(doors, installation, setting, taken_in)


def go_on(begun: Begun) -> Done:
    """Sign and ratify. Raises Problem when a step is refused."""
    manager, organisations = begun.doors.as_("manager"), begun.setting.organisations
    agreement_id = convention.sign(manager, organisations)
    return Done(begun, agreement_id, territory.ratify(manager, begun.installation, organisations))


def found(done: Done, since: datetime) -> tuple[Story, ...]:
    """Each as its service keeps it, with the events it caused."""
    begun = done.begun
    begun.taken_in.result()
    doors, installation, manager = begun.doors, begun.installation, begun.doors.as_("manager")
    facts = {
        "import": harvest.found(doors.as_("operator"), doors.anybody),
        "permanence": {"looked_for": permanence.looked_for(doors.as_("reception"), today())},
        "convention": convention.found(installation, manager, done.agreement_id),
        "territory": territory.found(installation, manager, done.case_id),
    }
    told = reading.events(installation.administration, since)
    return tuple(_story(kind, known, _told(told, done, kind)) for kind, known in facts.items())


def _story(kind: str, facts: Mapping[str, Any], events: Mapping[str, int]) -> Story:
    return Story(kind, None, (), events, (), facts)


def _told(told: list[reading.Told], done: Done, kind: str) -> dict[str, int]:
    """The events of one of them, by their types."""
    subjects = {"convention": done.agreement_id, "territory": done.case_id}
    mine = [
        one.envelope.type
        for one in told
        if (kind == "import" and one.envelope.data.get("source") == harvest.FEED)
        or one.envelope.subject == subjects.get(kind)
    ]
    return dict(Counter(mine))
