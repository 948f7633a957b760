"""What a measure needs before each step: one rule, one function, one French sentence with its why.

Source: CASF L271-1 to L271-8. Durations are those of the programme's terms, which say what the law says.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final

from cases.measures.counting import Length, Period, length, reached_on
from cases.measures.model import (
    AFTER_FAILURE,
    BEFORE_CONTRACT,
    UNDER_CONTRACT,
    Contract,
    EndReason,
    FailureKind,
    Measure,
    Order,
    Phase,
    Terms,
)
from chassis.web.translations import translate as _
from contracts.programme import Programme, Term

UNPAID_MONTHS: Final = 2
"""Months of rent that must be unpaid before the judge can be asked (L271-5)."""
CONTRACT: Final = "contract"
DIRECT_PAYMENT: Final = "direct_payment"
"""Codes of the programme's terms: what may last how long."""

Rule = Callable[[Measure, Programme], str | None]
"""Says what is missing, or None."""


# The application -------------------------------------------------------------------------------


def evaluation_is_written(measure: Measure, _programme: Programme) -> str | None:
    """A social worker evaluates the situation before the département decides."""
    return None if measure.evaluations else _("Écrivez l'évaluation sociale : la décision s'appuie sur elle.")


def person_is_adult(measure: Measure, _programme: Programme) -> str | None:
    """L271-1: "toute personne majeure"."""
    if measure.eligibility is None or measure.eligibility.adult:
        return None
    return _("La MASP s'adresse à une personne majeure.")


def person_receives_benefits(measure: Measure, _programme: Programme) -> str | None:
    """L271-1: "qui perçoit des prestations sociales"."""
    if measure.eligibility is None or measure.eligibility.receives_benefits:
        return None
    return _("La MASP suppose que la personne perçoit des prestations sociales.")


def person_struggles_with_resources(measure: Measure, _programme: Programme) -> str | None:
    """L271-1: "les difficultés qu'elle éprouve à gérer ses ressources"."""
    if measure.eligibility is None or measure.eligibility.struggles_with_resources:
        return None
    return _("La MASP suppose que la personne éprouve des difficultés à gérer ses ressources.")


def health_or_safety_is_threatened(measure: Measure, _programme: Programme) -> str | None:
    """L271-1: "dont la santé ou la sécurité est menacée" by them; the household's counts as well."""
    if measure.eligibility is None or measure.eligibility.health_or_safety_threatened:
        return None
    return _(
        "La MASP suppose que ces difficultés menacent la santé ou la sécurité de la personne, ou celle de son foyer."
    )


def person_agrees(measure: Measure, _programme: Programme) -> str | None:
    """A contract binds nobody who did not agree to it."""
    if measure.agreed_on is not None and measure.agreement_withdrawn_on is None:
        return None
    return _("Recueillez l'accord de la personne : la mesure est un contrat avec elle.")


def file_is_complete(measure: Measure, programme: Programme) -> str | None:
    """Every document the programme requires has been received."""
    left = [one.label for one in programme.documents if one.required and one.code not in measure.documents]
    if not left:
        return None
    return _("Il manque au dossier de demande : %(documents)s.") % {"documents": ", ".join(left)}


OF_ELIGIBILITY: Final[Sequence[Rule]] = (
    person_is_adult,
    person_receives_benefits,
    person_struggles_with_resources,
    health_or_safety_is_threatened,
)
TO_SEND: Final[Sequence[Rule]] = (evaluation_is_written, *OF_ELIGIBILITY, person_agrees, file_is_complete)
TO_GRANT: Final[Sequence[Rule]] = (*OF_ELIGIBILITY, person_agrees)


def missing(rules: Sequence[Rule], measure: Measure, programme: Programme) -> tuple[str, ...]:
    """Every sentence that stands between a measure and a step."""
    return tuple(sentence for rule in rules if (sentence := rule(measure, programme)))


# Contracts -------------------------------------------------------------------------------------


def contract_lasts_as_long_as_the_law_says(terms: Terms, limits: Term) -> str | None:
    """Six months to two years (L271-2)."""
    least, most = limits.at_least.months if limits.at_least else 1, limits.at_most.months
    if least <= terms.months <= most:
        return None
    return _("Un contrat dure de %(least)s à %(most)s mois.") % {"least": least, "most": most}


def contracts_stay_within_the_ceiling(periods: Iterable[Period], elsewhere: int, limits: Term) -> str | None:
    """Four years in all (L271-2): all contracts of the person together, whatever lies between them."""
    spent, ceiling = length(periods), limits.ceiling.months
    if Length(spent.months + elsewhere, spent.days) <= Length(ceiling):
        return None
    return _(
        "Tous les contrats de la personne mis bout à bout dépasseraient %(months)s mois, le maximum légal : "
        "choisissez une durée plus courte."
    ) % {"months": ceiling}


def level_is_the_one_decided(measure: Measure, terms: Terms) -> str | None:
    """The département decides the level, the contract follows."""
    if measure.decision is not None and terms.level == measure.decision.level:
        return None
    return _("Le niveau du contrat est celui que le département a décidé.")


def managed_rent_is_known(terms: Terms) -> str | None:
    """At level 2 rent and charges are paid first: the contract says how much they are."""
    if terms.level == 1 or terms.rent_cents or terms.charges_cents:
        return None
    return _("Au niveau 2, indiquez le loyer et les charges de chaque mois : ils sont payés en premier.")


def evaluation_came_after_the_start(measure: Measure, contract: Contract, _signed_on: date) -> str | None:
    """L271-2: a contract is renewed "sur évaluation préalable" of what was done under it."""
    if any(contract.starts_on < one.evaluated_on <= _signed_on for one in measure.evaluations):
        return None
    return _("Un contrat n'est renouvelé qu'après une évaluation faite depuis son début : écrivez-la d'abord.")


def contracts_follow_one_another(starts_on: date, after: date | None) -> str | None:
    """Two contracts, or two orders, do not hold at once."""
    if after is None or starts_on > after:
        return None
    return _("Le suivant commence après la fin du précédent.")


# Level 3 ---------------------------------------------------------------------------------------


def contract_was_refused_or_broken(measure: Measure) -> str | None:
    """L271-5: "en cas de refus par l'intéressé du contrat ou de non-respect de ses clauses"."""
    if measure.failure is not None and measure.failure.kind in (FailureKind.REFUSAL, FailureKind.BREACH):
        return None
    return _("Le juge n'est saisi qu'après le refus du contrat par la personne, ou le non-respect de ses clauses.")


def rent_is_unpaid_long_enough(unpaid_months: int) -> str | None:
    """L271-5: rent unpaid "depuis au moins deux mois"."""
    if unpaid_months >= UNPAID_MONTHS:
        return None
    return _("Le juge n'est saisi que si au moins deux mois de loyer sont impayés.")


def order_lasts_as_long_as_the_law_says(months: int, limits: Term) -> str | None:
    """L271-5: two years at most by decision, renewable."""
    if 1 <= months <= limits.at_most.months:
        return None
    return _("Une décision du juge vaut pour %(most)s mois au plus.") % {"most": limits.at_most.months}


def orders_stay_within_their_ceiling(periods: Iterable[Period], limits: Term) -> str | None:
    """L271-5: four years in all, counted apart from the contracts'."""
    if length(periods) <= Length(limits.ceiling.months):
        return None
    return _("Toutes les décisions du juge ensemble dépasseraient %(months)s mois, le maximum légal.") % {
        "months": limits.ceiling.months
    }


def enough_is_left_to_live_on(protected_cents: int) -> str | None:
    """L271-5: the procedure may not deprive the person, and those in their care, of what they need to live on."""
    if protected_cents > 0:
        return None
    return _("Indiquez la somme laissée chaque mois à la personne : elle garde de quoi vivre, elle et son foyer.")


# The end ---------------------------------------------------------------------------------------

_ALWAYS: Final = frozenset({EndReason.MOVED, EndReason.DECEASED, EndReason.PROTECTION})
_FAILURES: Final = frozenset(EndReason(kind) for kind in FailureKind)


def reason_fits(measure: Measure, reason: EndReason) -> str | None:
    """A failure is recorded before it ends a measure; what was never under contract is not completed."""
    if reason in _reasons(measure):
        return None
    if reason in _FAILURES and measure.phase not in AFTER_FAILURE:
        return _("Enregistrez d'abord le refus, la rupture ou l'échec : il peut imposer un rapport au procureur.")
    return _("Cette raison ne convient pas à l'étape où en est la mesure.")


def _reasons(measure: Measure) -> frozenset[EndReason]:
    if measure.phase is Phase.FAILED and measure.failure is not None:
        return _ALWAYS | {EndReason(measure.failure.kind)}
    if measure.phase in UNDER_CONTRACT or measure.phase is Phase.ORDERED:
        return _ALWAYS | {EndReason.COMPLETED}
    return _ALWAYS | {EndReason.NOT_ELIGIBLE} if measure.phase in BEFORE_CONTRACT else _ALWAYS


def end_reasons(measure: Measure) -> list[EndReason]:
    """Reasons for which a measure may end where it stands."""
    return [reason for reason in EndReason if reason in _reasons(measure)]


def danger_was_judged(measure: Measure, reason: EndReason) -> str | None:
    """Of a measure that failed it is said whether health or safety stays compromised."""
    if measure.failure is None or measure.compromised is not None or reason is EndReason.DECEASED:
        return None
    return _("Indiquez si la santé ou la sécurité de la personne, ou de son foyer, reste compromise.")


def report_was_sent(measure: Measure, reason: EndReason) -> str | None:
    """The measure does not end while the report is owed; the death of the person lifts it."""
    return None if reason is EndReason.DECEASED else report_is_owed(measure)


def report_is_owed(measure: Measure) -> str | None:
    """L271-6: when it failed and health or safety stays compromised, the département reports to the prosecutor. No
    withdrawal lifts that duty."""
    if not measure.report_is_due:
        return None
    return _(
        "La santé ou la sécurité reste compromise : enregistrez d'abord l'envoi du rapport au procureur de la "
        "République. C'est une obligation légale."
    )


def nothing_is_still_held(held_cents: int) -> str | None:
    """Money managed for the person is not kept after the measure."""
    if held_cents == 0:
        return None
    return _("Le compte géré pour la personne n'est pas vide : versez ce qui reste avant de mettre fin à la mesure.")


def ceiling_of(measure: Measure, others: Sequence[Period], programme: Programme) -> date:
    """The last day that may be under contract, or under order at level 3, if it goes on without a break."""
    if measure.order is not None:
        return _last_allowed(measure.under_order, measure.order, 0, programme.term(DIRECT_PAYMENT))
    assert measure.contract is not None, "something counts"
    periods = [*measure.under_contract, *others]
    return _last_allowed(periods, measure.contract, measure.months_elsewhere, programme.term(CONTRACT))


def _last_allowed(periods: Iterable[Period], current: Contract | Order, elsewhere: int, limits: Term) -> date:
    end = current.ends_on
    spent = length(periods)
    following = date.fromordinal(end.toordinal() + 1)
    return reached_on(Length(spent.months + elsewhere, spent.days), following, limits.ceiling.months)
