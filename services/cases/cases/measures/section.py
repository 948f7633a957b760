"""The measure on the dossier's page: where it stands, its contract, its ledger, what is near, and what can be done."""

from collections.abc import Mapping, Sequence
from typing import Any

from cases import words
from cases.dossiers.view import Dossier
from cases.measures import ledger, life, rules, store, view
from cases.measures.acts import DEPARTMENT
from cases.measures.ledger import Entry, Kind
from cases.measures.model import MASP, READERS, Eligibility
from cases.measures.view import Shown
from cases.programmes import programmes
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.money import euros
from chassis.web.translations import N_
from chassis.web.translations import translate as _
from contracts.programmes import UnknownProgramme

_CONDITIONS = {
    "adult": N_("La personne est majeure"),
    "receives_benefits": N_("Elle perçoit des prestations sociales"),
    "struggles_with_resources": N_("Elle a des difficultés à gérer ses ressources"),
    "health_or_safety_threatened": N_("Sa santé ou sa sécurité, ou celle de son foyer, en est menacée"),
}
assert _CONDITIONS.keys() == Eligibility.model_fields.keys()


async def section(tx: Transaction, parts: Parts, read: Dossier) -> dict[str, Any]:
    """What the template shows; nothing for who does not support the person."""
    if read.roles.isdisjoint(READERS):
        return {"masp": None, "may_open_masp": False}
    found = await view.read(tx, parts, read.case.case_id)
    latest = found[0] if found else None
    free = latest is None or latest.measure.over
    return {
        "masp": latest,
        "masp_earlier": found[1:],
        "may_open_masp": free and read.case.open and _offered(parts) and _somebody_is_concerned(read),
        "masp_decides": not read.roles.isdisjoint(DEPARTMENT),
        "euros": euros,
        **(await _of(tx, parts, latest) if latest else {}),
    }


def _offered(parts: Parts) -> bool:
    try:
        return bool(programmes(parts.settings.programmes).current(MASP))
    except UnknownProgramme:
        return False


def _somebody_is_concerned(read: Dossier) -> bool:
    return any(one.role == "concerned" for one in read.people)


async def _of(tx: Transaction, parts: Parts, one: Shown) -> dict[str, Any]:
    measure, today = one.measure, parts.now().astimezone(parts.settings.zone).date()
    return {
        "masp_near": [(_(words.word(words.MEASURE_DUE, kind)), day) for kind, day in one.near(today)],
        "masp_ahead": [(_(words.word(words.MEASURE_DUE, kind)), *days) for kind, *days in one.ahead(today)],
        "masp_conditions": [(code, _(text)) for code, text in _CONDITIONS.items()],
        "masp_documents": [(asked.code, asked.label) for asked in one.programme.documents],
        "masp_organisations": [(str(id), name) for id, name in await store.organisations(tx)],
        "masp_failures": _pairs(words.MEASURE_FAILURES, life.failures(measure)),
        "masp_ends": _pairs(words.MEASURE_ENDS, rules.end_reasons(measure)),
        "masp_kinds": _pairs(words.MEASURE_ENTRIES, list(Kind)),
        "masp_reversible": [(str(entry.entry_id), _line(entry)) for entry in _reversible(one.book)],
        "masp_line": _line,
        "masp_free": _free(one),
        "masp_levels": _pairs(words.MEASURE_LEVELS, list(words.MEASURE_LEVELS)),
    }


def _pairs(called: Mapping[str, str], codes: Sequence[str]) -> list[tuple[str, str]]:
    return [(str(code), _(words.word(called, code))) for code in codes]


def _reversible(book: Sequence[Entry]) -> list[Entry]:
    taken_back = {entry.reverses for entry in book}
    return [entry for entry in reversed(book) if entry.reverses is None and entry.entry_id not in taken_back]


def _line(entry: Entry) -> str:
    """An entry in a few words."""
    what = _(words.word(words.MEASURE_ENTRIES, entry.kind))
    if entry.reverses is not None:
        what = _("annulation : %(what)s") % {"what": what}
    return f"{entry.entered_on:%d/%m/%Y} – {what} – {euros(entry.amount_cents)}"


def _free(one: Shown) -> list[tuple[Any, ...]]:
    """By month: what came, what was paid, and what is still to be paid of rent and charges."""
    rows = []
    for month in one.months:
        terms = one.measure.terms_on(ledger.month_of(month.month)) or (
            one.measure.contract.terms if one.measure.contract else None
        )
        left = sum(month.uncovered(terms)) if terms else 0
        received = month.of(Kind.BENEFIT_RECEIVED) + month.of(Kind.OTHER_RECEIVED)
        rows.append((month, received, left))
    return rows
