"""A resident with a browser, without an account and without JavaScript: forms are read, filled and sent."""

import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType

import httpx

from deploy.demo.client import TIMEOUT_SECONDS
from deploy.local.problems import Problem

REFERENCE = "reference"
MOST_PAGES = 60
"""Of a request: its questions, and those of its programme."""
TOO_MANY = 429
MOST_WAITS = 60


@dataclass(frozen=True)
class Receipt:
    """What the page shows once: the reference, and the code to follow the request with."""

    reference: str
    secret: str = field(repr=False)
    milliseconds: float
    """How long the sending took, once the questions were answered."""


class Page(HTMLParser):
    """What a visitor needs of a page: its form, where it leads without one, and what it shows as references."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.action = ""
        """Where the page's own form goes; the one to leave in a hurry is on many pages."""
        self.names: set[str] = set()
        """Of the fields it shows."""
        self.onward = ""
        """Where a page that only tells something leads."""
        self.references: list[str] = []
        self._reads_reference = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and "data-leave" not in found:
            self.action = found.get("action", "")
        elif tag == "input" and found.get("type") == "hidden":
            self.hidden[found["name"]] = found["value"]
        elif tag in ("input", "textarea"):
            self.names.add(found.get("name", ""))
        elif tag == "a" and "button" in found.get("class", ""):
            self.onward = found["href"]
        self._reads_reference = found.get("class") == REFERENCE

    def handle_data(self, data: str) -> None:
        if self._reads_reference:
            self.references.append(data.strip())
            self._reads_reference = False


class Visitor:
    """One browser, closed at the end."""

    def __init__(self, public_url: str) -> None:
        self._http = httpx.Client(base_url=public_url, follow_redirects=True, timeout=TIMEOUT_SECONDS)
        self._waited = 0.0

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def ask(self, fields: dict[str, str | list[str]]) -> Receipt:
        """Answer the public form page by page, and send it. Raises Problem when a page asks for corrections."""
        page, milliseconds = self.look("/demande"), 0.0
        for _ in range(MOST_PAGES):
            if page.references:
                break
            started = time.perf_counter() - self._waited
            page = self._turned(page, fields)
            milliseconds = (time.perf_counter() - self._waited - started) * 1000
        if len(page.references) != 2:
            raise Problem("Le formulaire public n'a pas accepté la demande.", "Voir ./maillage logs intake.")
        reference, secret = page.references
        return Receipt(reference.replace("-", ""), secret, milliseconds)

    def _turned(self, page: Page, fields: dict[str, str | list[str]]) -> Page:
        if not page.action:
            return self.look(page.onward)
        return self.send(page.action, page, {name: value for name, value in fields.items() if name in page.names})

    def follow(self, receipt: Receipt) -> None:
        """Look where the request stands. Raises Problem when the tracking page does not know it."""
        page = self._submit("/suivi", {"reference": receipt.reference, "secret": receipt.secret})
        if receipt.reference not in (shown.replace("-", "") for shown in page.references):
            raise Problem("La page de suivi ne connaît pas la demande.", "Voir ./maillage logs intake.")

    def look(self, path: str) -> Page:
        """Open a page. Raises Problem when it cannot be shown."""
        return Page(self._text(self._asked(self._http.build_request("GET", path))))

    def send(self, path: str, form: Page, fields: dict[str, str | list[str]]) -> Page:
        """Fill and send a form of the page at hand. Raises Problem when it is not taken."""
        return Page(self._text(self._asked(self._http.build_request("POST", path, data=form.hidden | fields))))

    def _asked(self, request: httpx.Request) -> httpx.Response:
        """The answer, once there is one: all visitors of the day share one address, and are made to wait their turn
        as too many people of one waiting room would be."""
        response = self._http.send(request)
        for _ in range(MOST_WAITS):
            if response.status_code != TOO_MANY:
                break
            pause = float(response.headers.get("Retry-After", 1))
            time.sleep(pause)
            self._waited += pause
            response = self._http.send(response.request)
        return response

    def _submit(self, path: str, fields: dict[str, str | list[str]]) -> Page:
        return self.send(path, self.look(path), fields)

    def _text(self, response: httpx.Response) -> str:
        if response.is_error:
            service = "cases" if response.url.path.startswith("/cases") else "intake"
            raise Problem(f"{response.url.path} : {response.status_code}.", f"Voir ./maillage logs {service}.")
        return response.text
