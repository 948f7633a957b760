"""Messages in the language somebody asked for: whole, or in French; each script read the right way round."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from babel.messages.pofile import read_po

from chassis.typesetting import printable, typeset
from chassis.web import translations
from contracts import programmes
from notifications.letters import vendor
from notifications.letters.document import TEMPLATE, said
from notifications.letters.model import Content
from notifications.messages import catalogues, rules
from notifications.messages.languages import chosen, direction
from notifications.messages.wording import PACKAGE, Wording, Words, names
from notifications.organisations.store import WhomToCall
from notifications.sms.model import Alphabet, write
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import text_of
from tests.notifications.samples import SamplePerson, organisation, request
from tests.notifications.test_letters import dark

BOOK = rules.load(programmes.load())
WORDING = Wording(BOOK.rules, ZoneInfo("Europe/Paris"))
LANGUAGES = ("ar", "en", "es", "pt", "uk")
CALL = WhomToCall("Maison départementale de l’exemple", "+33199000000")
OF: dict[str, dict[str, Any]] = {
    "acknowledgement": {
        "reference": "5VS9-HGPT-D", "promised_on": date(2026, 3, 16), "own": True, "organisation_id": None,
        "territory_id": None,
    },
    "appointment-booked": {"case_id": UUID(int=1), "starts_at": datetime(2026, 6, 1, 8, 30, tzinfo=UTC)},
}  # fmt: skip


def words(rule: str, language: str | None, channel: str = "email", *, neutral: bool = False) -> Words:
    frame = {"link_to": "http://localhost/suivi", "call": CALL}
    return WORDING.write(BOOK.rules[rule], OF[rule], frame, channel=channel, neutral=neutral, language=language)


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        (None, "fr"), ("", "fr"), ("fr", "fr"), ("fr-BE", "fr"), ("en", "en"), ("EN", "en"), ("pt-BR", "pt"),
        ("uk", "uk"), ("ar-DZ", "ar"), ("de", "fr"), ("zh-Hant-TW", "fr"), ("-", "fr"), ("*", "fr"),
    ],
)  # fmt: skip
def test_the_language_asked_for_or_french(wanted: str | None, written: str) -> None:
    assert chosen(wanted, {"fr", *LANGUAGES}) == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_the_texts_of_messages_to_people_and_no_other(language: str) -> None:
    needed = {text for _, text in catalogues.needed(BOOK, WORDING)}
    with translations.catalogue_of(PACKAGE, language, catalogues.NAME).open("rb") as source:
        committed = {message.id for message in read_po(source) if message.id}
    assert committed == needed, "run python -m notifications.messages.catalogues"


@pytest.mark.parametrize(
    "rule", ["acknowledgement", "appointment-booked", "appointment-moved", "appointment-cancelled"]
)
def test_what_people_are_told_most_is_told_in_each_language(rule: str) -> None:
    """A French sentence that is corrected takes its translations with it; without them this message is French again."""
    for template in names(BOOK.rules[rule]):
        for channel in ("email", "sms"):
            assert WORDING.spoken(template, channel) == {"fr", *LANGUAGES}


def test_a_sentence_that_has_no_translation_leaves_the_whole_message_in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(translations.known())
    less = known | {"en": known["en"] - {"Nous avons bien reçu votre demande."}}
    monkeypatch.setattr(translations, "known", lambda: less)
    wording = Wording(BOOK.rules, ZoneInfo("Europe/Paris"))
    assert "en" not in wording.spoken("acknowledgement", "email")
    assert "en" in wording.spoken("acknowledgement", "sms"), "which does not say that sentence"
    assert "en" in wording.spoken("acknowledgement-neutral", "email")


def test_a_translation_that_fills_in_something_else_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    right = translations.translate
    wrong = {"Votre rendez-vous du %(day)s": "Your appointment on %(moment)s"}
    monkeypatch.setattr(translations, "translate", lambda text: wrong.get(text) or right(text))
    with pytest.raises(rules.BadRule, match="fills in other things"):
        Wording(BOOK.rules, ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("language", "day", "moment", "brief"),
    [
        ("en", "Monday, 16 March 2026", "Monday, 1 June 2026, 10:30", "01/06/2026, 10:30"),
        ("es", "lunes, 16 de marzo de 2026", "lunes, 1 de junio de 2026, 10:30", "01/06/2026, 10:30"),
        ("pt", "segunda-feira, 16 de março de 2026", "segunda-feira, 1 de junho de 2026, 10:30", "01/06/2026, 10:30"),
        ("ar", "الاثنين، 16 مارس 2026", "الاثنين، 1 يونيو 2026، 10:30", "01/06/2026، 10:30"),
        ("uk", "понеділок, 16 березня 2026\u202fр.", "понеділок, 1 червня 2026\u202fр., 10:30", "01/06/2026, 10:30"),
        ("fr", "lundi 16 mars 2026", "lundi 1er juin 2026 à 10 h 30", "01/06/2026 à 10 h 30"),
    ],
)
def test_days_and_hours_are_written_as_in_the_language(language: str, day: str, moment: str, brief: str) -> None:
    assert day in words("acknowledgement", language).text
    assert moment in words("appointment-booked", language).text
    assert brief in words("appointment-booked", language, "sms").sms


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_has_the_french_below_for_who_helps_its_reader(language: str) -> None:
    said, french = words("acknowledgement", language), words("acknowledgement", "fr")
    above, below = said.text.split("——— En français ———\n\n")
    assert below == french.text
    assert "Bonjour" not in above
    assert f'<html lang="{language}" dir="{direction(language)}">' in said.html
    assert re.search(r'<div lang="fr" dir="ltr">\s*<h2[^>]*>En français</h2>\s*<p>Bonjour,</p>', said.html)
    assert "En français" not in french.text + french.html


def test_a_text_message_is_in_one_language_and_counted_in_its_alphabet() -> None:
    for language, alphabet in (
        ("ar", Alphabet.UCS2),
        ("uk", Alphabet.UCS2),
        ("es", Alphabet.GSM),
        ("fr", Alphabet.GSM),
    ):
        text = words("acknowledgement", language, "sms").sms
        written = write(text)
        assert (written.alphabet, "Demande" in text) == (alphabet, language == "fr")
        places = len(text.encode("utf-16-be")) // 2
        assert written.parts == (1 if alphabet is Alphabet.GSM else -(-places // 67))


def test_numbers_keep_their_order_in_a_text_read_from_right_to_left() -> None:
    """Groups of digits parted by spaces would be shown last group first (Unicode's bidirectional algorithm)."""
    for part in (words("acknowledgement", "ar").text, words("acknowledgement", "ar", "sms").sms):
        above = part.partition("———")[0]
        assert "\u206801 99 00 00 00\u2069" in above.replace("\u00a0", " ")
        assert "\u20685VS9-HGPT-D\u2069" in above
    assert "\u2068" not in words("acknowledgement", "uk").text


@pytest.mark.parametrize("rule", OF)
def test_who_asked_that_nothing_show_reads_nothing_in_any_language(rule: str) -> None:
    for language in LANGUAGES:
        said = words(rule, language, neutral=True)
        assert CALL.name not in said.text
        assert not {"rendez-vous", "appointment", "cita", "atendimento", "зустріч", "موعد"} & set(
            re.findall(r"[\w-]+", (f"{said.subject} {said.text}").lower())
        )


# On paper -------------------------------------------------------------------------------------


def test_a_letter_is_in_a_language_whose_letters_can_be_printed() -> None:
    assert WORDING.spoken("acknowledgement", "letter") == {"fr", *LANGUAGES}
    assert words("acknowledgement", "ar", "letter").language == "ar"
    assert printable("العربية", arabic=True) == "العربية"
    assert [printable(name, arabic=True) for name in ("עברית", "中文", "ქართული")] == [""] * 3, "no font has these"
    letter = words("acknowledgement", "uk", "letter").letter
    assert letter is not None
    assert letter.title == "Ваш запит отримано"
    assert letter.french[0] == "Bonjour,"


@pytest.mark.parametrize(
    ("language", "shown"), [("fr", "Le 2 mars 2026"), ("en", "2 March 2026"), ("pt", "2 de março de 2026")]
)
def test_a_letter_bears_its_day_as_in_its_language(language: str, shown: str) -> None:
    content = Content(("CAMILLE EXEMPLE",), ("Accueil social",), "", (), "", (), date(2026, 3, 2), language)
    assert said(content, "HYCJFDJ36")["date"] == shown


@pytest.mark.matrix  # a Java machine reads veraPDF's rules: some seconds
def test_a_letter_in_another_language_meets_every_rule_of_pdf_ua(tmp_path: Any) -> None:
    from tests.pdf import checked

    made = [typeset(TEMPLATE, said(sheet_of(language), "HYCJFDJ36")) for language in ("uk", "ar")]
    assert [found["failed"] for found in checked(tmp_path, *made)] == [[], []]


def sheet_of(language: str) -> Content:
    letter = words("acknowledgement", language, "letter").letter
    assert letter is not None
    return Content(
        ("CAMILLE EXEMPLE", "1 RUE DE L’EXEMPLE", "22000 EXEMPLE"), ("Accueil social",), letter.title,
        letter.paragraphs, "", (), date(2026, 3, 2), language, letter.french,
    )  # fmt: skip


def test_a_letter_in_arabic_reads_from_the_right_and_its_window_shows_the_address_alone() -> None:
    document = typeset(TEMPLATE, said(sheet_of("ar"), "HYCJFDJ36"))
    text = pypdfium2.PdfDocument(document)[0].get_textpage().get_text_range()
    assert "وصلنا طلبك" in text
    assert "لقد تلقينا طلبك." in text, "letter by letter, as it was written"
    across, down = zip(*dark(document, left=90, right=200, top=34, bottom=88), strict=True)
    assert 100 <= min(across) <= max(across) <= 190
    assert 55 <= min(down) <= max(down) <= 79
    title = dark(document, left=0, right=210, top=107, bottom=119)
    across, _ = zip(*title, strict=True)
    assert min(across) > 105
    assert 180 < max(across) <= 185.5, "it begins at the right margin"


def test_every_letter_of_arabic_is_in_the_font() -> None:
    """PDF/UA refuses what no font draws."""
    every = "".join(filter(str.isprintable, map(chr, range(0x600, 0x700))))
    shown = printable(every, arabic=True)
    assert len(shown) > 150
    assert printable(every) == ""
    content = replace(sheet_of("ar"), leading=tuple(shown[at : at + 20] for at in range(0, len(shown), 20)))
    assert typeset(TEMPLATE, said(content, "HYCJFDJ36"))


@pytest.mark.parametrize("name", vendor.FILES)
def test_the_font_is_the_one_that_was_chosen(name: str) -> None:
    assert vendor.digest((vendor.FONTS / name).read_bytes()) == vendor.FILES[name][1]


# From the event to the mail -------------------------------------------------------------------


async def test_somebody_is_written_to_in_the_language_they_asked_for(desk: Desk) -> None:
    for language in ("ar", "de"):
        person = SamplePerson(f"{language}@exemple.test")
        recorded = person.recorded(language=language)
        await desk.hear(person.key_issued(), recorded, organisation(phone="+33199000000"), request(person.id))
    await desk.drain()
    arabic, german = sorted(desk.mails.mails, key=lambda mail: str(mail["To"]))
    assert (str(arabic["Subject"]), arabic["Content-Language"]) == ("وصلنا طلبك", "ar")
    assert "En français" in text_of(arabic)
    assert (str(german["Subject"]), german["Content-Language"]) == ("Votre demande est bien reçue", "fr")
