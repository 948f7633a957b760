"""Communes that merged, moved, split or came back; what serves whom; groupings and their dates."""

from datetime import date

import pytest

from contracts import communes, groupings
from contracts.commune_changes import changed


@pytest.mark.parametrize(
    ("code", "on", "leads_to", "what"),
    [
        ("22278", None, "22278", "Saint-Brieuc: nothing happened"),
        ("22066", None, "22046", "Gouray (Le), part of Le Mené since 2016"),
        ("22066", date(2015, 12, 31), "22066", "the day before it merged"),
        ("22066", date(2016, 1, 1), "22046", "the day it merged"),
        ("01039", None, "01138", "Béon, merged after the list of 2022 and before that of 2023"),
        ("27058", date(2022, 6, 1), "27058", "the seat of Les Trois Lacs moved to Bernières"),
        ("27058", date(2024, 6, 1), "27676", "and back"),
        ("2A004", None, "2A004", "Ajaccio, under the code of Corse-du-Sud"),
        ("20004", None, "2A004", "Ajaccio, under the code of before 1976"),
        ("78002", None, "95002", "from Seine-et-Oise to Val-d'Oise"),
        ("44060", None, "49160", "changed département and merged the same day"),
        ("49144", None, "44180", "Freigné, from Maine-et-Loire to Loire-Atlantique"),
        ("76095", date(2013, 6, 1), "76108", "Bihorel, while merged with Bois-Guillaume"),
        ("76095", None, "76095", "Bihorel, a commune again since 2014"),
        ("12218", None, "12218", "came back in the list of 2025"),
        ("60455", date(2020, 6, 1), "60054", "a part of one commune"),
        ("60455", None, "60694", "that passed to another when the first split"),
        ("77362", None, "77066", "shared out in 1949"),
        ("04147", None, "04219", "merged twice"),
        ("13201", None, "13201", "a district stays one"),
        ("97411", None, "97411", "Réunion"),
        ("97801", None, "97801", "Saint-Martin, a collectivity"),
        ("98735", None, "98735", "Papeete"),
    ],
)
def test_a_code_leads_to_the_commune_of_the_day(code: str, on: date | None, leads_to: str, what: str) -> None:
    resolved = communes.resolve(code, on)
    assert resolved is not None, what
    assert resolved.commune.code == leads_to, what


@pytest.mark.parametrize("code", ["13201", "69381", "75113"])
def test_a_district_leads_to_its_commune_where_a_whole_one_is_meant(code: str) -> None:
    district, whole = communes.resolve(code), communes.resolve(code, whole=True)
    assert district is not None
    assert whole is not None
    assert (district.commune.kind, district.commune.part_of) == ("arrondissement", whole.commune.code)


@pytest.mark.parametrize(("code", "on"), [("", None), ("99999", None), ("2A004", date(1970, 1, 1))])
def test_a_code_that_was_nobody_s_leads_nowhere(code: str, on: date | None) -> None:
    assert communes.resolve(code, on) is None


@pytest.mark.parametrize(
    ("code", "happened"),
    [
        ("22278", []),
        ("22066", [("22066", "merged", date(2016, 1, 1), None)]),
        ("01039", [("01039", "merged", date(2023, 1, 1), date(2022, 1, 1))]),
        ("20004", [("20004", "moved", date(1976, 1, 1), None)]),
        ("76108", [("76095", "restored", date(2014, 1, 1), None)]),
        ("14712", [("14666", "restored", date(2021, 1, 1), date(2019, 1, 1))]),
        ("77362", [("77362", "dissolved", date(1949, 7, 8), None)]),
    ],
)
def test_what_happened_is_told_with_the_day_or_the_lists_it_lies_between(code: str, happened: list[object]) -> None:
    resolved = communes.resolve(code)
    assert resolved is not None
    assert [(one.code, one.kind, one.on, one.after) for one in resolved.changes] == happened


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("22278", [(None, None)]),
        ("22066", [(None, date(2016, 1, 1))]),
        ("76095", [(None, date(2012, 1, 1)), (date(2014, 1, 1), None)]),
        ("2A004", [(date(1976, 1, 1), None)]),
        ("49382", []),
        ("99999", []),
    ],
)
def test_a_code_was_a_commune_s_over_some_days(code: str, expected: list[object]) -> None:
    days = [(began and began.on, ended and ended.on) for began, ended in communes.periods(code)]
    assert days == expected


def test_every_former_code_leads_to_a_commune_of_today() -> None:
    for code in changed():
        resolved = communes.resolve(code)
        assert resolved is not None
        assert resolved.commune.kind == "commune", code


@pytest.mark.parametrize(
    ("code", "served_by", "not_by"),
    [
        ("22278", {"22278", "200069409", "22", "france"}, {"35"}),
        ("22046", {"22046", "22066", "22", "france"}, {"22278"}),
        ("22066", {"22066", "22046", "22", "france"}, {"22102"}),
        ("13201", {"13201", "13055", "200054807", "13", "france"}, {"13202"}),
        ("13055", {"13201", "13216", "13055", "13"}, {"13001"}),
        ("93001", {"93001", "200057867", "200054781", "93"}, {"75"}),
        ("20004", {"2A004", "2A", "20004"}, {"20"}),
        ("97411", {"97411", "974", "france"}, {"97"}),
        ("98735", {"98735", "987", "france"}, set()),
        ("99999", {"france"}, {"99999"}),
    ],
)
def test_an_area_serves_who_lives_there(code: str, served_by: set[str], not_by: set[str]) -> None:
    assert served_by <= communes.places_of(code)
    assert not not_by & communes.places_of(code)


@pytest.mark.parametrize(
    ("place", "how_many", "among"),
    [
        ("22278", 1, "22278"),
        ("22066", 1, "22046"),
        ("13201", 1, "13055"),
        ("22", 344, "22278"),
        ("975", 2, "97502"),
        ("200069409", 32, "22278"),
        ("200057867", 8, "93001"),
        ("france", 34_969, "98735"),
        ("999999999", 0, None),
        ("", 0, None),
    ],
)
def test_an_area_covers_communes(place: str, how_many: int, among: str | None) -> None:
    covered = communes.communes_of(place)
    assert len(covered) == how_many
    assert among is None or among in covered


@pytest.mark.parametrize(
    ("code", "latitude", "longitude", "within"),
    [
        ("22278", 48.514, -2.765, 0.02),
        ("75056", 48.857, 2.352, 0.03),
        ("97302", 4.937, -52.330, 0.05),
        ("97353", 3.643, -54.030, 0.05),
        ("13201", 43.298, 5.380, 0.02),
    ],
)
def test_a_commune_is_where_its_town_hall_is(code: str, latitude: float, longitude: float, within: float) -> None:
    commune = communes.find(code)
    assert commune is not None
    assert commune.latitude == pytest.approx(latitude, abs=within)
    assert commune.longitude == pytest.approx(longitude, abs=within)


def test_few_communes_have_no_known_place() -> None:
    lost = [commune for commune in communes.every() if commune.latitude is None]
    assert len(lost) == 99
    assert sum(commune.department in ("975", "977", "978", "984", "986", "987", "988", "989") for commune in lost) == 94


@pytest.mark.parametrize(
    ("code", "name", "region"),
    [
        ("22", "Côtes-d'Armor", "Bretagne"),
        ("2A", "Corse-du-Sud", "Corse"),
        ("971", "Guadeloupe", "Guadeloupe"),
        ("976", "Mayotte", "Mayotte"),
        ("987", "Polynésie française", "Polynésie française"),
    ],
)
def test_a_department_has_a_name_and_a_region(code: str, name: str, region: str) -> None:
    department = groupings.department(code)
    assert department is not None
    assert (department.name, department.region_name) == (name, region)


def test_every_commune_lies_in_a_known_department_and_every_epci_has_members() -> None:
    known = {department.code for department in groupings.departments()}
    assert {commune.department for commune in communes.every()} <= known
    assert groupings.department("20") is None
    assert all(groupings.members_of(epci.code) for epci in groupings.every_epci() if epci.listed_to is None)


@pytest.mark.parametrize(
    ("code", "commune", "on", "member"),
    [
        ("200096956", "47001", None, True),
        ("200096956", "47001", date(2021, 7, 1), False),
        ("200096956", "47001", date(2022, 1, 1), True),
        ("200035459", "47001", date(2021, 7, 1), True),
        ("200035459", "47001", None, False),
        ("200069409", "22278", date(2020, 1, 1), True),
    ],
)
def test_an_epci_has_the_members_of_the_day(code: str, commune: str, on: date | None, member: bool) -> None:
    members = groupings.members_of(code, on)
    assert members is not None
    assert (commune in members) is member


def test_an_epci_has_its_dates_and_nothing_is_said_of_before_the_first_list() -> None:
    former, followed_by = groupings.epci("200035459"), groupings.epci("200096956")
    assert former is not None
    assert followed_by is not None
    assert (former.name, former.listed_from, former.listed_to) == ("CA d'Agen", None, date(2021, 1, 1))
    assert (followed_by.listed_from, followed_by.listed_to) == (date(2022, 1, 1), None)
    assert groupings.members_of("200069409", date(2019, 12, 31)) is None
    assert groupings.epci("999999999") is None
    assert groupings.members_of("999999999") == frozenset()
