"""Safe contact, needs, households and relations over HTTP: what is kept, told and refused."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.envelope import parse
from contracts.events.people import Needs
from tests.identity import grant
from tests.intake.conftest import Intake, resident

LETTER = {"kind": "post", "value": "1 rue de l'Exemple, 22000 Exempleville"}
PHONE = {"kind": "phone", "value": "06 39 98 01 02"}


async def recorded(intake: Intake, agent: str, **person: Any) -> tuple[str, UUID]:
    """A request and the person concerned."""
    said = {"given_name": "Alix", "family_name": "Exemple"} | person
    answer = await intake.ask(resident(channel="desk", requester={"role": "self", "person": said}), agent)
    assert answer.status_code == 201, answer.text
    event = (await intake.told("PersonRecorded"))[-1]
    return answer.json()["request_id"], UUID(event.subject)


async def post(intake: Intake, agent: str, path: str, body: Any) -> httpx.Response:
    async with intake.client(agent) as client:
        return await client.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})


async def join(intake: Intake, agent: str, request_id: str, name: str, role: str = "household") -> UUID:
    body = {"role": role, "person": {"given_name": name, "family_name": "Exemple"}}
    answer = await post(intake, agent, f"/intake/requests/{request_id}/people", body)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["person_id"])


async def test_how_somebody_may_be_reached_is_kept_and_told(intake: Intake, reception: str) -> None:
    hours = [{"weekdays": [1, 4], "opens": "09:00", "closes": "12:00"}]
    needs = {
        "interpreter": "uk",
        "reading_help": True,
        "protection": {"kind": "curatorship", "protector": "Association d'exemple"},
    }
    points = [LETTER, PHONE | {"never": True}, {"kind": "email", "value": "alix@example.org", "hours": hours}]
    _, person_id = await recorded(intake, reception, contact_points=points, never_by=["post"], needs=needs)
    async with intake.client(reception) as client:
        kept = (await client.get(f"/intake/people/{person_id}")).json()
    assert {point["kind"]: point["never"] for point in kept["contact_points"]} == {
        "post": False,
        "phone": True,
        "email": False,
    }
    assert (kept["never_by"], kept["needs"]["interpreter"]) == (["post"], "uk")
    assert kept["needs"]["protection"]["own_agreement"] == "to_seek"
    told: Any = parse((await intake.told("PersonRecorded"))[0])
    assert [point.never for point in told.contact_points] == [True, True, False]
    assert str(told.contact_points[2].hours[0].opens) == "09:00:00"
    async with intake.worker.transaction() as tx:
        [opened] = await intake.service.parts.keyring.open(tx, [told.needs])
    assert Needs.model_validate_json(str(opened)).protection is not None
    assert "exemple" not in str((await intake.told("PersonRecorded"))[0].data).lower()


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([PHONE | {"never": True, "safe_to_write": True}], "sûr et interdit"),
        ([PHONE | {"hours": [{"weekdays": [1], "opens": "12:00", "closes": "09:00"}]}], "après l'heure de début"),
        ([PHONE | {"hours": [{"weekdays": [8], "opens": "09:00", "closes": "12:00"}]}], "au plus 7"),
    ],
    ids=["safe and forbidden", "hours backwards", "an eighth day"],
)
async def test_a_contradiction_is_not_recorded(intake: Intake, points: Any, said: str) -> None:
    answer = await intake.ask(resident(requester={"role": "self", "person": {"contact_points": points}}))
    assert (answer.status_code, said in answer.text) == (422, True), answer.text
    assert await intake.count("persons") == 0


async def test_a_child_lives_in_two_households_over_time(intake: Intake, reception: str) -> None:
    request_id, child = await recorded(intake, reception, given_name="Lou")
    mother, father = [await join(intake, reception, request_id, name) for name in ("Alix", "Sacha")]
    made = []
    for parent in (mother, father):
        members = [{"person_id": str(one), "since": "2026-01-01"} for one in (parent, child)]
        answer = await post(intake, reception, "/intake/households", {"members": members})
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["household_id"])
    left = [
        {"person_id": str(father), "since": "2026-01-01"},
        {"person_id": str(child), "since": "2026-01-01", "until": "2026-03-01"},
    ]
    async with intake.client(reception) as client:
        path = f"/intake/households/{made[1]}"
        answers = [
            await client.put(path, json={"members": left}, headers={"If-Match": '"1"'}),
            await client.put(path, json={"members": left}, headers={"If-Match": '"1"'}),
            await client.put(path, json={"members": left}, headers={"If-Match": '"2"'}),
            await client.put(path, json={"members": [*left, left[0]]}, headers={"If-Match": '"3"'}),
            await client.put(path, json={"members": left}),
        ]
        of_child = (await client.get(f"/intake/people/{child}/households")).json()
    assert [one.status_code for one in answers] == [204, 412, 204, 422, 428]
    assert answers[2].headers["etag"] == '"3"'
    assert {one["household_id"] for one in of_child} == set(made)
    changed = next(one for one in of_child if one["household_id"] == made[1])
    assert changed["version"] == 3
    assert [member["until"] for member in changed["members"] if member["person_id"] == str(child)] == ["2026-03-01"]


async def test_who_is_what_to_whom(intake: Intake, reception: str) -> None:
    request_id, child = await recorded(intake, reception, given_name="Lou")
    mother = await join(intake, reception, request_id, "Alix", "parental_authority")
    body = {"person_id": str(mother), "other_id": str(child), "kind": "parent", "parental_authority": True}
    made = await post(intake, reception, "/intake/relations", body)
    again = await post(intake, reception, "/intake/relations", body)
    turned = {"person_id": str(child), "other_id": str(mother), "kind": "child"}
    same = await post(intake, reception, "/intake/relations", turned)
    assert [one.status_code for one in (made, again, same)] == [201, 409, 409], made.text
    path = f"/intake/relations/{made.json()['relation_id']}"
    async with intake.client(reception) as client:
        ended = await client.put(path, json={"until": "2026-03-01"}, headers={"If-Match": '"1"'})
        [seen] = (await client.get(f"/intake/people/{child}/relations")).json()
        outdated = await client.delete(path, headers={"If-Match": '"1"'})
        gone = await client.delete(path, headers={"If-Match": '"2"'})
        nothing = (await client.get(f"/intake/people/{mother}/relations")).json()
    assert [one.status_code for one in (ended, outdated, gone)] == [204, 412, 204]
    assert (seen["kind"], seen["name"], seen["parental_authority"]) == ("parent", "Alix Exemple", False)
    assert nothing == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"other_id": "self"}, "other_id"),
        ({"kind": "partner", "parental_authority": True}, "parental_authority"),
        ({"since": "2026-03-01", "until": "2026-01-01"}, "until"),
        ({"kind": "friend"}, "kind"),
    ],
)
async def test_a_relation_that_cannot_be_is_refused(
    intake: Intake, reception: str, change: dict[str, Any], field: str
) -> None:
    request_id, person = await recorded(intake, reception)
    other = await join(intake, reception, request_id, "Sacha")
    body = {"person_id": str(person), "other_id": str(other), "kind": "sibling"} | change
    body["other_id"] = str(person) if body["other_id"] == "self" else body["other_id"]
    answer = await post(intake, reception, "/intake/relations", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"#/{field}")
    assert await intake.count("relations") == 0


async def test_nobody_elsewhere_learns_of_households_and_relations(intake: Intake, reception: str) -> None:
    request_id, person = await recorded(intake, reception)
    other = await join(intake, reception, request_id, "Sacha")
    members = {"members": [{"person_id": str(person), "since": "2026-01-01"}]}
    household = (await post(intake, reception, "/intake/households", members)).json()["household_id"]
    relation = {"person_id": str(person), "other_id": str(other), "kind": "sibling"}
    relation_id = (await post(intake, reception, "/intake/relations", relation)).json()["relation_id"]
    await grant(intake.worker, "ailleurs", [("social_worker", "saint-flour")])
    headers = {"If-Match": '"1"'}
    async with intake.client("ailleurs") as client:
        answers = [
            await client.get(f"/intake/people/{person}/households"),
            await client.get(f"/intake/people/{person}/relations"),
            await client.get(f"/intake/households/{household}"),
            await client.put(f"/intake/households/{household}", json=members, headers=headers),
            await client.put(f"/intake/relations/{relation_id}", json={}, headers=headers),
            await client.delete(f"/intake/relations/{relation_id}", headers=headers),
        ]
    answers += [
        await post(intake, "ailleurs", "/intake/households", members),
        await post(intake, "ailleurs", "/intake/relations", relation),
        await post(intake, "ailleurs", f"/intake/requests/{request_id}/people", {"role": "household", "person": {}}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
