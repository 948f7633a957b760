"""What a text message costs, and which numbers can receive one."""

import pytest

from chassis.web.phones import mobile
from notifications.sms.model import Alphabet, write

GSM, UCS2 = Alphabet.GSM, Alphabet.UCS2


@pytest.mark.parametrize(
    ("text", "alphabet", "parts"),
    [
        ("", GSM, 1),
        ("Bonjour @£$¥ èéùìòÇ ÄÖÑÜ§ äöñüà É ß ! # ¤ ¿", GSM, 1),
        ("é" * 160, GSM, 1),
        ("é" * 161, GSM, 2),
        ("a" * 306, GSM, 2),
        ("a" * 307, GSM, 3),
        ("€" * 80, GSM, 1),
        ("€" * 80 + "a", GSM, 2),
        # 76 of them and one place left over: none is cut in two.
        ("€" * 153, GSM, 3),
        ("a" * 152 + "€" + "a" * 151, GSM, 2),
        ("a" * 152 + "€" + "a" * 152, GSM, 3),
        ("^{}\\[~]|€\f" * 8, GSM, 1),
        ("^{}\\[~]|€\f" * 8 + "a", GSM, 2),
        ("л" * 70, UCS2, 1),
        ("л" * 71, UCS2, 2),
        ("л" * 134, UCS2, 2),
        ("л" * 135, UCS2, 3),
        ("🙂" * 35, UCS2, 1),
        ("🙂" * 36, UCS2, 2),
        ("🙂" * 67, UCS2, 3),
        ("\x1b", UCS2, 1),
    ],
)
def test_what_a_text_costs(text: str, alphabet: Alphabet, parts: int) -> None:
    written = write(text)
    assert (written.text, written.alphabet, written.parts) == (text, alphabet, parts)


@pytest.mark.parametrize(
    ("text", "sent", "parts"),
    [
        # Nothing is saved: the words stay as they were written.
        ("Le rôle de l’aîné, ça va « bien »…", "Le rôle de l’aîné, ça va « bien »…", 1),
        ("é" * 161, "é" * 161, 2),
        # A part is saved: only what the alphabet lacks is changed.
        ("ê" * 71, "e" * 71, 1),
        ("é" * 70 + "â", "é" * 70 + "a", 1),
        ("âêîôû ëïÿ ç œ Œ ÀÂÈÊËÎÏÔÙÛ" + " " * 60, "aeiou eiy c oe OE AAEEEIIOUU" + " " * 60, 1),
        (
            "L’accueil n’a pas lieu : « appelez » – 02 96… Ça ira ‑ n° 1\u00a0\u202f" + "x" * 40,
            "L'accueil n'a pas lieu : \" appelez \" - 02 96... Ça ira - no 1  " + "x" * 40,
            1,
        ),
        ("e\u0301" * 60 + "e\u0302" * 20, "é" * 60 + "e" * 20, 1),
    ],
)
def test_accents_go_where_a_part_is_saved(text: str, sent: str, parts: int) -> None:
    written = write(text)
    assert (written.text, written.parts) == (sent, parts)


def test_what_has_no_plain_form_is_never_spelt_otherwise() -> None:
    for text in ("ê" * 100 + " Здравствуйте", "ê" * 100 + " السلام", "ê" * 100 + " 🙂"):
        assert write(text).text == text
        assert write(text).alphabet is UCS2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("+33639980102", "+33639980102"),
        ("+33612345678", "+33612345678"),
        ("+33756789012", "+33756789012"),
        ("+33296000000", None),
        ("+33800000000", None),
        ("+33970000000", None),
        ("+3361234567", None),
        # Taken down in the office as 06 92 …: it is dialled so, and has the island's own code from elsewhere.
        ("+33692123456", "+262692123456"),
        ("+33690123456", "+590690123456"),
        ("+33694201234", "+594694201234"),
        ("+33696123456", "+596696123456"),
        ("+33639012345", "+262639012345"),
        ("+262692123456", "+262692123456"),
        ("+262262123456", None),
        ("+687751234", "+687751234"),
        ("+32470123456", "+32470123456"),
        ("+14155552671", "+14155552671"),
        ("+441612345678", None),
        ("115", None),
        ("06 39 98 01 02", None),
        ("", None),
    ],
)
def test_which_numbers_can_receive_a_text(value: str, expected: str | None) -> None:
    assert mobile(value) == expected
