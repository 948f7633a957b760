"""What people say of themselves: whole or in part, written as it comes."""

from datetime import date
from random import Random

import pytest
from email_validator import EmailNotValidError, validate_email
from pydantic import ValidationError

from chassis.web.phones import NotAPhoneNumber
from contracts.references import ALPHABET, readable
from intake.people.model import (
    NotADate,
    NotAnEmail,
    age_between,
    born_between,
    normalised,
)
from intake.people.said import PersonSaid
from intake.tracking.model import new_secret, tracking_hash, typed

KEY = bytes(32)


@pytest.mark.parametrize(
    ("kind", "typed_text", "stored"),
    [
        ("email", " Camille@Example.ORG ", "Camille@example.org"),
        ("phone", "06 39 98 01 02", "+33639980102"),
        ("phone", "06.39.98.01.02", "+33639980102"),
        ("phone", "+32 2 555 12 12", "+3225551212"),
        ("phone", "0590 12 34 56", "+590590123456"),
        ("post", " 1 rue  de l'Exemple\n22000 Saint-Brieuc", "1 rue de l'Exemple 22000 Saint-Brieuc"),
    ],
)
def test_a_contact_point_is_kept_in_one_form(kind: str, typed_text: str, stored: str) -> None:
    assert normalised(kind, typed_text) == stored


@pytest.mark.parametrize(
    ("kind", "text", "refused"),
    [
        ("email", "camille", NotAnEmail),
        ("email", "camille@", NotAnEmail),
        ("email", "camille@exemple", NotAnEmail),
        ("phone", "06", NotAPhoneNumber),
        ("phone", "appelez-moi", NotAPhoneNumber),
    ],
)
def test_what_can_reach_nobody_is_refused(kind: str, text: str, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        normalised(kind, text)


def fully_checked(address: str) -> str | None:
    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def kept(address: str) -> str | None:
    try:
        return normalised("email", address)
    except NotAnEmail:
        return None


@pytest.mark.parametrize(
    "address",
    [
        "camille@example.org", "camille.exemple+mairie@mail.exemple.fr", "C_x-1@a.b.c.exemple.bzh", "1@2.fr",
        "camille..exemple@exemple.fr", ".camille@exemple.fr", "camille.@exemple.fr", "camille@-exemple.fr",
        "camille@exemple-.fr", "camille@exemple..fr", "camille@exemple", "camille@localhost", "camille@exemple.test",
        "camille@xn--caf-dma.fr", "camille@café.fr", "Camille@EXEMPLE.FR", "camille@ex_emple.fr", "camille@a--b.fr",
        "camille@ab--c.fr", f"{'a' * 65}@exemple.fr", f"camille@{'a' * 64}.fr", f"a@{'a.' * 130}fr", "é@exemple.fr",
        "camille@exemple.fr\n", '"camille exemple"@exemple.fr', "camille@[127.0.0.1]", "camille@exemple.fr@fr",
    ],
)  # fmt: skip
def test_the_short_way_for_ordinary_addresses_agrees_with_the_full_check(address: str) -> None:
    assert kept(address) == fully_checked(address.strip())


@pytest.mark.parametrize(
    ("birth_date", "first", "last"),
    [
        ("1987", "1987-01-01", "1987-12-31"),
        ("1988-02", "1988-02-01", "1988-02-29"),
        ("1987-03-12", "1987-03-12", "1987-03-12"),
    ],
)
def test_a_birth_date_may_be_known_in_part(birth_date: str, first: str, last: str) -> None:
    assert born_between(birth_date) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("text", ["", "87", "1987-3", "1987-02-30", "1987-13", "hier", "1987-03-12 "])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(NotADate):
        born_between(text)


@pytest.mark.parametrize(
    ("birth_date", "today", "ages"),
    [
        ("2008-03-02", "2026-03-01", (17, 17)),
        ("2008-03-02", "2026-03-02", (18, 18)),
        ("2008", "2026-03-02", (17, 18)),
        ("2008-02-29", "2026-02-28", (17, 17)),
        ("2008-02-29", "2026-03-01", (18, 18)),
    ],
)
def test_an_age_is_only_as_certain_as_the_date(birth_date: str, today: str, ages: tuple[int, int]) -> None:
    assert age_between(birth_date, date.fromisoformat(today)) == ages


@pytest.mark.parametrize("birth_date", ["2999-01-01", "1789", "0001-01-01"])
def test_nobody_is_born_tomorrow_or_too_long_ago(birth_date: str) -> None:
    with pytest.raises(ValidationError):
        PersonSaid(birth_date=birth_date)


def test_blank_fields_say_nothing() -> None:
    said = PersonSaid.model_validate({"given_name": "  ", "family_name": "", "birth_date": "", "language": " "})
    assert said == PersonSaid()
    assert said.name is None


def test_a_secret_is_read_aloud_and_typed_back() -> None:
    secret = new_secret(Random(7))
    assert len(secret) == 12
    assert set(secret) <= set(ALPHABET)
    assert typed(f" {readable(secret).lower()} ") == secret
    assert readable("7KQ2M4XB9") == "7KQ2-M4XB-9"


def test_a_hash_depends_on_key_reference_and_secret() -> None:
    hashes = {
        tracking_hash(KEY, "7KQ2M4XB9", "A"),
        tracking_hash(bytes([1]) * 32, "7KQ2M4XB9", "A"),
        tracking_hash(KEY, "7KQ2M4XBB", "A"),
        tracking_hash(KEY, "7KQ2M4XB9", "B"),
    }
    assert len(hashes) == 4
