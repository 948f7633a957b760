"""What is typed of a call: the fields of the screen, and the request they make, whole or not, in both directions."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from intake.asking.alarms import raised
from intake.concerns.raising import PROGRAMME as CONCERN
from intake.eligibility.model import FALLBACK

WHO: Final = ("given_name", "family_name", "birth_date", "phone", "email")
"""Of the person concerned."""
CALLER: Final = ("caller_given_name", "caller_family_name", "caller_phone")
"""Of who asks for somebody else."""
TEXTS: Final = (
    "summary", "commune", "commune_code", "urgency", "channel", "role", "programme", "immediate_answer", "rule",
    "language", "met_at", *WHO, *CALLER,
)  # fmt: skip
BOXES: Final = ("neutral", "minor", "agreed")
Fields = dict[str, Any]
"""Name → what is typed or ticked; `themes` holds several."""
NOTHING: Final[Mapping[str, Any]] = {
    **dict.fromkeys(TEXTS, ""),
    **dict.fromkeys(BOXES, False),
    "themes": [],
    "urgency": "ordinary",
    "channel": "phone",
    "role": "self",
    "programme": FALLBACK,
    "rule": "unsafe",
}
"""The screen before anything is said."""
_DAY_FIRST: Final = re.compile(r"(?:(?:(\d{1,2})[/. ])?(\d{1,2})[/. ])?(\d{4})", re.ASCII)
_CODE: Final = re.compile(r"(\d{2}|2[AB])\d{3}", re.ASCII)
_ALONE: Final = frozenset({"violence", "child"})
"""Dangers of which no colleague reads over a shoulder."""


def is_empty(fields: Fields) -> bool:
    """Whether nothing was said yet: choices that stand as they began say nothing."""
    return all(fields[name] in (NOTHING[name], "phone", "desk") for name in NOTHING)


def of_the_cell(fields: Fields) -> bool:
    """Whether what is typed is a worry about a child, for the département's cell alone."""
    return bool(fields["programme"] == CONCERN)


def is_its_authors_alone(fields: Fields) -> bool:
    """Whether the words tell of violence or of a child in danger, whatever was ticked."""
    return of_the_cell(fields) or not _ALONE.isdisjoint(raised(fields))


def request_of(fields: Fields, place: str) -> dict[str, Any]:
    """The request the fields make so far, as agents submit it; a commune is named by its code once that is known."""
    own = fields["role"] == "self"
    person = _person(fields["given_name"], fields["family_name"])
    person |= {"birth_date": iso(fields["birth_date"]), "contact_points": _points(fields)}
    caller = _person(fields["caller_given_name"], fields["caller_family_name"])
    caller |= {"contact_points": _point("phone", fields["caller_phone"], "unsafe", neutral=False)}
    said = [{"kind": "programme", "given_how": "oral"}] if fields["agreed"] else []
    minor = fields["minor"]
    met = {"met_at": fields["met_at"]} if fields["met_at"] else {}
    return met | {
        "commune": fields["commune_code"] or fields["commune"].strip(),
        "programme": fields["programme"],
        "themes": fields["themes"],
        "summary": fields["summary"],
        "urgency": fields["urgency"],
        "channel": fields["channel"],
        "place": place or None,
        "immediate_answer": fields["immediate_answer"],
        "requester": {
            "role": fields["role"],
            "person": _unless_nobody(person if own else caller, fields["language"] if own else ""),
        },
        "concerned": {
            "minor": minor,
            "person": None if own else _unless_nobody(person, fields["language"]),
            "consents": [] if minor else said,
            "parental_authority": [{"agreed": "oral"}] if minor and said else [],
        },
    }


def _person(given_name: str, family_name: str) -> dict[str, Any]:
    return {"given_name": given_name.strip(), "family_name": family_name.strip()}


def _unless_nobody(person: dict[str, Any], language: str) -> dict[str, Any] | None:
    """Somebody, and what they read; nobody is known by that alone."""
    return person | {"language": language} if any(person.values()) else None


def _points(fields: Fields) -> list[dict[str, Any]]:
    return [
        point
        for kind in ("phone", "email")
        for point in _point(kind, fields[kind], fields["rule"], neutral=fields["neutral"])
    ]


def _point(kind: str, value: str, rule: str, *, neutral: bool) -> list[dict[str, Any]]:
    if not value.strip():
        return []
    safe, never = rule == "safe", rule == "never"
    return [{"kind": kind, "value": value, "safe_to_write": safe, "never": never, "neutral": neutral}]


def iso(birth_date: str) -> str:
    """A birth date as it is said, day first or in part, as ISO 8601; anything else as it stands."""
    match = _DAY_FIRST.fullmatch(birth_date.strip())
    if match is None:
        return birth_date.strip()
    day, month, year = match.groups()
    return "-".join(part.zfill(2) for part in (year, month, day) if part)


def said(birth_date: str) -> str:
    """The other way round: as it is read aloud."""
    return "/".join(reversed(birth_date.split("-"))) if re.fullmatch(r"\d{4}(-\d{2}){0,2}", birth_date) else birth_date


def fields_of(request: Mapping[str, Any]) -> Fields:
    """The fields of a request that was kept, by this screen or by a program; what the screen has no field for stays
    out."""
    requester, concerned = request.get("requester") or {}, request.get("concerned") or {}
    role = requester.get("role") or NOTHING["role"]
    own = role == "self"
    person = (requester if own else concerned).get("person") or {}
    caller = {} if own else requester.get("person") or {}
    texts = {name: request.get(name) or NOTHING[name] for name in TEXTS if name in request}
    agreed = bool(concerned.get("consents") or concerned.get("parental_authority") or requester.get("consents"))
    return {
        **NOTHING,
        **texts,
        **_commune(str(request.get("commune") or "")),
        "themes": list(request.get("themes") or []),
        "role": role,
        "minor": bool(concerned.get("minor")),
        "agreed": agreed,
        **_who(person),
        **{f"caller_{name}": value for name, value in _who(caller).items() if f"caller_{name}" in CALLER},
    }


def _commune(commune: str) -> Fields:
    return {"commune": commune, "commune_code": commune if _CODE.fullmatch(commune) else ""}


def _who(person: Mapping[str, Any]) -> Fields:
    points = {point["kind"]: point for point in person.get("contact_points") or []}
    reached: Mapping[str, Any] = next(iter(points.values()), {})
    rule = "never" if reached.get("never") else "safe" if reached.get("safe_to_write") else "unsafe"
    names = {name: person.get(name) or "" for name in ("given_name", "family_name")}
    values = {kind: points[kind]["value"] if kind in points else "" for kind in ("phone", "email")}
    return names | values | {
        "birth_date": said(person.get("birth_date") or ""),
        "rule": rule,
        "language": person.get("language") or "",
        "neutral": bool(reached.get("neutral")),
    }  # fmt: skip


def title(fields: Fields) -> str:
    """What a call is told from the others by: who, else the first words; empty when neither was typed."""
    name = " ".join(filter(None, (fields["given_name"].strip(), fields["family_name"].strip())))
    return shortened(name or " ".join(fields["summary"].split()))


def shortened(text: str, longest: int = 24) -> str:
    """The first words of a text, whole where they fit."""
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + "…"


def field_of(location: Iterable[str | int], fields: Fields, *, own: bool) -> str:
    """The field that a fault in the request is corrected in."""
    match tuple(location):
        case ("requester" | "concerned" as whose, "person", *rest):
            name = _of_person(rest, fields)
            return name if own or whose == "concerned" else f"caller_{name}"
        case ("requester", "role"):
            return "role"
        case (str(name), *_) if name in NOTHING:
            return name
        case _:
            return "summary"


def _of_person(rest: Iterable[str | int], fields: Fields) -> str:
    match tuple(rest):
        case ("contact_points", int(place), *_):
            return "email" if place or not fields["phone"].strip() else "phone"
        case (str(name), *_) if name in WHO:
            return name
        case _:
            return "given_name"
