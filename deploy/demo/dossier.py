"""A dossier as agents work on it over HTTP."""

from dataclasses import dataclass
from typing import Any

from deploy.demo.client import Answer, Client
from deploy.demo.operating import until


@dataclass
class Dossier:
    """A dossier in the hands of `client`; each step names the version it was read at."""

    client: Client
    path: str
    version: str = ""

    def step(self, place: str, body: dict[str, Any], *, by: Client | None = None, accept: int | None = None) -> Answer:
        """What may be repeated under its key, or edits the version last seen; `by` somebody else than usual, `accept`:
        an error that counts as an answer. Raises Problem for any other."""
        answer = (by or self.client).post(f"{self.path}/{place}", body, version=self.version, accept=accept)
        self.version = answer.etag or self.version
        return answer

    def say(self, place: str, body: dict[str, Any], *, by: Client | None = None) -> None:
        """Replace what is said of something. Raises Problem."""
        answer = (by or self.client).put(f"{self.path}/{place}", body, version=self.version)
        self.version = answer.etag or self.version

    def read(self, place: str = "") -> dict[str, Any]:
        """What is there now. Steps from here on change this version."""
        answer = self.client.get(f"{self.path}/{place}".rstrip("/"))
        self.version = answer.etag or self.version
        return answer.body

    @property
    def concerned(self) -> str:
        """The id of the person it is about."""
        return next(str(one["person_id"]) for one in self.read()["people"] if one["role"] == "concerned")


def opened(client: Client, reference: str) -> Dossier:
    """The dossier of that reference, once it is open. Raises Problem when it does not open in time."""
    until(lambda: bool(_found(client, reference)), f"le dossier {reference}")
    return Dossier(client, f"/cases/{_found(client, reference)[0]['case_id']}")


def _found(client: Client, reference: str) -> list[dict[str, Any]]:
    """The dossiers of that reference, as the agent's list shows them."""
    found: list[dict[str, Any]] = client.get("/cases", reference=reference).body["items"]
    return found
