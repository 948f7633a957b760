"""The public form's fields, as a request."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from starlette.datastructures import FormData

from chassis.web.translations import N_, translate
from chassis.web.validation import sentence
from contracts.programme import Programme
from intake.eligibility.answers import Given
from intake.requests.asked import Asked
from intake.requests.questions import questions
from intake.typed import typed

FIELDS = (
    "programme", "summary", "commune", "commune_code", "role", "given_name", "family_name", "email", "phone",
    "concerned_given_name", "concerned_family_name", "language",
)  # fmt: skip
YES_OR_NO = ("minor", "agreed")
BOXES = ("safe", "neutral")
"""Ticked or not."""
LISTS = ("danger", "themes")
"""Several boxes of one name."""
EMPTY: Final[Mapping[str, Any]] = {
    **dict.fromkeys((*FIELDS, *YES_OR_NO), ""),
    **dict.fromkeys(BOXES, False),
    **dict.fromkeys(LISTS, ()),
}
"""Every field of the form's own, before anything is typed."""
_NO_THEME = N_("Choisissez au moins un sujet.")
_NO_ROLE = N_("Indiquez qui vous êtes : la personne elle-même, ou quelqu'un qui demande pour elle.")


def filled(form: FormData, offered: Iterable[Programme]) -> dict[str, Any]:
    """What was typed, by field, to be shown again, also under a programme that is chosen no more; a form not yet sent
    is empty."""
    texts = {name: typed(str(form.get(name, ""))) for name in (*FIELDS, *YES_OR_NO)}
    ticked = {name: name in form for name in BOXES}
    lists = {name: [str(one) for one in form.getlist(name)] for name in LISTS}
    answers = {one.name: one.typed_in(form) for programme in offered for one in questions(programme)}
    return texts | ticked | lists | answers


def asked(fields: Mapping[str, Any], commune: str, answers: Mapping[str, Given]) -> Asked:
    """The request the fields make. Raises ValidationError; see `corrections`."""
    own = fields["role"] == "self"
    person = _person(fields["given_name"], fields["family_name"]) | {"contact_points": _contact_points(fields)}
    return Asked.model_validate(
        {
            "commune": commune,
            "programme": fields["programme"],
            "themes": fields["themes"],
            "summary": fields["summary"],
            "answers": answers,
            "urgency": "immediate" if fields["danger"] else "ordinary",
            "requester": {"role": fields["role"], "person": _known(person, fields["language"])},
            "concerned": _concerned(fields, own=own),
        }
    )


def _person(given_name: str, family_name: str) -> dict[str, Any]:
    return {"given_name": given_name.strip(), "family_name": family_name.strip()}


def _known(person: dict[str, Any], language: str) -> dict[str, Any] | None:
    """Somebody, and what they read; nobody is known by that alone."""
    return person | {"language": language} if any(person.values()) else None


def _contact_points(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "value": fields[kind], "safe_to_write": fields["safe"], "neutral": fields["neutral"]}
        for kind in ("email", "phone")
        if fields[kind].strip()
    ]


def _concerned(fields: Mapping[str, Any], *, own: bool) -> dict[str, Any]:
    """Who it is about, and the agreement given online: of the person, or of the holders of parental authority."""
    person = {} if own else _person(fields["concerned_given_name"], fields["concerned_family_name"])
    minor, agreed = fields["minor"] == "yes", fields["agreed"] == "yes"
    concerned: dict[str, Any] = {"minor": minor, "person": person if any(person.values()) else None}
    if agreed and minor:
        concerned["parental_authority"] = [{"agreed": "online"}]
    elif agreed and not own:
        concerned["consents"] = [{"kind": "programme", "given_how": "online"}]
    return concerned


def corrections(error: ValidationError, fields: Mapping[str, Any]) -> dict[str, str]:
    """Field → sentence."""
    kinds = [point["kind"] for point in _contact_points(fields)]
    return {_field(fault["loc"], kinds): _sentence(fault) for fault in error.errors(include_url=False)}


def _sentence(fault: Mapping[str, Any]) -> str:
    """A list of corrections stands on top of the page: each must say what it is about."""
    match tuple(fault["loc"]):
        case ("themes",):
            return translate(_NO_THEME)
        case ("requester", "role"):
            return translate(_NO_ROLE)
        case _:
            return sentence(fault)


def _field(location: tuple[str | int, ...], kinds: Sequence[str]) -> str:
    match location:
        case ("requester", "person", "contact_points", int(place), *_):
            return kinds[place]
        case ("requester", "role"):
            return "role"
        case ("requester", "person", str(name)):
            return name
        case ("concerned", "person", str(name)):
            return f"concerned_{name}"
        case (str(name), *_):
            return name
        case _:
            return "summary"
