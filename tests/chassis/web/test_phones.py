"""How phone numbers are read on pages."""

import pytest

from chassis.web.phones import readable


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("+33199000001", "01 99 00 00 01"),
        ("+33639980001", "06 39 98 00 01"),
        ("+3225551212", "+32 2 555 12 12"),
        ("+262262123456", "+262 262 12 34 56"),
        ("115", "115"),
        ("01 99 00 00 01", "01 99 00 00 01"),
        ("+33", "+33"),
        ("", ""),
        ("sur demande", "sur demande"),
    ],
)
def test_a_number_is_read_as_people_write_it(kept: str, read: str) -> None:
    assert readable(kept) == read
