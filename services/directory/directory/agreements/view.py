"""An agreement as its page shows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from chassis.actor import Actor
from chassis.contents import ACCEPTED
from chassis.database import Transaction
from chassis.web.money import euros
from chassis.web.translations import N_
from chassis.web.translations import translate as _
from contracts.durations import add_months
from directory import scope
from directory.aggregates import NotKept
from directory.agreements import store, words
from directory.agreements.model import Agreement, Amount, Phase, Stated, Sum, Terms
from directory.agreements.rules import KEYS, Names, faults, sum_name
from directory.agreements.store import Change, Kept
from directory.files import acts as files
from directory.files.store import Filed
from directory.offers import store as offers

SOON = 6
"""Months ahead from which an end is shown as near."""


@dataclass(frozen=True, slots=True)
class Money:
    """A table of cents: a row for each payer, axis, payee or territory, a column for each year."""

    title: str
    years: Sequence[int]
    rows: Sequence[tuple[str, Sequence[int]]]

    @property
    def totals(self) -> list[int]:
        return [sum(cents) for cents in zip(*(row for _name, row in self.rows), strict=True)]


@dataclass(frozen=True, slots=True)
class Page:
    """An agreement and all that is named in it."""

    kept: Kept
    names: Mapping[str, str]
    """Organisations and territories by id."""
    offers: Mapping[UUID, str]
    """Offers it opens, and those its parties have, by name."""
    candidates: Sequence[tuple[str, str]]
    """Organisations that may be added as parties."""
    files: Mapping[str, Filed]
    """Documents kept here, by address."""
    journal: Sequence[Change]
    may_write: bool
    today: date

    @property
    def agreement(self) -> Agreement:
        return self.kept.agreement

    def context(self) -> dict[str, Any]:
        """What the templates read."""
        agreement, text = self.agreement, self.agreement.text
        return {
            "agreement": agreement,
            "version": self.kept.version,
            "terms": agreement.terms,
            "text": text,
            "names": self.names,
            "offers": self.offers,
            "candidates": self.candidates,
            "words": words,
            "euros": euros,
            "money": money(agreement.terms, self.names),
            "faults": faults(text, self.names) if agreement.phase is Phase.DRAFT or agreement.proposed else (),
            "changed": text.changed_from(agreement.terms),
            "timeline_entries": [self._told(change) for change in self.journal],
            "stated": [(one, sum_name(one, self.names)) for one in text.stated],
            "may_write": self.may_write,
            "files": self.files,
            "accepted": ACCEPTED,
            "today": self.today,
            "ends_soon": ends_soon(agreement, self.today),
            "sums": sum_choices(text, self.names),
            "lines": line_choices(text, self.names, self.offers),
        }

    def _told(self, change: Change) -> dict[str, Any]:
        return {
            "at": change.at,
            "title": _(words.CHANGES.get(change.what, change.what)),
            "text": self._details(change),
            "kind": "info" if change.by is None else "neutral",
        }

    def _details(self, change: Change) -> str:
        said = change.details
        parts = [
            self.names.get(said["organisation_id"], "") if "organisation_id" in said else "",
            _("n° {number}").format(number=said["number"]) if "number" in said else "",
            ", ".join(_(words.PARTS[one]) for one in said.get("changed", ()) if one in words.PARTS),
            _("année {year}").format(year=said["year"]) if "year" in said else "",
            said.get("title", ""),
        ]
        return ", ".join(part for part in parts if part)


def ends_soon(agreement: Agreement, today: date) -> bool:
    return agreement.phase is Phase.IN_FORCE and add_months(agreement.last_day, -SOON) <= today


async def page(
    tx: Transaction, actor: Actor, agreement_id: UUID, today: date, *, search: str = "", chosen: Sequence[UUID] = ()
) -> Page:
    """All that the page of an agreement shows. `search`: for organisations by name; `chosen`: those picked before.
    Raises NotKept."""
    kept = await store.find(tx, agreement_id)
    if kept is None:
        raise NotKept
    agreement = kept.agreement
    parties = {*agreement.terms.party_ids, *agreement.text.party_ids}
    may_write = _may_write(actor, agreement)
    candidates = await store.candidates(tx, search, agreement.text.territory_ids, chosen) if may_write else []
    return Page(
        kept,
        await store.named(tx, agreement.terms, agreement.text),
        await _offers(tx, agreement),
        [(str(identity), name) for identity, name in candidates if identity not in parties],
        await files.of(tx, [one.link for one in agreement.documents]),
        await store.journal(tx, agreement_id),
        may_write,
        today,
    )


def _may_write(actor: Actor, agreement: Agreement) -> bool:
    try:
        scope.check(actor, agreement.terms.territory_ids)
    except scope.OutOfScope:
        return False
    return True


async def _offers(tx: Transaction, agreement: Agreement) -> dict[UUID, str]:
    opened = {one.offer_id for text in (agreement.terms, agreement.text) for one in text.opens}
    found = {key: one.state.name for key, one in (await offers.those(tx, opened)).items()}
    theirs = await offers.of_organisations(tx, agreement.text.party_ids)
    return {one.offer_id: one.name for offered in theirs.values() for one in offered} | found


_TABLES: Mapping[Sum, str] = {
    "payer": N_("Montants par partie qui paie"),
    "axis": N_("Montants par axe"),
    "payee": N_("Montants par structure qui reçoit"),
    "territory": N_("Montants par territoire"),
}


def money(terms: Terms, names: Names) -> list[Money]:
    """Who pays, and for what, each year; a table for each thing that amounts tell."""
    years = sorted({amount.year for amount in terms.amounts})
    return [
        Money(_(title), years, _rows(terms.amounts, of, years, _called(terms, names)))
        for of, title in _TABLES.items()
        if any(KEYS[of](amount) for amount in terms.amounts)
    ]


def _rows(
    amounts: Sequence[Amount], of: Sum, years: Sequence[int], called: Mapping[str, str]
) -> list[tuple[str, Sequence[int]]]:
    keys = dict.fromkeys(KEYS[of](amount) for amount in amounts)
    return [
        (
            called.get(key, key) or _("sans précision"),
            [sum(one.cents for one in amounts if KEYS[of](one) == key and one.year == year) for year in years],
        )
        for key in keys
    ]


def _called(terms: Terms, names: Names) -> dict[str, str]:
    return {str(axis.number): f"{axis.number}. {axis.title}" for axis in terms.axes} | dict(names)


def sum_choices(terms: Terms, names: Names) -> list[tuple[str, str]]:
    """The sums a text may state, for a list: `year:2027` and its name."""
    years = range(terms.starts_on.year, terms.ends_on.year + 1)
    possible: Mapping[Sum, Iterable[object]] = {
        "whole": [""],
        "year": years,
        "payer": terms.party_ids,
        "axis": [axis.number for axis in terms.axes],
        "territory": terms.territory_ids,
        "payee": dict.fromkeys(amount.payee_id for amount in terms.amounts if amount.payee_id),
    }
    found = [Stated(of=of, which=str(which), cents=1) for of, keys in possible.items() for which in keys]
    return [(f"{one.of}:{one.which}", sum_name(one, names)) for one in found]


def line_choices(terms: Terms, names: Names, offered: Mapping[UUID, str]) -> list[tuple[str, str]]:
    """Each line of a text that may be taken out: `parties:0` and what it says."""
    said: Mapping[str, list[str]] = {
        "parties": [names.get(str(one.organisation_id), "") for one in terms.parties],
        "axes": [f"{one.number}. {one.title}" for one in terms.axes],
        "actions": [f"{one.number}. {one.title}" for one in terms.actions],
        "amounts": [amount_name(one, names) for one in terms.amounts],
        "stated": [sum_name(one, names) for one in terms.stated],
        "opens": [offered.get(one.offer_id, "") for one in terms.opens],
    }
    titles = {
        "parties": _("Partie"),
        "axes": _("Axe"),
        "actions": _("Action"),
        "amounts": _("Montant"),
        "stated": _("Total annoncé"),
        "opens": _("Offre ouverte"),
    }
    return [
        (f"{part}:{index}", f"{titles[part]} : {text}")
        for part, texts in said.items()
        for index, text in enumerate(texts)
    ]


def amount_name(amount: Amount, names: Names) -> str:
    """An amount in words: who pays how much, when, for which axis."""
    axis = _(", axe {axis}").format(axis=amount.axis) if amount.axis else ""
    return f"{amount.year}, {names.get(str(amount.payer_id), '')}{axis} : {euros(amount.cents)}"
