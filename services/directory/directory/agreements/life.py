"""The life of an agreement: draft → negotiated → approved → signed → in force → ended.

Each step takes the agreement and gives what it becomes, or raises Refused with a sentence. `today` is the day in the
deployment's zone. Approvals come before signatures: an assembly authorises whoever signs for it (CGCT L2121-29 and
L3211-1 for councils of communes and départements), so what an assembly has approved is the text that is signed.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from chassis.web.translations import translate as _
from contracts.durations import add_months
from directory.agreements.model import (
    BINDING,
    Agreement,
    Amendment,
    Approval,
    Denunciation,
    Document,
    EndReason,
    How,
    Kind,
    Phase,
    Refused,
    Renewed,
    Review,
    Signature,
    Terms,
)
from directory.agreements.rules import Names, faults


def draft(agreement_id: UUID, kind: Kind, terms: Terms, today: date) -> Agreement:
    """A new one; its text may still be incomplete."""
    return Agreement(agreement_id=agreement_id, kind=kind, terms=terms, opened_on=today)


def write(agreement: Agreement, terms: Terms) -> Agreement:
    """Rewrite the draft; of an agreement that binds, the amendment under negotiation."""
    if agreement.phase is Phase.DRAFT:
        return _become(agreement, terms=terms)
    _require(
        agreement.phase not in (Phase.NEGOTIATED, Phase.APPROVED),
        _("Le texte est arrêté : rouvrez la négociation pour le changer."),
    )
    _require_alive(agreement)
    _require(agreement.denunciation is None, _("L'accord est dénoncé : il ne se modifie plus."))
    _require(terms.starts_on == agreement.terms.starts_on, _("Un avenant ne change pas le début de l'accord."))
    return _become(agreement, proposed=None if terms == agreement.terms else terms)


def settle(agreement: Agreement, on: date, today: date, names: Names) -> Agreement:
    """The parties agree on the text. Where no assembly has to approve it, it may be signed at once."""
    _require_phase(agreement, Phase.DRAFT, _("Le texte est déjà arrêté."))
    _require_past(on, today)
    wrong = faults(agreement.terms, names)
    if wrong:
        raise Refused(*wrong)
    phase = Phase.NEGOTIATED if agreement.terms.deliberating else Phase.APPROVED
    return _become(agreement, phase=phase, negotiated_on=on)


def reopen(agreement: Agreement) -> Agreement:
    """Back to the draft, before anybody has signed. What assemblies approved was another text: it is approved anew."""
    _require(
        agreement.phase in (Phase.NEGOTIATED, Phase.APPROVED), _("Seul un texte arrêté et pas encore signé se rouvre.")
    )
    _require(
        not agreement.signatures,
        _("Une partie a signé : préparez un avenant quand toutes auront signé, ou abandonnez l'accord."),
    )
    return _become(agreement, phase=Phase.DRAFT, negotiated_on=None, approvals=())


def approve(agreement: Agreement, approval: Approval, today: date) -> Agreement:
    """An assembly approved the text. When all have, it may be signed."""
    _require_phase(agreement, Phase.NEGOTIATED, _("Une assemblée approuve un texte arrêté, avant toute signature."))
    _require_past(approval.on, today)
    assert agreement.negotiated_on is not None, "the text is settled"
    _require(
        approval.on >= agreement.negotiated_on,
        _("Cette délibération date d'avant le texte arrêté : elle a porté sur un autre texte."),
    )
    waiting = {party.organisation_id for party in agreement.still_to_approve}
    _require(approval.organisation_id in waiting, _("Aucune délibération n'est attendue de cette structure."))
    approved = _become(agreement, approvals=(*agreement.approvals, approval))
    return approved if approved.still_to_approve else _become(approved, phase=Phase.APPROVED)


def sign(agreement: Agreement, signature: Signature, today: date) -> Agreement:
    """A party signs. When all have, the agreement binds them from its first day on."""
    _require_phase(
        agreement, Phase.APPROVED, _("On signe quand toutes les assemblées ont approuvé, et une fois chacun.")
    )
    _require_past(signature.on, today)
    since = max([one.on for one in agreement.approvals], default=agreement.negotiated_on)
    assert since is not None, "the text is settled"
    _require(signature.on >= since, _("On ne signe pas avant que le texte soit arrêté et approuvé par tous."))
    waiting = {party.organisation_id for party in agreement.still_to_sign}
    _require(signature.organisation_id in waiting, _("Aucune signature n'est attendue de cette structure."))
    signed = _become(agreement, signatures=(*agreement.signatures, signature))
    return signed if signed.still_to_sign else _become(signed, phase=Phase.SIGNED)


def begin(agreement: Agreement, today: date) -> Agreement:
    """Its first day has come."""
    _require_phase(agreement, Phase.SIGNED, _("Un accord entre en vigueur quand toutes les parties l'ont signé."))
    _require(agreement.terms.starts_on <= today, _("L'accord n'entre en vigueur qu'à son premier jour."))
    return _become(agreement, phase=Phase.IN_FORCE, in_force_on=agreement.terms.starts_on)


def abandon(agreement: Agreement, why: str, today: date) -> Agreement:
    """It will never be signed."""
    _require(
        agreement.phase in (Phase.DRAFT, Phase.NEGOTIATED, Phase.APPROVED),
        _("Un accord signé ne s'abandonne pas : une partie peut le dénoncer."),
    )
    return _become(agreement, phase=Phase.ENDED, ended_on=today, end_reason=EndReason.ABANDONED, abandoned_because=why)


# While it binds ----------------------------------------------------------------------------------


def amend(
    agreement: Agreement, what: str, signed_on: date, approvals: Sequence[Approval], today: date, names: Names
) -> Agreement:
    """Every party signed the amendment under negotiation, each assembly having approved it: its text holds now."""
    _require_alive(agreement)
    _require(agreement.proposed is not None, _("Préparez d'abord ce que l'avenant change."))
    assert agreement.proposed is not None
    _require_past(signed_on, today)
    _require(agreement.proposed.ends_on >= today, _("Un avenant ne met pas fin à l'accord dans le passé."))
    wrong = (*faults(agreement.proposed, names), *_not_approved(agreement.proposed, approvals, signed_on))
    if wrong:
        raise Refused(*wrong)
    amendment = Amendment(
        number=len(agreement.amendments) + 1,
        what=what,
        signed_on=signed_on,
        approvals=tuple(approvals),
        changed=agreement.proposed.changed_from(agreement.terms),
        before=agreement.terms,
    )
    return _become(agreement, terms=agreement.proposed, proposed=None, amendments=(*agreement.amendments, amendment))


def _not_approved(terms: Terms, approvals: Sequence[Approval], signed_on: date) -> list[str]:
    given = {one.organisation_id: one.on for one in approvals}
    wrong = [
        _("{assembly} : indiquez la délibération qui approuve l'avenant.").format(assembly=party.assembly)
        for party in terms.deliberating
        if party.organisation_id not in given
    ]
    if any(on > signed_on for on in given.values()):
        wrong.append(_("Une délibération est datée d'après la signature de l'avenant."))
    return wrong


def renew(agreement: Agreement, on: date, today: date) -> Agreement:
    """The parties decide that it goes on, before its last day has passed."""
    _require_phase(agreement, Phase.IN_FORCE, _("Seul un accord en vigueur se reconduit."))
    _require(
        agreement.terms.renewal.how is How.EXPLICIT,
        _("Le texte ne prévoit pas de reconduction expresse : prolongez-le par un avenant."),
    )
    _require(agreement.renewable, _("L'accord est dénoncé, ou déjà reconduit autant de fois que prévu."))
    _require_past(on, today)
    return _renewed(agreement, How.EXPLICIT, on)


def denounce(agreement: Agreement, notice: Denunciation, today: date) -> Agreement:
    """A party ends it, within the notice its text gives."""
    _require_alive(agreement)
    _require(agreement.denunciation is None, _("L'accord est déjà dénoncé."))
    _require(notice.organisation_id in agreement.terms.party_ids, _("Seule une partie dénonce l'accord."))
    _require_past(notice.on, today)
    _require(notice.last_day >= agreement.terms.starts_on, _("L'accord n'a pas commencé à cette date."))
    _require(notice.last_day <= agreement.terms.ends_on, _("L'accord s'arrête déjà avant cette date."))
    months = agreement.terms.renewal.notice_months
    _require(
        add_months(notice.on, months) <= notice.last_day,
        _("Le préavis est de {months} mois : l'accord tient au moins jusque-là.").format(months=months),
    )
    return _become(agreement, denunciation=notice, proposed=None)


def come_to_term(agreement: Agreement, today: date) -> Agreement:
    """Its last day has passed: it goes on by itself where its text says so, as often as it takes, or it ends."""
    _require_phase(agreement, Phase.IN_FORCE, _("Seul un accord en vigueur prend fin."))
    _require(agreement.last_day < today, _("Le dernier jour de l'accord n'est pas passé."))
    if agreement.renews_tacitly:
        renewed = _renewed(agreement, How.TACIT, agreement.last_day + timedelta(days=1))
        return renewed if renewed.last_day >= today else come_to_term(renewed, today)
    reason = EndReason.DENOUNCED if agreement.denunciation else EndReason.EXPIRED
    return _become(agreement, phase=Phase.ENDED, ended_on=agreement.last_day, end_reason=reason, proposed=None)


def _renewed(agreement: Agreement, how: How, on: date) -> Agreement:
    months = agreement.terms.renewal.months
    assert months is not None, "it may be renewed"
    until = add_months(agreement.terms.ends_on + timedelta(days=1), months) - timedelta(days=1)
    return _become(
        agreement,
        terms=agreement.terms.model_copy(update={"ends_on": until}),
        # What is being negotiated follows, unless it is about the end itself.
        proposed=agreement.proposed.model_copy(update={"ends_on": max(until, agreement.proposed.ends_on)})
        if agreement.proposed
        else None,
        renewals=(*agreement.renewals, Renewed(how=how, on=on, until=until)),
    )


def review(agreement: Agreement, held: Review, today: date) -> Agreement:
    """The parties looked at what was done: where each action stands, and its indicator."""
    _require(agreement.in_force_on is not None, _("Le bilan porte sur un accord entré en vigueur."))
    _require_past(held.held_on, today)
    _require(held.held_on >= agreement.terms.starts_on, _("Ce bilan date d'avant l'entrée en vigueur."))
    expected = len(agreement.reviews) + 1
    _require(held.year == expected, _("Le prochain bilan est celui de l'année {year}.").format(year=expected))
    known = {action.number for action in agreement.terms.actions}
    told = [result.action for result in held.results]
    missing = [
        _("Action {action} : dites où elle en est.").format(action=number) for number in sorted(known - set(told))
    ]
    if set(told) - known or len(set(told)) < len(told):
        missing.append(_("Une action est inconnue, ou notée deux fois."))
    if missing:
        raise Refused(*missing)
    return _become(agreement, reviews=(*agreement.reviews, held))


def file(agreement: Agreement, document: Document) -> Agreement:
    """Add where a copy lies. Possible at every step."""
    _require(len(agreement.documents) < 100, _("L'accord a déjà cent documents : retirez-en."))
    return _become(agreement, documents=(*agreement.documents, document))


def unfile(agreement: Agreement, document_id: UUID) -> Agreement:
    kept = tuple(one for one in agreement.documents if one.document_id != document_id)
    _require(len(kept) < len(agreement.documents), _("Ce document n'est pas, ou plus, avec l'accord."))
    return _become(agreement, documents=kept)


def _become(agreement: Agreement, **changes: object) -> Agreement:
    return agreement.model_copy(update=changes)


def _require(held: bool, why: str) -> None:
    if not held:
        raise Refused(why)


def _require_phase(agreement: Agreement, phase: Phase, why: str) -> None:
    _require(agreement.phase is phase, why)


def _require_alive(agreement: Agreement) -> None:
    _require(agreement.phase in BINDING, _("L'accord n'engage pas, ou plus, ses parties."))


def _require_past(on: date, today: date) -> None:
    _require(on <= today, _("Cette date est à venir : notez-la quand ce sera fait."))
