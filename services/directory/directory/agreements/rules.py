"""What a text must hold before its parties may bind themselves by it: whole, without contradiction, sums exact."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from chassis.web.money import euros
from chassis.web.translations import N_
from chassis.web.translations import translate as _
from directory.agreements.model import Amount, Stated, Sum, Terms

Names = Mapping[str, str]
"""Id of an organisation or a territory → its name, for sentences."""

KEYS: Final[Mapping[Sum, Callable[[Amount], str]]] = {
    "whole": lambda _amount: "",
    "year": lambda amount: str(amount.year),
    "payer": lambda amount: str(amount.payer_id),
    "payee": lambda amount: str(amount.payee_id or ""),
    "axis": lambda amount: str(amount.axis or ""),
    "territory": lambda amount: amount.territory_id or "",
}
_SUMS: Final[Mapping[Sum, str]] = {
    "whole": N_("Montant total"),
    "year": N_("Année {which}"),
    "payer": N_("Part de {which}"),
    "payee": N_("Somme versée à {which}"),
    "axis": N_("Axe {which}"),
    "territory": N_("Territoire {which}"),
}


def sums(terms: Terms, of: Sum) -> dict[str, int]:
    """Cents by year, payer, payee, axis or territory; what names none is under the empty text."""
    totals: Counter[str] = Counter()
    for amount in terms.amounts:
        totals[KEYS[of](amount)] += amount.cents
    return dict(totals)


def faults(terms: Terms, names: Names) -> tuple[str, ...]:
    """What keeps these terms from being agreed on, in French; nothing when they may be."""
    return (*_parties(terms), *_axes(terms), *_actions(terms), *_amounts(terms), *off_sums(terms, names))


def _parties(terms: Terms) -> Iterator[str]:
    if len(terms.parties) < 2:
        yield _("Un accord lie au moins deux parties : ajoutez celles qui manquent.")
    if _repeated(terms.party_ids):
        yield _("Une structure est deux fois parmi les parties : retirez-en une.")
    if _repeated(opening.offer_id for opening in terms.opens):
        yield _("Une offre est ouverte deux fois : retirez-en une.")


def _axes(terms: Terms) -> Iterator[str]:
    if _repeated(axis.number for axis in terms.axes):
        yield _("Deux axes ont le même numéro : donnez-en un à chacun.")


def _actions(terms: Terms) -> Iterator[str]:
    axes = {axis.number for axis in terms.axes}
    if _repeated(action.number for action in terms.actions):
        yield _("Deux actions ont le même numéro : donnez-en un à chacune.")
    for action in terms.actions:
        if action.axis is not None and action.axis not in axes:
            yield _("L'action {action} est dans l'axe {axis}, qui n'existe pas : ajoutez-le ou corrigez-la.").format(
                action=action.number, axis=action.axis
            )
        if action.owner_id not in terms.party_ids:
            yield _("L'action {action} est portée par une structure qui n'est pas partie : ajoutez-la.").format(
                action=action.number
            )
        if action.due_on is not None and not terms.starts_on <= action.due_on <= terms.ends_on:
            yield _("L'échéance de l'action {action} est hors des dates de l'accord.").format(action=action.number)


def _amounts(terms: Terms) -> Iterator[str]:
    axes, years = {axis.number for axis in terms.axes}, range(terms.starts_on.year, terms.ends_on.year + 1)
    involved = {one for amount in terms.amounts for one in (amount.payer_id, amount.payee_id) if one}
    if involved - set(terms.party_ids):
        yield _("Un montant engage une structure qui n'est pas partie : ajoutez-la aux parties.")
    for year in sorted({amount.year for amount in terms.amounts} - set(years)):
        yield _("Un montant est prévu en {year}, hors des dates de l'accord.").format(year=year)
    for axis in sorted({amount.axis for amount in terms.amounts if amount.axis} - axes):
        yield _("Un montant est prévu pour l'axe {axis}, qui n'existe pas.").format(axis=axis)
    if len({amount.axis is None for amount in terms.amounts}) > 1:
        yield _("Des montants disent leur axe et d'autres non : répartissez-les tous, ou aucun.")
    for place in sorted({amount.territory_id for amount in terms.amounts if amount.territory_id}):
        if place not in terms.territory_ids:
            yield _("Un montant est prévu pour un territoire que l'accord ne couvre pas : ajoutez-le.")


def off_sums(terms: Terms, names: Names) -> Iterator[str]:
    """A sentence for each sum that its amounts do not make, to the cent."""
    if _repeated((stated.of, stated.which) for stated in terms.stated):
        yield _("Un même total est annoncé deux fois : retirez-en un.")
    for stated in terms.stated:
        found = sums(terms, stated.of).get(stated.which, 0)
        if found != stated.cents:
            yield _off(stated, found, names)


def _off(stated: Stated, found: int, names: Names) -> str:
    sentence = (
        N_("{sum} : les montants font {found} au lieu de {stated} ; il manque {gap}.")
        if found < stated.cents
        else N_("{sum} : les montants font {found} au lieu de {stated} ; il y a {gap} de trop.")
    )
    gap = euros(abs(stated.cents - found))
    return _(sentence).format(sum=sum_name(stated, names), found=euros(found), stated=euros(stated.cents), gap=gap)


def sum_name(stated: Stated, names: Names) -> str:
    """What a stated sum is the sum of."""
    return _(_SUMS[stated.of]).format(which=names.get(stated.which, stated.which))


def _repeated(values: Iterable[object]) -> bool:
    listed = list(values)
    return len(set(listed)) < len(listed)
