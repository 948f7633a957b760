"""The day's script is plainly invented, and tells what the demonstration must show."""

import csv
import re
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from deploy.demo import department, harvest, setup
from deploy.demo.client import Answer, Client
from deploy.demo.concern import CHILD
from deploy.demo.conference import GUESTS
from deploy.demo.people import Person
from deploy.demo.script import CONFERENCE, DAY, LETTERS, SET_ASIDE, Ask
from deploy.demo.stories import LED
from deploy.local.problems import Problem


def people(asked: Ask) -> list[Person]:
    return [person for person in (asked.requester, asked.concerned, *asked.household) if person]


def test_everybody_is_sample_data() -> None:
    everybody = [person for asked in DAY for person in people(asked)] + [guest.person for guest in GUESTS] + [CHILD]
    assert all(re.fullmatch(r"Personne Exemple \d+", person.name) for person in everybody)
    assert all(person.email.endswith("@maillage.example") for person in everybody)


def test_the_territories_share_no_commune_and_hold_every_request() -> None:
    held = [commune for territory in department.TERRITORIES for commune in territory.communes()]
    assert len(department.TERRITORIES) == 5
    assert len(held) == len(set(held))
    assert {asked.commune for asked in DAY} <= set(held)


def test_it_asks_by_every_channel_on_every_territory() -> None:
    assert len(DAY) >= 40
    assert {asked.channel for asked in DAY} == {"desk", "phone", "web"}
    for territory in department.TERRITORIES:
        assert any(asked.commune in territory.communes() for asked in DAY), territory.name


def test_it_holds_every_situation_to_be_shown() -> None:
    assert any(asked.requester is None and asked.channel == "web" for asked in DAY), "an anonymous visitor"
    assert sum(asked.cut_off for asked in DAY) == 1
    assert any(asked.exclusions and asked.programme == CONFERENCE for asked in DAY), "an excluded situation"
    assert any(asked.minor and asked.role == "self" for asked in DAY), "a minor who asks"
    schools = [asked for asked in DAY if asked.role == "school"]
    assert sorted(None in asked.parents_agreed for asked in schools) == [False, True]
    channels: dict[str, set[str]] = {}
    for asked in DAY:
        if asked.requester and asked.role == "self":
            channels.setdefault(asked.requester.name, set()).add(asked.channel)
    assert any(len(used) == 2 for used in channels.values()), "the same person by two channels"


def test_what_is_led_further_begins_as_a_request_among_others() -> None:
    assert all(asked in DAY for asked in LED.values())
    assert len({asked.situation for asked in DAY}) == len(DAY), "a request is known by its situation"
    used = [person.number for asked in DAY for person in people(asked)]
    assert CHILD.number not in used, "nobody else leaves a trace that could be the child's"


def test_the_partner_writes_letters_that_wait_and_letters_that_do_not() -> None:
    first = {letter.file: letter for letter in reversed(LETTERS)}
    assert first["B"].commune is None
    assert sum(letter.file == "B" for letter in LETTERS) == 3
    assert [letter.file for letter in LETTERS if letter.malformed] == ["C"]
    assert {"B", "C"} == set(SET_ASIDE)


def test_the_file_of_structures_is_invented_too() -> None:
    lines = list(csv.DictReader((harvest.FILES / "structures.csv").read_text().splitlines()))
    assert lines
    assert all("Exemple" in line["nom"] for line in lines)
    assert all(line["courriel"].endswith("@maillage.example") for line in lines)
    assert all(line["telephone"].startswith("01 99 00") for line in lines), "numbers kept for fiction"


@dataclass
class Directory:
    """Answers with territories somebody has set up, and takes no other."""

    territories: dict[str, list[str]]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def get(self, path: str) -> Answer:
        listed = [{"territory_id": one, "communes": communes} for one, communes in self.territories.items()]
        return Answer(200, {"territories": listed}, 0.0, None)

    def post(self, path: str, body: dict[str, Any], *, accept: int) -> Answer:
        self.asked.append(body)
        return Answer(accept, {}, 0.0, None)


@pytest.mark.parametrize(
    "territories", [{}, {"saint-brieuc": ["22278"]}], ids=["its communes are taken", "it is another"]
)
def test_a_platform_set_up_otherwise_says_the_way_out(territories: dict[str, list[str]]) -> None:
    with pytest.raises(Problem) as refused:
        setup.territories(cast("Client", Directory(territories)))
    assert "Saint-Brieuc" in refused.value.what
    assert "./maillage reset" in refused.value.way_out


def test_a_platform_set_up_for_it_is_left_as_it_is() -> None:
    directory = Directory({one.territory_id: one.communes()[::-1] for one in department.TERRITORIES})
    setup.territories(cast("Client", directory))
    assert directory.asked == []
