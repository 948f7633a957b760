"""Words of calls and projects, as people read them."""

from typing import Final

from chassis.web.translations import N_

KINDS: Final = {
    "local_initiatives": N_("Initiatives locales"),
    "social_centres": N_("Soutien aux centres sociaux"),
    "food_solidarity": N_("Solidarité alimentaire"),
    "other": N_("Autre appel"),
}
SHARING: Final = {
    "none": N_("Au fil des décisions"),
    "territory": N_("Autant pour chaque territoire"),
    "population": N_("Par territoire, selon sa population"),
    "fixed": N_("Par territoire, selon des parts fixées"),
    "score": N_("Par projet, selon sa note"),
}
STATES: Final = {
    "deposited": N_("Déposé"),
    "withdrawn": N_("Retiré"),
    "granted": N_("Accordé"),
    "refused": N_("Refusé"),
}
OPINIONS: Final = {
    "favourable": N_("Favorable"),
    "reserved": N_("Réservé"),
    "unfavourable": N_("Défavorable"),
}
