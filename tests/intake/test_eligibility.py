"""Eligibility, programmes and answers over HTTP."""

from typing import Any

import pytest

from contracts.events import RequestSubmitted
from contracts.sealed import Sealed
from tests.identity import grant
from tests.intake.conftest import SAINT_BRIEUC, SAINT_FLOUR, Intake, resident

EXCLUDED = {
    "programme": "family-conference",
    "exclusions": ["sexual_abuse"],
    "channel": "desk",
    "answers": {"mandated_service": True, "safety": True},
}
SITUATION = {"programme": "masp", "commune": SAINT_BRIEUC, "asked_by": "self", "age": 40}


async def asked(intake: Intake, subject: str | None, **changes: Any) -> dict[str, Any]:
    answer = await intake.ask(resident(**changes), subject)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def submitted(intake: Intake) -> RequestSubmitted:
    [told] = await intake.told("RequestSubmitted")
    return RequestSubmitted.model_validate(told.data)


async def opened(intake: Intake, block: Sealed | None) -> str:
    assert block is not None
    keyring = intake.service.parts.keyring
    async with intake.worker.transaction() as tx:
        key = await keyring.key_of(tx, block.key_subject)
    assert key is not None
    return key.open(block)


# Programmes ---------------------------------------------------------------------------------


async def test_anybody_reads_what_is_offered_and_what_will_be_asked(intake: Intake) -> None:
    async with intake.client() as client:
        answer = await client.get("/intake/public/programmes")
    assert answer.status_code == 200
    found = {one["id"]: one for one in answer.json()["programmes"]}
    assert {"first-contact", "masp", "teenagers-house"} <= found.keys()
    assert found.keys().isdisjoint({"child-concern", "early-detection", "family-conference-demo"})
    assert [question["name"] for question in found["family-conference"]["questions"]] == ["question"]
    assert found["teenagers-house"]["ages"] == "de 11 à 25 ans"
    assert found["suicide-prevention-network"]["numbers"][0] == {"number": "3114", "who": "Prévention du suicide"}
    assert found["masp"]["documents"][0]["label"] == "Évaluation sociale"
    assert "Archives départementales" in found["masp"]["kept"]
    assert "Abus" not in answer.text


async def test_an_agent_reads_what_to_ask_and_what_excludes(intake: Intake, reception: str) -> None:
    async with intake.client(reception) as client:
        found = (await client.get("/intake/programmes/family-conference")).json()
        early = (await client.get("/intake/programmes/early-detection")).json()
        for absent in ("child-concern", "no-such-thing"):
            assert (await client.get(f"/intake/programmes/{absent}")).status_code == 404
    assert [one["code"] for one in found["exclusions"]] == ["sexual_abuse", "facts_not_acknowledged"]
    assert {"question", "safety"} <= {question["name"] for question in found["questions"]}
    assert {"code": "conference_follow_up", "within": "P3M"}.items() <= found["deadlines"][0].items()
    assert early["no_child_name"] is True
    async with intake.client() as client:
        assert (await client.get("/intake/programmes/family-conference")).status_code == 401


# Answers ------------------------------------------------------------------------------------


async def test_answers_are_kept_and_what_is_sensitive_travels_sealed(
    intake: Intake, reception: str, social_worker: str
) -> None:
    answers = {"mandated_service": True, "safety": True, "question": "Comment se relayer ?"}
    made = await asked(intake, reception, programme="family-conference", channel="desk", answers=answers)
    told = {answer.name: answer for answer in (await submitted(intake)).answers}
    assert told["mandated_service"].given is True
    assert told["safety"].given is None
    assert await opened(intake, told["safety"].sealed) == "true"
    assert await opened(intake, told["question"].sealed) == '"Comment se relayer ?"'
    path = f"/intake/requests/{made['request_id']}"
    async with intake.client(reception) as desk, intake.client(social_worker) as entitled:
        seen = (await desk.get(path)).json()["answers"]
        assert [one["name"] for one in seen] == ["mandated_service"]
        assert seen[0]["answer"] == "Oui"
        everything = (await entitled.get(path)).json()["answers"]
    assert [one["name"] for one in everything] == ["question", "mandated_service", "safety"], "in the order of the form"


async def test_a_resident_answers_the_questions_asked_of_anyone(intake: Intake) -> None:
    await asked(intake, None, programme="food-parcels", answers={"people_at_home": 3, "delivery": True})
    assert {one.name: one.given for one in (await submitted(intake)).answers} == {"people_at_home": 3, "delivery": True}


@pytest.mark.parametrize(
    ("by_agent", "changes", "field"),
    [
        (False, {"programme": "food-parcels", "answers": {"people_at_home": "trois"}}, "answers/people_at_home"),
        (False, {"programme": "food-parcels", "answers": {"shoe_size": 42}}, "answers"),
        (False, {"programme": "family-conference", "answers": {"safety": True}}, "answers"),
        (True, {"programme": "first-contact", "answers": {"safety": True}}, "answers"),
        (False, {"programme": "early-detection"}, "programme"),
        (False, {"programme": "child-concern"}, "programme"),
        (True, {"programme": "early-detection", "concerned": {"person": {"given_name": "Lou"}},
                "requester": {"role": "school"}}, "concerned"),
        (True, {"programme": "early-detection", "household": [{"given_name": "Lou"}],
                "requester": {"role": "school"}}, "concerned"),
        (True, {"programme": "early-detection", "requester": {"role": "school"},
                "concerned": {"parental_authority": [{"family_name": "Exemple"}]}}, "concerned"),
    ],
)  # fmt: skip
async def test_what_cannot_be_kept_is_refused_and_nothing_is_stored(
    intake: Intake, reception: str, by_agent: bool, changes: dict[str, Any], field: str
) -> None:
    body = resident(**changes) | ({"channel": "desk"} if by_agent else {})
    answer = await intake.ask(body, reception if by_agent else None)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"#/{field}"), answer.text
    for table in ("requests", "answers", "persons", "outbox", "idempotency_keys"):
        assert await intake.count(table) == 0, table


async def test_a_professional_asks_for_advice_without_naming_anybody(intake: Intake, reception: str) -> None:
    made = await asked(
        intake,
        reception,
        programme="early-detection",
        channel="phone",
        requester={"role": "school"},
        answers={"age_band": "from_6_to_10", "signs": ["absences"]},
    )
    assert made["programme"] == "early-detection"
    told = await submitted(intake)
    assert told.concerned.minor, "the programme is for minors"
    assert (told.concerned.person_id, told.requester.person_id) == (None, None)


async def test_a_place_after_school_waits_for_the_parents(intake: Intake, reception: str) -> None:
    body = {
        "programme": "early-detection",
        "channel": "phone",
        "requester": {"role": "school"},
        "answers": {"after_school_place": True},
    }
    assert (await asked(intake, reception, **body))["declined"]["programme"] == "early-detection"
    agreed = {"parental_authority": [{"family_name": "Exemple", "agreed": "oral"}]}
    assert (await asked(intake, reception, **body, concerned=agreed))["programme"] == "early-detection"


# Eligibility --------------------------------------------------------------------------------


async def test_an_excluded_conference_is_explained_and_first_contact_is_offered(
    intake: Intake, reception: str, social_worker: str
) -> None:
    made = await asked(intake, reception, **EXCLUDED)
    assert made["programme"] == "first-contact"
    path = f"/intake/requests/{made['request_id']}/eligibility?programme=family-conference"
    async with intake.client(social_worker) as client:
        read = (await client.get(path)).json()
    assert read["possible"] is False
    assert read["excludes"] == [{"code": "exclusion:sexual_abuse", "sentence": "Abus sexuel"}]
    assert read["instead"]["id"] == "first-contact"
    assert any(offer["url"].startswith("/annuaire?theme=logement") for offer in read["offers"])
    async with intake.client(reception) as client:
        others = await client.get(path)
    assert "Abus" not in others.text
    assert set(others.json()) == {"programme", "title", "offers", "instead", "numbers", "sentence"}


async def test_a_reader_who_is_not_entitled_learns_nothing_from_what_they_may_not_read(
    intake: Intake, reception: str
) -> None:
    texts = []
    for exclusions in (["sexual_abuse"], []):
        made = await asked(intake, reception, **EXCLUDED | {"exclusions": exclusions})
        async with intake.client(reception) as client:
            path = f"/intake/requests/{made['request_id']}/eligibility?programme=family-conference"
            texts.append((await client.get(path)).json())
    assert texts[0] == texts[1]


async def test_a_masp_is_weighed_for_a_request_made_for_something_else(intake: Intake, social_worker: str) -> None:
    made = await asked(intake, None)
    async with intake.client(social_worker) as client:
        read = (await client.get(f"/intake/requests/{made['request_id']}/eligibility?programme=masp")).json()
    assert read["possible"] is True
    missing = [one["code"] for one in read["missing"]]
    assert missing == [
        "age",
        "condition:social_benefits",
        "condition:trouble_managing",
        "condition:health_or_safety",
    ]
    assert {one["code"] for one in read["met"]} == {"role", "residence"}
    assert read["documents"][0]["code"] == "social_evaluation"


async def test_what_the_request_says_of_parents_counts(intake: Intake, social_worker: str) -> None:
    for agreed, standing in (("oral", "met"), (None, "missing")):
        concerned = {"minor": True, "parental_authority": [{"family_name": "Exemple", "agreed": agreed}]}
        made = await asked(
            intake,
            social_worker,
            programme="family-conference",
            channel="desk",
            requester={"role": "school"},
            concerned=concerned | {"person": {"given_name": "Lou"}},
        )
        path = f"/intake/requests/{made['request_id']}/eligibility?programme=family-conference"
        async with intake.client(social_worker) as client:
            read = (await client.get(path)).json()
        assert "consent:parental_authority" in {one["code"] for one in read[standing]}, read


async def test_a_request_that_is_not_ours_and_a_programme_that_is_the_cell_s_are_not_weighed(
    intake: Intake, social_worker: str
) -> None:
    made = await asked(intake, None, commune=SAINT_FLOUR)
    async with intake.client(social_worker) as client:
        assert (await client.get(f"/intake/requests/{made['request_id']}/eligibility")).status_code == 404
        ours = await asked(intake, None)
        path = f"/intake/requests/{ours['request_id']}/eligibility?programme=child-concern"
        assert (await client.get(path)).status_code == 404


async def test_a_described_situation_is_weighed_and_nothing_is_stored(intake: Intake, social_worker: str) -> None:
    answers = {"social_benefits": True, "trouble_managing": True, "health_or_safety": False}
    async with intake.client(social_worker) as client:
        answer = await client.post("/intake/eligibility", json=SITUATION | {"answers": answers})
    assert answer.status_code == 200, answer.text
    read = answer.json()
    assert [one["code"] for one in read["excludes"]] == ["condition:health_or_safety"]
    assert {one["code"] for one in read["met"]} >= {"role", "age", "residence", "condition:social_benefits"}
    for table in ("requests", "persons", "answers", "outbox", "idempotency_keys"):
        assert await intake.count(table) == 0, table


@pytest.mark.parametrize("who", ["reception", "elsewhere"])
async def test_who_is_not_entitled_there_reads_a_neutral_sentence(intake: Intake, reception: str, who: str) -> None:
    await grant(intake.worker, "ailleurs", [("social_worker", "saint-flour")])
    subject = reception if who == "reception" else "ailleurs"
    body = SITUATION | {"programme": "family-conference", "exclusions": ["sexual_abuse"]}
    async with intake.client(subject) as client:
        answer = await client.post("/intake/eligibility", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["sentence"] == "Cette démarche n’est pas possible ici. Voici qui peut vous aider."
    assert "Abus" not in answer.text
    assert "excludes" not in answer.json()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"programme": "no-such-thing"}, "programme"),
        ({"commune": "22999"}, "commune"),
        ({"exclusions": ["typing_error"]}, "exclusions"),
        ({"answers": {"social_benefits": "oui"}}, "answers/social_benefits"),
        ({"age": 200}, "age"),
    ],
)
async def test_a_situation_that_cannot_be_weighed_says_what_to_correct(
    intake: Intake, social_worker: str, changes: dict[str, Any], field: str
) -> None:
    async with intake.client(social_worker) as client:
        answer = await client.post("/intake/eligibility", json=SITUATION | changes)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"#/{field}"), answer.text


async def test_a_described_worry_about_a_child_is_for_the_cell(intake: Intake, social_worker: str) -> None:
    body = SITUATION | {"programme": "family-conference", "exclusions": ["sexual_abuse"], "age": 9}
    async with intake.client(social_worker) as client:
        answer = await client.post("/intake/eligibility", json=body)
    assert answer.status_code == 422
    assert "119" in answer.text
