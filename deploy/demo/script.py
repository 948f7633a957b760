"""The day, hour by hour: who asks for what, where, by which channel. Read it as a story; `play` plays it.

Everything is invented. Nothing here says what must come of it: the platform decides, the report reads it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from contracts import communes
from deploy.demo.people import Person, by_letter, by_phone, by_text, reachable

Channel = Literal["desk", "phone", "web"]
SAINT_BRIEUC, PLERIN, PLOUFRAGAN = "22278", "22187", "22215"
MONTCEAU, BLANZY, LE_CREUSOT = "71306", "71040", "71153"
SAINT_FLOUR, NEUVEGLISE = "15187", "15142"
LANDERNEAU, DAOULAS = "29103", "29043"
ARCACHON, LA_TESTE, GUJAN = "33009", "33529", "33199"


@dataclass(frozen=True)
class Ask:
    """Somebody asks for something. `situation` is what a colleague would say of it: no name."""

    hour: str
    channel: Channel
    commune: str
    situation: str
    themes: tuple[str, ...]
    requester: Person | None = None
    role: str = "self"
    concerned: Person | None = None
    minor: bool = False
    programme: str = "first-contact"
    agreed: str | None = None
    """How the person concerned agreed to the programme; None: they have not."""
    parents_agreed: tuple[str | None, ...] = ()
    """The same, of each holder of parental authority."""
    exclusions: tuple[str, ...] = ()
    urgency: str = "ordinary"
    household: tuple[Person, ...] = ()
    answer: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    """To the programme's questions and conditions."""
    cut_off: bool = False
    """The line is cut in mid-call; a colleague of the same place goes on with the draft."""

    def fields(self) -> dict[str, str | list[str]]:
        """As a resident fills the public form."""
        found = communes.find(self.commune)
        assert found is not None, "the script names real communes"
        filled: dict[str, str | list[str]] = {
            "commune": found.name,
            "commune_code": self.commune,
            "programme": self.programme,
            "themes": list(self.themes),
            "summary": f"{self.situation} (exemple)",
            "role": self.role,
        }
        answered = {"minor": self.minor, "agreed": self.agreed is not None}
        filled |= {name: "yes" for name, holds in answered.items() if holds}
        filled |= {"danger": ["now"]} if self.urgency == "immediate" else {}
        return filled | (self.requester.fields() if self.requester else {})

    def body(self) -> dict[str, Any]:
        """As an agent's screen tells intake."""
        return {
            "commune": self.commune,
            "programme": self.programme,
            "themes": self.themes,
            "summary": f"{self.situation} (exemple)",
            "urgency": self.urgency,
            "requester": {"role": self.role, "person": self.requester.body() if self.requester else None},
            "concerned": self._concerned(),
            "household": [person.body() for person in self.household],
            "channel": self.channel,
            "place": "Maison du département d'Exemple",
            "exclusions": self.exclusions,
            "immediate_answer": self.answer,
            "answers": self.answers,
        }

    def _concerned(self) -> dict[str, Any]:
        return {
            "person": self.concerned.body() if self.concerned else None,
            "minor": self.minor,
            "consents": [{"kind": "programme", "given_how": self.agreed}] if self.agreed else [],
            "parental_authority": [
                {"given_name": "Parent", "family_name": f"Exemple {place}", "agreed": agreed}
                for place, agreed in enumerate(self.parents_agreed, start=1)
            ],
        }


CONFERENCE = "family-conference"
DEMO_CONFERENCE = "family-conference-demo"
"""The same, with a follow-up due after seconds."""

LED_TO_ITS_END = Ask(
    "9 h 10",
    "desk",
    LANDERNEAU,
    "Une mère et ses proches veulent décider ensemble comment soulager son quotidien",
    ("family", "isolation"),
    reachable(6, "1981"),
    programme=DEMO_CONFERENCE,
    agreed="signature",
)
"""The conference that the day follows to its ratification and its follow-up."""

UNANSWERED = Ask(
    "8 h 40",
    "desk",
    SAINT_BRIEUC,
    "Une femme hébergée chez une amie doit partir dans la semaine",
    ("housing",),
    reachable(52, "1992"),
    programme="first-contact-demo",
)
"""Oriented to a structure that does not answer: its delays are of seconds."""

ANSWERED = Ask(
    "14 h 20",
    "web",
    PLOUFRAGAN,
    "Une locataire doit quitter son logement",
    ("housing",),
    reachable(32),
)
"""Oriented, with her agreement, to a structure that answers by the link it was sent."""

MOVED = Ask(
    "9 h 20",
    "phone",
    SAINT_FLOUR,
    "Une femme demande un rendez-vous ; rien chez elle ne doit dire avec qui",
    ("rights",),
    Person(53, "1985", writes_to=True, neutral=True),
)
"""Given an appointment, which is moved, then kept."""

MEASURE = Ask(
    "9 h 30",
    "desk",
    PLERIN,
    "Un homme reçoit l'AAH et ne paie plus son loyer : il demande qu'on l'aide à gérer",
    ("budget", "housing"),
    reachable(54, "1979"),
    programme="masp",
    agreed="signature",
    answers={"social_benefits": True, "trouble_managing": True, "health_or_safety": True, "unpaid_rent": 2},
)
"""Eligible for a MASP, and led to the first month of its contract."""

CUT_OFF = Ask(
    "9 h 40",
    "phone",
    SAINT_FLOUR,
    "Un homme appelle pour une facture d'électricité ; la ligne coupe, un collègue reprend",
    ("budget", "housing"),
    reachable(10, "1974-05"),
    urgency="soon",
    cut_off=True,
)
SCHOOL_WITHOUT = Ask(
    "11 h 05",
    "phone",
    MONTCEAU,
    "Un collège demande une conférence familiale ; un parent n'a pas encore donné son accord",
    ("family",),
    reachable(21),
    role="school",
    concerned=Person(22, "2013"),
    minor=True,
    programme=CONFERENCE,
    parents_agreed=("oral", None),
)
SCHOOL_WITH = Ask(
    "11 h 20",
    "phone",
    MONTCEAU,
    "Le même collège, pour une autre famille : les deux parents sont d'accord",
    ("family",),
    reachable(21),
    role="school",
    concerned=Person(23, "2012"),
    minor=True,
    programme=CONFERENCE,
    parents_agreed=("signature", "oral"),
)
MINOR = Ask(
    "14 h 00",
    "web",
    ARCACHON,
    "Une lycéenne de 16 ans cherche à qui parler",
    ("health", "isolation"),
    Person(30, writes_to=True, neutral=True),
    minor=True,
)
REFUSED = Ask(
    "15 h 10",
    "desk",
    SAINT_BRIEUC,
    "Un proche demande une conférence familiale ; les faits ne sont pas reconnus",
    ("family",),
    reachable(34),
    role="relative",
    concerned=Person(35),
    programme=CONFERENCE,
    agreed="oral",
    exclusions=("facts_not_acknowledged",),
)
ANONYMOUS = Ask("8 h 30", "web", SAINT_BRIEUC, "Une personne qui ne dit pas son nom demande où se loger", ("housing",))
TWICE = (
    Ask(
        "10 h 15",
        "web",
        PLERIN,
        "Une retraitée demande de l'aide pour ses démarches en ligne",
        ("digital", "rights"),
        reachable(14),
    ),
    Ask(
        "16 h 20",
        "desk",
        PLERIN,
        "La même retraitée vient au guichet, sans savoir que sa demande est arrivée",
        ("digital", "rights"),
        reachable(14),
    ),
)

DAY: tuple[Ask, ...] = (
    ANONYMOUS,
    Ask("8 h 35", "desk", SAINT_BRIEUC, "Un père seul avec deux enfants, loyer impayé", ("housing", "budget"),
        reachable(1, "1986"), household=(Person(2, "2015"), Person(3, "2019")), urgency="soon"),
    UNANSWERED,
    Ask("8 h 45", "desk", ARCACHON, "Un saisonnier dort dans sa voiture", ("housing", "work"), by_text(4),
        urgency="immediate", answer="Une place d'hébergement pour ce soir ; appeler le 115 si elle manque."),
    Ask("8 h 55", "phone", MONTCEAU, "Une fille s'inquiète pour son père de 84 ans", ("autonomy_loss",), reachable(5),
        role="relative", concerned=Person(7, "1942"), agreed="oral"),
    LED_TO_ITS_END,
    Ask("9 h 15", "web", LANDERNEAU, "Un jeune demande comment passer le permis", ("work",), reachable(8, "2006")),
    MOVED,
    Ask("9 h 25", "desk", SAINT_FLOUR, "Une agricultrice ne sait plus qui appeler pour ses droits", ("rights",),
        reachable(9, "1969")),
    MEASURE,
    CUT_OFF,
    Ask("9 h 50", "web", BLANZY, "Un couple cherche une garde d'enfants à horaires décalés", ("family", "work"),
        reachable(11)),
    Ask("10 h 00", "phone", LA_TESTE, "Une aidante demande à souffler", ("disability", "isolation"),
        reachable(12, "1963")),
    Ask("10 h 05", "desk", PLOUFRAGAN, "Un homme demande un colis alimentaire", ("food",),
        by_letter(13, "3 rue de l'Exemple, 22440 Ploufragan"),
        answer="Un colis remis sur place, l'adresse de l'association donnée."),
    TWICE[0],
    Ask("10 h 25", "web", SAINT_BRIEUC, "Une étudiante demande une aide d'urgence", ("budget", "food"),
        reachable(15, "2005"), urgency="soon"),
    Ask("10 h 30", "desk", LE_CREUSOT, "Un allocataire conteste un trop-perçu", ("rights", "budget"),
        reachable(16, "1990")),
    Ask("10 h 40", "phone", ARCACHON, "Une voisine signale un homme âgé qui ne sort plus", ("isolation",),
        None, role="social_network", concerned=Person(17)),
    Ask("10 h 45", "web", SAINT_FLOUR, "Un artisan en difficulté demande conseil", ("budget", "work"), reachable(18)),
    Ask("10 h 55", "desk", LANDERNEAU, "Une personne sourde demande un interprète pour un rendez-vous", ("rights",),
        Person(19, "1978", writes_to=True, language="fr")),
    Ask("11 h 00", "web", GUJAN, "Un grand-père demande à voir ses petits-enfants", ("family",), reachable(20)),
    SCHOOL_WITHOUT,
    SCHOOL_WITH,
    Ask("11 h 30", "desk", MONTCEAU, "Une demande sans nom, sur les dettes de jeu", ("budget",)),
    Ask("11 h 40", "web", DAOULAS, "Une famille nouvellement arrivée cherche un médecin", ("health",),
        Person(24, writes_to=True, language="uk")),
    Ask("11 h 45", "phone", SAINT_BRIEUC, "Un service social demande un relais pour un couple", ("housing",),
        reachable(25), role="social_service", concerned=Person(26), agreed="oral"),
    Ask("11 h 55", "desk", NEUVEGLISE, "Une veuve n'arrive plus à payer son chauffage", ("budget",),
        reachable(27, "1948")),
    Ask("13 h 35", "web", LE_CREUSOT, "Un parent demande une conférence familiale pour lui-même", ("family",),
        reachable(28, "1977"), programme=CONFERENCE),
    Ask("13 h 45", "desk", ARCACHON, "Une femme préfère qu'on ne lui écrive pas", ("rights",),
        Person(29, writes_to=False, phone=True)),
    MINOR,
    Ask("14 h 10", "phone", LANDERNEAU, "Un homme sort de l'hôpital sans aide à domicile", ("autonomy_loss", "health"),
        reachable(31, "1945"), urgency="soon"),
    ANSWERED,
    Ask("14 h 30", "desk", SAINT_FLOUR, "Un bénéficiaire ne comprend pas une lettre de la caisse", ("rights",),
        by_phone(33), answer="La lettre est lue ensemble, la réponse écrite sur place."),
    Ask("14 h 40", "web", BLANZY, "Une assistante maternelle cherche une formation", ("work",), reachable(36)),
    Ask("14 h 50", "phone", SAINT_BRIEUC, "Un fils veut comprendre les aides pour sa mère", ("autonomy_loss",),
        reachable(37), role="relative", concerned=Person(38, "1939"), agreed="oral"),
    Ask("15 h 00", "web", ARCACHON, "Un couple de retraités demande l'accès à internet", ("digital",), reachable(39)),
    REFUSED,
    Ask("15 h 20", "desk", MONTCEAU, "Une mère cherche une activité pour son fils", ("family", "disability"),
        reachable(40), household=(Person(41, "2016"),)),
    Ask("15 h 30", "web", LA_TESTE, "Un intérimaire attend ses droits au chômage", ("work", "budget"), reachable(42)),
    Ask("15 h 40", "phone", SAINT_FLOUR, "Une infirmière demande un relais pour un patient isolé", ("isolation",),
        reachable(43), role="other_partner", concerned=Person(44), agreed="oral"),
    Ask("15 h 50", "web", LANDERNEAU, "Une demande sans nom, sur l'alcool", ("health",)),
    Ask("16 h 00", "desk", SAINT_BRIEUC, "Un homme sans papiers d'identité", ("rights",), by_phone(45)),
    Ask("16 h 10", "phone", DAOULAS, "Une grand-mère élève seule ses petits-enfants", ("family", "budget"),
        reachable(46, "1957"), household=(Person(47, "2017"), Person(48, "2020"))),
    TWICE[1],
    Ask("16 h 30", "web", MONTCEAU, "Un retraité de la mine veut adapter sa salle de bain",
        ("housing", "autonomy_loss"), reachable(49, "1944")),
    Ask("16 h 45", "desk", GUJAN, "Une jeune mère cherche des couches et du lait", ("food", "family"), by_phone(50),
        urgency="soon"),
    Ask("16 h 55", "web", SAINT_FLOUR, "Un lycéen majeur demande une bourse", ("budget",), reachable(51, "2008-01")),
)  # fmt: skip
"""Forty-seven requests; the partner's letters come on top."""


@dataclass(frozen=True)
class Letter:
    """What the partner's software sends. Letters of one `file` share a key: they are taken in their order."""

    hour: str
    file: str
    situation: str
    themes: tuple[str, ...] = ("health",)
    commune: str | None = None
    """None: one that intake's list does not hold yet."""
    malformed: bool = False

    def body(self, unknown_commune: str) -> dict[str, Any]:
        """As intake is asked, before it is signed and encrypted."""
        return {
            "commune": self.commune or unknown_commune,
            "themes": self.themes,
            "summary": f"{self.situation} (exemple)",
            "requester": {"role": "other_partner", "person": reachable(60).body()},
            "concerned": {"person": Person(61).body(), "consents": [{"kind": "programme", "given_how": "oral"}]},
        }


LETTERS: tuple[Letter, ...] = (
    Letter("10 h 00", "A", "Un adhérent sort de l'hôpital sans logement adapté", ("health", "housing"), SAINT_BRIEUC),
    Letter("10 h 10", "B", "Une adhérente vit dans une commune qui vient d'être créée", ("health",)),
    Letter("10 h 20", "B", "La même adhérente : le loyer s'ajoute", ("housing", "budget"), PLERIN),
    Letter("10 h 30", "B", "La même adhérente : elle ne sort plus", ("isolation",), PLERIN),
    Letter("10 h 40", "C", "Une lettre abîmée par un défaut du logiciel", malformed=True),
    Letter("10 h 50", "D", "Un adhérent demande une aide à domicile", ("autonomy_loss",), LANDERNEAU),
)
NEW_COMMUNE = "Exemple-la-Neuve"
SET_ASIDE = ("B", "C")
"""Files whose letters cannot be taken at first."""
