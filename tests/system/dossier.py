"""A dossier, from the request that opens it, led over HTTP; and what lies of it on the topics and in the mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from tests.system.checker import settled
from tests.system.conftest import LivedIn
from tests.system.people import Person
from tests.system.platform import COMMUNES, TERRITORY, Platform, case_id
from tests.system.topics import Written, read_all


@dataclass(frozen=True)
class Dossier:
    """`given`: what was answered to whoever asked."""

    lived_in: LivedIn
    given: dict[str, Any]

    @property
    def request_id(self) -> str:
        return str(self.given["request_id"])

    @property
    def case_id(self) -> str:
        return str(case_id(UUID(self.request_id)))

    async def read(self, by: Person, place: str = "") -> dict[str, Any]:
        return await by.get(self.lived_in.cases, self._path(place))

    async def may_read(self, by: Person, place: str = "") -> bool:
        return await by.may(self.lived_in.cases, self._path(place))

    async def make(self, by: Person, place: str, body: Any) -> dict[str, Any]:
        """Something new in the dossier."""
        return await by.create(self.lived_in.cases, self._path(place), body)

    async def step(self, by: Person, place: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
        """A change of the dossier as it is now."""
        version = (await self.read(by))["version"]
        return await by.change(self.lived_in.cases, self._path(place), body, version, method=method)

    async def tried(self, by: Person, place: str, body: Any = None) -> tuple[int, str]:
        """The status and the text of the answer to a change that may be refused."""
        headers = {"If-Match": f'"{(await self.read(by))["version"]}"', "Idempotency-Key": str(uuid4())}
        answer = await by.ask(self.lived_in.cases, "POST", self._path(place), json=body, headers=headers)
        return answer.status_code, answer.text

    async def concerned(self, by: Person) -> str:
        """The person it is about."""
        people = (await self.read(by))["people"]
        return next(str(one["person_id"]) for one in people if one["role"] == "concerned")

    def _path(self, place: str) -> str:
        return f"/cases/{self.case_id}/{place}".rstrip("/")


def asked(given_name: str, points: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """What somebody asks for themself."""
    person = {"given_name": given_name, "contact_points": list(points)}
    requester = {"role": "self", "person": person}
    return {"commune": COMMUNES[TERRITORY][0], "themes": ["housing"], "requester": requester, **more}


def email(value: str, *, safe: bool = True) -> dict[str, Any]:
    return {"kind": "email", "value": value, "safe_to_write": safe}


async def opened(lived_in: LivedIn, by: Person, body: dict[str, Any]) -> Dossier:
    """A request that an agent takes in, or that comes by the public form, and the dossier it opens."""
    path = "/intake/requests" if "channel" in body else "/intake/public/requests"
    dossier = Dossier(lived_in, await by.create(lived_in.intake, path, body))
    await is_open(dossier)
    return dossier


async def is_open(dossier: Dossier) -> None:
    """Waits until cases has heard of the request."""
    platform = dossier.lived_in.platform

    async def known() -> bool:
        return await platform.count("cases", "cases", f"case_id = '{dossier.case_id}'") == 1

    await platform.until(known, "the dossier of a request")


async def at_rest(platform: Platform) -> list[Written]:
    """Everything that lies on the topics, once nothing moves any more."""
    await settled(platform)
    return await read_all(platform)


def told(written: Sequence[Written], topic: str, key: str) -> list[Written]:
    """What lies on a topic under a key, each event once, in its order."""
    return list({one.id: one for one in written if (one.topic, one.key) == (topic, key)}.values())


def types(events: Sequence[Written]) -> list[str]:
    return [one.type for one in events]


def in_clear(written: Sequence[Written], *words: str) -> list[tuple[str, str]]:
    """(topic, type) of what shows one of these words to whoever reads the topic."""
    return [(one.topic, one.type) for one in written if any(word in f"{one.key} {one.event}" for word in words)]


def letters(platform: Platform, address: str) -> list[str]:
    """Subject and text of the mails to an address, in no order."""
    return [
        f"{mail['Subject']}\n{mail.get_body(('plain',)).get_content()}"  # type: ignore[union-attr]
        for mail in platform.mails()
        if str(mail["To"]).rpartition("<")[2].rstrip(">") == address
    ]


async def letter(platform: Platform, address: str, says: str) -> str:
    """The mail to an address that says so, once it has come."""

    async def arrived() -> bool:
        return any(says in text for text in letters(platform, address))

    await platform.until(arrived, f"a mail about: {says}")
    return next(text for text in letters(platform, address) if says in text)
