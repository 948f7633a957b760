"""People of the demonstration. None exists: names are numbers, addresses end in `.example`, phone numbers are of the
ranges kept for fiction (ARCEP, décision 2018-0881: 06 39 98 …)."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Person:
    """Sample person number `number`; `writes_to` says whether an e-mail may be sent there, None: no e-mail."""

    number: int
    born: str | None = None
    writes_to: bool | None = None
    neutral: bool = False
    phone: bool = False
    texts: bool = False
    """Whether a text message may be sent to the phone."""
    lives: str = ""
    """Where letters may be sent."""
    language: str | None = None

    @property
    def name(self) -> str:
        return f"Personne Exemple {self.number}"

    @property
    def email(self) -> str:
        return f"personne-{self.number}@maillage.example"

    def body(self) -> dict[str, Any]:
        """As a request tells it."""
        said: dict[str, Any] = {"given_name": "Personne", "family_name": f"Exemple {self.number}"}
        said |= {"birth_date": self.born} if self.born else {}
        said |= {"language": self.language} if self.language else {}
        return said | {"contact_points": [*self._email(), *self._phone(), *self._post()]}

    def fields(self) -> dict[str, str]:
        """As the public form asks for it."""
        filled = {"given_name": "Personne", "family_name": f"Exemple {self.number}"}
        filled |= {"email": self.email} if self.writes_to is not None else {}
        return filled | ({"safe": "yes"} if self.writes_to else {}) | ({"neutral": "yes"} if self.neutral else {})

    def _email(self) -> list[dict[str, Any]]:
        if self.writes_to is None:
            return []
        safety = {"safe_to_write": self.writes_to, "neutral": self.neutral}
        return [{"kind": "email", "value": self.email, **safety}]

    def _phone(self) -> list[dict[str, Any]]:
        safety = {"safe_to_write": True} if self.texts else {}
        return [{"kind": "phone", "value": f"06399800{self.number:02d}", **safety}] if self.phone else []

    def _post(self) -> list[dict[str, Any]]:
        return [{"kind": "post", "value": self.lives, "safe_to_write": True}] if self.lives else []


def reachable(number: int, born: str | None = None) -> Person:
    """Somebody who agreed to be written to by e-mail."""
    return Person(number, born, writes_to=True)


def by_phone(number: int, born: str | None = None) -> Person:
    """Somebody who left a phone number and no e-mail."""
    return Person(number, born, phone=True)


def by_text(number: int, born: str | None = None) -> Person:
    """Somebody who has no e-mail, and agreed to be written to on their phone."""
    return Person(number, born, phone=True, texts=True)


def by_letter(number: int, lives: str, born: str | None = None) -> Person:
    """Somebody who has neither e-mail nor phone, and agreed to be written to at home."""
    return Person(number, born, lives=lives)
