"""What is to be corrected of a call, each sentence beside its field."""

from typing import Final

from pydantic import ValidationError

from chassis.web.translations import N_, translate
from chassis.web.validation import sentence
from intake.desk import model
from intake.desk.looking import Seen
from intake.requests.api import PROBLEMS

REFUSALS: Final = tuple(PROBLEMS)
"""Why a call that is whole may still not be taken."""
_NO_THEME = N_("Choisissez au moins un thème.")
_NO_COMMUNE = N_("Indiquez la commune, par son nom ou son code postal.")
_UNKNOWN_COMMUNE = N_("Aucune commune n'a ce nom ou ce code postal. Vérifiez, ou essayez une commune voisine.")
_SEVERAL_COMMUNES = N_("Plusieurs communes correspondent : choisissez la bonne.")


def missing(fields: model.Fields, seen: Seen) -> dict[str, str]:
    """What a request cannot do without."""
    errors = {} if fields["themes"] else {"themes": translate(_NO_THEME)}
    if seen.place is None:
        typed = fields["commune"].strip()
        wrong = _SEVERAL_COMMUNES if seen.communes else _UNKNOWN_COMMUNE if typed else _NO_COMMUNE
        errors["commune"] = translate(wrong)
    return errors


def mistyped(error: ValidationError, fields: model.Fields) -> dict[str, str]:
    """What was typed in a way that cannot be understood."""
    own, faults = fields["role"] == "self", error.errors(include_url=False, include_input=False)
    return {model.field_of(fault["loc"], fields, own=own): sentence(fault) for fault in faults}


def refused(why: Exception) -> tuple[dict[str, str], int]:
    """Why a request is not taken, beside its field where it is one of ours, and the status that says so."""
    problem = PROBLEMS[type(why)](why)
    wrong = {_ours(one.pointer): translate(one.detail) for one in problem.errors}
    return wrong or {"summary": translate(problem.detail or problem.title)}, problem.status_code


def _ours(pointer: str) -> str:
    name = pointer.removeprefix("#/").partition("/")[0]
    return name if name in model.NOTHING else "summary"
