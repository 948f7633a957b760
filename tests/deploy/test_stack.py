"""The fixtures themselves: where real parts come from, and what the embedded ones refuse."""

import asyncpg
import pytest

from deploy.local.addresses import address, addresses
from deploy.local.credentials import ROLES
from deploy.local.testing import Databases, Source, choose


@pytest.mark.parametrize(
    ("address", "engine_answers", "expected"),
    [
        ("postgresql://somewhere", True, Source.ENVIRONMENT),
        ("postgresql://somewhere", False, Source.ENVIRONMENT),
        (None, True, Source.CONTAINER),
        ("", True, Source.CONTAINER),
        (None, False, Source.EMBEDDED),
    ],
)
def test_where_a_real_part_comes_from(address: str | None, engine_answers: bool, expected: Source) -> None:
    assert choose(address, engine_answers) is expected


async def test_a_database_is_open_to_its_own_service_alone(postgres: Databases) -> None:
    database = await postgres.empty("intake")
    intruder = addresses(postgres.server_url, database.name, "cases", postgres.passwords, postgres.run)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(intruder.app_url)


@pytest.mark.parametrize("role", ROLES)
async def test_services_connect_without_power_over_row_level_security(postgres: Databases, role: str) -> None:
    database = await postgres.empty("cases")
    connection = await asyncpg.connect(getattr(database, f"{role}_url"))
    try:
        powers = await connection.fetchrow("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    finally:
        await connection.close()

    assert powers is not None
    assert tuple(powers) == (False, False)


async def test_a_wrong_password_is_refused(postgres: Databases) -> None:
    database = await postgres.empty("cases")
    wrong = address(postgres.server_url, database=database.name, user=f"{postgres.run}cases_app", password="wrong")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)
