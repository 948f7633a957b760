"""What each document says: the same words as the pages, for the same reader."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cases import words
from cases.conferences import view as conferences
from cases.conferences.model import SAFETY_READERS
from cases.conferences.view import Meeting
from cases.dossiers import pages
from cases.dossiers.view import Dossier
from cases.follow_ups import calls as calling
from cases.measures import view as measures
from cases.measures.model import READERS, Contract
from cases.measures.view import Shown
from cases.printing.model import Section, Sheet
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web import dates, phones
from chassis.web.money import euros
from chassis.web.translations import translate as _
from contracts.references import readable

TEMPLATE: Final = Path(__file__).with_name("sheet.typ")
_TO_FILL: Final = "…" * 12
"""Room to write by hand."""


@dataclass(frozen=True, slots=True)
class Printing:
    """A dossier that somebody who works on it prints."""

    tx: Transaction
    parts: Parts
    actor: Actor
    read: Dossier

    @property
    def reference(self) -> str:
        return readable(self.read.case.reference)

    def day(self, value: date) -> str:
        return dates.day(dates.on(value, self.parts.settings.zone))

    def moment(self, value: datetime) -> str:
        return dates.moment(value, self.parts.settings.zone)

    def name_of(self, person_id: UUID) -> str:
        return self.read.name_of(person_id) or _("sans nom")


async def plan(of: Printing) -> Sheet | None:
    """Nothing before it is ratified, nor for who may not read the conference."""
    meeting = await conferences.read(of.tx, of.parts, of.read.case, of.actor)
    if meeting is None or meeting.conference.ratified_at is None:
        return None
    by = ", ".join(sorted(of.name_of(one) for one in meeting.conference.ratified_by))
    lead = [
        _("Dossier %(reference)s") % {"reference": of.reference},
        _("Question : %(question)s") % {"question": meeting.question},
        _("Ratifié le %(day)s par : %(by)s.") % {"day": of.day(meeting.conference.ratified_at), "by": by},
    ]
    sections = [_conditions(meeting), _actions(of, meeting), *_follow_up(of, meeting)]
    return Sheet("plan", _("Plan de la famille"), lead, sections)


def _conditions(meeting: Meeting) -> Section:
    return Section(_("Conditions non négociables"), points=[str(one) for one in meeting.conditions])


def _actions(of: Printing, meeting: Meeting) -> Section:
    follow_up = meeting.follow_up
    outcomes: Mapping[UUID, str] = follow_up.outcomes if follow_up else {}
    return Section(
        _("Actions"),
        head=[_("Action"), _("Qui"), _("Avant le"), _("Qui vérifie"), _("Suivi")],
        widths=[4, 2, 2, 2, 2],
        rows=[
            (
                str(what),
                of.name_of(action.who),
                of.day(action.by_when),
                of.name_of(action.checked_by),
                _(words.word(words.OUTCOMES, outcomes[action.action_id])) if action.action_id in outcomes else "",
            )
            for action, what in zip(meeting.conference.actions, meeting.actions, strict=True)
        ],
    )


def _follow_up(of: Printing, meeting: Meeting) -> list[Section]:
    if meeting.follow_up is None:
        return []
    due = _("La coordination prend des nouvelles du plan avant le %(day)s.") % {"day": of.day(meeting.follow_up.due_on)}
    return [Section(_("Suivi"), lines=[due])]


async def contract(of: Printing) -> Sheet | None:
    """The latest contract, or one to fill in once the measure is granted; for those who support the person."""
    if of.read.roles.isdisjoint(READERS):
        return None
    found = await measures.read(of.tx, of.parts, of.read.case.case_id)
    latest = found[0] if found else None
    if latest is None or latest.measure.decision is None or latest.measure.decision.level is None:
        return None
    terms = _terms(of, latest, latest.measure.contract)
    heeded = [
        _("Le contrat peut être modifié par un avenant, signé par les deux parties."),
        _("Il n’est renouvelé qu’après une évaluation. Tous les contrats ensemble durent quatre ans au plus."),
        _("La personne peut retirer son accord : elle le dit à la personne qui l’accompagne."),
    ]
    return Sheet(
        "contrat",
        _("Contrat d’accompagnement social personnalisé (MASP)"),
        [_("Dossier %(reference)s") % {"reference": of.reference}],
        [terms, _amendments(of, latest), Section(_("À savoir"), points=heeded)],
        signatures=[_("Signature de la personne :"), _("Pour le département :")],
    )


def _terms(of: Printing, shown: Shown, signed: Contract | None) -> Section:
    measure = shown.measure
    level = signed.first_terms.level if signed else measure.decision.level if measure.decision else None
    facts = [
        (_("Personne accompagnée"), of.name_of(measure.person_id)),
        (_("Accompagnement par"), shown.delegated_to or _("le département")),
        (_("Niveau"), _(words.MEASURE_LEVELS[str(level)])),
        (_("Début"), of.day(signed.starts_on) if signed else _TO_FILL),
        (_("Durée"), words.length(signed.first_terms.months, 0) if signed else _TO_FILL),
        (_("Fin"), of.day(signed.ends_on) if signed else _TO_FILL),
        (_("Signé le"), of.day(signed.signed_on) if signed else _TO_FILL),
    ]
    if level == 2:
        rent, charges = (signed.first_terms.rent_cents, signed.first_terms.charges_cents) if signed else (None, None)
        facts += [
            (_("Loyer de chaque mois"), _TO_FILL if rent is None else euros(rent)),
            (_("Charges de chaque mois"), _TO_FILL if charges is None else euros(charges)),
        ]
    return Section(_("Ce qui est convenu"), facts=facts)


def _amendments(of: Printing, shown: Shown) -> Section:
    signed = shown.measure.contract
    return Section(
        _("Avenants"),
        head=[_("Signé le"), _("Niveau"), _("Durée"), _("Loyer"), _("Charges")],
        widths=[2, 1, 2, 2, 2],
        rows=[
            (
                of.day(one.signed_on),
                str(one.terms.level),
                words.length(one.terms.months, 0),
                euros(one.terms.rent_cents),
                euros(one.terms.charges_cents),
            )
            for one in (signed.amendments if signed else ())
        ],
    )


async def calls(of: Printing) -> Sheet | None:
    """For who coordinates, and managers: what to heed before speaking, and room to write what is said."""
    if of.read.roles.isdisjoint(SAFETY_READERS):
        return None
    meeting = await conferences.read(of.tx, of.parts, of.read.case, of.actor)
    if meeting is None or meeting.follow_up is None:
        return None
    local = of.parts.now().astimezone(of.parts.settings.zone)
    callees = await calling.read(of.tx, of.parts.keyring, meeting.conference.guests, meeting.follow_up, local)
    lead = [
        _("Dossier %(reference)s") % {"reference": of.reference},
        _("À faire avant le %(day)s.") % {"day": of.day(meeting.follow_up.due_on)},
    ]
    people = Section(_("Les personnes à appeler"), parts=[_callee(of, one) for one in callees])
    return Sheet("appels", _("Appels du suivi"), lead, [people, _actions(of, meeting)], signatures=[_("Notes :")])


def _callee(of: Printing, one: calling.Callee) -> Section:
    role = _(words.word(words.ROLES, one.role))
    asked = ", ".join(map(of.day, one.contacted_on))
    return Section(
        f"{of.name_of(one.person_id)} ({role})",
        facts=[*((phones.readable(number.value), " ".join(number.heed)) for number in one.numbers)],
        lines=[_("Contactée le %(days)s") % {"days": asked or _TO_FILL}],
    )


async def dossier(of: Printing) -> Sheet:
    """All that its page shows to this reader, without what can be done."""
    shown = await pages.context(of.tx, of.parts, of.actor, of.read)
    case = of.read.case
    status = _(words.word(words.STATUSES, case.status))
    lead = [
        f"{shown['programme']} – {status}",
        _("Ouvert le %(opened)s, réponse promise le %(promised)s.")
        % {"opened": of.moment(case.opened_at), "promised": of.day(case.promised_on)},
    ]
    parts: Sequence[Callable[[Printing, Mapping[str, Any]], Section]] = (
        lambda _of, said: Section(_("En bref"), facts=said["facts"]),
        lambda _of, said: Section(_("Personnes"), points=[f"{name} ({role})" for name, role in said["people"]]),
        _conference,
        _steps,
        _shared_plan,
        _tasks,
        _measure,
        _appointments,
        _orientations,
        _documents,
        _timeline,
    )
    title = _("Dossier %(reference)s") % {"reference": of.reference}
    return Sheet("dossier", title, lead, [part(of, shown) for part in parts])


def _conference(of: Printing, shown: Mapping[str, Any]) -> Section:
    meeting: Meeting | None = shown["meeting"]
    if meeting is None:
        return Section(_("Conférence familiale"))
    guests = [
        f"{name} ({_(words.word(words.ROLES, guest.role.value))})"
        for guest, (_id, name) in zip(meeting.conference.guests, shown["guests"], strict=True)
    ]
    asked = [_("Question : %(question)s") % {"question": meeting.question}] if meeting.question else []
    under = [Section(_("Personnes invitées"), points=guests), _conditions(meeting), _actions(of, meeting)]
    return Section(
        _("Conférence familiale"),
        lines=[meeting.sentence, *asked],
        points=meeting.missing,
        parts=[one for one in under if not one.empty],
    )


def _steps(of: Printing, shown: Mapping[str, Any]) -> Section:
    return Section(
        _("Étapes"),
        head=[_("Étape"), _("État"), _("Le"), _("Ce qui est enregistré")],
        widths=[3, 2, 2, 4],
        rows=[
            (
                one.step.label,
                _(words.word(words.STEPS, one.state.value)) if one.applies else _("sans objet"),
                of.day(one.record.day) if one.record else "",
                " ; ".join(f"{label} : {said}" for label, said in one.said),
            )
            for one in shown.get("steps", ())
        ],
    )


def _shared_plan(of: Printing, shown: Mapping[str, Any]) -> Section:
    named = shown.get("plan_names", {})
    return Section(
        _("Plan partagé"),
        head=[_("Action"), _("Par"), _("Échéance"), _("Vérifiée par"), _("État")],
        widths=[4, 2, 2, 2, 2],
        rows=[
            (
                str(one.what),
                named.get(str(one.task.who), ""),
                of.day(one.task.due_on),
                named.get(str(one.task.agent_id), ""),
                _task_state(one),
            )
            for one in shown.get("plan", ())
        ],
    )


def _tasks(of: Printing, shown: Mapping[str, Any]) -> Section:
    named = shown.get("task_names", {})
    return Section(
        _("Tâches"),
        head=[_("À faire"), _("Par"), _("Échéance"), _("État")],
        widths=[4, 2, 2, 2],
        rows=[
            (str(one.what), named.get(one.task.agent_id, ""), of.day(one.task.due_on), _task_state(one))
            for one in shown.get("tasks", ())
        ],
    )


def _task_state(one: Any) -> str:
    return _("en retard") if one.late else _(words.word(words.TASKS, one.task.state.value))


def _measure(of: Printing, shown: Mapping[str, Any]) -> Section:
    title, found = _("Accompagnement social personnalisé (MASP)"), shown["masp"]
    if found is None:
        return Section(title)
    near = [f"{what} : {of.day(day)}" for what, day in shown["masp_near"]]
    contracts = Section(
        _("Contrats"),
        head=[_("Début"), _("Fin"), _("Niveau"), _("Loyer"), _("Charges")],
        widths=[2, 2, 1, 2, 2],
        rows=[
            (
                of.day(one.starts_on),
                of.day(one.ends_on),
                str(one.terms.level),
                euros(one.terms.rent_cents),
                euros(one.terms.charges_cents),
            )
            for one in found.measure.contracts
        ],
    )
    assessed = _("Évaluation sociale")
    evaluations = [
        Section(f"{assessed}, {of.day(one.evaluated_on)}", lines=[str(found.texts.get(one.evaluation_id) or "")])
        for one in found.measure.evaluations
    ]
    return Section(
        title,
        lines=[found.sentence],
        points=[*found.missing, *near],
        parts=[*([contracts] if contracts.rows else []), *evaluations],
    )


def _appointments(of: Printing, shown: Mapping[str, Any]) -> Section:
    return Section(
        _("Rendez-vous"),
        head=[_("Quand"), _("État"), _("Avec"), _("Objet")],
        widths=[3, 2, 3, 4],
        rows=[
            (
                of.moment(one.appointment.starts_at),
                _(words.word(words.APPOINTMENTS, one.appointment.status)),
                ", ".join(map(str, one.agents)),
                str(one.about or ""),
            )
            for one in shown.get("appointments", ())
        ],
    )


def _orientations(of: Printing, shown: Mapping[str, Any]) -> Section:
    return Section(
        _("Orientations"),
        head=[_("Offre"), _("Proposée le"), _("État"), _("Raison du refus")],
        widths=[4, 2, 2, 3],
        rows=[
            (one.asked.title, of.day(one.asked.orientation.proposed_at), one.asked.state, one.asked.refusal or "")
            for one in shown["orientations"]
        ],
    )


def _documents(of: Printing, shown: Mapping[str, Any]) -> Section:
    listed = shown.get("documents", ())
    return Section(_("Documents"), points=[f"{name}, {of.day(document.added_at)}" for document, name in listed])


def _timeline(of: Printing, shown: Mapping[str, Any]) -> Section:
    return Section(
        _("Chronologie"),
        head=[_("Quand"), _("Quoi"), _("Ce qui est écrit"), _("Par")],
        widths=[2, 3, 5, 2],
        rows=[(of.moment(one["at"]), one["title"], one["text"], one["by"]) for one in shown["entries"]],
    )
