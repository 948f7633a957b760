"""HTTP as one person: anybody, or an agent with their token."""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.problems import Problem

TIMEOUT_SECONDS = 20.0
FORBIDDEN = 403
OTHERWISE = (
    "Territoires ou droits y sont réglés autrement. Pour jouer la démonstration sur une plateforme vide : "
    "./maillage down, puis ./maillage reset, qui en efface les données, puis ./maillage demo."
)
"""The way out of a platform that somebody set up before."""


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took."""

    status: int
    body: dict[str, Any]
    milliseconds: float
    etag: str | None


class Client:
    """Speaks to the one address of the platform."""

    def __init__(self, public_url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=public_url, headers=headers, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def look(self, path: str) -> tuple[int, str]:
        """What a reader is answered, whatever it is: its status and its text. News that never ends has none."""
        with self._http.stream("GET", path) as response:
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                response.read()
            return response.status_code, response.text if response.is_stream_consumed else ""

    def download(self, path: str) -> bytes:
        """A file, whole. Raises Problem unless it is given."""
        response = self._http.get(path)
        if not response.is_success:
            raise Problem(f"{path} : {response.status_code}.", "Voir ./maillage logs SERVICE.")
        return response.content

    def status(self, path: str) -> int:
        """Whether a reader may read there."""
        return self.look(path)[0]

    def get(self, path: str, **query: str) -> Answer:
        """Raises Problem unless it is answered with success."""
        return self._send("GET", path, params=query)

    def post(
        self,
        path: str,
        body: dict[str, Any],
        *,
        version: str | None = None,
        accept: int | None = None,
    ) -> Answer:
        """Create or act. `version`, an ETag, is the one that is changed; `accept` is an error that counts as an answer.

        Raises Problem for any other error.
        """
        headers = {"Idempotency-Key": uuid4().hex} | ({"If-Match": version} if version else {})
        return self._send("POST", path, accept=accept, json=body, headers=headers)

    def put(self, path: str, body: dict[str, Any], *, version: str | None) -> Answer:
        """Replace what is at `version`, an ETag; None: begin it. Raises Problem."""
        return self._send("PUT", path, json=body, headers={"If-Match": version} if version else {})

    def _send(self, method: str, path: str, accept: int | None = None, **more: Any) -> Answer:
        started = time.perf_counter()
        try:
            response = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise Problem(f"{path} ne répond pas ({type(error).__name__}).", "Voir ./maillage status.") from error
        milliseconds = (time.perf_counter() - started) * 1000
        if response.is_error and response.status_code != accept:
            raise _refused(method, path, response)
        body = response.json() if response.content else {}
        return Answer(response.status_code, body, milliseconds, response.headers.get("ETag"))


def _refused(method: str, path: str, response: httpx.Response) -> Problem:
    try:
        said = response.json().get("detail", "")
    except ValueError:
        said = ""
    way_out = OTHERWISE if response.status_code == FORBIDDEN else "Voir ./maillage logs SERVICE."
    return Problem(f"{method} {path} : {response.status_code} {said}".rstrip(), way_out)
