"""Who reaches what: nothing is open that is not listed, and the database itself keeps each to their rows."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from chassis.web.deny import assert_default_deny
from deploy.local.addresses import ServiceDatabase
from tests.conftest import ServiceDatabaseFactory
from tests.directory.conftest import Directory
from tests.policies import NOBODY, OPERATOR, RESIDENT, SERVICE, USUAL, Acting, Probes, agent, bound_by_policies, probing

OURS, SELF = UUID(int=2), UUID(int=1)
MANAGER = agent("manager", ("manager", "here"), agent_id=SELF, organisation_id=OURS)
RECEPTION = agent("reception", ("reception", "here"), agent_id=SELF, organisation_id=OURS)
ELSEWHERE = agent("elsewhere", ("manager", "there"), agent_id=SELF, organisation_id=UUID(int=3))
OPERATING = agent("operating", ("operator", "*"), agent_id=SELF, organisation_id=UUID(int=4))
EVERYBODY = (*USUAL, MANAGER, RECEPTION, ELSEWHERE, OPERATING)

SAMPLES = """
INSERT INTO territories (territory_id, name, valid_from) VALUES ('here', 'Ici', '2026-01-01');
INSERT INTO territory_communes VALUES ('here', '22278', '[2026-01-01,)');
INSERT INTO territory_definitions VALUES ('here', '{22278}', '{}', '{}');
INSERT INTO territory_changes (territory_id, noticed_at, came, went) VALUES ('here', now(), '{22278}', '{}');
INSERT INTO organisations (organisation_id, name, kind, themes, territory_ids) VALUES
    ('00000000-0000-0000-0000-000000000002', 'Structure', 'ccas', '{}', '{here}'),
    ('00000000-0000-0000-0000-000000000003', 'Autre', 'ccas', '{}', '{here,there}');
INSERT INTO offers (offer_id, organisation_id, name, themes, territory_ids, words) VALUES
    (gen_random_uuid(), '00000000-0000-0000-0000-000000000002', 'Offre', '{}', '{here}', ''),
    (gen_random_uuid(), '00000000-0000-0000-0000-000000000002', 'Partout', '{}', '{*}', ''),
    (gen_random_uuid(), '00000000-0000-0000-0000-000000000002', 'Ailleurs en France', '{}', '{}', '');
INSERT INTO sites (site_id, name, commune) VALUES
    (gen_random_uuid(), 'Mairie', '22278'), (gen_random_uuid(), 'Ailleurs en France', '75056');
INSERT INTO professional_contacts
SELECT organisation_id, '[]'::jsonb FROM organisations UNION ALL SELECT offer_id, '[]' FROM offers;
INSERT INTO findable (offer_id, place, sort_name, search, area, themes, publics, free, remote, on_site, languages,
    accessibility, agreed, closed, days)
SELECT offer_id, 0, sort_name, '', '{}', '{}', '{}', true, true, true, '{}', '{}', true, '{}', '(,)' FROM offers;
INSERT INTO findable_due SELECT offer_id FROM offers;
INSERT INTO timetables VALUES (gen_random_uuid(), 'Mo 09:00-12:00', '22', '{}');
INSERT INTO agents
SELECT gen_random_uuid(), 's' || n, ('00000000-0000-0000-0000-00000000000' || organisation)::uuid, '{}', '{}',
    jsonb_build_array(jsonb_build_object('role', held, 'territory_id', place)), false, 1
FROM (VALUES
    (1, 2, 'reception', 'here'), (2, 2, 'manager', 'here'), (3, 2, 'reception', '*'), (4, 3, 'reception', 'there')
) AS sample (n, organisation, held, place);
INSERT INTO agent_changes
SELECT gen_random_uuid(), agent_id, organisation_id, 'created', grants, now(), '00000000-0000-0000-0000-000000000001'
FROM agents;
INSERT INTO agent_changes
SELECT gen_random_uuid(), agent_id, organisation_id, 'grants', grants, now(), NULL FROM agents WHERE subject = 's1';
INSERT INTO agreements (agreement_id, kind, title, phase, territory_ids, party_ids, starts_on, ends_on, state)
SELECT gen_random_uuid(), 'protocol', 'Protocole', 'draft', places, '{}', '2026-01-01', '2026-12-31', '{}'
FROM (VALUES ('{here}'::text[]), ('{here,there}'), ('{*}')) AS sample (places);
INSERT INTO agreement_changes
SELECT agreement_id, n, 'drafted', '{}', now(), CASE WHEN n = 1 THEN '00000000-0000-0000-0000-000000000001'::uuid END
FROM agreements, generate_series(1, 2) AS n;
INSERT INTO calls (call_id, title, kind, about, organisation_id, territory_ids, opens_on, closes_on, envelope_cents,
    sharing, report_due_on)
SELECT ('00000000-0000-0000-0000-0000000000c' || n)::uuid, 'Appel', 'other', '',
    ('00000000-0000-0000-0000-00000000000' || (n + 1))::uuid, places, '2026-01-01', '2026-02-01', 100, 'none',
    '2027-01-01'
FROM (VALUES (1, '{here}'::text[]), (2, '{here,there}')) AS sample (n, places);
INSERT INTO projects (project_id, call_id, organisation_id, title, about, territory_id, budget, asked_cents,
    deposited_by, deposited_at, state, granted_cents)
SELECT ('00000000-0000-0000-0000-0000000000d' || n)::uuid, ('00000000-0000-0000-0000-0000000000c' || call)::uuid,
    ('00000000-0000-0000-0000-00000000000' || organisation)::uuid, 'Projet', '', 'here', '{}', 1, gen_random_uuid(),
    now(), stands, granted
FROM (VALUES (1, 1, 3, 'deposited', NULL), (2, 2, 2, 'deposited', NULL), (3, 2, 3, 'granted', 1))
AS sample (n, call, organisation, stands, granted);
INSERT INTO files
SELECT gen_random_uuid(), agreement_id, NULL::uuid, 'protocole.pdf', 'application/pdf', 1, 'w', '1',
    '00000000-0000-0000-0000-000000000001'::uuid, now() FROM agreements UNION ALL
SELECT gen_random_uuid(), NULL, project_id, 'budget.pdf', 'application/pdf', 1, 'w', '1',
    '00000000-0000-0000-0000-000000000001', now() FROM projects;
INSERT INTO project_readings
SELECT '00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000c1', by, '{}', 'reserved', '', now()
FROM unnest(ARRAY['00000000-0000-0000-0000-000000000001'::uuid, gen_random_uuid()]) AS by;
INSERT INTO actions (action_id, kind, title, about, organisation_id, audience, audience_organisation_ids, territory_ids,
    place, sessions, starts_at, ends_at, changed_at)
SELECT ('00000000-0000-0000-0000-0000000000e' || n)::uuid, 'forum', 'Forum', '',
    ('00000000-0000-0000-0000-00000000000' || organisation)::uuid, audience, invited, ARRAY[place], 'Mairie', '[]',
    now(), now(), now()
FROM (VALUES (1, 2, 'public', '{}'::uuid[], 'here'), (2, 5, 'professionals', '{}', 'far'),
    (3, 3, 'agents', '{00000000-0000-0000-0000-000000000003}', 'there'))
AS sample (n, organisation, audience, invited, place);
INSERT INTO registrations (registration_id, action_id, position, state, made_at, agent_id)
SELECT gen_random_uuid(), ('00000000-0000-0000-0000-0000000000e' || action)::uuid, place, 'registered', now(), who
FROM (VALUES (1, 1, NULL), (1, 2, gen_random_uuid()), (2, 1, '00000000-0000-0000-0000-000000000001'::uuid))
AS sample (action, place, who);
INSERT INTO import_runs (run_id, feed, files, started_at, moved_at)
VALUES ('00000000-0000-0000-0000-000000000009', 'f', '{}', now(), now());
INSERT INTO import_entries (kind, entry_id, feed, aggregate_id, version, digest, run_id, line)
VALUES ('service', 's--1', 'f', gen_random_uuid(), 1, '', '00000000-0000-0000-0000-000000000009', 1);
INSERT INTO import_lines VALUES ('00000000-0000-0000-0000-000000000009', 'service', 1, 's--1', true, '{r}');
INSERT INTO import_differences (aggregate_id, field, kind, entry_id, source, said_on, noticed_at)
VALUES (gen_random_uuid(), 'phone', 'offer', 's--1', 's', '2026-01-01', now());
INSERT INTO entry_quality (aggregate_id, kind, organisation_id, name, territory_ids, stale_on)
SELECT offer_id, 'offer', organisation_id, name, territory_ids, '2026-01-01' FROM offers;
INSERT INTO confirmations (organisation_id) SELECT organisation_id FROM organisations;
INSERT INTO corrections (correction_id, kind, aggregate_id, organisation_id, field, proposed_at)
SELECT gen_random_uuid(), 'offer', offer_id, organisation_id, 'phone', now() FROM offers;
INSERT INTO duplicates (first_id, second_id, kind, reasons, weight, territory_ids) VALUES
    ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000003', 'organisation', '{siret}', 4,
        '{here,here,there}'),
    ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000004', 'organisation', '{siret}', 4,
        '{there}');
INSERT INTO merged_entries VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000003',
    now(), '00000000-0000-0000-0000-000000000001');
INSERT INTO outbox (event_id, topic, key, headers, value) VALUES (gen_random_uuid(), 't', 'k', '{}', '');
INSERT INTO inbox VALUES (gen_random_uuid());
INSERT INTO consumer_offsets VALUES ('t', 0, 1);
INSERT INTO dead_letters
    (dead_letter_id, topic, partition, record_offset, key, event_type, headers, value, reason, attempts)
VALUES (gen_random_uuid(), 't', 0, 0, 'k', 'E', '{}', '', 'r', 1);
INSERT INTO due_dates (due_date_id, stage, kind, subject, due_on, zone, fires_at)
VALUES (gen_random_uuid(), 'due', 'k', gen_random_uuid(), '2026-03-02', 'Europe/Paris', now());
INSERT INTO subject_keys VALUES ('person:x', 'w', '1');
INSERT INTO idempotency_keys (scope, key, body_hash, status, response) VALUES ('s', 'k', '', 201, '{}');
"""


@pytest.fixture(scope="module")
async def database(module_database: ServiceDatabaseFactory) -> ServiceDatabase:
    return await module_database("directory")


@pytest.fixture(scope="module")
async def probes(database: ServiceDatabase) -> AsyncIterator[Probes]:
    async with probing(database) as made:
        await made.seed(SAMPLES)
        yield made


@pytest.mark.matrix  # each policy dropped in turn, each actor asked again
async def test_dropping_any_policy_is_noticed(probes: Probes) -> None:
    assert await probes.empty() == []
    assert await probes.unguarded(EVERYBODY) == []


async def test_every_table_is_protected_and_nobody_is_above_it(database: ServiceDatabase, probes: Probes) -> None:
    assert await probes.unprotected() == []
    assert await bound_by_policies(database.app_url)
    assert await bound_by_policies(database.worker_url)


@pytest.mark.parametrize(
    ("actor", "table", "reads", "updates", "inserts"),
    [
        (NOBODY, "organisations", 0, 0, 0),
        (RESIDENT, "territories", 1, 0, 0),
        (RESIDENT, "territory_communes", 1, None, 0),
        (RESIDENT, "territory_definitions", 1, 0, 0),
        (RESIDENT, "territory_changes", 0, None, 0),
        (RESIDENT, "organisations", 2, 0, 0),
        (RESIDENT, "offers", 3, 0, 0),
        (RESIDENT, "sites", 2, 0, 0),
        (RESIDENT, "agents", 0, 0, 0),
        (RESIDENT, "agent_changes", 0, None, 0),
        (RESIDENT, "professional_contacts", 0, 0, 0),
        (RESIDENT, "calls", 0, 0, 0),
        (RESIDENT, "projects", 0, 0, 0),
        (RESIDENT, "actions", 1, 0, 0),
        (RESIDENT, "registrations", 0, 0, 0),
        (RECEPTION, "calls", 2, 0, 0),
        (RECEPTION, "projects", 2, 1, 1),  # those of the call of its structure, and its own, which it may change
        (RECEPTION, "project_readings", 2, 1, 1),  # one's own alone
        (RECEPTION, "actions", 2, 1, 1),  # what it organises, and what is for professionals
        (RECEPTION, "registrations", 3, 2, 0),  # who comes to what it organises, and its own
        (MANAGER, "calls", 2, 1, 1),
        (MANAGER, "projects", 2, 2, 2),
        (ELSEWHERE, "calls", 2, 0, 0),
        (ELSEWHERE, "projects", 3, 1, 1),  # its own, and those of the call of its structure; none decided
        (ELSEWHERE, "project_readings", 0, 0, 0),
        (ELSEWHERE, "actions", 3, 1, 1),
        (OPERATING, "projects", 3, 3, 3),
        (RESIDENT, "files", 0, None, 0),
        (RECEPTION, "files", 5, None, 1),  # every agreement's, and those of the projects it reads; files with its own
        (MANAGER, "files", 5, None, 3),
        (ELSEWHERE, "files", 6, None, 1),
        (OPERATING, "files", 6, None, 6),
        (RECEPTION, "organisations", 2, 0, 0),
        (RECEPTION, "professional_contacts", 5, 0, 0),
        (RECEPTION, "agents", 0, 0, 0),
        (RESIDENT, "agreements", 0, 0, 0),
        (RESIDENT, "agreement_changes", 0, None, 0),
        (RECEPTION, "agreements", 3, 0, 0),
        (RECEPTION, "agreement_changes", 6, None, 0),
        (MANAGER, "agreements", 3, 1, 1),  # not those that bind other territories too
        (MANAGER, "agreement_changes", 6, None, 1),  # in one's own name only
        (OPERATING, "agreements", 3, 3, 3),
        (OPERATING, "agreement_changes", 6, None, 3),
        (SERVICE, "agreement_changes", 6, None, 6),
        (MANAGER, "territories", 1, 0, 0),
        (MANAGER, "organisations", 2, 1, 1),  # not the one that also acts elsewhere
        (MANAGER, "offers", 3, 1, 1),  # neither the one for all territories, nor the one of none
        (MANAGER, "sites", 2, 1, 1),  # where the commune is theirs
        (MANAGER, "professional_contacts", 5, 2, 2),
        (MANAGER, "agents", 3, 1, 1),  # sees colleagues, writes those who hold no more than a manager gives
        (MANAGER, "agent_changes", 4, None, 1),
        (ELSEWHERE, "organisations", 2, 0, 0),
        (ELSEWHERE, "agents", 1, 1, 1),
        (OPERATING, "territories", 1, 1, 1),
        (OPERATING, "territory_definitions", 1, 1, 1),
        (OPERATING, "territory_changes", 1, None, 0),
        (OPERATING, "organisations", 2, 2, 2),
        (OPERATING, "offers", 3, 3, 3),
        (OPERATING, "sites", 2, 2, 2),
        (OPERATING, "agents", 4, 4, 4),
        (OPERATING, "agent_changes", 5, None, 4),  # in one's own name only
        (MANAGER, "import_runs", 0, None, 0),
        (MANAGER, "import_differences", 0, 0, 0),
        (OPERATING, "import_lines", 1, None, 0),
        (OPERATING, "import_differences", 1, 1, 0),
        (RECEPTION, "entry_quality", 0, None, 0),
        (MANAGER, "entry_quality", 1, None, 0),
        (OPERATING, "entry_quality", 3, None, 0),
        (RECEPTION, "confirmations", 0, 0, 0),
        (MANAGER, "confirmations", 1, 1, 1),  # not of the one that also acts elsewhere
        (RECEPTION, "corrections", 0, 0, 0),
        (MANAGER, "corrections", 1, 1, 0),
        (MANAGER, "duplicates", 1, 1, 0),  # of which one is stewarded
        (OPERATING, "duplicates", 2, 2, 0),
        (RECEPTION, "merged_entries", 1, None, 0),
        (MANAGER, "merged_entries", 1, None, 1),
        (OPERATOR, "agent_changes", 5, None, 0),
        (SERVICE, "agent_changes", 5, None, 5),
    ],
    ids=lambda value: value.name if isinstance(value, Acting) else str(value),
)
async def test_who_sees_and_writes_what(
    probes: Probes, actor: Acting, table: str, reads: int, updates: int | None, inserts: int
) -> None:
    outcomes = await probes.outcomes(table, [actor])
    assert outcomes[actor.name, "reads"] == reads
    assert outcomes[actor.name, "updates"] == ("not granted" if updates is None else f"UPDATE {updates}")
    tried = outcomes[actor.name, "inserts"]
    assert isinstance(tried, tuple)
    assert tried.count("passed") == inserts


async def test_what_is_not_listed_is_closed_to_strangers(directory: Directory) -> None:
    assert await assert_default_deny(directory.app) >= 20
