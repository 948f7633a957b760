"""Row-level security of intake: everybody sees what is theirs, and each policy is needed for it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from chassis.actor import PUBLIC, Actor, Grant
from tests.identity import agent_id, grant
from tests.intake.conftest import Intake, resident
from tests.policies import (
    IDLE_WORKER,
    NOBODY,
    OPERATOR,
    PASSED,
    REFUSED,
    RESIDENT,
    USUAL,
    Acting,
    Probes,
    agent,
    bound_by_policies,
    probing,
)  # fmt: skip

RECEPTION = agent("reception", ("reception", "saint-brieuc"), agent_id=agent_id("accueil"))
SOCIAL_WORKER = agent("social worker", ("social_worker", "saint-brieuc"))
ELSEWHERE = agent("elsewhere", ("social_worker", "saint-flour"))
EVERYWHERE = agent("everywhere", ("manager", "*"))
COORDINATOR = agent("coordinator", ("coordinator", "saint-brieuc"))
CELL = agent("cell", ("cell", "*"), agent_id=agent_id("cellule"))
OTHER_OF_THE_CELL = agent("another of the cell", ("cell", "*"), agent_id=agent_id("collègue"))

MDS, CCAS = UUID(int=1), UUID(int=2)
_HERE = Actor("agent", "here", agent_id("accueil"), MDS, (Grant("reception", "saint-brieuc"),))
AT_HER_DESK = Acting.of("at her desk", _HERE, place="Bureau A")
BESIDE = Acting.of("a colleague beside", replace(_HERE, agent_id=agent_id("collègue")), place="Bureau A")
ELSEWHERE_IN_TOWN = Acting.of("a colleague elsewhere", replace(_HERE, agent_id=agent_id("collègue")), place="Bureau B")
OTHER_HOUSE = Acting.of(
    "another house", replace(_HERE, agent_id=agent_id("collègue"), organisation_id=CCAS), place="Bureau A"
)
OTHER_TERRITORY = Acting.of(
    "another territory",
    replace(_HERE, agent_id=agent_id("collègue"), grants=(Grant("reception", "saint-flour"),)),
    place="Bureau A",
)
DRAFTS = [
    # Restricted, gone in (days), territory: an ordinary call, one without a commune yet, violence, one that has ended.
    (False, 7, "'saint-brieuc'"),
    (False, 7, "NULL"),
    (True, 7, "'saint-brieuc'"),
    (False, -1, "'saint-brieuc'"),
]


def draft(restricted: bool, days: int, territory: str) -> str:
    return (
        "INSERT INTO drafts VALUES (gen_random_uuid(), 1, "
        f"'{agent_id('accueil')}', '{MDS}', 'Bureau A', {territory}, {restricted}, '{{}}', 'k', '1', now(), "
        f"now() + interval '{days} days')"
    )


SUSPICIONS = [
    # Who recorded one, who the other: within one organisation, across two, and by the person themself.
    (f"'{MDS}'", f"'{MDS}'", "'saint-brieuc'"),
    (f"'{MDS}'", f"'{CCAS}'", "'saint-brieuc'"),
    ("NULL", "NULL", "'saint-flour'"),
]


def suspicion(organisation: str, other: str, territory: str) -> str:
    return (
        "INSERT INTO suspicions (suspicion_id, person_id, other_id, territory_id, organisation_id, other_territory_id,"
        f" other_organisation_id, points, reasons, found_at) SELECT gen_random_uuid(), one, other, 'saint-brieuc',"
        f" {organisation}, {territory}, {other}, 20, '{{same_phone}}', now() FROM (SELECT p.person_id AS one,"
        " o.person_id AS other FROM persons AS p JOIN persons AS o ON p.person_id > o.person_id WHERE NOT EXISTS"
        " (SELECT FROM suspicions WHERE suspicions.person_id = p.person_id AND other_id = o.person_id) LIMIT 1) AS pair"
    )


def refused() -> dict[str, Any]:
    """A family conference that is excluded, in a family of two, taken at the desk."""
    child = {"given_name": "Lou", "family_name": "Exemple"}
    return resident(
        channel="desk",
        programme="family-conference",
        exclusions=["sexual_abuse"],
        answers={"mandated_service": False, "safety": True},
        household=[child],
        concerned={"minor": False, "consents": [{"kind": "messages", "given_how": "oral"}]},
    )


@pytest.fixture
async def probes(intake: Intake) -> AsyncIterator[Probes]:
    await grant(intake.worker, "accueil", [("reception", "saint-brieuc")])
    for body, subject in ((resident(), None), (refused(), "accueil")):
        answer = await intake.ask(body, subject)
        assert answer.status_code == 201, answer.text
    async with probing(intake.database) as made:
        await made.seed(
            "INSERT INTO organisations VALUES (gen_random_uuid(), 'Exemple', 'ccas', '{*}', NULL, NULL, false, 1)",
            "INSERT INTO households SELECT DISTINCT household_id, 2 FROM household_members",
            "INSERT INTO relations (relation_id, version, person_id, other_id, kind, parental_authority)"
            " SELECT gen_random_uuid(), 1, min(person_id::text)::uuid, max(person_id::text)::uuid, 'sibling', false"
            " FROM household_members",
            *(draft(*one) for one in DRAFTS),
            "INSERT INTO asking_drafts VALUES (gen_random_uuid(), false, '', now() + interval '1 hour')",
            "INSERT INTO traits SELECT person_id, given_name, family_name, birth_date, '', '{}', request_id,"
            " 'saint-brieuc', NULL, now() FROM request_people JOIN persons USING (person_id)",
            *(suspicion(*one) for one in SUSPICIONS),
            *(
                "INSERT INTO cell_searches"
                f" VALUES (gen_random_uuid(), now() - interval '{age}', '{agent_id('cellule')}', '{{}}')"
                for age in ("0 days", "2 years")
            ),
            "INSERT INTO erasures (erasure_id, person_id, territory_id, asked_at, recorded_by)"
            f" SELECT gen_random_uuid(), person_id, 'saint-brieuc', now(), '{agent_id('accueil')}'"
            " FROM request_people JOIN requests USING (request_id) WHERE received_by IS NOT NULL LIMIT 1",
            "INSERT INTO erasures (erasure_id, person_id, territory_id, state, asked_at, recorded_by, visa, decided_at,"
            " person_ids) SELECT gen_random_uuid(), person_id, 'saint-brieuc', 'granted', now(), gen_random_uuid(),"
            " 'AD 1', now(), ARRAY[person_id] FROM gen_random_uuid() AS person_id",
            "INSERT INTO erasure_answers SELECT person_id, 'cases', now(), '{}' FROM erasures WHERE state = 'granted'",
            "INSERT INTO partner_letters VALUES (gen_random_uuid(), '')",
            "INSERT INTO inbox VALUES (gen_random_uuid())",
            "INSERT INTO consumer_offsets VALUES ('intake-people', 0, 1)",
            "INSERT INTO dead_letters (dead_letter_id, topic, partition, record_offset, key, event_type, headers,"
            " value, reason, attempts)"
            " VALUES (gen_random_uuid(), 'partner-requests', 0, 1, 'k', 't', '{}', '', 'r', 1)",
        )
        yield made


async def secret(intake: Intake, channel: str = "web") -> str:
    """Of the request that came that way, as the hash that is set for who holds it."""
    async with intake.worker.transaction() as tx:
        hashed: bytes = await tx.fetchval("SELECT tracking_hash FROM requests WHERE channel = $1", channel)
    return hashed.hex()


async def everybody(intake: Intake) -> list[Acting]:
    holder = Acting.of("holder of a secret", PUBLIC, tracking=await secret(intake))
    search = Acting("the search across people", "owner")
    looking = Acting.of("one look at what is known", PUBLIC, looking="on")
    return [
        *USUAL,
        search,
        looking,
        AT_HER_DESK,
        BESIDE,
        ELSEWHERE_IN_TOWN,
        OTHER_HOUSE,
        RECEPTION,
        SOCIAL_WORKER,
        ELSEWHERE,
        EVERYWHERE,
        COORDINATOR,
        CELL,
        OTHER_OF_THE_CELL,
        holder,
    ]


@pytest.mark.matrix  # each policy dropped in turn, each actor asked again
async def test_dropping_any_policy_is_noticed(intake: Intake, probes: Probes) -> None:
    assert await probes.empty() == []
    assert await probes.unguarded(await everybody(intake)) == []


async def test_every_table_is_protected_and_nobody_is_above_it(intake: Intake, probes: Probes) -> None:
    assert await probes.unprotected() == []
    assert await bound_by_policies(intake.database.app_url)
    assert await bound_by_policies(intake.database.worker_url)


async def test_without_a_named_actor_nothing_is_seen(probes: Probes) -> None:
    for table in await probes.tables():
        outcomes = await probes.outcomes(table, [NOBODY, IDLE_WORKER])
        seen = {key: outcome for key, outcome in outcomes.items() if key[1] == "reads"}
        assert set(seen.values()) <= {0, "not granted"}, (table, seen)


@pytest.mark.parametrize(
    ("actor", "table", "rows"),
    [
        (RECEPTION, "requests", 2),
        (SOCIAL_WORKER, "requests", 2),
        (EVERYWHERE, "requests", 2),
        (ELSEWHERE, "requests", 0),
        (COORDINATOR, "requests", 0),
        (RECEPTION, "refusals", 0),
        (SOCIAL_WORKER, "refusals", 1),
        (ELSEWHERE, "refusals", 0),
        (AT_HER_DESK, "suspicions", 1),
        (OTHER_HOUSE, "suspicions", 0),
        (SOCIAL_WORKER, "suspicions", 2),
        (ELSEWHERE, "suspicions", 0),
        (EVERYWHERE, "suspicions", 3),
        (COORDINATOR, "suspicions", 0),
        (SOCIAL_WORKER, "traits", "not granted"),
        (EVERYWHERE, "erasures", 2),
        (EVERYWHERE, "erasure_answers", 1),
        (RECEPTION, "erasures", 0),
        (SOCIAL_WORKER, "erasure_answers", 0),
        (CELL, "cell_searches", 2),
        (EVERYWHERE, "cell_searches", 0),
        (OPERATOR, "cell_searches", 0),
        (CELL, "persons", 0),
        (CELL, "requests", 0),
        (CELL, "traits", "not granted"),
        (RECEPTION, "answers", 1),
        (SOCIAL_WORKER, "answers", 2),
        (ELSEWHERE, "answers", 0),
        (ELSEWHERE, "persons", 0),
        (SOCIAL_WORKER, "persons", 3),
        (ELSEWHERE, "contact_points", 0),
        (RECEPTION, "contact_points", 2),
        (ELSEWHERE, "consents", 0),
        (RECEPTION, "consents", 1),
    ],
    ids=lambda value: value.name if isinstance(value, Acting) else str(value),
)
async def test_who_sees_how_much(probes: Probes, actor: Acting, table: str, rows: int) -> None:
    assert (await probes.outcomes(table, [actor]))[actor.name, "reads"] == rows


@pytest.mark.parametrize(
    ("actor", "rows"),
    [
        (AT_HER_DESK, 3),
        (BESIDE, 2),
        (ELSEWHERE_IN_TOWN, 0),
        (OTHER_HOUSE, 0),
        (OTHER_TERRITORY, 1),
        (OPERATOR, 0),
        (COORDINATOR, 0),
    ],
    ids=lambda value: value.name if isinstance(value, Acting) else str(value),
)
async def test_whose_drafts_show(probes: Probes, actor: Acting, rows: int) -> None:
    """Violence is its author's alone; what has ended shows to nobody; what has no commune yet, to the whole place."""
    assert (await probes.outcomes("drafts", [actor]))[actor.name, "reads"] == rows


@pytest.mark.parametrize("table", ["request_people", "contact_points", "consents", "household_members"])
async def test_nobody_writes_of_people_they_do_not_see(probes: Probes, table: str) -> None:
    """A person of somebody else's cannot be attached to a request, reached otherwise or made to agree."""
    outcomes = await probes.outcomes(table, [ELSEWHERE, COORDINATOR, RESIDENT, SOCIAL_WORKER])
    for actor in (ELSEWHERE, COORDINATOR, RESIDENT):
        assert set(outcomes[actor.name, "inserts"]) == {REFUSED}, actor.name  # type: ignore[arg-type]
    assert set(outcomes[SOCIAL_WORKER.name, "inserts"]) == {PASSED}  # type: ignore[arg-type]


async def test_the_cell_signs_its_searches_and_forgets_none_before_a_year(probes: Probes) -> None:
    found = await probes.outcomes("cell_searches", [CELL, OTHER_OF_THE_CELL])
    assert [found[one.name, "inserts"] for one in (CELL, OTHER_OF_THE_CELL)] == [(PASSED,) * 2, (REFUSED,) * 2]
    assert [found[CELL.name, action] for action in ("deletes", "updates")] == ["DELETE 1", "not granted"]


@pytest.mark.parametrize("table", ["request_people", "refusals", "answers"])
async def test_nobody_writes_of_a_request_they_do_not_work_on(intake: Intake, probes: Probes, table: str) -> None:
    """Not even who holds its tracking secret, and so sees it."""
    tracking, elsewhere = (
        await secret(intake, "desk"),
        Actor("agent", "là", grants=(Grant("reception", "saint-flour"),)),
    )
    strangers = [
        ELSEWHERE,
        COORDINATOR,
        Acting.of("holder of a secret", PUBLIC, tracking=tracking),
        Acting.of("an agent who holds it", elsewhere, tracking=tracking),
    ]
    at_work = [RECEPTION, SOCIAL_WORKER, EVERYWHERE]
    outcomes = await probes.outcomes(table, [*strangers, *at_work])
    assert {actor.name: set(outcomes[actor.name, "inserts"]) for actor in strangers} == {  # type: ignore[arg-type]
        actor.name: {REFUSED} for actor in strangers
    }
    assert {actor.name: set(outcomes[actor.name, "inserts"]) for actor in at_work} == {  # type: ignore[arg-type]
        actor.name: {PASSED} for actor in at_work
    }


async def test_a_secret_shows_its_own_request_alone(intake: Intake, probes: Probes) -> None:
    holder = (await everybody(intake))[-1]
    for table, rows in {"requests": 1, "persons": 0, "contact_points": 0, "refusals": 0, "answers": 0}.items():
        assert (await probes.outcomes(table, [holder]))[holder.name, "reads"] == rows
