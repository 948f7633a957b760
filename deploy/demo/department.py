"""The fictional département of the demonstration: real communes, invented organisations, plainly sample people."""

from dataclasses import dataclass

from contracts import communes

NAME = "Département d'Exemple"
"""Holds territories of five real départements: it can be none of them."""


@dataclass(frozen=True)
class Territory:
    """A territory of social action: the communes of one or two groupings (EPCI, by their SIREN numbers)."""

    territory_id: str
    name: str
    groupings: frozenset[str]

    def communes(self) -> list[str]:
        """INSEE codes of its communes, of today."""
        return [commune.code for commune in communes.every() if commune.epci in self.groupings]


TERRITORIES = (
    Territory("saint-brieuc", "Saint-Brieuc", frozenset({"200069409"})),
    Territory("montceau-les-mines", "Montceau-les-Mines", frozenset({"247100290"})),
    Territory("saint-flour", "Saint-Flour", frozenset({"200066660"})),
    Territory("landerneau", "Landerneau", frozenset({"242900801"})),
    Territory("arcachon", "Arcachon", frozenset({"243300563"})),
)


@dataclass(frozen=True)
class Organisation:
    """A structure, by its name; `software` when it sends requests by itself, through `partner-requests`."""

    name: str
    kind: str
    territories: tuple[str, ...]
    themes: tuple[str, ...] = ()
    software: bool = False


CCAS = Organisation("CCAS d'Exemple", "ccas", ("saint-brieuc",), ("difficultes-financieres",))
ASSOCIATION = Organisation(
    "Association d'Exemple", "association", ("*",), ("equipement-et-alimentation--alimentation",)
)
SCHOOL = Organisation("Collège d'Exemple", "school", ("montceau-les-mines",), ("famille",))
PARTNER = Organisation("Mutuelle d'Exemple", "other", ("*",), ("sante",), software=True)
ORGANISATIONS = (CCAS, ASSOCIATION, SCHOOL, PARTNER)


@dataclass(frozen=True)
class Offer:
    """What an organisation does for people."""

    organisation: Organisation
    name: str
    themes: tuple[str, ...]
    territories: tuple[str, ...]
    opening_hours: str
    age_from: int | None = None
    age_to: int | None = None


OFFERS = (
    Offer(
        CCAS,
        "Point conseil budget d'exemple",
        ("difficultes-financieres",),
        ("saint-brieuc",),
        "Mo-Fr 09:00-12:00,14:00-17:00",
    ),
    Offer(
        ASSOCIATION,
        "Colis alimentaires d'exemple",
        ("equipement-et-alimentation--alimentation",),
        ("landerneau", "saint-flour"),
        "Tu,Th 14:00-18:00",
    ),
    Offer(
        SCHOOL,
        "Maison des adolescents d'exemple",
        ("famille", "sante"),
        ("montceau-les-mines",),
        "week 01-53/2 We,Fr 13:30-17:00; PH off",
        11,
        25,
    ),
)

ROLES_BY_TERRITORY = ("reception", "social_worker", "coordinator", "manager")
"""Held on each territory by the sample account of that role; the others are held everywhere."""
