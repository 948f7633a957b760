"""The life of a measure: each function is one step, gives the measure after it, or raises Refused.

`today` is the day the step is recorded; a step is never recorded for a day to come. `others` are the periods under
contract of the same person's other measures.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from pydantic import BaseModel

from cases.dossiers.model import Refused
from cases.measures import rules
from cases.measures.counting import Period
from cases.measures.model import (
    AFTER_FAILURE,
    BEFORE_CONTRACT,
    OVER,
    UNDER_CONTRACT,
    Amendment,
    Application,
    Contract,
    Decision,
    Eligibility,
    EndReason,
    Evaluation,
    Failure,
    FailureKind,
    Interruption,
    JudgeRequest,
    Measure,
    Order,
    Phase,
    Terms,
    Visit,
)
from chassis.web.translations import N_
from chassis.web.translations import translate as _
from contracts.programme import Programme

P = TypeVar("P", bound=BaseModel)

_PHASES: Final = {
    Phase.APPLICATION: N_("La demande se prépare : évaluation, accord, documents."),
    Phase.SENT: N_("Le dossier de demande est transmis : le département décide."),
    Phase.GRANTED: N_("La mesure est accordée : le contrat est à signer."),
    Phase.REFUSED: N_("La mesure est refusée par le département."),
    Phase.UNDER_CONTRACT: N_("Le contrat est en cours."),
    Phase.INTERRUPTED: N_("Le contrat est suspendu."),
    Phase.FAILED: N_("La mesure a échoué : dites ce qu'elle devient."),
    Phase.BEFORE_JUDGE: N_("Le juge est saisi : sa décision est attendue."),
    Phase.ORDERED: N_("Le juge a ordonné le versement direct du loyer (niveau 3)."),
    Phase.ENDED: N_("La mesure est terminée."),
}


def phase_sentence(measure: Measure) -> str:
    """Where a measure stands."""
    return _(_PHASES[measure.phase])


# The application -------------------------------------------------------------------------------


def evaluate(measure: Measure, evaluation: Evaluation, eligibility: Eligibility | None, today: date) -> Measure:
    """Add a social evaluation. Before a contract it also says, for each condition, whether it is met."""
    _not_over(measure)
    _not_to_come(evaluation.evaluated_on, today)
    if eligibility is not None:
        _in(measure, Phase.APPLICATION, Phase.SENT)
    elif measure.eligibility is None:
        raise Refused(_("La première évaluation dit, pour chaque condition de la MASP, si elle est remplie."))
    evaluations = (*measure.evaluations, evaluation)
    return _with(measure, evaluations=evaluations, eligibility=eligibility or measure.eligibility)


def agree(measure: Measure, agreed_on: date, today: date) -> Measure:
    """The person agrees to the measure, in writing."""
    _in(measure, *BEFORE_CONTRACT)
    _not_to_come(agreed_on, today)
    return _with(measure, agreed_on=agreed_on, agreement_withdrawn_on=None)


def withdraw(measure: Measure, withdrawn_on: date, today: date) -> Measure:
    """The person no longer agrees: before the contract it is refused, under it broken. What the law requires goes on:
    neither the judge's order nor a report that is due stops."""
    _not_over(measure)
    _not_to_come(withdrawn_on, today)
    without = _with(measure, agreement_withdrawn_on=withdrawn_on)
    if measure.phase in AFTER_FAILURE:
        return without
    kind = FailureKind.REFUSAL if measure.phase in BEFORE_CONTRACT else FailureKind.BREACH
    return _failed(without, Failure(kind=kind, failed_on=withdrawn_on), None)


def receive(measure: Measure, documents: Collection[str], programme: Programme) -> Measure:
    """Say which documents of the programme have been received, all of them at once."""
    _in(measure, Phase.APPLICATION)
    if not set(documents) <= {one.code for one in programme.documents}:
        raise Refused(_("Un de ces documents n'est pas demandé pour cette mesure."))
    return _with(measure, documents=frozenset(documents))


def send(measure: Measure, application: Application, programme: Programme, today: date) -> Measure:
    """The file leaves for the Maison départementale of the place of residence."""
    _in(measure, Phase.APPLICATION)
    _not_to_come(application.sent_on, today)
    _require(rules.missing(rules.TO_SEND, measure, programme))
    return _with(measure, phase=Phase.SENT, application=application)


def decide(measure: Measure, decision: Decision, programme: Programme, today: date) -> Measure:
    """The département grants a level, or refuses for a reason."""
    _in(measure, Phase.SENT)
    _not_to_come(decision.decided_on, today)
    if decision.level is None:
        if decision.reason is None:
            raise Refused(_("Un refus dit sa raison : la personne peut le contester."))
        return _with(measure, phase=Phase.REFUSED, decision=decision, ended_on=decision.decided_on)
    _require(rules.missing(rules.TO_GRANT, measure, programme))
    return _with(measure, phase=Phase.GRANTED, decision=decision)


def delegate(measure: Measure, organisation_id: UUID | None) -> Measure:
    """Entrust the support to an association, another one, or none: the département does it itself."""
    _in(measure, Phase.GRANTED, *UNDER_CONTRACT)
    return _with(measure, delegated_to=organisation_id)


# Contracts -------------------------------------------------------------------------------------


def sign(measure: Measure, contract: Contract, others: Sequence[Period], programme: Programme, today: date) -> Measure:
    """The first contract."""
    _in(measure, Phase.GRANTED)
    _not_to_come(contract.signed_on, today)
    _require(rules.missing((rules.person_agrees,), measure, programme))
    return _signed(measure, contract, others, programme)


def renew(measure: Measure, contract: Contract, others: Sequence[Period], programme: Programme, today: date) -> Measure:
    """A contract that follows the last one, after an evaluation."""
    _in(measure, Phase.UNDER_CONTRACT)
    last = _last(measure)
    _not_to_come(contract.signed_on, today)
    _require(
        (
            rules.evaluation_came_after_the_start(measure, last, contract.signed_on),
            rules.contracts_follow_one_another(contract.starts_on, last.ends_on),
        )
    )
    return _signed(measure, contract, others, programme)


def _signed(measure: Measure, contract: Contract, others: Sequence[Period], programme: Programme) -> Measure:
    signed = _with(measure, phase=Phase.UNDER_CONTRACT, contracts=(*measure.contracts, contract))
    _require_lawful(signed, contract.first_terms, others, programme)
    _require((rules.level_is_the_one_decided(measure, contract.first_terms),))
    return signed


def _require_lawful(changed: Measure, terms: Terms, others: Sequence[Period], programme: Programme) -> None:
    limits = programme.term(rules.CONTRACT)
    # Gaps of the measure itself count for nothing; a suspension still open could hide what its end will count.
    contracts = [one.period for one in changed.contracts]
    periods = changed.under_contract if changed.phase is not Phase.INTERRUPTED else contracts
    _require(
        (
            rules.contract_lasts_as_long_as_the_law_says(terms, limits),
            rules.contracts_stay_within_the_ceiling([*periods, *others], changed.months_elsewhere, limits),
            rules.managed_rent_is_known(terms),
        )
    )


def amend(
    measure: Measure,
    amendment: Amendment,
    others: Sequence[Period],
    programme: Programme,
    today: date,
    *,
    by_department: bool,
) -> Measure:
    """Change the contract's duration, level, rent or charges. Only the département changes the level."""
    _in(measure, *UNDER_CONTRACT)
    contract = _last(measure)
    _not_to_come(amendment.signed_on, today)
    if contract.amendments and amendment.signed_on < contract.amendments[-1].signed_on:
        raise Refused(_("Un avenant plus récent existe déjà : datez celui-ci après lui."))
    if not contract.signed_on <= amendment.signed_on <= contract.ends_on:
        raise Refused(_("Un avenant est signé entre la signature et la fin du contrat ; après, il faut le renouveler."))
    changed = _with(contract, amendments=(*contract.amendments, amendment))
    if changed.ends_on < amendment.signed_on:
        raise Refused(_("Avec cette durée le contrat serait déjà fini : mettez plutôt fin à la mesure."))
    amended = _with(measure, contracts=(*measure.contracts[:-1], changed))
    _require_lawful(amended, amendment.terms, others, programme)
    return _at_level(amended, amendment, by_department=by_department)


def _at_level(measure: Measure, amendment: Amendment, *, by_department: bool) -> Measure:
    level = amendment.terms.level
    if measure.decision is not None and level == measure.decision.level:
        return measure
    if not by_department:
        raise Refused(_("Seul le département change le niveau de la mesure : demandez-le à un responsable."))
    return _with(measure, decision=Decision(decided_on=amendment.signed_on, level=level))


def interrupt(measure: Measure, since: date, today: date) -> Measure:
    """Suspend the contract (hospital, absence…). Its end stays the same; an amendment may move it."""
    _in(measure, Phase.UNDER_CONTRACT)
    _not_to_come(since, today)
    last_resumed = max((one.resumed_on for one in measure.interruptions if one.resumed_on), default=date.min)
    if since < last_resumed or not _covered(measure, since):
        raise Refused(_("La suspension commence pendant le contrat, et après la reprise précédente."))
    return _with(measure, phase=Phase.INTERRUPTED, interruptions=(*measure.interruptions, Interruption(since=since)))


def resume(measure: Measure, resumed_on: date, today: date) -> Measure:
    """Support begins again."""
    _in(measure, Phase.INTERRUPTED)
    _not_to_come(resumed_on, today)
    return _with(measure, phase=Phase.UNDER_CONTRACT, interruptions=_resumed(measure, resumed_on))


def _resumed(measure: Measure, resumed_on: date) -> tuple[Interruption, ...]:
    *before, last = measure.interruptions
    if resumed_on <= last.since:
        raise Refused(_("La reprise vient après le début de la suspension."))
    return (*before, _with(last, resumed_on=resumed_on))


def visit(measure: Measure, made: Visit, today: date) -> Measure:
    """A visit at home, kept or missed, on a day under contract."""
    _in(measure, *UNDER_CONTRACT)
    _not_to_come(made.visited_on, today)
    if not _covered(measure, made.visited_on):
        raise Refused(_("Une visite a lieu pendant le contrat : vérifiez sa date."))
    return _with(measure, visits=(*measure.visits, made))


# Failure, the judge, the prosecutor -------------------------------------------------------------


def fail(measure: Measure, failure: Failure, today: date, *, compromised: bool) -> Measure:
    """The contract is refused or broken, or the measure did not help. While health or safety stays `compromised`, a
    report to the prosecutor is due before it can end."""
    _in(measure, *BEFORE_CONTRACT, *UNDER_CONTRACT, Phase.ORDERED)
    _not_to_come(failure.failed_on, today)
    if failure.kind not in failures(measure):
        raise Refused(_("Cet échec ne convient pas à l'étape où en est la mesure."))
    return _failed(measure, failure, compromised)


def failures(measure: Measure) -> list[FailureKind]:
    """How a measure can fail where it stands: before a contract there is only one to refuse."""
    if measure.phase in BEFORE_CONTRACT:
        return [FailureKind.REFUSAL]
    if measure.phase in UNDER_CONTRACT:
        return list(FailureKind)
    return [FailureKind.UNSUCCESSFUL] if measure.phase is Phase.ORDERED else []


def _failed(measure: Measure, failure: Failure, compromised: bool | None) -> Measure:
    # A report answers the danger of its time: when level 3 fails in its turn, another one is due.
    report = None if measure.phase is Phase.ORDERED else measure.report_sent_on
    stopped = _stopped(measure, failure.failed_on)
    return _with(stopped, failure=failure, compromised=compromised, report_sent_on=report, phase=Phase.FAILED)


def _stopped(measure: Measure, on: date) -> Measure:
    """What runs stops that day: contracts, and orders."""
    if on < (measure.contracts[0].signed_on if measure.contracts else measure.opened_on):
        raise Refused(_("Cette date est antérieure au contrat, ou à la demande : vérifiez-la."))
    contracts = [_with(one, broken_on=on) if one.ends_on > on else one for one in measure.contracts]
    orders = [_with(one, lifted_on=on) if one.ends_on > on else one for one in measure.orders]
    return _with(measure, contracts=tuple(contracts), orders=tuple(orders))


def judge_danger(measure: Measure, today: date, *, compromised: bool) -> Measure:
    """Say whether health or safety stays compromised after a failure. Once it does, only an evaluation made since
    says otherwise."""
    _in(measure, *AFTER_FAILURE)
    assert measure.failure is not None, "it failed"
    since = measure.failure.failed_on
    reassessed = any(since <= one.evaluated_on <= today for one in measure.evaluations)
    if measure.report_is_due and not compromised and not reassessed:
        raise Refused(_("Le danger a été constaté : écrivez une nouvelle évaluation avant de dire qu'il a cessé."))
    return _with(measure, compromised=compromised)


def ask_judge(measure: Measure, request: JudgeRequest, today: date) -> Measure:
    """Ask the judge for rent to be paid directly to the landlord, or to go on with it."""
    _in(measure, Phase.FAILED, Phase.ORDERED)
    _not_to_come(request.requested_on, today)
    _require(
        (
            rules.contract_was_refused_or_broken(measure),
            rules.rent_is_unpaid_long_enough(request.unpaid_months) if measure.phase is Phase.FAILED else None,
        )
    )
    return _with(measure, phase=Phase.BEFORE_JUDGE, judge_request=request)


def dismiss(measure: Measure) -> Measure:
    """The judge says no: an order that runs goes on to its end, otherwise the failure stands."""
    _in(measure, Phase.BEFORE_JUDGE)
    return _with(measure, phase=Phase.ORDERED if measure.orders else Phase.FAILED)


def order(measure: Measure, made: Order, others: Sequence[Period], programme: Programme, today: date) -> Measure:
    """The judge orders level 3, or renews it. `others`: orders about the same person in other measures."""
    _in(measure, Phase.BEFORE_JUDGE)
    _not_to_come(made.decided_on, today)
    limits = programme.term(rules.DIRECT_PAYMENT)
    ordered = _with(measure, phase=Phase.ORDERED, orders=(*measure.orders, made))
    _require(
        (
            rules.contracts_follow_one_another(made.starts_on, measure.order.ends_on if measure.order else None),
            rules.order_lasts_as_long_as_the_law_says(made.months, limits),
            rules.orders_stay_within_their_ceiling([*ordered.under_order, *others], limits),
            rules.enough_is_left_to_live_on(made.protected_cents),
        )
    )
    return ordered


def report(measure: Measure, sent_on: date, today: date) -> Measure:
    """The report to the prosecutor was sent."""
    _in(measure, *AFTER_FAILURE)
    _not_to_come(sent_on, today)
    if not measure.report_is_due:
        raise Refused(_("Aucun rapport n'est dû : dites d'abord que la santé ou la sécurité reste compromise."))
    return _with(measure, report_sent_on=sent_on)


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a measure. `held_cents`: what is still held for the person, in cents."""

    reason: EndReason
    ended_on: date
    held_cents: int


def end(measure: Measure, ending: Ending, today: date) -> Measure:
    """The measure ends: nothing is held any more, and no report is owed."""
    _not_over(measure)
    _not_to_come(ending.ended_on, today)
    _require((rules.reason_fits(measure, ending.reason),))
    _require(
        (
            rules.danger_was_judged(measure, ending.reason),
            rules.report_was_sent(measure, ending.reason),
            rules.nothing_is_still_held(ending.held_cents),
        )
    )
    stopped = _stopped(measure, ending.ended_on)
    return _with(stopped, phase=Phase.ENDED, ended_on=ending.ended_on, end_reason=ending.reason)


# What every step shares -------------------------------------------------------------------------


def _with(part: P, **changes: object) -> P:
    return part.model_copy(update=changes)


def _last(measure: Measure) -> Contract:
    assert measure.contract is not None, "it is under contract"
    return measure.contract


def _covered(measure: Measure, day: date) -> bool:
    return any(one.starts_on <= day <= one.ends_on for one in measure.contracts)


def _in(measure: Measure, *phases: Phase) -> None:
    if measure.phase not in phases:
        raise Refused(phase_sentence(measure), _("Cela se fait à une autre étape."))


def _not_over(measure: Measure) -> None:
    _in(measure, *(phase for phase in Phase if phase not in OVER))


def _not_to_come(day: date, today: date) -> None:
    if day > today:
        raise Refused(_("Cette date est à venir : enregistrez-le le moment venu."))


def _require(sentences: Sequence[str | None]) -> None:
    missing = [one for one in sentences if one]
    if missing:
        raise Refused(*missing)
