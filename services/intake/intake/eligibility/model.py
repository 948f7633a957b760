"""The rules of a programme held against a situation, each with its French sentence for an authorised agent.

What is not known is missing: it excludes nobody. Only a consent that is needed and missing keeps a programme from
starting.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from chassis.web.translations import translate as _
from contracts.programme import MAJORITY, Ages, Answers, Condition, ConsentRule, FormField, Programme
from contracts.themes import answers as answering
from intake.people.model import age_between

FALLBACK = "first-contact"
"""What is offered where nothing else says so: anyone may ask anything."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a situation."""

    today: date
    asked_by: str | None = None
    """The requester's role."""
    minor: bool = False
    """Whether somebody said that the person concerned is one."""
    birth_date: str | None = None
    """Of the person concerned, in whole or in part."""
    age: int | None = None
    """Where it is known without a birth date."""
    agreed: frozenset[str] = frozenset()
    """Kinds of consent the person concerned has given."""
    holders_agreed: tuple[bool, ...] = ()
    """One for each known holder of parental authority."""
    exclusions: frozenset[str] = frozenset()
    """Codes an agent has noted."""
    answers: Answers = field(default_factory=dict)
    """To the programme's questions and conditions."""
    lives_here: bool | None = None
    """Whether the person's commune lies on a territory of the deployment; None: not known."""
    themes: tuple[str, ...] = ()

    @property
    def ages(self) -> tuple[int, int] | None:
        """The least and the greatest age the person concerned may have; None: nothing is known of it."""
        if self.birth_date is not None:
            return age_between(self.birth_date, self.today)
        if self.age is not None:
            return self.age, self.age
        return (0, MAJORITY - 1) if self.minor else None

    def about_a_minor(self, programme: Programme) -> bool:
        """Said so, certain from the birth date, or because the programme is for minors and no age is known."""
        ages = self.ages
        return self.minor or (ages[1] < MAJORITY if ages else programme.minors_only)


Standing = Literal["met", "missing", "excludes"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule held against the facts. `code`: `exclusion:…`, `role`, `age`, `consent:…`, `condition:…`,
    `residence` or `answer:…`."""

    code: str
    standing: Standing
    sentence: str

    @property
    def refuses(self) -> bool:
        """Whether the programme cannot start because of it."""
        return self.standing == "excludes" or (self.standing == "missing" and self.code.startswith("consent:"))


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A programme held against a situation."""

    programme: Programme
    findings: tuple[Finding, ...]
    minor: bool
    instead: str | None
    """The programme to turn to where this one is refused."""

    def standing(self, standing: Standing) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.standing == standing)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Codes of what refuses it; none: it can start."""
        return tuple(finding.code for finding in self.findings if finding.refuses)

    @property
    def sentence(self) -> str | None:
        """All that anybody but an authorised agent reads of a refusal: the reader may be the person it protects
        from."""
        return self.programme.not_possible if self.reasons else None


def assess(programme: Programme, facts: Facts) -> Eligibility:
    """Every rule of the programme, held against the facts."""
    findings = (
        *_exclusions(programme, facts),
        *_role(programme, facts),
        *_age(programme, facts),
        *_consents(programme, facts),
        *_conditions(programme, facts),
        *_residence(programme, facts),
        *_questions(programme, facts),
    )
    found = Eligibility(programme, findings, facts.about_a_minor(programme), None)
    return Eligibility(programme, findings, found.minor, _instead(programme, facts) if found.reasons else None)


def is_child_concern(programme: Programme, facts: Facts) -> bool:
    """Whether what was noted is a worry about a child, and so no ordinary request."""
    noted = (exclusion for exclusion in programme.exclusions if exclusion.code in facts.exclusions)
    return facts.about_a_minor(programme) and any(exclusion.child_concern_for_minor for exclusion in noted)


def unknown_exclusions(programme: Programme, facts: Facts) -> frozenset[str]:
    """Codes that were noted and that the programme does not know."""
    return facts.exclusions - {exclusion.code for exclusion in programme.exclusions}


def remaining_offers(programme: Programme, themes: Iterable[str]) -> tuple[str, ...]:
    """The thématiques whose offers may answer: the programme's, those of the person's themes first where there are
    any; without any of its own, those of the themes."""
    wanted = answering(themes)
    if not programme.answered_by:
        return tuple(sorted(wanted))
    near = tuple(value for value in programme.answered_by if value in wanted)
    return near or programme.answered_by


def _instead(programme: Programme, facts: Facts) -> str:
    noted = (exclusion.instead for exclusion in programme.exclusions if exclusion.code in facts.exclusions)
    return next(noted, FALLBACK)


def _exclusions(programme: Programme, facts: Facts) -> Iterator[Finding]:
    for exclusion in programme.exclusions:
        if exclusion.code in facts.exclusions:
            yield _refused(programme, f"exclusion:{exclusion.code}")


def _role(programme: Programme, facts: Facts) -> Iterator[Finding]:
    if facts.asked_by is None:
        yield Finding("role", "missing", _("On ne sait pas encore qui demande, ni à quel titre."))
    elif facts.asked_by in programme.who_may_ask:
        yield Finding("role", "met", _("La demande peut être faite à ce titre."))
    else:
        yield _refused(programme, "role")


def _age(programme: Programme, facts: Facts) -> Iterator[Finding]:
    limits = programme.ages
    if limits == Ages():
        return
    ages = facts.ages or ((0, MAJORITY - 1) if programme.minors_only else None)
    within = {limits.include(age) for age in range(ages[0], ages[1] + 1)} if ages else {True, False}
    if within == {False}:
        yield _refused(programme, "age")
    elif within == {True}:
        yield Finding("age", "met", _("L'âge de la personne concernée convient ({ages}).").format(ages=words(limits)))
    else:
        sentence = _("L'âge de la personne concernée est à préciser : ce dispositif est prévu {ages}.")
        yield Finding("age", "missing", sentence.format(ages=words(limits)))


def words(limits: Ages) -> str:
    """Age limits as they are said."""
    match limits.from_age, limits.to_age:
        case None, None:
            return _("à tout âge")
        case low, None:
            return _("à partir de {low} ans").format(low=low)
        case None, high:
            return _("jusqu'à {high} ans").format(high=high)
        case low, high:
            return _("de {low} à {high} ans").format(low=low, high=high)


def _consents(programme: Programme, facts: Facts) -> Iterator[Finding]:
    minor = facts.about_a_minor(programme)
    for consent in programme.consents_needed(facts.asked_by or "", minor, facts.answers):
        if _given(consent, facts):
            yield Finding(f"consent:{consent.code}", "met", consent.label)
        else:
            yield Finding(f"consent:{consent.code}", "missing", explained(programme, f"consent:{consent.code}"))


def _given(consent: ConsentRule, facts: Facts) -> bool:
    """Of parental authority, every known holder must have agreed, and one must be known."""
    if consent.given_by == "parental_authority":
        return bool(facts.holders_agreed) and all(facts.holders_agreed)
    return consent.kind in facts.agreed


def _conditions(programme: Programme, facts: Facts) -> Iterator[Finding]:
    for condition in programme.conditions:
        if condition.applies(facts.answers):
            yield _condition(programme, condition, facts.answers.get(condition.code))


def _condition(programme: Programme, condition: Condition, answer: object) -> Finding:
    code = f"condition:{condition.code}"
    if answer is None:
        return Finding(code, "missing", _("À demander : {question}").format(question=condition.question))
    return Finding(code, "met", condition.label) if answer == condition.expected else _refused(programme, code)


def _residence(programme: Programme, facts: Facts) -> Iterator[Finding]:
    if not programme.lives_here:
        return
    if facts.lives_here:
        yield Finding("residence", "met", _("La personne habite sur un territoire d'ici."))
    elif facts.lives_here is None:
        yield Finding("residence", "missing", _("La commune où vit la personne n'est pas connue."))
    else:
        sentence = _(
            "La commune n'est sur aucun territoire d'ici : vérifiez-la, puis transmettez la demande à "
            "l'administration compétente et dites-le à la personne."
        )
        yield Finding("residence", "missing", sentence)


def _questions(programme: Programme, facts: Facts) -> Iterator[Finding]:
    for asked in programme.form:
        if asked.required and asked.name not in facts.answers:
            yield Finding(f"answer:{asked.name}", "missing", _asked(asked))


def _asked(field: FormField) -> str:
    return _("À demander : {question}").format(question=field.label)


def _refused(programme: Programme, code: str) -> Finding:
    return Finding(code, "excludes", explained(programme, code))


def explained(programme: Programme, reason: str) -> str:
    """What refuses a programme in French, for an authorised agent."""
    kind, _colon, code = reason.partition(":")
    match kind:
        case "exclusion":
            return {exclusion.code: exclusion.label for exclusion in programme.exclusions}.get(code, code)
        case "consent":
            labels = {consent.code: consent.label for consent in programme.consents}
            return _("Accord manquant : {consent}").format(consent=labels.get(code, code))
        case "condition":
            conditions = {condition.code: condition.label for condition in programme.conditions}
            return _("Condition non remplie : {condition}").format(condition=conditions.get(code, code))
        case "age":
            sentence = _("L'âge de la personne concernée n'est pas celui prévu ({ages}).")
            return sentence.format(ages=words(programme.ages))
        case _:
            return _("Ce dispositif ne peut pas être demandé à ce titre.")
