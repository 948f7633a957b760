"""Interrupted calls: kept as they are typed, taken over by a colleague, submitted once, gone after seven days."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from chassis.due_dates import Clock
from tests.identity import grant
from tests.intake.conftest import SAINT_FLOUR, Intake, resident

DESK = "Bureau d'exemple"
HERE = {"place": DESK}


@pytest.fixture
async def colleague(intake: Intake) -> str:
    await grant(intake.worker, "collègue", [("reception", "saint-brieuc")])
    return "collègue"


def typed(**changes: Any) -> dict[str, Any]:
    """A call taken at that desk, as far as it went."""
    return resident(channel="phone", place=DESK) | changes


async def keep(
    intake: Intake, agent: str, draft: UUID, request: dict[str, Any], seen: int | None = None, **more: Any
) -> httpx.Response:
    headers = {"If-Match": f'"{seen}"'} if seen else {}
    async with intake.client(agent) as client:
        body = {"request": request} | more
        return await client.put(f"/intake/drafts/{draft}", json=body, headers=headers, params=HERE)


async def read(intake: Intake, agent: str, draft: UUID | str = "", **where: str) -> httpx.Response:
    async with intake.client(agent) as client:
        return await client.get(f"/intake/drafts/{draft}".rstrip("/"), params=where or HERE)


async def submit(
    intake: Intake, agent: str, draft: UUID, key: str | None = None, seen: int | None = None
) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid4())} | ({"If-Match": f'"{seen}"'} if seen else {})
    async with intake.client(agent) as client:
        return await client.post(f"/intake/drafts/{draft}/submission", headers=headers, params=HERE)


async def test_a_call_cut_off_is_taken_over_by_a_colleague(intake: Intake, reception: str, colleague: str) -> None:
    draft = uuid4()
    begun = await keep(intake, reception, draft, {"place": DESK, "summary": "Une facture"})
    assert (begun.status_code, begun.headers["etag"]) == (204, '"1"')
    [listed] = (await read(intake, colleague)).json()
    assert (listed["draft_id"], listed["mine"], "request" in listed) == (str(draft), False, False)
    found = await read(intake, colleague, draft)
    assert found.json()["request"]["summary"] == "Une facture"
    assert (await keep(intake, colleague, draft, typed(), seen=1)).headers["etag"] == '"2"'
    assert await intake.told() == []
    answer = await submit(intake, colleague, draft, seen=2)
    assert answer.status_code == 201, answer.text
    assert answer.json()["secret"]
    [told] = await intake.told("RequestSubmitted")
    assert told.data["received_by"]["place"] == DESK
    assert (await read(intake, reception, draft)).status_code == 404
    assert await intake.count("drafts") == 0


async def test_two_who_type_at_once_do_not_overwrite_each_other(intake: Intake, reception: str, colleague: str) -> None:
    draft = uuid4()
    await keep(intake, reception, draft, typed())
    first = typed(summary="Un")
    answers = [
        await keep(intake, reception, draft, first, seen=1),
        await keep(intake, reception, draft, first, seen=1),
        await keep(intake, colleague, draft, typed(summary="Deux"), seen=1),
        await keep(intake, colleague, draft, typed(summary="Deux")),
    ]
    assert [one.status_code for one in answers] == [204, 204, 412, 428], "sent again, the same is no other version"
    assert (await read(intake, reception, draft)).json()["request"]["summary"] == "Un"


@pytest.mark.parametrize(
    ("request_", "more"),
    [
        (typed(themes=["violence"]), {}),
        (typed(exclusions=["sexual_abuse"], programme="family-conference"), {}),
        (typed(programme="child-concern"), {}),
        (typed(programme="early-detection"), {}),
        (typed(concerned={"minor": True}), {}),
        (typed(), {"alone": True}),
    ],
    ids=[
        "violence",
        "what excludes a conference",
        "a worry about a child",
        "a child spotted early",
        "a child",
        "the agent says so",
    ],
)
async def test_what_is_about_danger_is_its_authors_alone(
    intake: Intake, reception: str, colleague: str, request_: dict[str, Any], more: dict[str, Any]
) -> None:
    draft = uuid4()
    await keep(intake, reception, draft, request_, **more)
    answers = [
        await read(intake, colleague, draft),
        await keep(intake, colleague, draft, typed(), seen=1),
        await submit(intake, colleague, draft),
    ]
    assert [one.status_code for one in answers] == [404] * 3
    assert (await read(intake, colleague)).json() == []
    assert len((await read(intake, reception)).json()) == 1


async def test_another_place_another_house_another_territory_see_nothing(intake: Intake, reception: str) -> None:
    draft = uuid4()
    await keep(intake, reception, draft, typed())
    await grant(intake.worker, "autre-maison", [("reception", "saint-brieuc")], uuid4())
    await grant(intake.worker, "autre-territoire", [("reception", "saint-flour")])
    await grant(intake.worker, "exploitation", [("operator", "*")])
    for agent, where in (
        ("autre-maison", DESK),
        ("autre-territoire", DESK),
        ("autre-maison", ""),
    ):
        assert (await read(intake, agent, draft, place=where)).status_code == 404
    assert (await read(intake, "exploitation", draft)).status_code == 403
    assert (await read(intake, reception, draft, place="Ailleurs")).status_code == 200, "one's own, wherever one sits"


async def test_submitted_twice_it_is_one_request(intake: Intake, reception: str, colleague: str) -> None:
    draft, key = uuid4(), str(uuid4())
    await keep(intake, reception, draft, typed())
    answers = await asyncio.gather(*(submit(intake, reception, draft, key) for _ in range(3)))
    answers += [await submit(intake, reception, draft), await submit(intake, colleague, draft)]
    assert [one.status_code for one in answers] == [201] * 5, [one.text for one in answers]
    assert len({one.json()["request_id"] for one in answers}) == 1
    assert len({one.json()["secret"] for one in answers[:3]}) == 1
    assert "secret" not in answers[4].json()
    assert await intake.count("requests") == 1


@pytest.mark.parametrize(
    ("request_", "status", "pointer"),
    [
        ({"place": DESK}, 422, "#/request/commune"),
        (typed(themes=["nonsense"]), 422, "#/request/themes/0"),
        (typed(commune="22999"), 422, "#/commune"),
        (typed(commune=SAINT_FLOUR), 403, None),
    ],
    ids=["half typed", "no such theme", "no such commune", "another territory"],
)
async def test_what_is_no_request_yet_stays_a_draft(
    intake: Intake, reception: str, request_: dict[str, Any], status: int, pointer: str | None
) -> None:
    draft = uuid4()
    await keep(intake, reception, draft, request_)
    answer = await submit(intake, reception, draft)
    assert answer.status_code == status, answer.text
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await read(intake, reception, draft)).status_code == 200
    assert await intake.told() == []


async def test_an_outdated_submission_is_refused(intake: Intake, reception: str) -> None:
    draft = uuid4()
    await keep(intake, reception, draft, typed())
    await keep(intake, reception, draft, typed(summary="Autre"), seen=1)
    assert (await submit(intake, reception, draft, seen=1)).status_code == 412
    assert await intake.count("requests") == 0


async def _ended(intake: Intake, ago: timedelta) -> None:
    admin = await asyncpg.connect(intake.database.admin_url)
    try:
        ends = datetime.now(UTC) - ago
        await admin.execute("UPDATE drafts SET expires_at = $1", ends)
        await admin.execute("UPDATE due_dates SET fires_at = $1 WHERE kind = 'draft'", ends)
    finally:
        await admin.close()


async def test_seven_days_after_the_last_change_it_is_gone(intake: Intake, reception: str) -> None:
    draft = uuid4()
    await keep(intake, reception, draft, typed())
    [listed] = (await read(intake, reception)).json()
    kept = datetime.fromisoformat(listed["expires_at"]) - datetime.fromisoformat(listed["changed_at"])
    assert kept == timedelta(days=7)
    clock = Clock(intake.worker, intake.service.on_due)
    assert not await clock.fire_one()
    await _ended(intake, timedelta(seconds=1))
    assert (await read(intake, reception, draft)).status_code == 404, "invisible before it is purged"
    assert (await submit(intake, reception, draft)).status_code == 404
    assert await clock.fire_one()
    assert await intake.count("drafts") == 0
    assert await intake.told() == []


@pytest.mark.parametrize("ends", ["dropped", "submitted"])
async def test_a_draft_that_came_to_an_end_falls_due_no_more(intake: Intake, reception: str, ends: str) -> None:
    draft = uuid4()
    await keep(intake, reception, draft, typed())
    async with intake.client(reception) as client:
        if ends == "submitted":
            await submit(intake, reception, draft)
        else:
            answers = [await client.delete(f"/intake/drafts/{draft}") for _ in range(2)]
            assert [one.status_code for one in answers] == [204, 404]
    async with intake.worker.transaction() as tx:
        assert await tx.fetchval("SELECT state FROM due_dates WHERE kind = 'draft'") == "cancelled"


async def test_what_was_typed_is_sealed_under_a_key_kept_nowhere_else(
    intake: Intake, reception: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await keep(intake, reception, uuid4(), typed(summary="Une phrase reconnaissable"))
    async with intake.worker.transaction() as tx:
        row = await tx.fetchrow("SELECT * FROM drafts")
        assert await tx.fetchval("SELECT count(*) FROM subject_keys") == 0
    assert row is not None
    everything = str(dict(row)) + io.StringIO("".join(capsys.readouterr())).read()
    for private in ("reconnaissable", "Camille", "camille@example.org"):
        assert private not in everything
    assert await intake.told() == []
    async with intake.client(reception) as client:
        assert (await client.get("/intake/requests")).json()["newest"] == []


async def test_a_draft_too_long_or_of_no_shape_is_refused(intake: Intake, reception: str) -> None:
    answers = [
        await keep(intake, reception, uuid4(), {"summary": "x" * 70_000}),
        await keep(intake, reception, uuid4(), typed(), other=True),
        await keep(intake, reception, uuid4(), typed(), seen=3),
    ]
    assert [one.status_code for one in answers] == [422, 422, 404]
    assert await intake.count("drafts") == 0
