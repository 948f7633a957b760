"""Who looks like whom, one row per case, and how many are found in a made-up population."""

import pytest

from chassis.database import connect
from deploy.local.addresses import ServiceDatabase
from intake.duplicates.model import SENTENCES, Known, Reason, keys, known, likeness
from intake.duplicates.names import folded, sounds_like, typing_errors
from tests.bench.duplicates import learn, look_for
from tests.bench.population import Population

PHONE, EMAIL = ("phone", "+33639980102"), ("email", "camille@example.org")
CAMILLE = known("Camille", "Exemple", "1987-03-12", [PHONE, EMAIL])


def somebody(given: str | None, family: str | None, born: str | None, *contacts: tuple[str, str]) -> Known:
    return known(given, family, born, contacts)


ROWS = [
    # what is the case, somebody else, proposed as the same person as Camille Exemple, why
    ("the same again", somebody("Camille", "Exemple", "1987-03-12"), True, "same_name"),
    ("capitals, no accents", somebody("CAMILLE", "exemplé", "1987-03-12"), True, "same_name"),
    ("a letter mistyped", somebody("Camille", "Exmeple", "1987-03-12"), True, "near_name"),
    ("written as it is heard", somebody("Kamille", "Example", "1987-03-12"), True, "near_name"),
    ("names swapped", somebody("Exemple", "Camille", "1987-03-12"), True, "swapped_names"),
    ("one digit of the date", somebody("Camille", "Exemple", "1987-03-13"), True, "near_birth_date"),
    ("two digits swapped", somebody("Camille", "Exemple", "1978-03-12"), True, "near_birth_date"),
    ("day and month swapped", somebody("Camille", "Exemple", "1987-12-03"), True, "swapped_birth_date"),
    ("the year alone", somebody("Camille", "Exemple", "1987"), True, "part_of_birth_date"),
    ("no date, the same phone", somebody("Camille", "Exemple", None, PHONE), True, "same_phone"),
    ("two family names", somebody("Camille", "Exemple-Modèle", "1987-03-12"), True, "part_of_family_name"),
    ("a name by marriage", somebody("Camille", "Modèle", "1987-03-12", EMAIL), True, "other_family_name"),
    ("a first name and the phone", somebody("Camille", None, None, PHONE, EMAIL), True, "same_given_name"),
    ("the same e-mail", somebody("Camille", "Exemple", None, ("email", "Camille@Example.org")), True, "same_email"),
    ("one name, nothing else known", somebody("Camille", "Exemple", None), False, "same_name"),
    ("a twin", somebody("Dominique", "Exemple", "1987-03-12", PHONE), False, "other_given_name"),
    ("a parent of the same name", somebody("Camille", "Exemple", "1957-08-30", PHONE), False, "other_birth_date"),
    ("somebody of the home", somebody("Dominique", "Exemple", "2012-01-05", PHONE), False, "other_given_name"),
    ("whoever lends the phone", somebody("Dominique", "Modèle", None, PHONE), False, "same_phone"),
    ("nobody known", somebody(None, None, None), False, None),
]  # fmt: skip


@pytest.mark.parametrize(("other", "same", "why"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_who_may_be_the_same(other: Known, same: bool, why: str | None) -> None:
    found = likeness(CAMILLE, other)
    assert found.suspected is same, found
    assert why in found.reasons if why else not found.reasons
    assert likeness(other, CAMILLE) == found
    assert not same or set(keys(CAMILLE)) & set(keys(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dupont", "Dupond"),
        ("Philippe", "Filipe"),
        ("Moreau", "Moro"),
        ("Thibault", "Tibaud"),
        ("Henri", "Henry"),
        ("Gauthier", "Gautié"),
        ("Martin", "Martain"),
        ("Laurent", "Lorand"),
        ("Mathieu", "Matthieu"),
        ("François", "Fransois"),
        ("Jean", "Jan"),
        ("Guy", "Gui"),
        ("Quentin", "Kentin"),
    ],
)
def test_names_that_sound_alike_in_french(one: str, other: str) -> None:
    assert sounds_like(folded(one)) == sounds_like(folded(other))


@pytest.mark.parametrize(("one", "other"), [("Martin", "Morin"), ("Bernard", "Bertrand"), ("Petit", "Petrov")])
def test_names_that_do_not(one: str, other: str) -> None:
    assert sounds_like(folded(one)) != sounds_like(folded(other))


def test_no_name_is_mute_altogether() -> None:
    assert all(sounds_like(one) for one in ("e", "et", "s", "h", "x", "es"))


@pytest.mark.parametrize(
    ("one", "other", "errors"),
    [("exemple", "exemple", 0), ("exemple", "exmeple", 1), ("exemple", "exempl", 1), ("exemple", "modele", 3)],
)
def test_typing_errors(one: str, other: str, errors: int) -> None:
    assert typing_errors(one, other, 2) == errors


def test_every_reason_has_words() -> None:
    assert set(SENTENCES) == set(Reason)


async def test_how_many_are_found_among_two_thousand(intake_database: ServiceDatabase) -> None:
    """The floors lie a little under what is measured; `./maillage bench duplicates` measures 100,000."""
    records = Population(11, 2_000).records
    admin = await connect(intake_database.admin_url, "test")
    worker = await connect(intake_database.worker_url, "test")
    try:
        await learn(admin, records)
        found = await look_for(worker, records, 600)
    finally:
        await admin.execute("TRUNCATE traits")
        await admin.close()
        await worker.close()
    assert found.right > 100
    assert found.recall >= 0.95
    assert found.precision >= 0.93
