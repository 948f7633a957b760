"""The cell's desk over HTTP, on a real database: for the cell alone."""

from datetime import UTC, date, datetime
from io import StringIO
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
import pytest
from joserfc.jwk import ECKey

from chassis import letters
from contracts.events import ConcernRaised
from tests.cases.conftest import Cases, told

DAY = date(2026, 3, 2)
NAME = "Enfant Exemple-Témoin"


def raised(key: ECKey, case_id: UUID | None = None, about: UUID | None = None, role: str = "school") -> ConcernRaised:
    case_id = case_id or uuid4()
    report = {
        "about": str(about or case_id),
        "reference": "23456789B",
        "received_at": "2026-03-02T09:15:00Z",
        "channel": "phone",
        "asked": {"requester": {"role": role}, "summary": NAME, "concerned": {"minor": True}},
    }
    return ConcernRaised(case_id=case_id, received_on=DAY, report=letters.seal(orjson.dumps(report), key))


@pytest.fixture
async def concern(cases: Cases, cell_key: ECKey) -> UUID:
    event = raised(cell_key)
    await cases.receive(told(event))
    await cases.grant("cell", ("cell", "*"))
    return event.case_id


async def step(cases: Cases, concern: UUID, path: str, body: object, method: str = "PUT") -> httpx.Response:
    """A step of the cell's, on the version there is."""
    seen = (await cases.get(f"/cases/concerns/{concern}", "cell")).headers["ETag"]
    headers = {"If-Match": seen, "Idempotency-Key": str(uuid4())}
    return await cases.ask(method, f"/cases/concerns/{concern}/{path}", "cell", json=body, headers=headers)


async def test_from_receipt_to_closing(cases: Cases, concern: UUID) -> None:
    [listed] = (await cases.get("/cases/concerns", "cell")).json()["items"]
    assert (listed["case_id"], listed["evaluation_due_on"]) == (str(concern), "2026-06-02")
    qualified = await step(
        cases, concern, "qualification",
        {"danger": "serious", "course": "evaluation", "evaluate_by": "2026-04-02", "reasons": "essai"},
    )  # fmt: skip
    assert qualified.status_code == 200, qualified.text
    made = (await step(cases, concern, "children", {"name": NAME, "born_on": "2019-05-01"}, "POST")).json()
    for path, body in (
        (f"children/{made['child_id']}/evaluation", {"on": "2026-03-20"}),
        ("parents", {"on": "2026-03-10", "by": "Professionnel Exemple"}),
        ("evaluation", {"concluded_on": "2026-03-25", "conclusion": "judicial", "report": "essai"}),
    ):
        answer = await step(cases, concern, path, body)
        assert answer.status_code == 200, answer.text

    refused = await step(cases, concern, "closing", {"text": "essai"})
    assert refused.status_code == 409
    assert {"autorité judiciaire", "qui a informé"} <= {
        phrase for phrase in ("autorité judiciaire", "qui a informé") if phrase in refused.json()["detail"]
    }

    await step(cases, concern, "seizures", {"authority": "judge", "on": "2026-03-26", "reasons": "essai"}, "POST")
    await step(cases, concern, "seizures/parents", {"on": "2026-03-27", "by": "par lettre"})
    await step(cases, concern, "feedback", {"on": "2026-03-28"})
    closed = await step(cases, concern, "closing", {"text": "essai"})
    assert closed.status_code == 200, closed.text
    assert [entry["kind"] for entry in closed.json()["concern"]["journal"]][-1] == "closed"
    assert (await cases.get("/cases/concerns", "cell")).json()["items"] == []


@pytest.mark.parametrize("role", ["reception", "social_worker", "coordinator", "manager", "operator"])
async def test_nobody_else_learns_whether_there_is_one(cases: Cases, concern: UUID, role: str) -> None:
    await cases.grant(role, (role, "*"))
    there = await cases.get(f"/cases/concerns/{concern}", role)
    assert there.status_code == 403
    assert there.json() == (await cases.get(f"/cases/concerns/{uuid4()}", role)).json()
    for path in ("/cases/concerns", "/cases/concerns/counts?year=2026"):
        assert (await cases.get(path, role)).status_code == 403
    assert (await cases.get(f"/cases/{concern}", role)).status_code in (403, 404)


async def test_the_cell_finds_ordinary_dossiers(cases: Cases, concern: UUID) -> None:
    ordinary = await cases.open_case()
    found = (await cases.get("/cases", "cell")).json()["items"]
    assert [one["case_id"] for one in found] == [str(ordinary)]


async def test_nothing_readable_lies_in_the_database(cases: Cases, concern: UUID) -> None:
    await step(cases, concern, "notes", {"text": NAME}, "POST")
    connection = await asyncpg.connect(cases.database.admin_url)
    try:
        [row] = await connection.fetch("SELECT concerns::text AS whole FROM concerns")
        due = await connection.fetch("SELECT kind, details FROM due_dates")
    finally:
        await connection.close()
    assert NAME not in row["whole"]
    assert {one["kind"] for one in due} == {"restricted"}
    assert {one["details"] for one in due} == {"{}"}


async def test_the_same_report_twice_is_one(cases: Cases, concern: UUID, cell_key: ECKey) -> None:
    await step(cases, concern, "notes", {"text": "essai"}, "POST")
    await cases.receive(told(raised(cell_key, concern)))
    opened = (await cases.get(f"/cases/concerns/{concern}", "cell")).json()
    assert [entry["kind"] for entry in opened["concern"]["journal"]] == ["note"]


async def test_a_day_that_comes_is_told_without_saying_what(cases: Cases, concern: UUID) -> None:
    for day in (
        datetime(2026, 5, 3, tzinfo=UTC),
        datetime(2026, 6, 2, 12, tzinfo=UTC),
        datetime(2026, 6, 4, tzinfo=UTC),
    ):
        await cases.fire(day)
    events = await cases.outbox()
    assert [one.data for one in events] == [{"case_id": str(concern), "due_on": "2026-06-02"}] * 3
    assert {one.type for one in events} == {"ConcernDue"}
    assert len({one.sequence for one in events}) == 3


@pytest.mark.parametrize("concluded", [False, True])
async def test_what_falls_due_moves_with_its_day_and_goes_with_what_is_done(
    cases: Cases, concern: UUID, concluded: bool
) -> None:
    """The evaluation is brought forward; who reported is told what came of it."""
    qualified = {"danger": "serious", "course": "evaluation", "evaluate_by": "2026-04-02", "reasons": "essai"}
    await step(cases, concern, "qualification", qualified)
    shown = (await cases.get(f"/cases/concerns/{concern}", "cell")).json()
    assert (shown["evaluation_due_on"], shown["feedback_due_on"]) == ("2026-04-02", "2026-06-02")
    await step(cases, concern, "feedback", {"on": "2026-03-28"})
    if concluded:
        made = (await step(cases, concern, "children", {"name": NAME}, "POST")).json()
        await step(cases, concern, f"children/{made['child_id']}/evaluation", {"on": "2026-03-20"})
        await step(cases, concern, "parents", {"on": "2026-03-10", "by": "Professionnel Exemple"})
        ended = {"concluded_on": "2026-03-25", "conclusion": "support", "report": "essai"}
        assert (await step(cases, concern, "evaluation", ended)).status_code == 200
    await cases.fire(datetime(2026, 7, 1, tzinfo=UTC))
    assert [one.data["due_on"] for one in await cases.outbox("ConcernDue")] == ["2026-04-02"] * (0 if concluded else 3)


async def test_two_agents_of_the_cell_never_overwrite_each_other(cases: Cases, concern: UUID) -> None:
    note = {"text": "essai"}
    seen = (await cases.get(f"/cases/concerns/{concern}", "cell")).headers["ETag"]
    answers = [
        await cases.ask("POST", f"/cases/concerns/{concern}/notes", "cell", json=note, headers={"If-Match": seen})
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [200, 412]


async def test_a_report_moved_to_another_concern_is_not_read_there(cases: Cases, cell_key: ECKey) -> None:
    await cases.grant("cell", ("cell", "*"))
    event = raised(cell_key, about=uuid4())
    await cases.receive(told(event))
    answer = await cases.get(f"/cases/concerns/{event.case_id}", "cell")
    assert answer.status_code == 503
    assert NAME not in answer.text


async def test_the_desk_leaves_no_line_in_the_log(cases: Cases, concern: UUID, log_stream: StringIO) -> None:
    await cases.get(f"/cases/concerns/{concern}", "cell")
    await cases.get("/cases", "cell")
    said = log_stream.getvalue()
    assert "request" in said, "an ordinary request is told"
    assert "concern" not in said


async def test_small_counts_are_hidden(cases: Cases, concern: UUID) -> None:
    answer = await cases.get("/cases/concerns/counts?year=2026", "cell")
    assert answer.json()["counts"]["received"] is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("qualification", {"danger": "grave", "course": "evaluation", "reasons": "essai"}),
        ("qualification", {"danger": "serious", "course": "evaluation"}),
        ("parents", {"on": "hier"}),
        ("evaluation", {"concluded_on": "1810-01-01", "conclusion": "support", "report": "essai"}),
        ("closing", {}),
    ],
)
async def test_bad_input_changes_nothing(cases: Cases, concern: UUID, path: str, body: object) -> None:
    answer = await step(cases, concern, path, body)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert (await cases.get(f"/cases/concerns/{concern}", "cell")).headers["ETag"] == '"1"'


async def test_a_child_under_two_is_announced_as_early_as_the_programme_says(cases: Cases, concern: UUID) -> None:
    """The programme warns a month before the day, two where a child is under two, and 14 days before feedback."""
    fires = "SELECT fires_at::date::text FROM due_dates WHERE stage = 'early' AND state = 'waiting' ORDER BY 1"
    async with cases.service.parts.worker.transaction() as tx:
        assert [row[0] for row in await tx.fetch(fires)] == ["2026-05-02"]
    await step(cases, concern, "children", {"name": NAME, "born_on": "2025-01-10"}, "POST")
    async with cases.service.parts.worker.transaction() as tx:
        assert [row[0] for row in await tx.fetch(fires)] == ["2026-04-02", "2026-05-19"]


async def test_a_file_is_kept_as_long_as_the_programme_says_and_waits_for_the_archives(
    cases: Cases, concern: UUID
) -> None:
    nothing = {"danger": "none", "course": "no_follow_up", "reasons": "essai"}
    assert (await step(cases, concern, "qualification", nothing)).json()["kept_until"] is None
    await step(cases, concern, "feedback", {"on": "2026-03-02"})
    closed = (await step(cases, concern, "closing", {"text": "essai"})).json()
    assert closed["kept_until"] == "2028-03-02"
    assert "à défaut de durée arrêtée par le département" in closed["retention"]["source"]
    assert closed["retention"]["disposition"] == "sorting"
    for day, found in ((datetime(2028, 3, 2, 12, tzinfo=UTC), 0), (datetime(2028, 3, 3, 12, tzinfo=UTC), 1)):
        cases.now = day
        listed = (await cases.get("/cases/concerns?state=to_sort", "cell")).json()["items"]
        assert len(listed) == found
    assert (await cases.get(f"/cases/concerns/{concern}", "cell")).status_code == 200, "nothing goes by itself"


async def test_what_was_announced_is_not_announced_again_by_another_step(cases: Cases, concern: UUID) -> None:
    await cases.fire(datetime(2026, 5, 3, tzinfo=UTC))
    assert len(await cases.outbox("ConcernDue")) == 1
    await step(cases, concern, "notes", {"text": "essai"}, "POST")
    await step(cases, concern, "informant", {"informant": "other"})
    await cases.fire(datetime(2026, 5, 4, tzinfo=UTC))
    assert len(await cases.outbox("ConcernDue")) == 1
