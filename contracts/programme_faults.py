"""What a programme's fields do not show one by one: each fault with its place in the file and a French reason."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date
from typing import get_args

from contracts.durations import Duration
from contracts.events import EVENTS
from contracts.events.cases import KnownFollowUpKind
from contracts.events.intake import KnownRequesterRole
from contracts.programme import NUMBERS, Chosen, Deadline, FormField, Kind, Moment, Programme, StepField
from contracts.themes import THEMATIQUES

Location = tuple[str | int, ...]
Fault = tuple[Location, str]

ORIENTATION = ("orientation_reminder", "orientation_escalation", "orientation_expiry")
"""Codes of the deadlines of an orientation that nobody answers, in the order they come."""

DEADLINES: Mapping[Kind, tuple[str, ...]] = {
    "request": ORIENTATION,
    "conference": ("conference_follow_up", "action", *ORIENTATION),
    "measure": ("measure_end", "measure_ceiling", "action", *ORIENTATION),
    "support": ("action", *ORIENTATION),
    "concern": ("concern_evaluation", "concern_feedback"),
    "territory": ("territorial_follow_up", "territorial_evaluation", "quarterly_meeting", "next_conference", "action"),
}
"""Kind of programme → codes of the deadlines its dossiers run by."""

TAKEN = frozenset(
    {
        *get_args(KnownFollowUpKind),
        "plan_action",
        "territorial_action",
        "transfer",
        "document",
        "waiting_entry",
        "restricted",
        "plan_links",
        "readings",
        "steering",
    }
)
"""What falls due otherwise: no code of a deadline that runs by the steps. Also what cases keeps for itself: a file is
read by every service and by `maillage programmes check`, and each says the same of it. A test of cases holds this list
against what falls due there."""


def faults(programme: Programme) -> Iterator[Fault]:
    """The faults of one programme by itself."""
    yield from _repeated_codes(programme)
    yield from _ages_the_wrong_way_round(programme)
    yield from _questions(programme)
    yield from _durations_out_of_place(programme)
    yield from _deadlines_of_its_kind(programme)
    yield from _terms_out_of_order(programme)
    yield from _unknown_words(programme)
    yield from _forms_of_steps(programme)
    yield from _steps_that_depend(programme)
    yield from _amounts_at_most(programme)
    yield from _deadlines_out_of_step(programme)
    yield from _concern_in_the_open(programme)
    yield from _refusal_without_words(programme)
    yield from _asked_by_nobody(programme)


def unknown_instead(programme: Programme, open_to_all: Container[str]) -> Iterator[Fault]:
    """Exclusions that send people to a programme that is not there, or that not everybody may be given."""
    for place, exclusion in enumerate(programme.exclusions):
        if exclusion.instead not in open_to_all:
            yield (
                ("exclusions", place, "instead"),
                f"le dispositif « {exclusion.instead} » n’existe pas, ou n’est pas ouvert à tous",
            )


def _repeated_codes(programme: Programme) -> Iterator[Fault]:
    parts: dict[str, Sequence[str]] = {
        "consents": [consent.code for consent in programme.consents],
        "exclusions": [exclusion.code for exclusion in programme.exclusions],
        "form": [field.name for field in programme.form],
        "conditions": [condition.code for condition in programme.conditions],
        "documents": [document.code for document in programme.documents],
        "steps": [step.code for step in programme.steps],
        "referents": [referent.code for referent in programme.referents],
        "terms": [term.code for term in programme.terms],
        "deadlines": [deadline.code for deadline in programme.deadlines],
    }
    for part, codes in parts.items():
        for code, count in Counter(codes).items():
            if count > 1:
                yield (part, len(codes) - 1 - codes[::-1].index(code)), f"« {code} » est écrit deux fois"


def _ages_the_wrong_way_round(programme: Programme) -> Iterator[Fault]:
    low, high = programme.ages.from_age, programme.ages.to_age
    if low is not None and high is not None and low > high:
        yield ("ages",), "l’âge minimum dépasse l’âge maximum"


def _questions(programme: Programme) -> Iterator[Fault]:
    yield from _options(("form",), programme.form)
    names = {field.name for field in programme.form}
    for place, condition in enumerate(programme.conditions):
        if condition.code in names:
            yield ("conditions", place), f"« {condition.code} » est déjà le nom d’une question"
    yield from _dependencies(programme)


def _options(where: Location, form: Sequence[FormField]) -> Iterator[Fault]:
    for place, field in enumerate(form):
        if (field.type in ("choice", "choices")) != bool(field.options):
            yield (*where, place), "un choix a des options, et lui seul"


def _forms_of_steps(programme: Programme) -> Iterator[Fault]:
    for number, step in enumerate(programme.steps):
        where = ("steps", number, "form")
        if step.form and not programme.stepwise:
            yield where, "les étapes de ce genre de dispositif ne se remplissent pas : il a ses propres écrans"
        yield from _options(where, step.form)
        for place, field in enumerate(step.form):
            if field.name in {one.name for one in step.form[:place]}:
                yield (*where, place, "name"), f"« {field.name} » est écrit deux fois"
            yield from _choice((*where, place, "when"), field.when, step.form[:place])


def _choice(where: Location, chosen: Chosen | None, form: Sequence[FormField]) -> Iterator[Fault]:
    """What depends on a choice that is not there, or that is sealed."""
    if chosen is None:
        return
    choices = {one.name: {choice.value for choice in one.options} for one in form if one.type == "choice"}
    if chosen.question not in choices:
        yield (*where, "question"), f"« {chosen.question} » n’est pas un choix posé avant"
    elif not set(chosen.answered) <= choices[chosen.question]:
        yield (*where, "answered"), f"ce ne sont pas toutes des réponses à « {chosen.question} »"
    elif any(one.sealed for one in form if one.name == chosen.question):
        yield (*where, "question"), f"« {chosen.question} » est sensible : rien ne peut en dépendre"


def _steps_that_depend(programme: Programme) -> Iterator[Fault]:
    for number, step in enumerate(programme.steps):
        if step.only_if is None:
            continue
        earlier = {one.code: one for one in programme.steps[:number]}
        if step.only_if.step in earlier:
            yield from _choice(("steps", number, "only_if"), step.only_if, earlier[step.only_if.step].form)
        else:
            yield ("steps", number, "only_if", "step"), f"« {step.only_if.step} » n’est pas une étape d’avant"


def _amounts_at_most(programme: Programme) -> Iterator[Fault]:
    for number, step in enumerate(programme.steps):
        earlier = {one.code: {field.name: field for field in one.form} for one in programme.steps[:number]}
        for place, field in enumerate(step.form):
            reason = _no_amount(field, earlier)
            if reason:
                yield ("steps", number, "form", place, "at_most"), reason


def _no_amount(field: StepField, earlier: Mapping[str, Mapping[str, FormField]]) -> str | None:
    """Why a field cannot be held against the amount it names: both are read to be compared."""
    if field.at_most is None:
        return None
    step, question = field.at_most.step, field.at_most.question
    if field.type != "amount" or field.sealed:
        return "seul un montant, qui n’est pas sensible, a un maximum"
    if step not in earlier:
        return f"« {step} » n’est pas une étape d’avant"
    limit = earlier[step].get(question)
    if limit is None or limit.type != "amount":
        return f"« {question} » n’est pas un montant de cette étape"
    return f"« {question} » est sensible : rien ne peut en dépendre" if limit.sealed else None


def _deadlines_out_of_step(programme: Programme) -> Iterator[Fault]:
    for place, deadline in enumerate(programme.deadlines):
        for name, reason in _out_of_step(programme, deadline):
            yield ("deadlines", place, name), reason


def _out_of_step(programme: Programme, deadline: Deadline) -> Iterator[tuple[str, str]]:
    steps = [step.code for step in programme.steps]
    base, until = deadline.runs_from, deadline.until
    if base not in (*get_args(Moment), *steps):
        yield "runs_from", f"« {base} » n’est ni une étape, ni un moment connu"
    elif until is None and programme.stepwise and (base == "opening" or base not in get_args(Moment)):
        yield "code", "« until » manque : l’étape qui met fin à cette échéance"
    elif until is not None and until not in steps:
        yield "until", f"« {until} » n’est pas une étape de ce dispositif"
    elif until is not None:
        yield from _own(programme, deadline, steps, until)


def _own(programme: Programme, deadline: Deadline, steps: Sequence[str], until: str) -> Iterator[tuple[str, str]]:
    base = deadline.runs_from
    if not programme.stepwise:
        yield "until", "les échéances de ce genre de dispositif ne dépendent pas de ses étapes"
    if deadline.code in TAKEN or deadline.code in DEADLINES[programme.kind]:
        yield "code", f"« {deadline.code} » est déjà le nom d’une autre échéance"
    if base not in ("submission", "opening", *steps):
        yield "runs_from", f"« {base} » n’est ni une étape, ni « submission », ni « opening »"
    elif base in steps and steps.index(base) >= steps.index(until):
        yield "until", f"« {until} » vient avant « {base} », ou c’est la même étape"


def _dependencies(programme: Programme) -> Iterator[Fault]:
    parts = {
        "consents": programme.consents,
        "conditions": programme.conditions,
        "referents": programme.referents,
    }
    decisive = {field.name for field in programme.form if field.type == "yes_no"}
    for part, items in parts.items():
        for place, item in enumerate(items):
            if item.only_if is not None and item.only_if not in decisive:
                yield (part, place, "only_if"), f"« {item.only_if} » n’est pas une question oui/non du formulaire"


def _durations_out_of_place(programme: Programme) -> Iterator[Fault]:
    for place, deadline in enumerate(programme.deadlines):
        if len({duration.calendar for duration in deadline.durations}) > 1:
            yield (
                ("deadlines", place),
                "ses durées se comptent toutes en jours et mois, ou toutes en secondes",
            )
        if not deadline.within.calendar and not programme.demo:
            yield ("deadlines", place, "within"), "seul un dispositif de démonstration compte en secondes"
        agreed = deadline.runs_from == "agreed_day"
        if any(duration.empty for duration in deadline.durations[1 if agreed else 0 :]):
            yield ("deadlines", place), "une durée nulle ne sert à rien"


def _deadlines_of_its_kind(programme: Programme) -> Iterator[Fault]:
    stated = {deadline.code: deadline for deadline in programme.deadlines}
    for code in DEADLINES[programme.kind]:
        if code not in stated:
            yield ("deadlines",), f"l’échéance « {code} » manque : ses dossiers en ont besoin"
    within = [_length(stated[code].within) for code in ORIENTATION if code in stated]
    if within != sorted(set(within)):
        yield ("deadlines",), "une orientation se relance, puis se signale, puis expire, dans cet ordre"


def _length(duration: Duration) -> float:
    """Something to compare durations by."""
    origin = date(2001, 1, 1)
    if duration.calendar:
        return float((duration.after(origin) - origin).days * 86_400)
    return duration.exact().total_seconds()


def _terms_out_of_order(programme: Programme) -> Iterator[Fault]:
    for place, term in enumerate(programme.terms):
        lengths = [_length(one) for one in (term.at_least, term.at_most, term.ceiling) if one is not None]
        if lengths != sorted(lengths):
            yield ("terms", place), "« at_least », « at_most » et « ceiling » vont du plus court au plus long"
    if (programme.kind == "measure") != bool(programme.terms):
        yield ("terms",), "une mesure a des durées (« terms »), et elle seule"


def _unknown_words(programme: Programme) -> Iterator[Fault]:
    for place, message in enumerate(programme.messages):
        if message.event not in {type for type, _ in EVENTS}:
            yield ("messages", place, "event"), f"l’événement « {message.event} » n’existe pas"
    for place, value in enumerate(programme.answered_by):
        if value not in THEMATIQUES:
            yield ("answered_by", place), f"la thématique « {value} » n’existe pas dans data·inclusion"
    for place, number in enumerate(programme.numbers):
        if number not in NUMBERS:
            yield ("numbers", place), f"le numéro « {number} » n’est pas un numéro d’aide connu"


def _refusal_without_words(programme: Programme) -> Iterator[Fault]:
    """Anything that may refuse it needs the neutral sentence; the cell's is never asked for, nor refused."""
    if programme.not_possible is not None or programme.restricted or programme.kind == "territory":
        return
    for part in ("exclusions", "conditions", "consents", "ages"):
        if part in programme.model_fields_set:
            yield (part,), "« not_possible » manque : la phrase neutre que lit la personne refusée"
    if set(programme.who_may_ask) != set(get_args(KnownRequesterRole)):
        yield ("who_may_ask",), "« not_possible » manque : la phrase neutre que lit qui ne peut pas demander"


def _asked_by_nobody(programme: Programme) -> Iterator[Fault]:
    """A conference of a territory is opened by its managers; anything else is asked for by somebody."""
    if (programme.kind == "territory") == bool(programme.who_may_ask):
        yield ("who_may_ask",), "une conférence territoriale ne se demande pas, et elle seule"
    if programme.kind == "territory" and programme.offered_to == "anyone":
        yield ("offered_to",), "une conférence territoriale n’est pas proposée au public (« offered_to: agents »)"


def _concern_in_the_open(programme: Programme) -> Iterator[Fault]:
    """A worry about a child is for the cell alone, and no automatic message ever leaves."""
    if (programme.kind == "concern") != programme.restricted:
        yield (
            ("offered_to",),
            "une information préoccupante est réservée à la cellule (« offered_to: cell »), et elle seule",
        )
    if programme.restricted and programme.messages:
        yield ("messages",), "aucun message automatique ne part pour une information préoccupante"
