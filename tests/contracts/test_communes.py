"""The official list of communes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import communes, groupings


@pytest.mark.parametrize(
    ("code", "name", "department", "postal_code"),
    [
        ("22278", "Saint-Brieuc", "22", "22000"),
        ("71306", "Montceau-les-Mines", "71", "71300"),
        ("15187", "Saint-Flour", "15", "15100"),
        ("29103", "Landerneau", "29", "29800"),
        ("33009", "Arcachon", "33", "33120"),
        ("2A004", "Ajaccio", "2A", "20000"),
        ("97411", "Saint-Denis", "974", "97400"),
        ("97701", "Saint-Barthélemy", "977", "97133"),
        ("98735", "Papeete", "987", "98714"),
        ("13201", "Marseille 1er Arrondissement", "13", "13001"),
    ],
)
def test_a_commune_is_found_by_its_code(code: str, name: str, department: str, postal_code: str) -> None:
    commune = communes.find(code)
    assert commune is not None
    assert (commune.name, commune.department) == (name, department)
    assert postal_code in commune.postal_codes


@pytest.mark.parametrize("code", ["", "99999", "22000", "2227", "222780", "Saint-Brieuc", "22278\t"])
def test_what_is_no_commune_is_not_found(code: str) -> None:
    assert communes.find(code) is None


def test_the_list_is_whole() -> None:
    every = list(communes.every())
    assert len(every) == 35_014
    assert [commune.code for commune in every] == sorted({commune.code for commune in every})
    assert sum(commune.kind == "arrondissement" for commune in every) == 45
    assert all(commune.part_of in ("75056", "69123", "13055") for commune in every if commune.kind != "commune")
    assert 66_000_000 < sum(commune.population for commune in every if commune.kind == "commune") < 72_000_000


def test_an_epci_has_a_name_and_its_communes() -> None:
    commune = communes.find("22278")
    assert commune is not None
    assert commune.epci is not None
    epci = groupings.epci(commune.epci)
    assert epci is not None
    assert epci.name == "CA Saint-Brieuc Armor Agglomération"
    members = [other.code for other in communes.every() if other.epci == commune.epci]
    assert len(members) == 32


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("saint-brieuc", "Saint-Brieuc"),
        ("SAINT BRIEUC", "Saint-Brieuc"),
        ("st bri", "Saint-Brieuc"),
        ("St-Flour", "Saint-Flour"),
        ("ste marie aux", "Sainte-Marie-aux-Mines"),
        ("montceau", "Montceau-les-Mines"),
        ("71300", "Montceau-les-Mines"),
        ("hérouville", "Hérouville-Saint-Clair"),
        ("herouville", "Hérouville-Saint-Clair"),
        ("l'haÿ", "L'Haÿ-les-Roses"),
        ("l hay", "L'Haÿ-les-Roses"),
        ("oeuilly", "Œuilly"),
    ],
)
def test_a_commune_is_found_as_people_type_it(typed: str, first: str) -> None:
    assert communes.search(typed)[0].name == first


def test_the_largest_comes_first_and_the_list_is_short() -> None:
    found = communes.search("saint", limit=5)
    assert len(found) == 5
    assert [commune.population for commune in found] == sorted((c.population for c in found), reverse=True)


@pytest.mark.parametrize("typed", ["", " ", "-", "zzzz", "\uffff"])
def test_nothing_is_found_for_nothing(typed: str) -> None:
    assert communes.search(typed) == []


@pytest.mark.parametrize(
    ("code", "department"),
    [("22278", "22"), ("2A004", "2A"), ("97105", "971"), ("98735", "987"), ("75056", "75")],
)
def test_the_departement_of_a_commune(code: str, department: str) -> None:
    assert communes.department_of(code) == department


@pytest.fixture
def corrected(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "communes.txt"
    communes._lines.cache_clear()
    communes._index.cache_clear()
    communes._covered.cache_clear()


def test_a_deployment_s_own_communes_go_over_the_list(corrected: Path) -> None:
    corrected.write_text("22999 Exemple-sur-Mer\n22278 Saint-Brieuc-Ville\n01039 Béon\n", encoding="utf-8")
    communes.correct(corrected)
    assert communes.search("exemple sur mer")[0].code == "22999"
    assert communes.places_of("22999") == {"22999", "22", "france"}
    assert "22999" in communes.communes_of("22")
    renamed = communes.find("22278")
    assert renamed is not None
    assert (renamed.name, renamed.epci) == ("Saint-Brieuc-Ville", "200069409")
    restored = communes.resolve("01039")
    assert restored is not None
    assert restored.commune.name == "Béon"


@pytest.mark.parametrize("line", ["22999", "2299 Exemple", "Exemple 22999", "2C004 Exemple", ""])
def test_a_line_that_is_no_correction_is_said(corrected: Path, line: str) -> None:
    corrected.write_text(f"22999 Exemple-sur-Mer\n{line}\n", encoding="utf-8")
    with pytest.raises(communes.BadCorrection, match="line 2"):
        communes.correct(corrected)
