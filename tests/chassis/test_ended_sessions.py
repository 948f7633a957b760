"""What one service learns of the end of a session, all know; and it is forgotten once no session can be that old."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from chassis import ended_sessions
from chassis.consumer import Consumer
from chassis.database import Database
from chassis.ended_sessions import EndedSessions, mark
from chassis.relay import Relay
from tests.chassis.conftest import Side, SideFactory, running, until

KEY = bytes(32)
NOW = datetime.now(UTC)


def knowing(side: Side, at: datetime = NOW) -> EndedSessions:
    return EndedSessions(side.worker, "directory", lambda: at)


async def marks(database: Database) -> set[UUID]:
    async with database.transaction() as tx:
        return {row["mark"] for row in await tx.fetch("SELECT mark FROM ended_sessions")}


async def test_an_end_is_known_in_another_service(side: SideFactory) -> None:
    here, elsewhere = await side("directory"), await side("cases")
    over, other = mark(KEY, "subject", f"agent-{uuid4()}"), uuid4()
    consumer = Consumer("cases", elsewhere.settings, elsewhere.worker, ended_sessions.handlers())
    async with running(Relay(here.settings).run, consumer.run):
        assert await knowing(here).end([over])
        assert await knowing(here).latest([over, other]) == NOW
        await until(lambda: _known(elsewhere, over))
    assert await knowing(elsewhere).latest([over]) == NOW
    assert await knowing(elsewhere).latest([other]) is None


async def _known(side: Side, over: UUID) -> bool:
    return await knowing(side).latest([over]) is not None


async def test_a_token_counts_once_and_what_is_old_is_forgotten(side: SideFactory) -> None:
    here = await side("intake")
    token, first, second, third = uuid4(), uuid4(), uuid4(), uuid4()
    assert await knowing(here).end([first], once=token)
    assert not await knowing(here).end([second], once=token)
    assert await marks(here.worker) == {first, token}
    assert await knowing(here, NOW - timedelta(hours=1)).end([first])
    assert await knowing(here).latest([first]) == NOW
    assert await knowing(here, NOW + timedelta(hours=10)).end([third])
    assert await marks(here.worker) == {third}


def test_a_mark_tells_nothing_and_depends_on_all_it_is_made_of() -> None:
    made = {mark(key, kind, what) for key in (KEY, b"k" * 32) for kind in ("subject", "session") for what in ("a", "b")}
    assert len(made) == 8
