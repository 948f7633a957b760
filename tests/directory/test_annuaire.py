"""Annuaires as people take them with them: what is listed where, on which dates, and a PDF that screen readers read."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from chassis.typesetting import Busy, typeset
from contracts.events import OfferPublished, SitePublished
from contracts.events.partners import Closure, LegalAccess, OfferPlace
from directory.aggregates import Versioned
from directory.annuaire.document import TEMPLATE, Kept
from directory.annuaire.edition import Edition
from directory.annuaire.model import Entry, by_commune, by_theme, entry
from directory.annuaire.store import Listed
from directory.annuaire.words import about, there
from directory.vocabulary import words
from tests.pdf import checked, spoilt

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 12, 21, 12, tzinfo=PARIS)
TOWN, VILLAGE = UUID(int=1), UUID(int=2)
SITES: Mapping[UUID, SitePublished] = {
    TOWN: SitePublished(
        site_id=TOWN, name="Maison de l'Exemple", address="1 place de l'Exemple", postal_code="22000",
        locality="ST BRIEUC", commune="22278", accessibility=("lift",), phone="+33299000000",
    ),
    VILLAGE: SitePublished(site_id=VILLAGE, name="Mairie", postal_code="22190", locality="Plérin", commune="22187"),
}  # fmt: skip


def offered(name: str = "Permanence", places: tuple[OfferPlace, ...] = (), **more: Any) -> OfferPublished:
    return OfferPublished(offer_id=uuid4(), organisation_id=UUID(int=9), name=name, places=places, **more)


def listed(one: OfferPublished) -> Entry:
    return entry(one, "Association Exemple", SITES, NOON, PARIS)


def said(one: Entry) -> dict[str, tuple[str, ...]]:
    return {fact.label: fact.texts for fact in (*about(one, PARIS), *there(one.held[0]))}


def test_dates_are_of_the_right_weeks_and_leave_out_what_is_closed() -> None:
    """Odd weeks: 53 is followed by 1, and the first of January by a week away."""
    place = OfferPlace(
        site_id=TOWN,
        hours="week 01-53/2 We,Fr 13:30-17:00; PH off",
        closures=(Closure(first=date(2027, 1, 6), last=date(2027, 1, 6)),),
        note="Porte B",
    )
    told = said(listed(offered(places=(place,))))
    assert [text.replace("\u00a0", " ") for text in told["Prochaines dates"]] == [
        "mercredi 30 décembre de 13 h 30 à 17 h",
        "vendredi 8 janvier de 13 h 30 à 17 h",
        "mercredi 20 janvier de 13 h 30 à 17 h",
    ]
    assert told["Pour venir"] == ("Porte B", "Ascenseur")
    assert told["Où"] == ("Maison de l'Exemple, 1 place de l'Exemple, 22000 ST BRIEUC",)
    assert told["Téléphone"] == ("02 99 00 00 00",)


@pytest.mark.parametrize(
    ("hours", "dates"),
    [
        ("2028 Jan 03 10:00-12:00", ("aucune date connue dans les trois mois : appelez avant de venir",)),
        ("Mo 10:00-12:00; SH off", ("d'autres dates ne sont pas sûres",)),
        (None, ()),
    ],
    ids=["far ahead", "school holidays", "no hours"],
)
def test_what_is_not_known_is_said(hours: str | None, dates: tuple[str, ...]) -> None:
    told = said(listed(offered(places=(OfferPlace(site_id=VILLAGE, hours=hours),))))
    assert "".join(told.get("Prochaines dates", ())[-1:]).startswith("".join(dates))
    assert bool(dates) == ("Prochaines dates" in told)


@pytest.mark.parametrize(
    ("legal", "subjects", "booking"),
    [
        (LegalAccess(profession="notary"), ("toute question de droit",), "venez sans rendez-vous"),
        (
            LegalAccess(profession="notary", subjects=("inheritance", "autre"), booking=True),
            ("Successions, donations", "autre"),
            "à prendre avant de venir",
        ),
    ],
    ids=["anything", "some subjects"],
)
def test_advice_says_by_whom_on_what_and_whether_to_book(
    legal: LegalAccess, subjects: tuple[str, ...], booking: str
) -> None:
    told = said(listed(offered(legal_access=legal)))
    assert (told["Qui conseille"], told["Sur quoi"], told["Rendez-vous"]) == (("Notaire",), subjects, (booking,))


def test_what_is_to_be_known_that_day_is_said() -> None:
    notices = [
        {"first": "2026-12-01", "last": "2026-12-31", "text": "Entrée par la cour"},
        {"first": "2026-12-22", "text": "Pas encore"},
        {"first": "2026-11-01", "last": "2026-12-20", "text": "Plus maintenant"},
    ]
    assert said(listed(offered(notices=notices)))["À savoir"] == ("Entrée par la cour",)


def test_advice_is_found_by_the_words_for_it() -> None:
    assert "Notaire, Successions" in words([], LegalAccess(profession="notary", subjects=("inheritance", "autre")))


def test_each_place_stands_under_its_commune() -> None:
    both = listed(offered("Deux lieux", (OfferPlace(site_id=TOWN), OfferPlace(site_id=VILLAGE))))
    sections = by_commune([both, listed(offered("Par téléphone"))])
    assert [(one.title, [e.offer.name for e in one.entries]) for one in sections] == [
        ("Plérin", ["Deux lieux"]),
        ("Saint-Brieuc", ["Deux lieux"]),
        ("", ["Par téléphone"]),
    ]
    assert [held.commune for held in sections[0].entries[0].held] == ["Plérin"]


def test_each_offer_stands_under_every_theme_it_answers() -> None:
    sections = by_theme(
        [
            listed(offered("Aide", themes=("numerique", "remobilisation"))),
            listed(offered("Rien de connu")),
        ]
    )
    assert [(one.title, [e.offer.name for e in one.entries]) for one in sections] == [
        ("Solitude, isolement", ["Aide"]),
        ("Numérique, démarches en ligne", ["Aide"]),
        ("", ["Rien de connu"]),
    ]


def edition(*offers: OfferPublished, **more: Any) -> Edition:
    found = Listed(
        tuple(Versioned(one, 1) for one in offers),
        {UUID(int=9): "Association Exemple"},
        {key: Versioned(one, 1) for key, one in SITES.items()},
        more=False,
    )
    usual: dict[str, Any] = {"day": NOON.date(), "sections": by_commune, "otherwise": "À distance"}
    return Edition("Annuaire de l'accès au droit", "Saint-Brieuc Armor", zone=PARIS, listed=found, **usual | more)


EVERYTHING = offered(
    "Avocats #panic() *pas du gras* $x$ <b> \u0001 🎉 \u0645\u0631 e\u0301te\u0301",
    (
        OfferPlace(site_id=TOWN, hours="We 13:30-17:00", phone="+33299000001", email="droit@exemple.example"),
        OfferPlace(site_id=VILLAGE, hours="Mo 10:00-12:00; SH off", note="Salle du conseil"),
    ),
    description="Une première phrase.\n\nUne seconde : « œuvre », l’été – 5 €.",
    themes=("famille",), audience="Familles", age_from=18, fees="gratuit", languages=("fr", "lsf"),
    mobilisation=("telephoner",), mobilisation_link="https://exemple.example/droit", phone="115",
    legal_access=LegalAccess(profession="lawyer", subjects=("family", "work"), booking=True),
)  # fmt: skip


def test_nothing_that_was_written_is_taken_for_markup_and_all_of_it_can_be_printed() -> None:
    assert typeset(TEMPLATE, edition(EVERYTHING).said()).startswith(b"%PDF-")
    assert typeset(TEMPLATE, edition().said()).startswith(b"%PDF-")


def test_every_character_that_is_left_in_has_a_form() -> None:
    """Or else typst refuses the whole document."""
    every = "".join(map(chr, [*range(0x20, 0xD800), *range(0xE000, 0x20000)]))
    assert typeset(TEMPLATE, edition(offered(every)).said()).startswith(b"%PDF-")


def test_an_edition_that_says_something_else_is_another() -> None:
    one = edition(EVERYTHING)
    others = [edition(), edition(EVERYTHING, day=date(2026, 12, 22)), edition(EVERYTHING, lead="Gratuit")]
    assert one.digest == edition(EVERYTHING).digest
    assert len({one.digest, *(other.digest for other in others)}) == 4


async def test_the_same_content_is_typeset_once() -> None:
    press, asked = Kept(), list[str]()

    def content() -> dict[str, Any]:
        asked.append("again")
        return dict(edition().said())

    assert await press.print("a", content) == await press.print("a", content)
    assert asked == ["again"]


async def test_who_comes_after_many_who_wait_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.typesetting._WAITING", 0)
    with pytest.raises(Busy):
        await Kept().print("a", edition().said)


@pytest.mark.matrix  # a Java machine reads veraPDF's rules: some seconds
def test_documents_meet_every_rule_of_pdf_ua(tmp_path: Path) -> None:
    """By a checker that is not ours; and it does find what is wrong."""
    by_theme_too = edition(EVERYTHING, sections=by_theme, otherwise="Autres offres")
    right = [typeset(TEMPLATE, one.said()) for one in (edition(EVERYTHING), by_theme_too, edition())]
    *good, bad = checked(tmp_path, *right, spoilt(right[0]))
    assert [one["failed"] for one in good] == [[]] * 3
    assert all(one["checks"] > 100 for one in good)
    assert bad["failed"]
