"""Consents over HTTP: by whom for a minor, to whom, and taken back by an agent or by the person."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.intake.conftest import Intake, resident
from tests.intake.test_households import join, post, recorded

ORGANISATION = UUID(int=9)
PROGRAMME = {"kind": "programme", "programme": "family-conference", "given_how": "signature"}


async def _agree(intake: Intake, agent: str, person: UUID, **said: Any) -> httpx.Response:
    return await post(intake, agent, f"/intake/people/{person}/consents", PROGRAMME | said)


async def test_each_holder_of_parental_authority_agrees(intake: Intake, social_worker: str) -> None:
    """One is named in the request, the other known by a relation."""
    request_id, child = await recorded(intake, social_worker, given_name="Lou", birth_date="2015")
    mother = await join(intake, social_worker, request_id, "Alix", "parental_authority")
    father = await join(intake, social_worker, request_id, "Sacha")
    parent = {"person_id": str(father), "other_id": str(child), "kind": "parent", "parental_authority": True}
    assert (await post(intake, social_worker, "/intake/relations", parent)).status_code == 201
    path = f"/intake/requests/{request_id}/eligibility?programme=family-conference"
    refused = [
        await _agree(intake, social_worker, child),
        await _agree(intake, social_worker, child, given_by=str(child)),
    ]
    assert [one.status_code for one in refused] == [422, 422]
    assert {one.json()["errors"][0]["pointer"] for one in refused} == {"#/given_by"}
    async with intake.client(social_worker) as client:
        waits = [(await client.get(path)).json()["possible"]]
        for holder in (mother, father):
            assert (await _agree(intake, social_worker, child, given_by=str(holder))).status_code == 201
            waits.append((await client.get(path)).json()["possible"])
        found = (await client.get(f"/intake/people/{child}/consents")).json()
    assert waits == [False, False, True]
    assert [one["given_by"] for one in found["consents"]] == [str(mother), str(father)]


async def test_holders_without_a_name_are_somebody_all_the_same(intake: Intake) -> None:
    """Ticked on the public form: each agreement says whose it is."""
    body = resident(
        programme="family-conference",
        requester={"role": "relative"},
        concerned={"minor": True, "person": {"given_name": "Lou"}, "parental_authority": [{"agreed": "online"}] * 2},
    )
    answer = await intake.ask(body)
    assert answer.status_code == 201, answer.text
    given_by = [one.data["given_by"] for one in await intake.told("ConsentGiven")]
    assert len(set(given_by)) == 2
    assert None not in given_by


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "sharing", "programme": None}, "organisation_id"),
        ({"kind": "sharing", "programme": None, "organisation_id": str(uuid4())}, "organisation_id"),
        ({"given_at": "2999-01-01T00:00:00Z"}, "given_at"),
    ],
    ids=["with whom", "with somebody unknown", "in the future"],
)
async def test_a_consent_says_to_what_and_when(
    intake: Intake, social_worker: str, said: dict[str, Any], field: str
) -> None:
    _, person = await recorded(intake, social_worker)
    answer = await _agree(intake, social_worker, person, **said)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"#/{field}")
    assert await intake.told("ConsentGiven") == []


async def test_sharing_with_an_organisation_since_last_week(intake: Intake, social_worker: str) -> None:
    async with intake.worker.transaction() as tx:
        await tx.execute(
            "INSERT INTO organisations VALUES ($1, 'Exemple', 'ccas', '{*}', NULL, NULL, false, 1)", ORGANISATION
        )
    _, person = await recorded(intake, social_worker)
    said = {"kind": "sharing", "programme": None, "given_at": "2026-01-05T09:00:00Z"}
    answer = await _agree(intake, social_worker, person, organisation_id=str(ORGANISATION), **said)
    assert answer.status_code == 201, answer.text
    [told] = await intake.told("ConsentGiven")
    assert (told.data["organisation_id"], told.data["given_at"]) == (str(ORGANISATION), "2026-01-05T09:00:00Z")


async def _own(intake: Intake, given: dict[str, Any], path: str = "") -> httpx.Response:
    async with intake.client() as client:
        body = {name: given[name] for name in ("reference", "secret")}
        return await client.post(f"/intake/public/tracking/consents{path}", json=body)


async def test_who_follows_their_request_takes_back_what_they_agreed_to(intake: Intake) -> None:
    own = resident()["requester"] | {"consents": [{"kind": "messages", "given_how": "online"}]}
    mine, other = [(await intake.ask(resident(requester=own))).json() for _ in range(2)]
    [consent] = (await _own(intake, mine)).json()
    assert consent["kind"] == "messages"
    [foreign] = (await _own(intake, other)).json()
    path = f"/{consent['consent_id']}/withdraw"
    answers = [
        await _own(intake, mine, f"/{foreign['consent_id']}/withdraw"),
        await _own(intake, mine | {"secret": other["secret"]}, path),
        await _own(intake, mine, path),
        await _own(intake, mine, path),
    ]
    assert [one.status_code for one in answers] == [404, 404, 204, 404]
    [told] = await intake.told("ConsentWithdrawn")
    assert (told.data["consent_id"], told.sequence) == (consent["consent_id"], 3)
    assert (await _own(intake, mine)).json() == []


async def test_who_asked_for_somebody_else_takes_back_only_their_own(intake: Intake) -> None:
    body = resident(
        requester={"role": "relative", "person": {"given_name": "Sacha"}, "consents": []},
        concerned={"person": {"given_name": "Alix"}, "consents": [{"kind": "messages", "given_how": "online"}]},
    )
    assert (await _own(intake, (await intake.ask(body)).json())).json() == []
