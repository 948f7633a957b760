"""Telling everything again: unchanged sequences, nothing left out, and never older than what was told."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from chassis.handlers import Received
from chassis.inbox import handle
from contracts.envelope import parse
from directory.republication import republish, tell_everything
from tests.directory.conftest import Directory, agent, offer, organisation, site, territory

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PATHS = tuple(f"/directory/{name}" for name in ("territories", "organisations", "sites", "offers", "agents"))


async def fill(directory: Directory) -> str:
    await directory.post("/directory/territories", territory())
    home = str((await directory.post("/directory/organisations", organisation())).json()["organisation_id"])
    hall = (await directory.post("/directory/sites", site(organisation_id=home))).json()["site_id"]
    made = await directory.post("/directory/offers", offer(home, places=[{"site_id": hall}]))
    await directory.post("/directory/offers", offer(home, name="Autre"))
    await directory.delete(made.headers["location"], version=1)
    await directory.post("/directory/agents", agent(home))
    return home


async def forget(directory: Directory) -> None:
    async with directory.service.parts.worker.transaction() as tx:
        await tx.execute("DELETE FROM outbox")


async def test_the_newest_state_of_each_is_told_with_its_sequence(directory: Directory) -> None:
    await fill(directory)
    newest = {one.subject: one for one in await directory.outbox() if one.type != "PersonKeyIssued"}
    await forget(directory)
    await republish(directory.service, [])
    again = {one.subject: one for one in await directory.outbox()}
    assert len(again) == len(newest) + 2  # the operator of the tests was never told before; and that it is all
    assert (await directory.outbox())[-1].data == {
        "teller": "directory", "told_at": again["directory"].data["told_at"], "states": len(again) - 1,
    }  # fmt: skip
    for subject, before in newest.items():
        assert (again[subject].sequence, parse(again[subject])) == (before.sequence, parse(before))
        assert again[subject].id != before.id
    assert [one.data["retired"] for one in again.values() if one.type == "OfferPublished"].count(True) == 1


async def test_telling_again_for_the_same_reason_writes_the_same_events(directory: Directory) -> None:
    await fill(directory)
    run, told = uuid4(), []
    for _ in range(2):
        await forget(directory)
        async with directory.service.parts.worker.transaction() as tx:
            await tell_everything(tx, run=run, at=NOW)
        told.append(sorted((one.id, one.subject, one.sequence) for one in await directory.outbox()))
    assert told[0] == told[1]


async def test_what_is_being_changed_is_told_once_it_is_changed(directory: Directory) -> None:
    """A topic that keeps the last event of each key must not end with an older state than the one told before."""
    home = await fill(directory)
    worker, app = directory.service.parts.worker, directory.service.parts.app
    async with asyncio.TaskGroup() as tasks, app.transaction() as edit:
        await edit.execute('SET LOCAL maillage.actor = \'{"kind": "agent", "grants": [["operator", "*"]]}\'')
        await edit.execute("UPDATE organisations SET version = 7 WHERE organisation_id = $1::uuid", home)
        running = tasks.create_task(republish(directory.service, []))
        async with worker.transaction() as tx:
            while not await tx.fetchval(
                "SELECT true FROM pg_locks WHERE NOT granted AND relation = 'organisations'::regclass"
            ):
                await asyncio.sleep(0.01)
        assert not running.done()
    assert [one.sequence for one in await directory.outbox() if one.subject == home][-1] == 7


async def test_an_older_state_heard_again_changes_nothing(directory: Directory) -> None:
    home = await fill(directory)
    told = await directory.outbox()
    await directory.put(f"/directory/organisations/{home}", organisation(name="Nouveau nom"), version=1)
    handlers = directory.service.all_handlers
    before = [(await directory.ask("GET", path)).text for path in PATHS]
    for envelope in (*told, *told):
        async with directory.service.parts.worker.transaction() as tx:
            await handle(tx, handlers, [Received(envelope, parse(envelope))], set())
    assert [(await directory.ask("GET", path)).text for path in PATHS] == before
