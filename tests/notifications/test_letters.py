"""Letters on paper: the lines of an address, the sheet and what shows through the window, when batches close."""

from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from chassis.holidays import holidays_in
from chassis.typesetting import printable, typeset
from notifications.letters.document import TEMPLATE, said
from notifications.letters.model import Content, NotPostal, address, around_link, next_round
from notifications.letters.printing import Printed
from tests.pdf import checked, spoilt

PARIS = ZoneInfo("Europe/Paris")
NAME = "Camille Exemple"


@pytest.mark.parametrize(
    ("recorded", "lines"),
    [
        ("1 rue de l'Exemple, 22000 Saint-Brieuc", ("1 rue de l'Exemple", "22000 SAINT-BRIEUC")),
        ("1 rue de l'Exemple 22000 Saint-Brieuc", ("1 rue de l'Exemple", "22000 SAINT-BRIEUC")),
        ("12 bis, rue de l'Exemple, 22000 Plérin, France", ("12 bis rue de l'Exemple", "22000 PLÉRIN")),
        ("Camille Exemple, Le Bourg, 22190, Plérin", ("Le Bourg", "22190 PLÉRIN")),
        ("1 rue A\nBâtiment B ; BP 10234\n22000  Saint-Brieuc  Cedex 1",
         ("1 rue A", "Bâtiment B", "BP 10234", "22000 SAINT-BRIEUC CEDEX 1")),
        ("Chez Mme Exemple, Appt 3, Rés. des Fleurs, 1 rue A, 97400 Saint-Denis",
         ("Chez Mme Exemple", "Appt 3", "Rés. des Fleurs", "1 rue A", "97400 SAINT-DENIS")),
        (f"{'A' * 38}, 22000 {'B' * 32}", ("A" * 38, f"22000 {'B' * 32}")),
    ],
    ids=["commas", "one run", "number, country", "postcode apart", "line breaks", "six lines", "full lines"],
)  # fmt: skip
def test_an_address_as_it_was_typed_becomes_lines(recorded: str, lines: tuple[str, ...]) -> None:
    assert address(NAME, recorded, printable) == (NAME, *lines)


@pytest.mark.parametrize(
    ("name", "recorded", "reason"),
    [
        ("", "1 rue A, 22000 Saint-Brieuc", "no_postal_name"),
        (NAME, "1 rue A, Saint-Brieuc", "address_incomplete"),
        (NAME, "22000 Saint-Brieuc", "address_incomplete"),
        (NAME, "1 rue A, 22000", "address_incomplete"),
        (NAME, "1 rue A, 1000 Bruxelles, Belgique", "address_incomplete"),
        (NAME, " , ;", "address_incomplete"),
        (NAME, f"{'A' * 39}, 22000 Saint-Brieuc", "address_too_long"),
        (NAME, f"1 rue A, 22000 {'B' * 33}", "address_too_long"),
        ("C" * 39, "1 rue A, 22000 Saint-Brieuc", "address_too_long"),
        (NAME, "a, b, c, d, 1 rue A, 22000 Saint-Brieuc", "address_too_long"),
        ("\u0645\u0631", "1 rue A, 22000 Saint-Brieuc", "address_unprintable"),
    ],
)
def test_what_would_not_arrive_says_why(name: str, recorded: str, reason: str) -> None:
    with pytest.raises(NotPostal) as refused:
        address(name, recorded, printable)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("now", "department", "opens", "closes"),
    [
        ("2026-03-02T09:00", "", "2026-03-02T10:00", "2026-03-02T11:00"),
        ("2026-03-02T10:30", "", "2026-03-02T10:00", "2026-03-02T11:00"),
        ("2026-03-02T11:00", "", "2026-03-03T10:00", "2026-03-03T11:00"),
        ("2026-03-06T12:00", "", "2026-03-09T10:00", "2026-03-09T11:00"),
        ("2026-04-02T12:00", "", "2026-04-03T10:00", "2026-04-03T11:00"),
        ("2026-04-02T12:00", "67", "2026-04-07T10:00", "2026-04-07T11:00"),
        ("2026-12-31T12:00", "", "2027-01-04T10:00", "2027-01-04T11:00"),
        ("2026-10-23T12:00", "", "2026-10-26T10:00", "2026-10-26T11:00"),
    ],
    ids=["before", "while open", "just closed", "friday", "good friday", "in Alsace", "new year", "clocks go back"],
)  # fmt: skip
def test_batches_close_on_working_days(now: str, department: str, opens: str, closes: str) -> None:
    def is_holiday(day: date) -> bool:
        return day in holidays_in(department, day.year)

    coming = next_round(datetime.fromisoformat(now).replace(tzinfo=PARIS), time(11), PARIS, is_holiday)
    local = [
        one.astimezone(PARIS).replace(tzinfo=None).isoformat("T", "minutes") for one in (coming.opens, coming.closes)
    ]
    assert local == [opens, closes]


def test_the_link_of_a_message_is_told_from_its_words() -> None:
    paragraphs = ("Bonjour,", "Suivez votre demande : https://exemple.example/suivi", "Merci.")
    assert around_link(paragraphs) == (
        ("Bonjour,", "Suivez votre demande :"), "https://exemple.example/suivi", ("Merci.",)
    )  # fmt: skip
    assert around_link(("Bonjour,", "Demandez-la.")) == (("Bonjour,", "Demandez-la."), "", ())


# On paper -------------------------------------------------------------------------------------

CONTENT = Content(
    address=(
        "M".ljust(37, "W") + "M", "Résidence des Exemples", "Bâtiment B", "12 bis rue de l'Exemple", "BP 1234",
        "22000 " + "W" * 32,
    ),
    sender=("Accueil social", "Département de l'Exemple", "1 place de l'Exemple", "22000 SAINT-BRIEUC", "a", "b"),
    title="Votre rendez-vous",
    leading=("Bonjour #panic() *pas du gras* <b> 🎉,", "Un rendez-vous est pris.", "Cherchez dans l’annuaire :"),
    link="https://demarches.exemple.example/annuaire",
    following=("Ce message est automatique.",),
    day=date(2026, 3, 2),
    language="fr",
)  # fmt: skip
NEUTRAL = replace(CONTENT, sender=("BP 1", "22000 EXEMPLE"), title="Une information pour vous", link="", following=())
REFERENCE = "HYCJFDJ36"
DPMM: Final = 4
"""Dots per millimetre of the images looked at."""


def sheet(content: Content) -> bytes:
    return typeset(TEMPLATE, said(content, REFERENCE))


def dark(document: bytes, left: int, right: int, top: int, bottom: int) -> list[tuple[float, float]]:
    """Where there is ink within a part of the first page: (across, down), all in millimetres."""
    image = pypdfium2.PdfDocument(document)[0].render(scale=DPMM * 25.4 / 72, grayscale=True)
    dots = bytes(image.buffer)
    return [
        (across / DPMM, down / DPMM)
        for down in range(top * DPMM, bottom * DPMM)
        for across in range(left * DPMM, right * DPMM)
        if dots[down * image.stride + across] < 200
    ]


@pytest.mark.parametrize("content", [CONTENT, NEUTRAL], ids=["ordinary", "neutral"])
def test_the_window_shows_the_address_and_nothing_else(content: Content) -> None:
    """However the sheet slides in its envelope: see `letter.typ` for the measures."""
    ink = dark(sheet(content), left=90, right=200, top=34, bottom=90)
    across, down = zip(*ink, strict=True)
    assert 100 <= min(across) <= max(across) <= 190
    assert 55 <= min(down) <= max(down) <= 79
    assert max(down) - min(down) > 20, "all six lines are there"


def test_a_letter_is_one_page_whose_words_are_in_order() -> None:
    document = pypdfium2.PdfDocument(sheet(CONTENT))
    text = " ".join(document[0].get_textpage().get_text_range().split())
    places = [
        text.index(part) for part in ("Accueil social", "Résidence des Exemples", "Votre rendez-vous", CONTENT.link)
    ]
    assert places == sorted(places)
    assert "Bonjour #panic() *pas du gras* <b> ," in text
    assert "HYCJ-FDJ3-6" in text
    assert len(document) == Printed(UUID(int=1), REFERENCE, sheet(CONTENT)).pages == 1


def test_a_letter_made_again_is_the_same_to_the_byte() -> None:
    assert sheet(CONTENT) == sheet(CONTENT)


def test_a_neutral_letter_names_no_service() -> None:
    text = pypdfium2.PdfDocument(sheet(NEUTRAL))[0].get_textpage().get_text_range()
    assert "Accueil" not in text
    assert "Département" not in text


@pytest.mark.matrix  # a Java machine reads veraPDF's rules: some seconds
def test_letters_meet_every_rule_of_pdf_ua(tmp_path: Path) -> None:
    """By a checker that is not ours; and it does find what is wrong."""
    long = replace(CONTENT, leading=CONTENT.leading * 30)
    right = [sheet(one) for one in (CONTENT, NEUTRAL, long)]
    *good, bad = checked(tmp_path, *right, spoilt(right[0]))
    assert [one["failed"] for one in good] == [[]] * 3
    assert all(one["checks"] > 100 for one in good)
    assert bad["failed"]
