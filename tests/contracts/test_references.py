"""A slip in a reference never leads to somebody else's request."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.references import ALPHABET, LENGTH, InvalidReference, check_reference, new_reference

references = st.integers(0, 2**64).map(lambda seed: new_reference(Random(seed)))


def refused(text: str) -> bool:
    try:
        check_reference(text)
    except InvalidReference:
        return True
    return False


@given(references)
def test_a_new_reference_is_nine_readable_characters(reference: str) -> None:
    assert len(reference) == LENGTH
    assert set(reference) <= set(ALPHABET)
    assert check_reference(reference) == reference


@given(references, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_caught(reference: str, place: int, character: str) -> None:
    mistyped = reference[:place] + character + reference[place + 1 :]
    assert refused(mistyped) == (character != reference[place])


@given(references)
def test_any_two_neighbours_swapped_are_caught(reference: str) -> None:
    for place in range(LENGTH - 1):
        first, second = reference[place], reference[place + 1]
        swapped = reference[:place] + second + first + reference[place + 2 :]
        assert refused(swapped) == (first != second)


@given(references, st.integers(0, LENGTH - 1))
def test_a_forgotten_or_doubled_character_is_caught(reference: str, place: int) -> None:
    assert refused(reference[:place] + reference[place + 1 :])
    assert refused(reference[:place] + reference[place] + reference[place:])


@pytest.mark.parametrize("written", ["{} {} {}", "{}-{}-{}", " {}{}.{}\t", "{}\u00a0{}\u202f{}"])
def test_people_write_it_as_they_like(written: str) -> None:
    reference = new_reference(Random(7))
    thirds = (reference[:3], reference[3:6], reference[6:])
    assert check_reference(written.format(*thirds).lower()) == reference


@pytest.mark.parametrize("text", ["", " ", "0" * 9, "AEIOU1L0Y", "ééééééééé", "2" * 8, "2" * 10, "ıııııııı2"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    assert refused(text)


@given(st.text(max_size=12))
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    assert refused(text) or len(check_reference(text)) == LENGTH


def test_the_same_randomness_gives_the_same_reference() -> None:
    assert new_reference(Random(1)) == new_reference(Random(1)) != new_reference(Random(2))


def test_the_alphabet_has_no_look_alike_and_no_vowel() -> None:
    assert set("01AEIOUL").isdisjoint(ALPHABET)
    assert len(ALPHABET) == len(set(ALPHABET)) == 28
