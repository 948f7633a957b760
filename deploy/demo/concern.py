"""A worry about a child: the cell reads it, and every other sample account looks for it everywhere, in vain."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from deploy.demo import reading
from deploy.demo.client import Client
from deploy.demo.operating import until
from deploy.demo.people import Person
from deploy.demo.play import REQUESTS, Doors
from deploy.demo.report import Story
from deploy.demo.script import BLANZY
from deploy.local.credentials import SERVICES
from deploy.local.oidc import ACCOUNTS
from deploy.local.stack import Stack

CELL = "cell"
CHILD, FAMILY_NAME = Person(62, "2018"), "Exemple 62"
CONCERNS = "/cases/concerns"
SAID: dict[str, Any] = {
    "programme": "child-concern",
    "channel": "phone",
    "commune": BLANZY,
    "themes": ["family"],
    "summary": "Une enseignante s'inquiète : l'enfant vient sans avoir mangé et dit avoir peur de rentrer (exemple)",
    "requester": {"role": "school", "person": {"family_name": "Collège Exemple"}},
    "concerned": {"minor": True, "person": CHILD.body()},
}

Answers = Mapping[str, tuple[int, str]]
"""Status and text of what was answered, by the address that was asked."""


def raised(doors: Doors, installation: Stack, since: datetime) -> Story:
    """A professional raises it; look for it as the cell, then as everybody else. Raises Problem when the cell does not
    get it. What this returns names nobody, and nothing that leads to the child."""
    cell, others = doors.as_(CELL), [doors.as_(account.role) for account in ACCOUNTS if account.role != CELL]
    addresses = list(_addresses(doors.anybody))
    before = [_asked(other, addresses) for other in others]
    reference = str(doors.as_("social_worker").post(REQUESTS, SAID).body["reference"])
    until(lambda: bool(_listed(cell, reference)), "la préoccupation chez la cellule")
    case_id = str(_listed(cell, reference)[0]["case_id"])
    after = [_asked(other, addresses) for other in others]
    looked_for = [_asked(other, _leading_there(addresses, case_id, reference)) for other in others]
    traces = (case_id, reference, reference.replace("-", ""), FAMILY_NAME)
    facts = {
        "read_by_the_cell": FAMILY_NAME in cell.look(f"{CONCERNS}/{case_id}")[1],
        "accounts": len(others),
        "answers": sum(map(len, [*after, *looked_for])),
        "unchanged": before == after,
        "found": sum(_traces(answers, traces) for answers in [*after, *looked_for]),
    }
    return Story("concern", None, ("concern_raised",), _told(installation, since, traces), (), facts)


def _listed(cell: Client, reference: str) -> list[dict[str, Any]]:
    return [one for one in cell.get(CONCERNS).body["items"] if one["reference"] == reference]


def _addresses(anybody: Client) -> Iterator[str]:
    """Every address that can be read, as each service describes itself."""
    for service in SERVICES:
        paths = anybody.get(f"/{service}/openapi.json").body["paths"]
        yield from (path for path, operations in paths.items() if "get" in operations)


def _asked(client: Client, addresses: Iterable[str]) -> Answers:
    """What is answered where no id is needed: lists, counts, searches."""
    return {path: client.look(path) for path in addresses if "{" not in path}


def _leading_there(addresses: Iterable[str], case_id: str, reference: str) -> list[str]:
    """Where somebody would look who knew its id, its reference or the name."""
    by_id = [re.sub(r"\{\w+\}", case_id, path) for path in addresses if "{" in path]
    return [*by_id, f"/cases?reference={reference}", f"/intake/persons?name={FAMILY_NAME}"]


def _traces(answers: Answers, traces: Iterable[str]) -> int:
    """How many answers hold a trace of it, other than what was asked for repeated."""
    return sum(any(one in text and one not in path for one in traces) for path, (_, text) in answers.items())


def _told(installation: Stack, since: datetime, traces: Iterable[str]) -> dict[str, int]:
    """The events that say anything of it in clear: the one that takes it to the cell says an id and a date."""
    told = reading.events(installation.administration, since)
    return dict(Counter(one.envelope.type for one in told if any(trace in str(one.envelope) for trace in traces)))
