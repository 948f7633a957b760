"""The form of how somebody is reached safely and what they need; who they are stays as it is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from starlette.datastructures import FormData

from chassis.web.translations import N_
from chassis.web.validation import sentence
from intake.people.said import PersonSaid

RULES: Final[Mapping[str, str]] = {
    "safe": N_("Écrire ici est sans danger"),
    "unsafe": N_("Ne pas écrire ici"),
    "never": N_("Ne jamais utiliser"),
}
_BOXES: Final = ("sign_language", "reading_help")
_WHO: Final = ("given_name", "family_name", "birth_date")
Fields = dict[str, Any]
"""Name → what is typed or ticked; a list for boxes of one name."""


def ranges(point: Mapping[str, Any]) -> range:
    """Places of a contact point's hours on the form, and of new ones."""
    return range(len(point["hours"]) + 1)


def filled(known: Mapping[str, Any]) -> Fields:
    """The form as it is first shown."""
    needs = known["needs"] or {}
    protection = needs.get("protection") or {}
    fields: Fields = {"never_by": list(known["never_by"]), "language": known["language"] or ""}
    fields["interpreter"] = needs.get("interpreter") or ""
    fields |= {box: needs.get(box, False) for box in _BOXES}
    fields |= {"protection": protection.get("kind", ""), "protector": protection.get("protector") or ""}
    fields["own_agreement"] = protection.get("own_agreement", "to_seek")
    for place, point in enumerate(known["contact_points"]):
        fields[f"rule-{place}"] = "never" if point["never"] else "safe" if point["safe_to_write"] else "unsafe"
        fields[f"neutral-{place}"] = point["neutral"]
        for turn in ranges(point):
            fields |= _hours_filled(f"{place}-{turn}", point["hours"][turn : turn + 1])
    return fields


def _hours_filled(at: str, found: Sequence[Mapping[str, Any]]) -> Fields:
    one = found[0] if found else {"weekdays": [], "opens": "", "closes": ""}
    days = [str(day) for day in one["weekdays"]]
    return {f"days-{at}": days, f"opens-{at}": one["opens"][:5], f"closes-{at}": one["closes"][:5]}


def typed(known: Mapping[str, Any], form: FormData) -> Fields:
    """The form as it was sent."""
    empty = {name: [] if isinstance(value, list) else "" for name, value in filled(known).items()}
    return {
        name: [str(one) for one in form.getlist(name)] if nothing == [] else str(form.get(name, nothing))
        for name, nothing in empty.items()
    }


def said(known: Mapping[str, Any], fields: Fields) -> PersonSaid:
    """The person with what the form says of them. Raises ValidationError; see `corrections`."""
    points = [_point(point, fields, place) for place, point in enumerate(known["contact_points"])]
    who = {name: known[name] for name in _WHO} | {"language": fields["language"]}
    return PersonSaid.model_validate(
        who | {"never_by": fields["never_by"], "contact_points": points, "needs": _needs(fields)}
    )


def _point(point: Mapping[str, Any], fields: Fields, place: int) -> Fields:
    rule = fields[f"rule-{place}"]
    return {
        "kind": point["kind"],
        "value": point["value"],
        "safe_to_write": rule == "safe",
        "never": rule == "never",
        "neutral": bool(fields[f"neutral-{place}"]),
        "hours": [one for _at, one in _hours(point, fields, place)],
    }


def _hours(point: Mapping[str, Any], fields: Fields, place: int) -> Iterator[tuple[str, Fields]]:
    """Where they stand on the form, and what is said there; an empty place says nothing."""
    for at in (f"{place}-{turn}" for turn in ranges(point)):
        one = {"weekdays": fields[f"days-{at}"], "opens": fields[f"opens-{at}"], "closes": fields[f"closes-{at}"]}
        if any(one.values()):
            yield at, one


def _needs(fields: Fields) -> Fields | None:
    needs: Fields = {"interpreter": fields["interpreter"]} | {box: bool(fields[box]) for box in _BOXES}
    if fields["protection"] or fields["protector"]:
        needs["protection"] = {
            "kind": fields["protection"],
            "protector": fields["protector"],
            "own_agreement": fields["own_agreement"],
        }
    return needs if any(needs.values()) else None


def corrections(known: Mapping[str, Any], fields: Fields, error: ValidationError) -> dict[str, str]:
    """Field → sentence."""
    return {_field(known, fields, fault["loc"]): sentence(fault) for fault in error.errors(include_url=False)}


def _field(known: Mapping[str, Any], fields: Fields, location: tuple[str | int, ...]) -> str:
    match location:
        case ("contact_points", int(place), "hours", int(turn), *rest):
            places = [at for at, _one in _hours(known["contact_points"][place], fields, place)]
            return f"{'days' if 'weekdays' in rest else 'closes' if 'closes' in rest else 'opens'}-{places[turn]}"
        case ("contact_points", int(place), *_):
            return f"rule-{place}"
        case ("needs", "protection", "protector" | "own_agreement" as name):
            return name
        case ("needs", "protection", *_):
            return "protection"
        case ("needs", "interpreter" as name) | ("language" as name,):
            return name
        case _:
            return "never_by"
