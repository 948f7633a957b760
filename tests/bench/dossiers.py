"""A département's dossiers, all invented, made by the database itself: what its agents open lists on.

Over four years, on five territories of which one holds two dossiers in five. One dossier in five is open. What is
sealed is sealed for real, drawn from some two thousand blocks: opening a page costs what it costs.
"""

from typing import Final
from uuid import UUID

from chassis.database import Connection
from chassis.sealing import MasterKey

BLOCKS: Final = 2_000
LARGEST: Final = "territoire-1"
"""Of five."""

# `h` is a number drawn from `n`, the same in every run. Social workers share their territory's dossiers.
_NUMBERS = """
CREATE FUNCTION pg_temp.id(what text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN md5(what || n)::uuid;
CREATE FUNCTION pg_temp.drawn(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN hashint8(n)::bigint & 2147483647;
CREATE FUNCTION pg_temp.territory(u bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN 'territoire-' || width_bucket(u, ARRAY[0, 40, 65, 80, 92]);
CREATE TEMP TABLE made AS
SELECT n, pg_temp.id('case', n) AS case_id, h, h % 300 AS worker, pg_temp.territory(h % 100) AS territory_id,
    CASE WHEN h / 300 % 5 = 0 THEN 'open' ELSE 'closed' END AS status,
    now() - n * (interval '4 years' / {dossiers}) AS opened_at,
    CASE WHEN h / 1500 % 33 = 0 THEN pg_temp.id('coordinator', h % 30) END AS coordinator_id
FROM generate_series(1, {dossiers}) AS n, pg_temp.drawn(n) AS h;
"""
_ANNUAIRE = """
INSERT INTO territories SELECT 'territoire-' || n, 'Territoire exemple ' || n, 1 FROM generate_series(1, 5) AS n;
INSERT INTO organisations SELECT pg_temp.id('organisation', n), 'Structure exemple ' || n, NULL, true, false, 1
FROM generate_series(0, 19) AS n;
INSERT INTO agents
SELECT pg_temp.id(role, n), role || '-' || n, pg_temp.id('organisation', n % 20), block, block,
    jsonb_build_array(jsonb_build_object('role', role, 'territory_id',
        CASE WHEN role = 'manager' AND n = 0 OR role = 'cell' THEN '*' ELSE pg_temp.territory(n % 100) END)), false, 1
FROM (VALUES ('social_worker', 300), ('reception', 60), ('coordinator', 30), ('manager', 30), ('cell', 5))
    AS held (role, many)
CROSS JOIN generate_series(0, many - 1) AS n JOIN blocks ON i = n;
INSERT INTO absences
SELECT pg_temp.id('absence', n), pg_temp.id('social_worker', n), pg_temp.id('social_worker', n + 1),
    pg_temp.id('manager', 1), now() - interval '3 days', now() + interval '20 days'
FROM generate_series(0, 299, 3) AS n;
"""
COUNTED: Final = """
SELECT cases.territory_id, agent_id, 'infinity'::date AS due_on, count(*) AS many
FROM cases JOIN referents USING (case_id)
WHERE cases.status = 'open' AND cases.territory_id IS NOT NULL GROUP BY cases.territory_id, agent_id
UNION ALL
SELECT territory_id, '00000000-0000-0000-0000-000000000000', 'infinity', count(*) FROM cases
WHERE status = 'open' AND territory_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM referents WHERE referents.case_id = cases.case_id) GROUP BY territory_id
UNION ALL
SELECT cases.territory_id, agent_id, due_on, count(*) FROM cases JOIN tasks USING (case_id)
WHERE state = 'open' AND status = 'open' AND cases.territory_id IS NOT NULL
GROUP BY cases.territory_id, agent_id, due_on
"""
"""How much work there is, counted from scratch: what is kept in `workloads`."""
_DOSSIERS = """
INSERT INTO cases (case_id, version, correlation_id, request_id, reference, programme, programme_version, territory_id,
    commune, channel, themes, urgency, minor, promised_on, opened_at, status, closed_on, close_reason, coordinator_id,
    referred)
SELECT case_id, 3, pg_temp.id('request', n), pg_temp.id('request', n), 'R' || n,
    CASE WHEN coordinator_id IS NULL THEN 'first-contact' ELSE 'family-conference' END, 1, territory_id, '22278',
    'desk', '{{housing,budget}}', 'ordinary', false, opened_at::date + 14, opened_at, status,
    CASE status WHEN 'closed' THEN opened_at::date + 60 END, CASE status WHEN 'closed' THEN 'answered' END,
    coordinator_id, h % 7 > 0
FROM made;
INSERT INTO persons
SELECT pg_temp.id('person', n), block, 1 FROM generate_series(0, {dossiers} * 7 / 10) AS n JOIN blocks ON i = n % 2000;
INSERT INTO case_people SELECT case_id, pg_temp.id('person', n % ({dossiers} * 7 / 10)), 'concerned' FROM made;
INSERT INTO case_people SELECT case_id, pg_temp.id('person', h % ({dossiers} * 7 / 10)), 'household' FROM made
WHERE h % 3 = 0;
INSERT INTO referents (case_id, agent_id, since, status, opened_at, territory_id)
SELECT case_id, pg_temp.id('social_worker', (worker + also) % 300), opened_at, status, opened_at, territory_id
FROM made CROSS JOIN (VALUES (0), (7)) AS r (also) WHERE h % 7 > 0 AND (also = 0 OR h % 7 = 1);
INSERT INTO timeline (case_id, entry_id, at, kind, readers, agent_id, text)
SELECT case_id, pg_temp.id('entry', n * 2 + e), opened_at + e * interval '3 days',
    CASE e WHEN 0 THEN 'request_received' ELSE 'note' END, '{{social_worker,coordinator,manager}}',
    CASE WHEN e > 0 THEN pg_temp.id('social_worker', worker) END, block
FROM made CROSS JOIN generate_series(0, 1) AS e JOIN blocks ON i = (n + e) % 2000;
"""
_WORK = """
INSERT INTO tasks
SELECT pg_temp.id('task', n * 2 + t), case_id, 'task', block, pg_temp.id('social_worker', worker), NULL,
    CASE WHEN state = 'open' THEN current_date - 20 + (h / 7 % 80)::int ELSE opened_at::date + 20 END, state,
    pg_temp.id('social_worker', worker), opened_at, CASE state WHEN 'done' THEN opened_at::date + 15 END,
    CASE status WHEN 'open' THEN territory_id END
FROM made CROSS JOIN generate_series(0, 1) AS t JOIN blocks ON i = (n + t) % 2000,
    LATERAL (SELECT CASE WHEN status = 'open' AND t = 0 THEN 'open' ELSE 'done' END) AS s (state)
WHERE h % 3 = 0;
INSERT INTO due_dates (due_date_id, stage, kind, subject, due_on, zone, fires_at, state)
SELECT task_id, stage, 'task', task_id, due_on, 'Europe/Paris', due_on, CASE WHEN due_on > current_date
    THEN 'waiting' ELSE 'fired' END
FROM tasks CROSS JOIN (VALUES ('early'), ('due')) AS s (stage) WHERE state = 'open';
CREATE TEMP TABLE met AS
SELECT pg_temp.id('appointment', row_number() OVER ()) AS appointment_id, case_id, n,
    pg_temp.id('social_worker', worker) AS agent_id,
    date_trunc('hour', now()) + (place - 400) * interval '390 minutes' AS starts_at
FROM (SELECT *, row_number() OVER (PARTITION BY worker ORDER BY h) AS place FROM made WHERE status = 'open') AS one
WHERE place <= 800;
INSERT INTO appointments
SELECT appointment_id, case_id, status, starts_at, jsonb_build_object('appointment_id', appointment_id, 'case_id',
    case_id, 'kind', 'follow_up', 'status', status, 'starts_at', starts_at, 'ends_at', starts_at + interval '1 hour',
    'place', 'office', 'about', block, 'agents', jsonb_build_array(agent_id), 'people',
    jsonb_build_array(pg_temp.id('person', n % ({dossiers} * 7 / 10))), 'made_at', starts_at, 'changed_at', starts_at)
FROM met JOIN blocks ON i = n % 2000, LATERAL (SELECT CASE WHEN starts_at < now() THEN 'kept' ELSE 'booked' END)
    AS s (status);
INSERT INTO engagements SELECT appointment_id, agent_id, starts_at, starts_at + interval '1 hour', true FROM met;
INSERT INTO orientations
SELECT pg_temp.id('orientation', n), case_id, 1, pg_temp.id('offer', h % 100), pg_temp.id('organisation', h / 5 % 20),
    pg_temp.id('social_worker', worker), pg_temp.id('organisation', worker % 20), opened_at, opened_at::date + 15,
    CASE status WHEN 'open' THEN 'proposed' ELSE 'accepted' END, NULL, NULL, 'consent', block, block
FROM made JOIN blocks ON i = n % 2000 WHERE h % 5 = 0;
INSERT INTO shares
SELECT pg_temp.id('share', n), case_id, 'R' || n, 'first-contact', pg_temp.id('organisation', h / 40 % 20),
    '{{people,notes}}', block, 'consent', NULL, pg_temp.id('social_worker', worker),
    pg_temp.id('organisation', worker % 20), opened_at,
    CASE status WHEN 'closed' THEN opened_at + interval '60 days' END
FROM made JOIN blocks ON i = n % 2000 WHERE h % 40 = 0;
DROP TABLE made, met, blocks;
"""


async def fill(admin: Connection, dossiers: int, master: MasterKey) -> None:
    """`dossiers` of them, with their people, referents, timeline, tasks, appointments, orientations and shares; agents
    of a role sign in as « role-number ». `admin` is a superuser's connection."""
    await admin.execute("SET session_replication_role = replica")
    await _seal_blocks(admin, master)
    for statements in (_NUMBERS, _ANNUAIRE, _DOSSIERS, _WORK):
        await admin.execute(statements.format(dossiers=dossiers))
    await admin.execute(f"INSERT INTO workloads (territory_id, agent_id, due_on, many) {COUNTED}")
    await admin.execute("SET session_replication_role = DEFAULT")
    await admin.execute("VACUUM ANALYZE")


async def _seal_blocks(admin: Connection, master: MasterKey) -> None:
    issued = [master.issue(f"person:{UUID(int=number)}") for number in range(BLOCKS)]
    wrapped = [(one.key_subject, one.wrapped, one.master_key_id) for _, one in issued]
    columns = ("key_subject", "wrapped", "master_key_id")
    await admin.copy_records_to_table("subject_keys", columns=columns, records=wrapped)
    blocks = [
        key.seal(f"Personne Exemple {number}", event_id=UUID(int=number), name="name").model_dump(mode="json")
        for number, (key, _) in enumerate(issued)
    ]
    await admin.execute(
        "CREATE TEMP TABLE blocks AS SELECT i - 1 AS i, block FROM unnest($1::jsonb[]) WITH ORDINALITY AS b (block, i)",
        blocks,
    )
