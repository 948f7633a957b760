"""Somebody is erased: nothing of them is left in any database, nor after a backup from before is put back."""

from typing import Any

import pytest

from deploy.local.credentials import SERVICES
from tests.system.checker import settled
from tests.system.people import Person
from tests.system.platform import AGENT, COMMUNES, EVERYWHERE, TERRITORY, Platform, Process
from tests.system.topics import read_all

pytestmark = [pytest.mark.timeout(600), pytest.mark.matrix]

GIVEN, FAMILY, EMAIL = "Zéphyrine", "Essai-Inventée", "zephyrine@exemple.fr"
TRACES = (GIVEN, FAMILY, EMAIL, "39980177", "Une phrase à elle")


def _asked() -> dict[str, Any]:
    points = [
        {"kind": "email", "value": EMAIL, "safe_to_write": True},
        {"kind": "phone", "value": "0639980177", "safe_to_write": True},
    ]
    return {
        "channel": "desk",
        "commune": COMMUNES[TERRITORY][0],
        "themes": ["family"],
        "summary": "Une phrase à elle",
        "requester": {
            "role": "self",
            "person": {"given_name": GIVEN, "family_name": FAMILY, "contact_points": points},
        },
    }


async def _traces(platform: Platform, service: str) -> list[str]:
    """Tables of a service in which one of their words stands."""
    found = []
    for table in await platform.fetch(service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        name = table["tablename"]
        rows = await platform.fetch(service, f'SELECT to_jsonb(t)::text AS text FROM "{name}" AS t')
        found += [name] if any(word in row["text"] for row in rows for word in TRACES) else []
    return found


async def _keys(platform: Platform, service: str, person: str) -> list[tuple[str | None, bool]]:
    rows = await platform.fetch(
        service, "SELECT wrapped, erased_at FROM subject_keys WHERE key_subject = $1", f"person:{person}"
    )
    return [(row["wrapped"], row["erased_at"] is not None) for row in rows]


async def _erase(platform: Platform, intake: Process, person: str) -> None:
    """Asked by an agent for them, granted by a manager, and done by every service."""
    agent, manager = Person(platform, AGENT), Person(platform, EVERYWHERE)
    assert (await agent.ask(intake, "PUT", f"/intake/people/{person}/erasure")).status_code == 204
    [one] = (await manager.get(intake, "/intake/erasures"))["items"]
    decision = {"outcome": "granted", "visa": "AD 2026-014"}
    await manager.change(intake, f"/intake/erasures/{one['erasure_id']}/decision", decision, one["version"])

    async def done() -> bool:
        [one] = (await manager.get(intake, "/intake/erasures"))["items"]
        return one["done_at"] is not None

    await platform.until(done, "every service's answer")
    await settled(platform)


async def test_nothing_is_left_of_who_is_erased_not_even_after_a_restore(platform: Platform) -> None:
    intake, cases, _, _ = await platform.start_all()
    made = await Person(platform, AGENT).create(intake, "/intake/requests", _asked())
    await settled(platform)
    [row] = await platform.fetch("intake", "SELECT person_id FROM persons")
    person, mails = str(row["person_id"]), len(platform.mails())
    assert await _traces(platform, "intake")
    [(wrapped, _)] = await _keys(platform, "notifications", person)
    assert wrapped is not None

    await platform.stop()
    backups = {service: await platform.back_up(service) for service in SERVICES}
    intake, cases, _, _ = await platform.start_all()
    await _erase(platform, intake, person)

    async def gone() -> None:
        for service in SERVICES:
            assert await _traces(platform, service) == [], service
            assert await _keys(platform, service, person) == [(None, True)], service
        [people] = await platform.fetch("cases", "SELECT case_id FROM case_people WHERE role <> 'requester' LIMIT 1")
        dossier = await Person(platform, AGENT).get(cases, f"/cases/{people['case_id']}")
        assert {one["name"] for one in dossier["people"]} == {"effacé"}
        assert len(platform.mails()) == mails

    await gone()
    assert (await Person(platform, AGENT).ask(intake, "GET", f"/intake/people/{person}")).status_code == 404
    of_key = [one for one in await read_all(platform, "person-keys") if one.key == f"person:{person}"]
    assert [one.type for one in of_key[:1]] == ["PersonKeyIssued"]
    assert of_key[-1].type == "", "the last record of the key has no value: compaction drops the others"
    assert any(one.key == f"request:{made['request_id']}" and one.type == "" for one in await read_all(platform))

    await platform.stop()
    for service, backup in backups.items():
        await platform.put_back(service, backup)
    assert await _traces(platform, "intake")
    intake, cases, _, _ = await platform.start_all()

    async def heard_again() -> bool:
        return all([await platform.count(service, "erased_people") for service in SERVICES])

    await platform.until(heard_again, "the erasure, told again by the topic that keeps it")
    await settled(platform)
    await gone()
