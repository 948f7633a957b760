"""The fictional département of the demonstration: real communes, invented organisations, plainly sample people."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from contracts import communes

ZONE = ZoneInfo("Europe/Paris")
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
    """A structure, by its name; `software` when it sends requests by itself, through `partner-requests`; `email` when
    it can be written to; `manager` the name of the account of who manages it."""

    name: str
    kind: str
    territories: tuple[str, ...]
    themes: tuple[str, ...] = ()
    software: bool = False
    email: str | None = None
    manager: str | None = None


CITY = Organisation("Ville d'Exemple", "commune", ("saint-brieuc",))
CCAS = Organisation("CCAS d'Exemple", "ccas", ("saint-brieuc",), ("difficultes-financieres",))
ASSOCIATION = Organisation(
    "Association d'Exemple", "association", ("*",), ("equipement-et-alimentation--alimentation",)
)
SCHOOL = Organisation("Collège d'Exemple", "school", ("montceau-les-mines",), ("famille",))
PARTNER = Organisation("Mutuelle d'Exemple", "other", ("*",), ("sante",), software=True)
SILENT = Organisation(
    "Relais d'Exemple",
    "association",
    ("saint-brieuc",),
    ("logement-hebergement",),
    email="relais@maillage.example",
    manager="direction-relais",
)
"""Does not answer what it is asked."""
ANSWERING = Organisation(
    "Foyer d'Exemple", "association", ("saint-brieuc",), ("logement-hebergement",), email="foyer@maillage.example"
)
"""Answers, without an account."""
ORGANISATIONS = (CITY, CCAS, ASSOCIATION, SCHOOL, PARTNER, SILENT, ANSWERING)


@dataclass(frozen=True)
class Offer:
    """What an organisation does for people."""

    organisation: Organisation
    name: str
    themes: tuple[str, ...]
    territories: tuple[str, ...]
    hours: str
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
    Offer(
        SILENT,
        "Relais logement d'exemple",
        ("logement-hebergement",),
        ("saint-brieuc",),
        "Mo,We 09:00-12:00",
    ),
    Offer(
        ANSWERING,
        "Permanence logement d'exemple",
        ("logement-hebergement",),
        ("saint-brieuc",),
        "Tu,Th 14:00-17:00",
    ),
)

ROLES_BY_TERRITORY = ("reception", "social_worker", "coordinator", "manager")
"""Held on each territory by the sample account of that role; the others are held everywhere."""


def today() -> date:
    """The day it is in the département."""
    return datetime.now(ZONE).date()
