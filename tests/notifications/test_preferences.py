"""What people asked to be spared is read before each message leaves, and how they said so is kept."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.envelope import event
from contracts.events import PersonsMerged
from notifications.messages.gateway import Accepted
from tests.identity import bearer, grant, provider
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, opened, ratified, request


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    for role in ("reception", "manager"):
        await grant(desk.service.parts.worker, role, [(role, "saint-brieuc")])
    transport = httpx.ASGITransport(desk.service.application(provider=provider()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


async def says(
    client: httpx.AsyncClient, person: UUID, about: str, *, wanted: bool, by: str = "reception"
) -> httpx.Response:
    path = f"/notifications/people/{person}/preferences/{about}"
    return await client.put(path, json={"wanted": wanted, "how": "oral"}, headers=bearer(by))


async def known(desk: Desk) -> SamplePerson:
    person = SamplePerson("personne.exemple@exemple.test")
    await desk.hear(person.key_issued(), person.recorded())
    return person


async def test_a_decision_is_kept_with_who_when_and_how(desk: Desk, client: httpx.AsyncClient) -> None:
    person = uuid4()
    for wanted in (False, False, True, False):
        answer = await says(client, person, "news", wanted=wanted)
        assert answer.status_code == 200, answer.text
    found = (await client.get(f"/notifications/people/{person}/preferences", headers=bearer("reception"))).json()
    assert found["unwanted"] == ["news"]
    assert [one["wanted"] for one in found["decisions"]] == [False, True, False], "said twice, it is kept once"
    assert found["decisions"][0] == {
        "about": "news", "wanted": False, "decided_at": "2026-03-02T09:15:00Z", "recorded_by": "reception",
        "how": "oral",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("about", "by", "status"),
    [("notices", "reception", 422), ("task", "reception", 422), ("news", "manager", 403)],
    ids=["legal notices", "no channel of theirs", "who meets nobody"],
)
async def test_what_cannot_be_declined(desk: Desk, client: httpx.AsyncClient, about: str, by: str, status: int) -> None:
    assert (await says(client, uuid4(), about, wanted=False, by=by)).status_code == status


async def test_a_kind_that_is_not_wanted_does_not_leave_and_another_does(
    desk: Desk, client: httpx.AsyncClient, mails: MailServer
) -> None:
    person, case_id = await known(desk), uuid4()
    await desk.hear(opened(case_id), ratified(case_id, [person.id]), request(person.id))
    await says(client, person.id, "news", wanted=False)
    await desk.drain()
    assert await desk.states() == [("suppressed", "declined"), ("sent", None)]
    assert await desk.told() != []
    assert "MessageFailed" not in [told.type for told in await desk.told()], "nobody has to see to it"


async def test_a_wish_changed_back_lets_messages_leave(desk: Desk, client: httpx.AsyncClient) -> None:
    person = await known(desk)
    for wanted in (False, True):
        await says(client, person.id, "acknowledgements", wanted=wanted)
    await desk.hear(request(person.id))
    assert Accepted() in await desk.drain()


async def test_a_channel_that_is_not_wanted_is_passed_over(
    desk: Desk, client: httpx.AsyncClient, mails: MailServer
) -> None:
    person = await known(desk)
    await says(client, person.id, "email", wanted=False)
    await desk.hear(request(person.id))
    await desk.drain()
    assert (await desk.states(), mails.mails) == ([("suppressed", "unwanted")], [])


async def test_who_said_it_under_another_name_said_it(desk: Desk, client: httpx.AsyncClient) -> None:
    person, other = await known(desk), uuid4()
    await says(client, other, "acknowledgements", wanted=False)
    merged = PersonsMerged(person_id=other, into=person.id)
    await desk.hear(event(merged, id=uuid4(), source="/maillage/intake", sequence=2, time=NOW), request(person.id))
    await desk.drain()
    assert await desk.states() == [("suppressed", "declined")]
