"""Who reaches what: no route is open to strangers, and the database itself keeps each to their dossiers."""

from uuid import UUID

import pytest

from chassis.actor import PUBLIC
from chassis.web.deny import assert_default_deny
from deploy.local.addresses import ServiceDatabase
from tests import policies
from tests.cases.conftest import Cases
from tests.conftest import ServiceDatabaseFactory

ME, COORDINATOR, SOMEBODY = UUID(int=1), UUID(int=2), UUID(int=3)

# Dossier 1 lies here and is coordinated and referred to; dossier 2 lies there; dossier 3 lies nowhere.
SEED = """
INSERT INTO cases (case_id, correlation_id, reference, programme, programme_version, territory_id, commune, channel,
    themes, urgency, minor, promised_on, opened_at, coordinator_id)
SELECT ('00000000-0000-0000-0000-00000000010' || n)::uuid, gen_random_uuid(), 'R' || n, 'family-conference', 1,
    territory, '22278', 'desk', '{}', 'ordinary', false, '2026-03-02', now(),
    coordinator::uuid
FROM (VALUES (1, 'here', '00000000-0000-0000-0000-000000000002'), (2, 'there', NULL), (3, NULL, NULL))
    AS sample (n, territory, coordinator);
INSERT INTO referents VALUES
    ('00000000-0000-0000-0000-000000000101', '00000000-0000-0000-0000-000000000001', now());
INSERT INTO case_people SELECT case_id, gen_random_uuid(), 'concerned' FROM cases;
INSERT INTO persons SELECT person_id, '{}', 1 FROM case_people;
INSERT INTO consents SELECT gen_random_uuid(), person_id, now(), NULL FROM case_people;
INSERT INTO organisations VALUES ('00000000-0000-0000-0000-000000000009', 'Association', NULL, true, false, 1);
INSERT INTO offers
VALUES (gen_random_uuid(), '00000000-0000-0000-0000-000000000009', 'Offre', '{}', '{}', NULL, NULL, false, 1);
INSERT INTO sharing_consents SELECT gen_random_uuid(), person_id, NULL, NULL, now(), NULL FROM case_people;
INSERT INTO orientations (orientation_id, case_id, version, offer_id, organisation_id, proposed_by,
    proposing_organisation_id, proposed_at, answer_by, state, ground)
SELECT gen_random_uuid(), case_id, 1, gen_random_uuid(), '00000000-0000-0000-0000-000000000009', gen_random_uuid(),
    gen_random_uuid(), now(), '2026-03-17', 'proposed', 'nothing' FROM cases;
INSERT INTO orientation_links (orientation_id, case_id, link_hash, expires_at, codes_left, tries_left)
SELECT orientation_id, case_id, decode(CASE reference WHEN 'R2' THEN 'aa02' ELSE md5(reference) END, 'hex'),
    now(), 10, 0
FROM orientations JOIN cases USING (case_id);
INSERT INTO territories VALUES ('here', 'Ici', 1);
INSERT INTO dossier_readings
SELECT case_id, '00000000-0000-0000-0000-000000000001', '2026-03-02', NULL, 'manager' FROM cases;
INSERT INTO timeline
SELECT case_id, gen_random_uuid(), now(), 'note', readers::text[], '00000000-0000-0000-0000-000000000003', NULL, NULL
FROM cases, (VALUES ('{social_worker,coordinator,manager}'), ('{manager}'), ('{reception,manager}')) AS r (readers);
INSERT INTO conferences SELECT gen_random_uuid(), case_id, 'ratified', now(), '{}' FROM cases;
INSERT INTO plan_links SELECT decode(md5(reference), 'hex'), case_id, gen_random_uuid(), gen_random_uuid(), now()
FROM cases;
INSERT INTO same_people SELECT person_id, gen_random_uuid(), 1 FROM case_people;
INSERT INTO joined_cases SELECT case_id, gen_random_uuid() FROM cases;
INSERT INTO coordinators_set_aside SELECT case_id, gen_random_uuid(), 'tie', now() FROM cases;
INSERT INTO coordinator_ties VALUES (gen_random_uuid(), gen_random_uuid(), now());
INSERT INTO safety_checks SELECT conference_id, case_id, gen_random_uuid(), 'refused', NULL FROM conferences;
INSERT INTO follow_ups SELECT conference_id, case_id, '2026-03-02', NULL, '{}' FROM conferences;
INSERT INTO measures SELECT gen_random_uuid(), case_id, person_id, 'under_contract', '{}' FROM case_people;
INSERT INTO measure_periods SELECT measure_id, person_id, 'contract', '2026-03-02', '2026-09-01' FROM measures;
-- Time that somebody of dossier 2 spent in a measure of dossier 1.
INSERT INTO measure_periods SELECT measure_id, case_people.person_id, 'order', '2026-03-02', '2026-09-01'
FROM measures, case_people WHERE measures.case_id = '00000000-0000-0000-0000-000000000101'
AND case_people.case_id = '00000000-0000-0000-0000-000000000102';
INSERT INTO measure_entries (entry_id, measure_id, case_id, kind, entered_on, month, from_account, to_account,
    amount_cents, at)
SELECT gen_random_uuid(), measure_id, case_id, 'rent_paid', '2026-03-02', '2026-03-01', 'held', 'rent', 1, now()
FROM measures;
INSERT INTO appointments SELECT gen_random_uuid(), case_id, 'booked', now(), '{}' FROM cases;
INSERT INTO engagements SELECT appointment_id, gen_random_uuid(), now(), now() + interval '1 hour', true
FROM appointments;
INSERT INTO calendar_links
VALUES ('00000000-0000-0000-0000-000000000001', '1', now()), ('00000000-0000-0000-0000-000000000003', '3', now());
INSERT INTO bookings SELECT case_id::text, case_id, now(), '{}', '{}' FROM cases;
INSERT INTO bookings VALUES ('set aside', NULL, now(), '{}', '{}');
INSERT INTO tasks
SELECT gen_random_uuid(), case_id, kind, '{}', gen_random_uuid(), NULL, '2026-03-02', 'open', gen_random_uuid(), now()
FROM cases, (VALUES ('task'), ('action')) AS k (kind);
INSERT INTO step_records (record_id, case_id, step, state, day, answers, recorded_by, recorded_at)
SELECT gen_random_uuid(), case_id, 'decision', 'done', '2026-03-02', '{}', gen_random_uuid(), now() FROM cases;
INSERT INTO absences VALUES (gen_random_uuid(), '00000000-0000-0000-0000-000000000001',
    '00000000-0000-0000-0000-000000000004', gen_random_uuid(), now() - interval '1 day', now() + interval '1 day');
INSERT INTO shares SELECT gen_random_uuid(), case_id, reference, programme, '00000000-0000-0000-0000-000000000008',
    '{people,notes,plan,documents}', '{}', 'consent', NULL, gen_random_uuid(), gen_random_uuid(), now()
FROM cases WHERE territory_id = 'there';
INSERT INTO own_agreements SELECT case_id, person_id, 'given', '2026-03-02', gen_random_uuid() FROM case_people;
INSERT INTO documents SELECT gen_random_uuid(), case_id, '{}', 'application/pdf', 1, readers::text[],
    '00000000-0000-0000-0000-000000000003', now()
FROM cases, (VALUES ('{social_worker,coordinator,manager}'), ('{manager}')) AS r (readers);
INSERT INTO territorial_conferences (case_id, correlation_id, territory_id, phase, facilitator_id, partners, opened_at,
    state)
SELECT gen_random_uuid(), gen_random_uuid(), territory, 'diagnosis', gen_random_uuid(), partners::uuid[], now(), '{}'
FROM (VALUES ('here', '{00000000-0000-0000-0000-000000000009}'), ('there', '{}')) AS t (territory, partners);
INSERT INTO request_figures (request_id, territory_id, commune, month, channel, themes)
VALUES (gen_random_uuid(), 'here', '22278', '2026-03-01', 'desk', '{}');
INSERT INTO steering_figures VALUES ('here', '2026-03-01', '{}', now()), ('there', '2026-03-01', '{}', now());
INSERT INTO concerns (case_id, received_on, report) VALUES (gen_random_uuid(), '2026-03-02', 'sealed');
INSERT INTO agents
VALUES (gen_random_uuid(), 's', gen_random_uuid(), '{}', '{}', '[]', false, 1);
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

RECEPTION = policies.agent("reception", ("reception", "here"))
SOCIAL_WORKER = policies.agent("social worker", ("social_worker", "there"))
REFERENT = policies.agent("referent from elsewhere", ("social_worker", "elsewhere"), agent_id=ME)
ASSIGNED = policies.agent("coordinator", ("coordinator", "elsewhere"), agent_id=COORDINATOR)
UNASSIGNED = policies.agent("another coordinator", ("coordinator", "here"), agent_id=SOMEBODY)
AUTHOR = policies.agent("author", ("social_worker", "here"), agent_id=SOMEBODY)
MANAGER = policies.agent("manager", ("manager", "*"))
STRUCTURE = UUID(int=9)
PARTNER = policies.agent("partner", ("social_worker", "elsewhere"), organisation_id=STRUCTURE)
WELCOME = policies.agent("reception of the partner", ("reception", "elsewhere"), organisation_id=STRUCTURE)
HOLDER = policies.Acting.of("holder of a link", PUBLIC, orientation_link="aa02")
SUBSTITUTE = policies.agent("substitute", ("social_worker", "elsewhere"), agent_id=UUID(int=4))
SHARED_WITH = policies.agent("shared with", ("social_worker", "elsewhere"), organisation_id=UUID(int=8))
DESK = policies.agent("desk of who it is shared with", ("reception", "elsewhere"), organisation_id=UUID(int=8))
CELL = policies.agent("cell", ("cell", "*"))
LOCAL = policies.agent("manager of one territory", ("manager", "there"))
DEFINER = policies.Acting("who works on a dossier, and how much is counted", "owner")
ACTORS = (
    *policies.USUAL,
    DEFINER,
    RECEPTION,
    SOCIAL_WORKER,
    REFERENT,
    ASSIGNED,
    UNASSIGNED,
    AUTHOR,
    MANAGER,
    CELL,
    PARTNER,
    WELCOME,
    HOLDER,
    SUBSTITUTE,
    SHARED_WITH,
    DESK,
    LOCAL,
)

# actor → dossiers, entries of timelines, people, conferences and safety checks they read; dossier 3, which lies
# nowhere, is everybody's who holds the role
READS = [
    (policies.NOBODY, 0, 0, 0, 0, 0),
    (policies.RESIDENT, 0, 0, 0, 0, 0),
    (policies.OPERATOR, 0, 0, 0, 0, 0),
    (RECEPTION, 2, 2, 0, 0, 0),
    (SOCIAL_WORKER, 2, 2, 2, 2, 0),
    (REFERENT, 2, 2, 2, 2, 0),
    (SUBSTITUTE, 2, 2, 2, 2, 0),
    (SHARED_WITH, 1, 2, 2, 1, 0),
    (DESK, 1, 1, 0, 0, 0),
    (ASSIGNED, 1, 1, 1, 1, 1),
    (UNASSIGNED, 0, 0, 0, 0, 0),
    (AUTHOR, 2, 6, 2, 2, 0),
    (MANAGER, 3, 9, 3, 3, 3),
    (CELL, 3, 0, 3, 0, 0),
]


@pytest.fixture(scope="module")
async def seeded(module_database: ServiceDatabaseFactory) -> ServiceDatabase:
    database = await module_database("cases")
    async with policies.probing(database) as probes:
        await probes.seed(SEED)
    return database


async def test_every_route_is_closed_to_strangers(cases: Cases) -> None:
    assert await assert_default_deny(cases.app) > 25


async def test_somebody_without_grants_reaches_nothing(cases: Cases) -> None:
    case_id = await cases.open_case()
    for path in ("/cases", f"/cases/{case_id}", f"/cases/{case_id}/conference"):
        assert (await cases.get(path, "stranger")).status_code == 403


@pytest.mark.parametrize("role", ["app", "worker"])
async def test_the_services_own_connections_are_bound_by_policies(seeded: ServiceDatabase, role: str) -> None:
    assert await policies.bound_by_policies(seeded.app_url if role == "app" else seeded.worker_url)


@pytest.mark.parametrize(
    ("actor", "dossiers", "entries", "people", "conferences", "checks"), READS, ids=[row[0].name for row in READS]
)
async def test_what_each_reads(
    seeded: ServiceDatabase,
    actor: policies.Acting,
    dossiers: int,
    entries: int,
    people: int,
    conferences: int,
    checks: int,
) -> None:
    tables = ("cases", "timeline", "persons", "conferences", "safety_checks")
    async with policies.probing(seeded) as probes:
        read = [(await probes.outcomes(table, [actor]))[actor.name, "reads"] for table in tables]
    assert read == [dossiers, entries, people, conferences, checks]


async def test_every_table_is_protected(seeded: ServiceDatabase) -> None:
    async with policies.probing(seeded) as probes:
        assert await probes.empty() == [], "nothing can be learnt from an empty table"
        assert await probes.unprotected() == []


@pytest.mark.matrix  # each policy dropped in turn, each actor asked again
async def test_dropping_any_policy_is_noticed(seeded: ServiceDatabase) -> None:
    async with policies.probing(seeded) as probes:
        assert await probes.unguarded(ACTORS) == []


# actor → conferences of territories they read: one here, with a partner, one there
TERRITORIAL = [
    (policies.RESIDENT, 0),
    (policies.OPERATOR, 0),
    (RECEPTION, 0),
    (SOCIAL_WORKER, 0),
    (LOCAL, 1),
    (PARTNER, 1),
    (WELCOME, 0),
    (MANAGER, 2),
]


@pytest.mark.parametrize(("actor", "read"), TERRITORIAL, ids=[row[0].name for row in TERRITORIAL])
async def test_who_reads_conferences_of_territories(seeded: ServiceDatabase, actor: policies.Acting, read: int) -> None:
    """Managers of the territory, and those who work for a partner; what is counted of requests, nobody."""
    async with policies.probing(seeded) as probes:
        found = (await probes.outcomes("territorial_conferences", [actor]))[actor.name, "reads"]
        counted = (await probes.outcomes("request_figures", [actor]))[actor.name, "reads"]
    assert (found, counted) == (read, policies.NOT_GRANTED)


# actor → orientations and links they read: three dossiers, one orientation each, all to one organisation
ORIENTATIONS = [
    (policies.NOBODY, 0, 0),
    (policies.RESIDENT, 0, 0),
    (policies.OPERATOR, 0, 0),
    (RECEPTION, 0, 0),
    (SOCIAL_WORKER, 2, 2),
    (WELCOME, 0, 0),
    (PARTNER, 3, 1),
    (HOLDER, 1, 1),
    (MANAGER, 3, 3),
]


@pytest.mark.parametrize(("actor", "asked", "links"), ORIENTATIONS, ids=[row[0].name for row in ORIENTATIONS])
async def test_who_reads_orientations(seeded: ServiceDatabase, actor: policies.Acting, asked: int, links: int) -> None:
    """The organisation that is asked reads the questions; who holds a link, that one alone; neither the dossier."""
    async with policies.probing(seeded) as probes:
        read = [
            (await probes.outcomes(table, [actor]))[actor.name, "reads"]
            for table in ("orientations", "orientation_links")
        ]
    assert read == [asked, links]
