"""How phone numbers are read on pages."""

import pytest

from chassis.web.phones import NotAPhoneNumber, normalised, readable


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("+33199000001", "01 99 00 00 01"),
        ("+33639980001", "06 39 98 00 01"),
        ("+3225551212", "+32 2 555 12 12"),
        ("+262262123456", "0262 12 34 56"),
        ("115", "115"),
        ("01 99 00 00 01", "01 99 00 00 01"),
        ("+33", "+33"),
        ("", ""),
        ("sur demande", "sur demande"),
    ],
)
def test_a_number_is_read_as_people_write_it(kept: str, read: str) -> None:
    assert readable(kept) == read


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("01 99 00 00 01", "+33199000001"),
        ("06.39.98.00.01", "+33639980001"),
        ("+33 1 99 00 00 01", "+33199000001"),
        ("+33\u202f1\u00a099-00-00-01", "+33199000001"),
        ("+32 2 555 12 12", "+3225551212"),
        ("0590 12 34 56", "+590590123456"),
        ("0692 12 34 56", "+262692123456"),
        ("+33 692 12 34 56", "+262692123456"),
        ("06 94 20 12 34", "+594694201234"),
        ("06 96 12 34 56", "+596696123456"),
        ("06 39 01 23 45", "+262639012345"),
        ("+262 262 12 34 56", "+262262123456"),
        ("06 95 12 34 56", "+33695123456"),
        ("05 45 12 34 56", "+33545123456"),
    ],
)
def test_a_number_is_kept_with_the_country_code_of_where_it_is(typed: str, kept: str) -> None:
    assert normalised(typed) == kept


@pytest.mark.parametrize("typed", ["", "06", "115", "appelez-moi", "01 99 00 00 01 23", "+999 12345678"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NotAPhoneNumber):
        normalised(typed)
