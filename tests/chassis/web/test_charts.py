"""Charts: what is drawn, and how it is told to who does not see it."""

import re

from chassis.web import charts


def drawn(*shown: charts.Bar) -> str:
    return charts.bars("c", "Titre", "Description", shown, "–").__html__()


def test_the_longest_bar_is_of_the_most_and_each_number_is_written() -> None:
    svg = drawn(("téléphone", 1200), ("accueil", 600), ("rue", 0))
    widths = [float(width) for width in re.findall(r'<rect[^>]* width="([^"]+)"', svg)]
    assert widths[0] == 2 * widths[1] > widths[2]
    assert [text for text in re.findall(r">([^<]+)</text>", svg) if text[0].isdigit()] == ["1\u202f200", "600", "0"]


def test_what_is_hidden_has_no_bar() -> None:
    svg = drawn(("rue", None), ("web", 7))
    assert svg.count("<rect") == 1
    assert ">–</text>" in svg


def test_it_has_a_name_and_says_in_words_what_it_shows() -> None:
    svg = drawn(("web", 7))
    assert 'role="img"' in svg
    assert 'aria-labelledby="c-title c-desc"' in svg
    assert '<title id="c-title">Titre</title><desc id="c-desc">Description</desc>' in svg


def test_what_others_wrote_is_escaped_and_a_long_label_cut() -> None:
    svg = drawn(('<script>"&', 5), ("Convention " * 9, 5))
    assert "<script" not in svg
    assert "…</text>" in svg


def test_nothing_to_show_is_no_error() -> None:
    assert "<rect" not in drawn()
