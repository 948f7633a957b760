"""Intake's typed errors, as what people read."""

from chassis.web.problems import Problem, ProblemOf, forbidden, invalid_field

from intake.requests.model import NotOffered, UnknownExclusion
from intake.requests.reception import OtherTerritory, UnknownCommune


def _other_territory(_: OtherTerritory) -> Problem:
    return forbidden(
        "Cette commune est hors de vos territoires. Orientez la personne vers le formulaire public, "
        "ou demandez ce droit à votre responsable."
    )


def _unknown_commune(_: UnknownCommune) -> Problem:
    return invalid_field("commune", "Cette commune n'est pas dans la liste officielle. Vérifiez son code INSEE.")


def _not_offered(_: NotOffered) -> Problem:
    return invalid_field("programme", "Ce dispositif n'est pas proposé ici. Choisissez-en un autre.")


def _unknown_exclusion(_: UnknownExclusion) -> Problem:
    return invalid_field("exclusions", "Ce dispositif ne connaît pas cette exclusion. Retirez-la.")


PROBLEMS: dict[type[Exception], ProblemOf] = {
    OtherTerritory: _other_territory,
    UnknownCommune: _unknown_commune,
    NotOffered: _not_offered,
    UnknownExclusion: _unknown_exclusion,
}
