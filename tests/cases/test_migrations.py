"""What a migration does with the rows that were there."""

from uuid import UUID

import asyncpg
import orjson
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import migrations
from deploy.local.testing import Databases

BEFORE = """
INSERT INTO cases (case_id, correlation_id, reference, programme, programme_version, commune, channel, themes, urgency,
    minor, promised_on, opened_at)
VALUES ('00000000-0000-0000-0000-000000000101', gen_random_uuid(), 'R', 'family-conference', 1, '22278', 'desk', '{}',
    'ordinary', false, '2026-03-02', '2026-03-02');
INSERT INTO referents VALUES ('00000000-0000-0000-0000-000000000101', gen_random_uuid(), now());
UPDATE cases SET territory_id = 'saint-brieuc';
INSERT INTO cases SELECT (jsonb_populate_record(cases, '{"case_id": "00000000-0000-0000-0000-000000000102"}')).*
FROM cases;
INSERT INTO conferences (conference_id, case_id, phase, state)
VALUES ('00000000-0000-0000-0000-000000000201', '00000000-0000-0000-0000-000000000101', 'preparation', '{"guests": [
    {"person_id": "00000000-0000-0000-0000-000000000302", "role": "relative", "safety": "refused", "met_on": null},
    {"person_id": "00000000-0000-0000-0000-000000000301", "role": "relative", "safety": "unchecked",
        "met_on": "2026-04-01"},
    {"person_id": "00000000-0000-0000-0000-000000000303", "role": "relative", "safety": "unchecked", "met_on": null}
]}');
"""


async def _upgrade_to(owner_url: str, revision: str) -> None:
    def upgrade(connection: Connection) -> None:
        config = migrations.configuration("cases")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    engine = create_async_engine("postgresql+asyncpg://" + owner_url.split("://", 1)[1])
    async with engine.connect() as connection:
        await connection.run_sync(upgrade)
        await connection.commit()
    await engine.dispose()


async def test_what_was_there_is_kept_where_it_now_belongs(postgres: Databases) -> None:
    """How safe guests are leaves their conference; a referent's row knows the dossier's state, beginning and territory;
    what a referent has and nobody has is counted."""
    database = await postgres.empty("cases")
    await _upgrade_to(database.owner_url, "cases_0001")
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute(BEFORE)
    await migrations.upgrade(database.owner_url, "cases")
    checks = await admin.fetch("SELECT person_id::text, safety, met_on::text FROM safety_checks ORDER BY person_id")
    [state] = await admin.fetch("SELECT state::text FROM conferences")
    [referent] = await admin.fetch("SELECT status, opened_at::date::text, territory_id FROM referents")
    referred = await admin.fetch("SELECT referred FROM cases ORDER BY case_id")
    counted = await admin.fetch("SELECT agent_id <> $1 AS somebody, many FROM workloads ORDER BY 1", UUID(int=0))
    forced = await admin.fetchval(
        "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
    )
    await admin.close()
    await postgres.drop(database)
    assert [(row["person_id"][-3:], row["safety"], row["met_on"]) for row in checks] == [
        ("301", "unchecked", "2026-04-01"),
        ("302", "refused", None),
    ]
    guests = orjson.loads(state["state"])["guests"]
    assert [one["person_id"][-3:] for one in guests] == ["302", "301", "303"]
    assert [set(one) for one in guests] == [{"person_id", "role"}] * 3
    assert tuple(referent) == ("open", "2026-03-02", "saint-brieuc")
    assert [row["referred"] for row in referred] == [True, False]
    assert [tuple(row) for row in counted] == [(False, 1), (True, 1)]
    assert forced
