"""What keeps a form from being done, as its page shows it: a sentence for each field, beside it."""

from collections.abc import Mapping

from pydantic import ValidationError

from chassis.web.problems import Problem
from chassis.web.translations import N_, translate
from chassis.web.validation import sentence
from directory.aggregates import Outdated
from directory.refusal import Refused

ABOVE = "form"
"""Under this name stands what concerns no field of its own."""
_SENT_BEFORE = ("idempotency-mismatch", "idempotency-in-progress")
_CHANGED = N_("Quelqu'un a modifié cet élément entre-temps. Relisez-le, puis renvoyez : votre saisie est gardée.")
_SENT = N_("Ce formulaire a déjà été envoyé. Vérifiez ce qui est enregistré avant de le renvoyer.")
REFUSALS = (ValidationError, Refused, Outdated, Problem)
"""What `errors` speaks of."""


def errors(error: Exception, fields: Mapping[str, str] | None = None) -> dict[str, str]:
    """Field → sentence. `fields`: where a rule's slug is shown. Raises the error again when no form can mend it."""
    if isinstance(error, ValidationError):
        return {str(one["loc"][0]) if one["loc"] else ABOVE: sentence(one) for one in error.errors()}
    if isinstance(error, Refused):
        return {(fields or {}).get(error.slug, ABOVE): translate(error.sentence)}
    if isinstance(error, Outdated):
        return {ABOVE: translate(_CHANGED)}
    if isinstance(error, Problem) and error.slug in _SENT_BEFORE:
        return {ABOVE: translate(_SENT)}
    raise error
