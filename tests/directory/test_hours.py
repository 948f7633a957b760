"""Opening hours in words."""

import pytest

from directory.offers.hours import readable


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Tu,Th 14:00-18:00", "mardi et jeudi, de 14 h à 18 h"),
        ("Mo-Fr 09:00-12:00,14:00-17:00", "du lundi au vendredi, de 9 h à 12 h et de 14 h à 17 h"),
        ("Mo-Su 08:30-20:00", "tous les jours, de 8 h 30 à 20 h"),
        ("Mo,We,Sa 10:00-12:00", "lundi, mercredi et samedi, de 10 h à 12 h"),
        (
            "week 01-53/2 We,Fr 13:30-17:00; PH off",
            "mercredi et vendredi, semaines impaires, de 13 h 30 à 17 h ; fermé les jours fériés",
        ),
        ("week 02-52/2 Mo 09:00-10:00", "lundi, semaines paires, de 9 h à 10 h"),
        ("Mo-Tu-We 09:00-10:00", "Mo-Tu-We 09:00-10:00"),
        ("week 01-53/4 Mo 09:00-10:00", "week 01-53/4 Mo 09:00-10:00"),
        ("Mo[1] 09:00-10:00", "Mo[1] 09:00-10:00"),
        ("sur rendez-vous", "sur rendez-vous"),
        ("Mo 9-10", "Mo 9-10"),
    ],
)
def test_ordinary_hours_read_in_words_and_others_stay_as_written(written: str, read: str) -> None:
    assert readable(written).replace("\u00a0", " ") == read
