"""Requests over HTTP: what is answered, stored and told."""

import asyncio
import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.due_dates import Clock
from chassis.handlers import Received
from chassis.web.deny import assert_default_deny
from contracts.envelope import Envelope, event, parse
from contracts.events import CaseOpened, PersonRecorded, RequestSubmitted
from contracts.references import check_reference
from contracts.sealed import Sealed
from intake.app import compose
from notifications.messages.occasions import is_quiet
from tests.identity import grant
from tests.intake.conftest import SAINT_BRIEUC, SAINT_FLOUR, Intake, resident, settings_for

PARENTS = [
    {"given_name": "Alix", "family_name": "Exemple", "agreed": "signature"},
    {"given_name": "Sacha", "family_name": "Exemple", "agreed": "oral"},
]


def taken(**changes: Any) -> dict[str, Any]:
    """A request taken at the desk."""
    return resident(channel="desk", place="Maison des solidarités d'exemple") | changes


async def opened(intake: Intake, *blocks: Sealed | None) -> list[str]:
    async with intake.worker.transaction() as tx:
        return [str(one) for one in await intake.service.parts.keyring.open(tx, blocks)]


def one_of(events: list[Envelope], kind: type[Any]) -> Any:
    [found] = [event for event in events if event.type == kind.__name__]
    return parse(found)


async def test_a_resident_asks_and_is_told_when_and_how_to_follow(intake: Intake) -> None:
    answer = await intake.ask(resident())
    body = answer.json()
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/intake/requests/{body['request_id']}"
    assert check_reference(body["reference"])
    assert body["tracking_url"] == "http://localhost:8080/suivi"
    assert body["territory_id"] == "saint-brieuc"
    assert body["programme"] == "first-contact"
    assert body["promised_on"] > datetime.now(UTC).date().isoformat()
    assert "declined" not in body


async def test_what_is_told_of_a_request(intake: Intake) -> None:
    answer = (await intake.ask(resident())).json()
    events = await intake.told()
    assert Counter(event.type for event in events) == {"PersonKeyIssued": 2, "PersonRecorded": 1, "RequestSubmitted": 1}
    submitted, recorded = one_of(events, RequestSubmitted), one_of(events, PersonRecorded)
    assert submitted.request_id == UUID(answer["request_id"])
    assert submitted.reference == check_reference(answer["reference"])
    assert (submitted.channel, submitted.territory_id, submitted.themes) == ("web", "saint-brieuc", ("housing",))
    assert submitted.requester.person_id == submitted.concerned.person_id == recorded.person_id
    [point] = recorded.contact_points
    assert (point.kind, point.safe_to_write) == ("email", True)
    assert await opened(intake, recorded.name, point.value, submitted.summary) == [
        "Camille Exemple",
        "camille@example.org",
        "Le bail se termine.",
    ]
    assert len({event.correlationid for event in events}) == 1
    assert all(event.source == "/maillage/intake" for event in events)


async def test_personal_data_leaves_only_sealed(intake: Intake) -> None:
    secret = (await intake.ask(resident())).json()["secret"]
    async with intake.worker.transaction() as tx:
        sent = [bytes(row["value"]).decode() for row in await tx.fetch("SELECT value FROM outbox")]
        kept = str(await tx.fetch("SELECT * FROM idempotency_keys"))
    for private in ("Camille", "Exemple", "camille@example.org", "Le bail", secret, secret.replace("-", "")):
        assert all(private not in event for event in sent)
        assert private not in kept


async def test_an_anonymous_visitor_is_heard_too(intake: Intake, reception: str) -> None:
    answer = await intake.ask({"commune": "22278", "themes": ["isolation"], "channel": "desk"}, reception)
    assert answer.status_code == 201, answer.text
    assert [event.type for event in await intake.told()] == ["RequestSubmitted"]
    assert await intake.count("persons") == 0


async def test_an_agent_s_request_names_agent_organisation_and_place(intake: Intake, reception: str) -> None:
    assert (await intake.ask(taken(channel="phone"), reception)).status_code == 201
    submitted = one_of(await intake.told(), RequestSubmitted)
    assert submitted.channel == "phone"
    assert submitted.received_by.agent_id is not None
    assert submitted.received_by.organisation_id is not None
    assert submitted.received_by.place == "Maison des solidarités d'exemple"


async def test_a_school_asks_for_a_pupil_with_both_parents_agreeing(intake: Intake, social_worker: str) -> None:
    body = taken(
        programme="family-conference",
        requester={"role": "school", "person": {"family_name": "École d'exemple"}},
        concerned={"minor": True, "person": {"given_name": "Lou"}, "parental_authority": PARENTS},
        household=[{"given_name": "Max", "family_name": "Exemple"}],
    )
    answer = await intake.ask(body, social_worker)
    assert answer.status_code == 201, answer.text
    assert answer.json()["programme"] == "family-conference"
    events = await intake.told()
    submitted = one_of(events, RequestSubmitted)
    assert submitted.concerned.minor
    assert submitted.concerned.person_id != submitted.requester.person_id
    assert submitted.household_id is not None
    consents = [event for event in events if event.type == "ConsentGiven"]
    assert {event.data["person_id"] for event in consents} == {str(submitted.concerned.person_id)}
    assert len({event.data["given_by"] for event in consents}) == 2
    assert sorted(event.data["given_how"] for event in consents) == ["oral", "signature"]
    pupil = [event for event in events if event.subject == str(submitted.concerned.person_id)]
    assert [event.sequence for event in pupil] == [1, 2, 3]


async def test_what_is_not_possible_is_accepted_otherwise_and_the_reason_is_kept_apart(
    intake: Intake, reception: str, social_worker: str
) -> None:
    body = taken(programme="family-conference", exclusions=["sexual_abuse"])
    answer = (await intake.ask(body, reception)).json()
    assert answer["programme"] == "first-contact"
    assert answer["declined"]["programme"] == "family-conference"
    assert "possible" in answer["declined"]["sentence"]
    submitted = one_of(await intake.told(), RequestSubmitted)
    assert submitted.declined.programme == "family-conference"
    assert all("abus" not in str(event.data).lower() for event in await intake.told())
    path = f"/intake/requests/{answer['request_id']}"
    async with intake.client(reception) as desk, intake.client(social_worker) as entitled:
        assert "declined" not in (await desk.get(path)).json()
        assert (await entitled.get(path)).json()["declined"]["reasons"] == ["Abus sexuel"]


def about_a_child(*exclusions: str, **concerned: Any) -> dict[str, Any]:
    """A relative asks for a family conference about somebody else; an agent notes what excludes it."""
    return taken(
        programme="family-conference",
        exclusions=list(exclusions),
        requester=resident()["requester"] | {"role": "relative"},
        concerned=concerned,
    )


async def test_a_minor_known_by_a_birth_date_alone_is_told_as_a_minor(intake: Intake, reception: str) -> None:
    born = f"{datetime.now(UTC).year - 9}-05-01"
    body = about_a_child("facts_not_acknowledged", person={"given_name": "Lou", "birth_date": born})
    request_id = (await intake.ask(body, reception)).json()["request_id"]
    submitted = one_of(await intake.told(), RequestSubmitted)
    assert submitted.concerned.minor
    assert is_quiet(submitted), "no automatic message where something was declined for a child"
    async with intake.client(reception) as client:
        assert (await client.get(f"/intake/requests/{request_id}")).json()["concerned_minor"] is True


CHILDREN = {
    "said": {"minor": True, "person": {"given_name": "Lou"}},
    "by birth date": {"person": {"given_name": "Lou", "birth_date": f"{datetime.now(UTC).year - 9}"}},
}


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
@pytest.mark.parametrize("commune", [SAINT_BRIEUC, SAINT_FLOUR, "22999"], ids=["ours", "elsewhere", "mistyped"])
@pytest.mark.parametrize("concerned", CHILDREN.values(), ids=CHILDREN.keys())
async def test_a_worry_about_a_child_is_sent_on_to_the_cell_and_kept_nowhere(
    intake: Intake,
    reception: str,
    log_stream: io.StringIO,
    concerned: dict[str, Any],
    commune: str,
    accept: str,
) -> None:
    body = about_a_child("sexual_abuse", **concerned) | {"commune": commune}
    async with intake.client(reception, accept=accept) as client:
        answer = await client.post("/intake/requests", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == 422
    for said in ("CRIP", "119", "17", "112", "Rien n&#39;a été" if accept == "text/html" else "Rien n'a été"):
        assert said in answer.text
    assert "Lou" not in answer.text
    for table in ("requests", "persons", "due_dates", "outbox", "idempotency_keys", "subject_keys"):
        assert await intake.count(table) == 0, table
    logged = log_stream.getvalue()
    assert "child" not in logged
    assert "invalid" in logged, "told as any field to correct is"


async def test_the_same_key_creates_once(intake: Intake) -> None:
    key = str(uuid4())
    first, second = await intake.ask(resident(), key=key), await intake.ask(resident(), key=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert await intake.count("requests") == await intake.count("persons") == 1
    assert len(await intake.told("RequestSubmitted")) == 1


async def test_twenty_at_once_with_one_key_create_once(intake: Intake) -> None:
    key = str(uuid4())
    answers = await asyncio.gather(*(intake.ask(resident(), key=key) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["secret"] for answer in answers}) == 1
    assert await intake.count("requests") == 1


async def test_another_body_under_the_same_key_is_refused(intake: Intake) -> None:
    key = str(uuid4())
    await intake.ask(resident(), key=key)
    answer = await intake.ask(resident(summary="Autre chose."), key=key)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:maillage:problem:idempotency-mismatch")
    assert await intake.count("requests") == 1


WRONG = {
    "no theme": (resident(themes=[]), 422, "#/themes"),
    "unknown theme": (resident(themes=["zzz"]), 422, "#/themes/0"),
    "unknown commune": (resident(commune="22999"), 422, "#/commune"),
    "no commune": ({"themes": ["housing"]}, 422, "#/commune"),
    "commune is no code": (resident(commune="Saint-Brieuc"), 422, "#/commune"),
    "themes are no list": (resident(themes="housing"), 422, "#/themes"),
    "unknown field": (resident(wealth=3), 422, "#"),
    "summary too long": (resident(summary="a" * 6000), 422, "#/summary"),
    "unknown programme": (resident(programme="zzz"), 422, "#/programme"),
    "a demonstration": (resident(programme="family-conference-demo"), 422, "#/programme"),
    "exclusions are for agents": (resident(exclusions=["sexual_abuse"]), 422, "#"),
    "channel is for agents": (resident(channel="desk"), 422, "#"),
    "e-mail": (
        resident(requester={"person": {"contact_points": [{"kind": "email", "value": "camille"}]}}),
        422,
        "#/requester/person/contact_points/0/value",
    ),
    "self, and somebody else": (resident(concerned={"person": {"given_name": "Lou"}}), 422, "#"),
}


@pytest.mark.parametrize(("body", "status", "pointer"), WRONG.values(), ids=WRONG.keys())
async def test_what_is_wrong_is_pointed_at_and_nothing_is_stored(
    intake: Intake, body: dict[str, Any], status: int, pointer: str
) -> None:
    answer = await intake.ask(body)
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "Camille" not in answer.text
    assert await intake.count("requests") == await intake.count("idempotency_keys") == 0


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"commune": ', JSON, 400),
        (b"[]", JSON, 422),
        (b"commune=22278", {"content-type": "text/plain"}, 415),
        (b" " * 300_000, JSON, 413),
        (b'{"commune": "22278", "themes": ["housing"], "summary": "a\\u0000b"}', JSON, 422),
    ],
    ids=["malformed", "not an object", "not JSON", "oversized", "unstorable"],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused(
    intake: Intake, content: bytes, headers: dict[str, str], status: int
) -> None:
    async with intake.client() as client:
        answer = await client.post(
            "/intake/public/requests", content=content, headers=headers | {"idempotency-key": str(uuid4())}
        )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert await intake.count("requests") == 0


async def test_a_creation_needs_a_key(intake: Intake) -> None:
    async with intake.client() as client:
        answer = await client.post("/intake/public/requests", json=resident())
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:maillage:problem:idempotency-key-missing")


async def test_an_agent_takes_requests_of_their_territories_alone(intake: Intake, reception: str) -> None:
    answer = await intake.ask(taken(commune=SAINT_FLOUR), reception)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:maillage:problem:forbidden")
    assert await intake.count("requests") == await intake.count("outbox") == 0


async def test_a_commune_no_territory_covers_is_taken_anywhere(intake: Intake, reception: str) -> None:
    answer = await intake.ask(taken(commune="29103"), reception)
    assert (answer.status_code, answer.json()["territory_id"]) == (201, None)


async def test_a_wrong_token_stores_nothing(intake: Intake) -> None:
    async with intake.client(Authorization="Bearer not-a-token") as client:
        answer = await client.post("/intake/requests", json=taken(), headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == 401
    assert await intake.count("requests") == 0


async def test_a_role_that_takes_no_requests_is_refused(intake: Intake) -> None:
    await grant(intake.worker, "coordination", [("coordinator", "*")])
    assert (await intake.ask(taken(), "coordination")).status_code == 403
    async with intake.client("coordination") as client:
        assert (await client.get("/intake/requests")).status_code == 403


async def test_everything_else_is_closed_to_strangers(intake: Intake) -> None:
    assert await assert_default_deny(intake.app) >= 10


async def _items(client: httpx.AsyncClient, **query: str) -> dict[str, Any]:
    answer = await client.get("/intake/requests", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_worklist_is_newest_first_and_goes_on(intake: Intake, reception: str) -> None:
    asked = [(await intake.ask(resident())).json()["request_id"] for _ in range(3)]
    await intake.ask(resident(commune=SAINT_FLOUR))
    async with intake.client(reception) as client:
        first = await _items(client)
        assert [item["request_id"] for item in first["newest"]] == asked[::-1]
        assert first["newest"][0]["concerned_name"] == "Camille Exemple"
        after = await _items(client, after=asked[1])
        assert [item["request_id"] for item in after["newest"]] == [asked[0]]
        assert (await _items(client, territory="saint-flour"))["newest"] == []


async def test_what_is_past_its_promise_comes_first(intake: Intake, reception: str) -> None:
    late = (await intake.ask(resident())).json()["request_id"]
    await intake.ask(resident())
    async with intake.worker.transaction() as tx:
        await tx.execute("UPDATE requests SET promised_on = '2020-01-02' WHERE request_id = $1", UUID(late))
    async with intake.client(reception) as client:
        found = await _items(client)
    assert [item["request_id"] for item in found["late"]] == [late]
    assert found["late_count"] == 1


async def test_all_that_is_late_is_counted_not_only_what_is_shown(
    intake: Intake, reception: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for commune in (SAINT_BRIEUC, SAINT_BRIEUC, SAINT_BRIEUC, SAINT_FLOUR):
        await intake.ask(resident(commune=commune))
    async with intake.worker.transaction() as tx:
        await tx.execute("UPDATE requests SET promised_on = '2020-01-02'")
    monkeypatch.setattr("intake.requests.store.PAGE", 2)
    async with intake.client(reception) as client:
        found = await _items(client)
        page = (await client.get("/intake/requests", headers={"accept": "text/html"})).text
    assert (len(found["late"]), found["late_count"]) == (2, 3)
    assert "3 demandes attendent une réponse promise" in page
    assert "Les 2 qui attendent depuis le plus longtemps" in page


async def test_somebody_elsewhere_does_not_learn_that_a_request_exists(intake: Intake) -> None:
    await grant(intake.worker, "ailleurs", [("manager", "saint-flour")])
    request_id = (await intake.ask(resident())).json()["request_id"]
    async with intake.client("ailleurs") as client:
        answers = [
            await client.get(f"/intake/requests/{request_id}"),
            await client.post(f"/intake/requests/{request_id}/withdraw"),
            await client.post(f"/intake/requests/{request_id}/answer", json={"text": "Non."}),
            await client.get(f"/intake/requests/{uuid4()}"),
        ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.json()["detail"] for answer in answers}) == 1


async def test_withdrawing_is_told_once(intake: Intake, reception: str) -> None:
    request_id = (await intake.ask(resident())).json()["request_id"]
    async with intake.client(reception) as client:
        answers = [await client.post(f"/intake/requests/{request_id}/withdraw") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [204, 204]
        assert (await client.get(f"/intake/requests/{request_id}")).json()["state"] == "withdrawn"
        late = await client.post(f"/intake/requests/{request_id}/answer", json={"text": "Trop tard."})
    assert late.status_code == 409
    await _fire(intake, datetime(2099, 1, 1, tzinfo=UTC))
    [withdrawn] = await intake.told("RequestWithdrawn", "PromiseMissed")
    assert (withdrawn.subject, withdrawn.sequence) == (request_id, 2)


async def _fire(intake: Intake, at: datetime) -> None:
    service = compose(settings_for(intake.database))
    clock = Clock(intake.worker, service.on_due, now=lambda: at)
    while await clock.fire_one():
        pass


async def test_a_missed_promise_is_told_once(intake: Intake) -> None:
    body = (await intake.ask(resident())).json()
    ends = datetime.fromisoformat(body["promised_on"]).replace(tzinfo=UTC) + timedelta(days=1)
    await _fire(intake, ends - timedelta(hours=6))
    assert await intake.told("PromiseMissed") == []
    for _ in range(2):
        await _fire(intake, ends)
    [missed] = await intake.told("PromiseMissed")
    assert (missed.subject, missed.sequence) == (body["request_id"], 2)
    assert missed.data["promised_on"] == body["promised_on"]


async def test_an_answer_in_time_keeps_the_promise(intake: Intake, reception: str) -> None:
    request_id = (await intake.ask(resident())).json()["request_id"]
    async with intake.client(reception) as client:
        answer = await client.post(f"/intake/requests/{request_id}/answer", json={"text": "Rendez-vous proposé."})
        assert answer.status_code == 204
        again = await client.post(f"/intake/requests/{request_id}/answer", json={"text": "Encore."})
        found = (await client.get(f"/intake/requests/{request_id}")).json()
    assert again.status_code == 409
    assert (found["state"], found["answer"]) == ("answered", "Rendez-vous proposé.")
    await _fire(intake, datetime(2099, 1, 1, tzinfo=UTC))
    assert await intake.told("PromiseMissed") == []


async def test_an_immediate_answer_leaves_no_promise_open(intake: Intake, reception: str) -> None:
    answer = await intake.ask(taken(immediate_answer="Adresse de l'épicerie sociale donnée."), reception)
    assert answer.json()["promised_on"] is None
    assert await intake.count("due_dates") == 0
    submitted = one_of(await intake.told(), RequestSubmitted)
    assert submitted.answered_at == submitted.received_at


async def test_without_an_answer_none_is_told(intake: Intake) -> None:
    await intake.ask(resident())
    assert one_of(await intake.told(), RequestSubmitted).answered_at is None


async def test_a_reference_that_is_taken_is_drawn_again(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    first = (await intake.ask(resident())).json()["reference"]
    drawn = iter([check_reference(first), check_reference(first), "22222222" + "X"])
    monkeypatch.setattr("intake.requests.reception.new_reference", lambda _: next(drawn))
    second = await intake.ask(resident())
    assert (second.status_code, second.json()["reference"]) == (201, "2222-2222-X")
    assert await intake.count("requests") == 2


async def test_a_dossier_opened_is_shown_on_its_request(intake: Intake, reception: str) -> None:
    request_id, case_id = UUID((await intake.ask(resident())).json()["request_id"]), uuid4()
    data = CaseOpened(
        case_id=case_id,
        request_id=request_id,
        programme="first-contact",
        programme_version=1,
        opened_on=datetime.now(UTC).date(),
    )
    opening = Received(event(data, id=uuid4(), source="/maillage/cases", sequence=1, time=datetime.now(UTC)), data)
    for _ in range(2):
        async with intake.worker.transaction() as tx:
            await intake.service.handlers.subscription(opening.envelope).handler(tx, [opening])
    async with intake.client(reception) as client:
        assert (await client.get(f"/intake/requests/{request_id}")).json()["case_id"] == str(case_id)
